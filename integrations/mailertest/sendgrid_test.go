package mailertest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func request(t testing.TB, api http.Handler, method, path, key, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

const good = `{"personalizations":[{"to":[{"email":"a@b.c"}]}],"from":{"email":"d@e.f"},"subject":"s",` +
	`"content":[{"type":"text/plain","value":"t"},{"type":"text/html","value":"h"}],"custom_args":{"grazie_message":"msg_1"}}`

// The stand-in refuses what the API refuses: otherwise a test against it would
// prove nothing.
func TestSendGridRefuses(t *testing.T) {
	for _, tt := range []struct {
		method, path, key, old, new string
		status                      int
	}{
		{"POST", "/v3/mail/send", "k", "", "", 202},
		{"POST", "/v3/mail/send", "other", "", "", 401},
		{"GET", "/v3/scopes", "k", "", "", 200},
		{"GET", "/v3/scopes", "", "", "", 401},
		{"GET", "/v3/mail/send", "k", "", "", 404},
		{"POST", "/v3/mail/send", "k", `{"email":"a@b.c"}`, ``, 400},
		{"POST", "/v3/mail/send", "k", `"email":"a@b.c"`, `"email":"a@b.c","name":"Müller, Anna"`, 400},
		{"POST", "/v3/mail/send", "k", `"d@e.f"`, `""`, 400},
		{"POST", "/v3/mail/send", "k", `"s"`, `""`, 400},
		{"POST", "/v3/mail/send", "k", `"t"`, `""`, 400},
		{"POST", "/v3/mail/send", "k", `"text/plain"`, `"text/x"`, 202},
		{"POST", "/v3/mail/send", "k", `"text/html"`, `"text/plain"`, 400},
		{"POST", "/v3/mail/send", "k", good, `{`, 400},
	} {
		api := &SendGrid{Key: "k", Keep: true}
		status, body := request(t, api, tt.method, tt.path, tt.key, strings.Replace(good, tt.old, tt.new, 1))
		if status != tt.status {
			t.Errorf("%+v: %d %s", tt, status, body)
		}
		if taken := api.Total() == 1; taken != (status == 202) {
			t.Errorf("%+v: %d taken", tt, api.Total())
		}
		if status >= 400 && !json.Valid([]byte(body)) {
			t.Errorf("%d: %s", status, body)
		}
	}
}

// The id is found in the bytes, wherever else the same words stand.
func TestArgument(t *testing.T) {
	for body, want := range map[string]string{
		good:                      "msg_1",
		`{}`:                      "",
		`{"custom_args":{}}`:      "",
		`"grazie_message":"`:      "",
		`"grazie_message":"msg_1`: "",
		strings.Replace(good, `"h"`, `"\"grazie_message\":\"msg_2\""`, 1): "msg_1",
	} {
		if got := argument([]byte(body)); got != want {
			t.Errorf("%s: %q", body, got)
		}
	}
}

type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n nowhere) WriteHeader(int)             {}

// BenchmarkSendGrid is what the stand-in itself costs a load run per mail of
// 10 kB, beside what net/http costs.
func BenchmarkSendGrid(b *testing.B) {
	api := &SendGrid{Key: "k"}
	body := []byte(strings.Replace(good, `"h"`, `"`+strings.Repeat("x", 10<<10)+`"`, 1))
	r := httptest.NewRequest("POST", "/v3/mail/send", nil)
	r.Header.Set("Authorization", "Bearer k")
	r.Header.Set("Content-Type", "application/json")
	w := nowhere{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		r.Body = io.NopCloser(bytes.NewReader(body))
		api.ServeHTTP(w, r)
	}
	if api.Total() == 0 || api.Count("msg_1") != int(api.Total()) {
		b.Errorf("%d taken, %d counted", api.Total(), api.Count("msg_1"))
	}
}
