package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"gopkg.in/yaml.v2"
)

// The description of the API is valid OpenAPI 3.1, needs no token, and sends
// nobody anywhere else.
func TestOpenAPI(t *testing.T) {
	c := newCounter(t)
	a := c.get("/api/v1/openapi.json")
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/openapi+json" || !strings.Contains(a.body, `"openapi":"3.1.0"`) {
		t.Fatalf("%d %v", a.status, a.header)
	}
	doc, err := openapi3.NewLoader().LoadFromData([]byte(a.body))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	for _, word := range []string{"ErrorModel", "$schema", "https://", "http://"} {
		if strings.Contains(a.body, word) {
			t.Errorf("it tells of %s", word)
		}
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.Summary == "" || op.OperationID == "" || op.Responses.Status(401) == nil || op.Responses.Default() == nil {
				t.Errorf("%s %s: %+v", method, path, op)
			}
			if op.Parameters.GetByInAndName("path", "shop") == nil {
				t.Errorf("%s %s names no shop", method, path)
			}
		}
	}
	job := doc.Paths.Value("/api/v1/shops/{shop}/jobs").Post
	body := job.RequestBody.Value.Content["application/json"].Schema.Value
	for _, name := range []string{"journey", "reason", "note", "offer", "order", "customer", "email", "return", "again", "dry_run"} {
		if body.Properties[name] == nil {
			t.Errorf("a job has no %s", name)
		}
	}
	if len(body.Properties["journey"].Value.Enum) != 6 || job.Responses.Status(200) == nil || job.Responses.Status(202) == nil {
		t.Errorf("%+v", body.Properties["journey"].Value.Enum)
	}
	y := c.get("/api/v1/openapi.yaml")
	var other map[string]any
	if err := yaml.Unmarshal([]byte(y.body), &other); err != nil || other["openapi"] != "3.1.0" || len(other) < 4 {
		t.Errorf("as YAML: %v", err)
	}
}

// What is answered is what is described.
func TestAnswersAreAsDescribed(t *testing.T) {
	c := newCounter(t)
	c.buys("1001", "77")
	doc, err := openapi3.NewLoader().LoadFromData([]byte(c.get("/api/v1/openapi.json").body))
	if err != nil {
		t.Fatal(err)
	}
	thanks := because(job{"journey": "thank_you", "order": "1001"})
	for _, x := range []struct {
		path, where string
		body        any
		status      int
	}{
		{"/jobs", "POST /jobs", because(job{"journey": "apology", "order": "1001", "offer": "code", "dry_run": true}), 200},
		{"/jobs", "POST /jobs", thanks, 202},
		{"/jobs", "POST /jobs", job{}, 422},
		{"/customers/{customer}/why", "GET /customers/77/why", nil, 200},
		{"/tasks", "GET /tasks", nil, 200},
		{"/bulks", "POST /bulks", because(job{"journey": "thank_you", "segment": job{}}), 201},
		{"/bulks", "GET /bulks", nil, 200},
		{"/messages/{message}", "GET /messages/none", nil, 404},
	} {
		a := c.ask("owner", x.where, x.body)
		if a.status != x.status {
			t.Errorf("%s: %d %s", x.where, a.status, a.body)
			continue
		}
		method, _, _ := strings.Cut(x.where, " ")
		op := doc.Paths.Value("/api/v1/shops/{shop}" + x.path).GetOperation(method)
		described, kind := op.Responses.Status(a.status), "application/json"
		if a.status >= 400 {
			kind = "application/problem+json"
		}
		if described == nil {
			described = op.Responses.Default()
		}
		schema := described.Value.Content[kind].Schema.Value
		var v any
		c.into(a, &v)
		if err := schema.VisitJSON(v, openapi3.EnableJSONSchema2020()); err != nil {
			t.Errorf("%s: %v\n%s", x.where, err, a.body)
		}
	}
}
