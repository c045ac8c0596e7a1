package sendgrid_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/mailertest"
	"grazie/integrations/sendgrid"
)

func TestErase(t *testing.T) {
	fault := 0
	api := &mailertest.SendGrid{Key: "key", Fault: func(string) mailertest.Fault { return mailertest.Fault{Status: fault} }}
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { requests++; api.ServeHTTP(w, r) }))
	defer server.Close()
	m := sendgrid.New(integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true}), fixed)
	c := integrations.Connection{Settings: crm.Values{"key": "key", "base_url": server.URL}}
	var many []string
	for i := range 12_000 {
		many = append(many, fmt.Sprintf("%s%d@mail.example", strings.Repeat("x", i%40), i))
	}
	if err := m.Erase(t.Context(), c, many); err != nil || !slices.Equal(api.Erased(), many) {
		t.Errorf("%d of %d erased, %v", len(api.Erased()), len(many), err)
	}
	if requests < 3 || requests > 20 {
		t.Errorf("%d requests for %d addresses", requests, len(many))
	}
	before := len(api.Erased())
	if err := m.Erase(t.Context(), c, []string{"anna@mail.example", "no address", "", "bea@mail.example"}); err != nil || !slices.Equal(api.Erased()[before:], []string{"anna@mail.example", "bea@mail.example"}) {
		t.Errorf("beside one that is none: %v, %v", api.Erased()[before:], err)
	}
	if requests = 0; m.Erase(t.Context(), c, nil) != nil || requests != 0 {
		t.Error("nobody to erase, and it asked")
	}
	for status, kind := range map[int]integrations.Kind{429: integrations.RateLimited, 503: integrations.Temporary, 500: integrations.Unknown, 403: integrations.Unauthorized} {
		fault = status
		if err := m.Erase(t.Context(), c, []string{"anna@mail.example"}); integrations.KindOf(err) != kind || strings.Contains(err.Error(), "anna") {
			t.Errorf("%d: %v", status, err)
		}
	}
	c.Settings["key"] = "another"
	if err := m.Erase(t.Context(), c, []string{"anna@mail.example"}); integrations.KindOf(err) != integrations.Unauthorized {
		t.Error(err)
	}
}
