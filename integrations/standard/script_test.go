package standard_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/standard"
	"grazie/internal/needs"
)

// TestSendScript: what docs/send-standard.sh sends verifies, and tells of a paid
// order.
func TestSendScript(t *testing.T) {
	for _, name := range []string{"openssl", "curl", "od"} {
		needs.Program(t, name)
	}
	p, whsec := standard.New(time.Now), standard.NewSecret()
	var events []crm.Event
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		e, err := p.Envelope(r.Header, body)
		if err != nil || e.DeliveryID != "order-1001" || !p.VerifyWebhook(integrations.Connection{Settings: crm.Values{standard.SettingSecret: whsec}}, r.Header, body) {
			t.Errorf("%+v, %v: not verified", e, err)
		}
		if events, err = p.ParseWebhook(e, body); err != nil {
			t.Error(err)
		}
	}))
	defer shop.Close()
	cmd := exec.Command(needs.Program(t, "bash"), "../../docs/send-standard.sh", shop.URL, whsec, "nina@mail.example")
	cmd.Env = append(cmd.Environ(), "ORDER=1001")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if len(events) != 2 || events[1].Kind != crm.OrderPaid || events[1].Order.ID != "1001" || events[1].Customer.Email != "nina@mail.example" {
		t.Errorf("it tells %+v", events)
	}
}
