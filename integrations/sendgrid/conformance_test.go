package sendgrid_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/mailertest"
	"grazie/integrations/sendgrid"
	"grazie/internal/needs"
)

const key = "SG.the-secret-key"

var now = time.Date(2027, 3, 5, 9, 0, 0, 0, time.UTC)

func fixed() time.Time { return now }

// Every case runs over the network against the stand-in, and every request is
// held against Twilio's own description of it.
func TestConformance(t *testing.T) {
	schema := contract(t)
	mailertest.Run(t, func(t *testing.T) *mailertest.Harness {
		var next atomic.Pointer[mailertest.Fault]
		api := &mailertest.SendGrid{Key: key, Keep: true, Fault: func(string) mailertest.Fault {
			if f := next.Swap(nil); f != nil {
				return *f
			}
			return mailertest.Fault{}
		}}
		server := httptest.NewServer(validated(t, schema, api))
		t.Cleanup(server.Close)
		client := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true})
		t.Cleanup(client.CloseIdleConnections)
		c := integrations.Connection{ShopID: "shp_1", Settings: crm.Values{"key": key, "base_url": server.URL}}
		fail := func(f mailertest.Fault) func() { return func() { next.Store(&f) } }
		return &mailertest.Harness{
			Mailer: sendgrid.New(client, fixed), Connection: c, Now: now, Secrets: []string{key, "the-secret"},
			Arrived:    func(t *testing.T) []mailertest.Arrived { return arrived(t, api) },
			Down:       server.Close,
			LoseAnswer: fail(mailertest.Fault{Accept: true, Reset: true}),
			Refuse:     fail(mailertest.Fault{Status: 400, Body: `{"errors":[{"message":"Does not contain a valid address: anna@customer.example","field":"personalizations.0.to","help":null}]}`}),
			Busy:       fail(mailertest.Fault{Status: 503}),
			Limit: func() time.Time {
				at := now.Add(7 * time.Second)
				fail(mailertest.Fault{Status: 429, Header: http.Header{"X-Ratelimit-Reset": {strconv.FormatInt(at.Unix(), 10)}}})()
				return at
			},
			Unauthorized: func() { c.Settings["key"] = "SG.another" },
		}
	})
}

func arrived(t *testing.T, api *mailertest.SendGrid) []mailertest.Arrived {
	t.Helper()
	var all []mailertest.Arrived
	for _, m := range api.Mails() {
		a, err := m.Arrived()
		if err != nil {
			t.Fatal(err)
		}
		if api.Count(a.ID) == 0 {
			t.Errorf("counted without decoding: not %q", a.ID)
		}
		all = append(all, a)
	}
	return all
}

// contract is Twilio's schema of a mail, mended where it differs from the wire:
// custom_args is declared a string and is an object of strings (the README
// beside the file).
func contract(t *testing.T) *openapi3.Schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(needs.Contracts(t), "sendgrid", "tsg_mail_v3.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	schema := doc.Paths.Find("/v3/mail/send").Post.RequestBody.Value.Content.Get("application/json").Schema.Value
	schema.Properties["custom_args"] = openapi3.NewSchemaRef("", openapi3.NewObjectSchema().WithAdditionalProperties(openapi3.NewStringSchema()))
	return schema
}

func validated(t *testing.T, schema *openapi3.Schema, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if r.Method == http.MethodPost && err == nil {
			var value any
			if err := json.Unmarshal(body, &value); err != nil {
				t.Error(err)
			} else if err := schema.VisitJSON(value); err != nil {
				t.Errorf("not as the API describes it: %v", err)
			}
			for field := range value.(map[string]any) {
				if schema.Properties[field] == nil {
					t.Errorf("the API knows no field %q", field)
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}

// What a mail is made of, beyond what its reader sees.
func TestRequest(t *testing.T) {
	api := &mailertest.SendGrid{Keep: true}
	server := httptest.NewServer(api)
	defer server.Close()
	s := sendgrid.New(server.Client(), fixed)
	r, err := s.Send(t.Context(), integrations.Connection{Settings: crm.Values{"key": key, "base_url": server.URL + "/"}}, mailertest.Letter("msg_1"))
	if err != nil || r.ID != "standin-1" {
		t.Fatalf("%+v, %v", r, err)
	}
	m := api.Mails()[0]
	if len(m.Categories) != 1 || m.Categories[0] != "thank_you" || len(m.CustomArgs) != 2 ||
		m.CustomArgs[sendgrid.MessageArg] != "msg_1" || m.CustomArgs[sendgrid.ShopArg] != "shp_1" {
		t.Errorf("%v %v", m.Categories, m.CustomArgs)
	}
	var rest map[string]json.RawMessage
	if err := json.Unmarshal(m.Raw, &rest); err != nil {
		t.Fatal(err)
	}
	const off = `{"click_tracking":{"enable":false,"enable_text":false},"open_tracking":{"enable":false},"subscription_tracking":{"enable":false}}`
	if got := string(rest["tracking_settings"]); got != off {
		t.Errorf("tracking %s", got)
	}
	if !bytes.Contains(m.Raw, []byte("<p>Thank you!</p>")) {
		t.Error("HTML is escaped: a third more bytes")
	}
	if sendgrid.MessageArg != mailertest.MessageArg {
		t.Error("the stand-in looks for another argument")
	}
}
