package standard_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/standard"
	"grazie/internal/needs"
)

// TestContracts: the specification's own examples verify, and are of no interest.
func TestContracts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(needs.Contracts(t), "standard-webhooks", "payloads", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		header := signAt(now)(secret("x"), "", body)
		e, err := adapter().Envelope(header, body)
		if err != nil || e.TriggeredAt.IsZero() || !adapter().VerifyWebhook(integrations.Connection{Settings: crm.Values{standard.SettingSecret: secret("x")}}, header, body) {
			t.Errorf("%s: %+v, %v", file, e, err)
		}
		if events, err := adapter().ParseWebhook(e, body); events != nil || err != nil {
			t.Errorf("%s tells %v, %v", file, events, err)
		}
	}
}

// TestVectors: what others signed verifies at the time of its signature, and not
// after it.
func TestVectors(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(needs.Contracts(t), "standard-webhooks", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Tolerance int `json:"tolerance_seconds"`
		Vectors   []struct {
			Secret, Body string
			ID           string `json:"webhook-id"`
			Timestamp    string `json:"webhook-timestamp"`
			Signature    string `json:"webhook-signature"`
		}
	}
	if err := json.Unmarshal(text, &file); err != nil || len(file.Vectors) == 0 || time.Duration(file.Tolerance)*time.Second != integrations.StandardTolerance {
		t.Fatal(file, err)
	}
	for _, v := range file.Vectors {
		seconds, err := strconv.ParseInt(v.Timestamp, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		header := http.Header{"Webhook-Id": {v.ID}, "Webhook-Timestamp": {v.Timestamp}, "Webhook-Signature": {v.Signature}}
		c := integrations.Connection{Settings: crm.Values{standard.SettingSecret: v.Secret}}
		for late, want := range map[time.Duration]bool{0: true, integrations.StandardTolerance + time.Second: false} {
			p := standard.New(func() time.Time { return time.Unix(seconds, 0).Add(late) })
			if got := p.VerifyWebhook(c, header, []byte(v.Body)); got != want {
				t.Errorf("%s, %s late: %v", v.ID, late, got)
			}
		}
	}
}
