package shopify

import (
	"net/http"
	"testing"

	"grazie/crm"
	"grazie/integrations"
)

// TestStandIn signs with the key that stands in for a missing secret, as
// everybody could who read the source.
func TestStandIn(t *testing.T) {
	body := []byte(`{"id":1}`)
	h := http.Header{"X-Shopify-Hmac-Sha256": {Sign(standIn, body)}}
	for _, v := range []crm.Values{nil, {SettingSecret: ""}, {SettingSecret: "s"}, {SettingSecret: "s", SettingPreviousSecret: ""}} {
		if New().VerifyWebhook(integrations.Connection{Settings: v}, h, body) {
			t.Errorf("settings %v verify what nobody's secret signed", v)
		}
	}
}

// TestSameWork counts instead of timing: a shop that is not known costs what a
// known one costs, however many secrets it has.
func TestSameWork(t *testing.T) {
	body := []byte(`{"id":1}`)
	h := http.Header{"X-Shopify-Hmac-Sha256": {Sign("s", body)}}
	work := func(v crm.Values) float64 {
		return testing.AllocsPerRun(100, func() { New().VerifyWebhook(integrations.Connection{Settings: v}, h, body) })
	}
	want := work(nil)
	for _, v := range []crm.Values{{SettingSecret: "s"}, {SettingSecret: "x"}, {SettingSecret: "s", SettingPreviousSecret: "t"}} {
		if got := work(v); got != want {
			t.Errorf("%d secrets cost %v allocations, none cost %v", len(v), got, want)
		}
	}
}
