package simshop

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/graph-gophers/graphql-go"
	"github.com/graph-gophers/graphql-go/errors"

	"grazie/integrations/shopify/admin"
)

// API is the shop's Admin API, with the way to install an app: what a connection's
// address of the Admin API may be pointed at. It serves the schema that the
// client was generated from, and panics when the shop cannot answer all of it.
func (s *Shop) API() http.Handler {
	h, err := s.api(admin.Schema)
	if err != nil {
		panic(err)
	}
	return h
}

func (s *Shop) api(schema string) (http.Handler, error) {
	parsed, err := graphql.ParseSchema(schema, &root{s}, graphql.UseFieldResolvers(), graphql.UseStringDescriptions())
	if err != nil {
		return nil, fmt.Errorf("simshop: the shop cannot serve this schema, write the missing resolvers: %w", err)
	}
	a := &api{shop: s, schema: parsed, parsed: map[string]*operations{}}
	s.exports.read = a.export
	mux := http.NewServeMux()
	mux.HandleFunc("POST /admin/api/"+Version+"/graphql.json", a.serve)
	mux.HandleFunc("GET "+exportPath+"{id}", s.serveExport)
	mux.HandleFunc("GET /admin/oauth/authorize", s.serveAuthorize)
	mux.HandleFunc("POST /admin/oauth/access_token", s.serveToken)
	return mux, nil
}

// api serves one shop; the shop's mutex guards it.
type api struct {
	shop   *Shop
	schema *graphql.Schema
	parsed map[string]*operations // by their text: clients send few
}

type request struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables"`
	Operation string         `json:"operationName"`
}

type response struct {
	Data       json.RawMessage `json:"data,omitempty"`
	Errors     []*problem      `json:"errors,omitempty"`
	Extensions map[string]any  `json:"extensions,omitempty"`
}

// problem is one entry of the errors at the top of an answer.
type problem struct {
	Message    string            `json:"message"`
	Locations  []errors.Location `json:"locations,omitempty"`
	Path       []any             `json:"path,omitempty"`
	Extensions map[string]any    `json:"extensions,omitempty"`
}

func code(code string) map[string]any { return map[string]any{"code": code} }

// serve answers one request. All of it happens under the shop's lock, but for
// the reading and the writing, and for the waiting that Faults.Held asks for.
func (a *api) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, "the request did not arrive whole, or is larger than 1 MiB", http.StatusBadRequest)
		return
	}
	outcome := a.answer(w, r, body)
	if outcome.held != nil {
		select {
		case outcome.held <- outcome.name:
		case <-r.Context().Done():
		}
		select {
		case <-outcome.release:
		case <-r.Context().Done():
		}
	}
	if outcome.lost {
		panic(http.ErrAbortHandler) // cuts the connection
	}
	if outcome.response != nil {
		writeJSON(w, http.StatusOK, outcome.response)
	}
}

// outcome is what to do with a request once the shop is done with it.
type outcome struct {
	response *response // nil: it was refused, and that is written already
	name     string
	lost     bool
	held     chan<- string
	release  <-chan struct{}
}

func (a *api) answer(w http.ResponseWriter, r *http.Request, body []byte) outcome {
	s := a.shop
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.faults.refuse(w) {
		return outcome{}
	}
	if s.faults.DeadToken || !s.access.valid(r.Header.Get("X-Shopify-Access-Token"), s.Now) {
		writeJSON(w, http.StatusUnauthorized, map[string]string{"errors": refusals[http.StatusUnauthorized]})
		return outcome{}
	}
	var ask request
	if err := json.Unmarshal(body, &ask); err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"errors": "the body is no JSON object with a query: " + err.Error()})
		return outcome{}
	}
	op, err := a.operation(ask)
	if err != nil {
		return outcome{response: &response{Errors: []*problem{{Message: err.Error(), Extensions: code("PARSE_ERROR")}}}}
	}
	out := outcome{name: op.Name, held: s.faults.Held, release: s.faults.Go}
	requested := op.weigh(ask.Variables)
	if requested > queryLimit {
		return outcome{response: &response{Errors: []*problem{{
			Message:    fmt.Sprintf("Query cost is %v, which exceeds the single query max cost limit (%d).", requested, queryLimit),
			Extensions: map[string]any{"code": "MAX_COST_EXCEEDED", "cost": requested, "maxCost": queryLimit}}}}}
	}
	if s.available() < requested {
		return outcome{response: &response{Errors: []*problem{{Message: "Throttled", Extensions: code("THROTTLED")}}, Extensions: s.cost(requested, nil)}}
	}
	out.response = a.run(r, ask, op)
	if out.response.Data != nil {
		actual := op.weighed(out.response.Data)
		s.bucket.drained += actual
		out.response.Extensions = s.cost(requested, &actual)
	}
	if op.mutates() {
		s.mutations++
		out.lost = s.faults.LoseEvery > 0 && s.mutations%s.faults.LoseEvery == 0
	}
	return out
}

// run does what is asked, or refuses it for want of a scope.
func (a *api) run(r *http.Request, ask request, op *operation) *response {
	for _, f := range op.roots() {
		if slices.Contains(a.shop.faults.Denied, f.Name) {
			return &response{Data: json.RawMessage(fmt.Sprintf(`{%q:null}`, f.Alias)), Errors: []*problem{{
				Message:    fmt.Sprintf("Access denied for %s field. Required access: the scope that the token lacks.", f.Name),
				Path:       []any{f.Alias},
				Extensions: map[string]any{"code": "ACCESS_DENIED", "documentation": "https://shopify.dev/api/usage/access-scopes"}}}}
		}
	}
	got := a.schema.Exec(reachedAt(r), ask.Query, ask.Operation, ask.Variables)
	resp := &response{Data: got.Data}
	for _, e := range got.Errors {
		p := &problem{Message: e.Message, Locations: e.Locations, Path: e.Path, Extensions: e.Extensions}
		if p.Extensions == nil {
			p.Extensions = code(cmp.Or(kinds[e.Rule], "INVALID_QUERY"))
		}
		resp.Errors = append(resp.Errors, p)
	}
	return resp
}

// kinds are the platform's codes for what is wrong with a request, by the
// rules of GraphQL that it breaks. What broke no rule broke within the shop.
var kinds = map[string]string{
	"":                              "INTERNAL_SERVER_ERROR",
	"FieldsOnCorrectTypeRule":       "undefinedField",
	"ScalarLeafsRule":               "selectionMismatch",
	"KnownArgumentNamesRule":        "argumentNotAccepted",
	"ValuesOfCorrectTypeRule":       "argumentLiteralsIncompatible",
	"ProvidedRequiredArgumentsRule": "missingRequiredArguments",
	"VariablesOfCorrectType":        "INVALID_VARIABLE",
}
