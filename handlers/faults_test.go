package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"grazie/integrations"
	"grazie/integrations/shopify"
)

// closeStore takes the database away.
func (d *door) closeStore() {
	d.t.Helper()
	if err := d.store.Close(); err != nil {
		d.t.Fatal(err)
	}
	d.store = nil
}

// Without the database nothing is received, and the shop is told to come again.
func TestDatabaseAway(t *testing.T) {
	d := newDoor(t)
	if a := d.post(d.paid()); a.status != http.StatusOK { // and now the shop's secret is remembered
		t.Fatalf("%+v", a)
	}
	d.closeStore()
	known, unknown := d.paid(), d.paid()
	unknown.Header.Set("X-Shopify-Shop-Domain", "another.myshopify.com")
	for _, w := range []answer{d.post(known), d.post(unknown)} {
		if w.status != http.StatusServiceUnavailable || w.header.Get("Retry-After") == "" {
			t.Errorf("%+v", w)
		}
	}
	if n := len(d.rings()); n != 1 || d.received("received") != 1 || d.received("unavailable") != 2 {
		t.Errorf("rung %d, counted %v and %v", n, d.received("received"), d.received("unavailable"))
	}
	if text := d.log.String(); strings.Count(text, "could not be stored") != 2 {
		t.Errorf("the log: %s", text)
	}
	d.store = d.open()
	if all := d.stored(); len(all) != 1 {
		t.Errorf("%d stored", len(all))
	}
}

// clumsy is a platform whose adapter has a fault.
type clumsy struct{ integrations.Platform }

func (clumsy) VerifyWebhook(integrations.Connection, http.Header, []byte) bool {
	panic("an adapter wrote into a map that it had not made")
}

func TestPanicIsAnErrorOfOneRequest(t *testing.T) {
	d := newDoor(t, func(d *door) { d.options.Platforms["clumsy"] = clumsy{shopify.New()} })
	w := d.paid()
	a := d.send("POST", "/webhooks/clumsy", w.Header, strings.NewReader(string(w.Body)))
	if a.status != http.StatusInternalServerError || a.header.Get("Content-Type") != "application/problem+json" || strings.Contains(a.body, "map") {
		t.Errorf("%+v", a)
	}
	if text := d.log.String(); !strings.Contains(text, "a request panicked") || !strings.Contains(text, "faults_test.go") {
		t.Errorf("the log does not tell where: %s", text)
	}
	if a := d.post(w); a.status != http.StatusOK {
		t.Errorf("the next one: %+v", a)
	}
}

// No answer repeats what a sender wrote, nor what was wrong inside.
func TestProblemsTellNothing(t *testing.T) {
	d := newDoor(t)
	w := d.paid()
	const mark = "<script>mark</script>"
	for _, name := range []string{"X-Shopify-Topic", "X-Shopify-Shop-Domain", "X-Shopify-Webhook-Id", "X-Shopify-Hmac-Sha256"} {
		bad := w.Redeliver()
		bad.Header.Set(name, mark)
		if a := d.post(bad); a.status == http.StatusOK && name != "X-Shopify-Topic" && name != "X-Shopify-Webhook-Id" || strings.Contains(a.body, "mark") {
			t.Errorf("%s: %+v", name, a)
		}
	}
	for _, path := range []string{"/" + mark, "/webhooks/" + mark, "/outbox/key/" + mark, "/../../etc/passwd"} {
		if a := d.get(strings.ReplaceAll(path, "<", "%3C")); a.status != http.StatusNotFound && a.status != http.StatusMethodNotAllowed || strings.Contains(a.body, "mark") {
			t.Errorf("%s: %+v", path, a)
		}
	}
}
