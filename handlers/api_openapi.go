package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"grazie/journeys"
)

// retryAfter is how many seconds who finds the database away should wait.
const retryAfter = "5"

// mount adds the API and its own description.
func (a api) mount(e *echo.Echo) {
	config := huma.DefaultConfig("Grazie", "1")
	config.Info.Description = "Gestures by hand, and why every customer got what she got. Times are UTC. Who may ask what is told by each operation; a token is made with \"grazie token create\"."
	config.CreateHooks = nil // no $schema in answers
	config.OpenAPIPath = ""  // served below, made once
	config.DocsPath = ""     // it would load its script from elsewhere
	config.SchemasPath = ""
	config.Transformers = []huma.Transformer{asProblem}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	config.Security = []map[string][]string{{"token": {}}}
	h := humaecho.New(e, config)
	errs := &huma.Response{Description: "What went wrong (RFC 9457).", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: h.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[problem](), true, "Problem")}}}
	for _, r := range a.routes() {
		op := r.op
		op.MaxBodyBytes = -1 // admit bounds it
		op.Middlewares = huma.Middlewares{a.admit(r)}
		op.Description = "Least role: " + string(r.least) + "."
		op.Extensions = map[string]any{"x-least-role": r.least}
		op.Responses = map[string]*huma.Response{}
		for _, status := range []string{"401", "403", "404", "default"} {
			op.Responses[status] = errs
		}
		r.add(a, h, op)
	}
	describe(h.OpenAPI())
	asJSON, err := json.Marshal(h.OpenAPI())
	if err != nil {
		panic("handlers: the API cannot be described: " + err.Error()) // only a change of its types can do this
	}
	asYAML, err := h.OpenAPI().YAML()
	if err != nil {
		panic("handlers: the API cannot be described: " + err.Error())
	}
	e.GET(apiPath+"/openapi.json", func(c echo.Context) error { return c.Blob(http.StatusOK, "application/openapi+json", asJSON) })
	e.GET(apiPath+"/openapi.yaml", func(c echo.Context) error { return c.Blob(http.StatusOK, "application/openapi+yaml", asYAML) })
}

// describe adds what types do not tell.
func describe(doc *huma.OpenAPI) {
	schemas := doc.Components.Schemas.Map()
	delete(schemas, "ErrorModel") // huma's own; ours is Problem
	delete(schemas, "ErrorDetail")
	for _, path := range doc.Paths {
		if path.Post != nil && path.Post.OperationID == "create-job" {
			dry := *path.Post.Responses["202"]
			dry.Description = "With dry_run: what would happen. Nothing was changed."
			path.Post.Responses["200"] = &dry
			path.Post.Responses["202"].Description = "It is planned. The running server decides about it and sends it within seconds."
		}
		if path.Get != nil && path.Get.OperationID == "show-bulk-result" {
			path.Get.Responses["200"].Content = map[string]*huma.MediaType{
				"application/jsonl": {Schema: &huma.Schema{Type: huma.TypeString}}, "text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}
		}
	}
}

// asProblem tells what huma finds wrong with a request in our words.
func asProblem(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &problem{Title: http.StatusText(m.Status), Status: m.Status, Detail: m.Detail}
	if m.Status >= http.StatusInternalServerError {
		p.Detail = ""
	}
	for _, e := range m.Errors {
		at := strings.TrimPrefix(strings.TrimPrefix(e.Location, "body"), ".")
		p.Errors = append(p.Errors, fieldProblem{at, e.Message})
	}
	if len(p.Errors) > 0 {
		p.Field, p.Detail = p.Errors[0].Field, p.Errors[0].Detail
	}
	if len(p.Errors) == 1 {
		p.Errors = nil
	}
	return p, nil
}

// journeyKey is the key of a gesture.
type journeyKey string

// Schema lists the gestures there are.
func (journeyKey) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Description: "Key of the gesture."}
	for _, j := range journeys.All {
		s.Enum = append(s.Enum, j.Key)
		s.Description += fmt.Sprintf(" %s: %s.", j.Key, j.Name)
	}
	s.PrecomputeMessages()
	return s
}

// plain is a part of a path as it was meant. The router leaves it as it came
// where that is not how one would write it.
func plain(part string) string {
	if text, err := url.PathUnescape(part); err == nil {
		return text
	}
	return part
}
