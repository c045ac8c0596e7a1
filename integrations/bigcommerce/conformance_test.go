package bigcommerce_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/bigcommerce"
	"grazie/integrations/platformtest"
	"grazie/internal/needs"
)

func scopeOf(t testing.TB, file string) string {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var told struct{ Scope string }
	if err := json.Unmarshal(body, &told); err != nil {
		t.Fatal(err)
	}
	return told.Scope
}

// conformance is the suite's case for webhooks in a folder.
func conformance(t testing.TB, s *stand, dir string) platformtest.Case {
	sign := func(at time.Time) func(secret, topic string, body []byte) http.Header {
		return func(secret, _ string, body []byte) http.Header {
			return integrations.SignStandard([]byte(secret), "msg_1", at, body)
		}
	}
	return platformtest.Case{
		Dir:      dir,
		Topic:    func(file string) string { return scopeOf(t, file) },
		Sign:     sign(s.now),
		Secret:   bigcommerce.SettingSecret,
		Previous: bigcommerce.SettingPreviousSecret,
		Required: []string{integrations.StandardID, integrations.StandardTimestamp, integrations.StandardSignature},
		Ignored:  "store/product/updated",
		Stale:    []func(secret, topic string, body []byte) http.Header{sign(s.now.Add(-6 * time.Minute)), sign(s.now.Add(6 * time.Minute))},
		BodyTold: true,
		Parse: func(e integrations.Envelope, body []byte) ([]crm.Event, error) {
			return s.ReadWebhook(t.Context(), s.conn, e, body)
		},
	}
}

func TestConformance(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	fill(s.Store)
	platformtest.Run(t, s.Platform, conformance(t, s, "testdata/webhooks"))
}

// BigCommerce's own examples go the whole way: what they are about is read, and
// what none of us is interested in is let go.
func TestContractPayloads(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(needs.Contracts(t), "bigcommerce", "payloads", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d payloads, %v", len(files), err)
	}
	s := newStand(t, bigcommerce.App{})
	fill(s.Store)
	read := map[string]string{"order": "order/250", "refund": "refund/250", "shipment": "order/251", "customer": "customer/32"}
	ids := map[string]string{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			header := func(b []byte) http.Header { return integrations.SignStandard([]byte(s.Secret), "msg_1", s.now, b) }
			if _, err := s.Envelope(header(body), body); err == nil {
				t.Error("a placeholder is taken for a store")
			}
			body = []byte(strings.ReplaceAll(string(body), "{store_hash}", s.Hash))
			e, err := s.Envelope(header(body), body)
			if err != nil || e.Domain != s.Hash || e.Topic != scopeOf(t, file) || e.TriggeredAt.IsZero() {
				t.Fatalf("%+v, %v", e, err)
			}
			if !s.VerifyWebhook(s.conn, header(body), body) {
				t.Error("it does not verify")
			}
			if other := ids[e.DeliveryID]; other != "" && scopeOf(t, file) != scopeOf(t, other) {
				t.Errorf("it has the id of %s", other)
			}
			ids[e.DeliveryID] = file
			kind := strings.Split(name, "_")[1]
			if strings.Contains(name, "refund") {
				kind = "refund"
			}
			if about := s.About(e, body); about != read[kind] {
				t.Errorf("it is about %q, want %q", about, read[kind])
			}
			events, err := s.ReadWebhook(t.Context(), s.conn, e, body)
			if err != nil || (len(events) > 0) != (read[kind] != "") {
				t.Errorf("%v, %v", events, err)
			}
		})
	}
}
