// Package platformtest holds every platform adapter to the contract of
// integrations.Platform. An adapter's own test calls Run with its recorded
// webhooks; adding a case means adding two files.
package platformtest

import (
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/integrations"
)

var update = flag.Bool("update-events", false, "write the expected events anew from what is parsed; read the difference before you keep it")

// Case is what the suite must know of a platform.
type Case struct {
	// Dir holds the recorded webhooks: NAME.json is a body, and
	// NAME.events.json are the events that it must tell.
	Dir string
	// Topic is the topic of a recorded file.
	Topic func(file string) string
	// Sign makes the headers that the platform would send with a body.
	Sign func(secret, topic string, body []byte) http.Header

	Secret   string   // key of the setting that signs
	Previous string   // key of the setting with the secret before a rotation; empty: the platform has none
	Required []string // headers without which a webhook is refused
	Ignored  string   // a topic of no interest

	// Where platforms differ. What is left out is as most have it.

	// Key turns a word into a secret of the platform's form; nil: any text is one.
	Key func(word string) string
	// Stale makes headers that were good once, and are too old by now, or are of
	// a time to come; nil: signatures of the platform never end.
	Stale []func(secret, topic string, body []byte) http.Header
	// NoDomain: its webhooks do not tell their shop, only the address does.
	NoDomain bool
	// BodyTold: Envelope looks into the body, and refuses one that tells nothing.
	BodyTold bool
	// Pings are requests by which it tries the address.
	Pings []Ping
	// Parse reads a recorded webhook; nil: ParseWebhook does. A platform whose
	// webhooks only name what changed reads it here from a stand-in.
	Parse func(e integrations.Envelope, body []byte) ([]crm.Event, error)
}

// Ping is a request that tries the address, with headers as they come.
type Ping struct {
	Header http.Header
	Body   string
}

func (c Case) key(word string) string {
	if c.Key == nil || word == "" {
		return word
	}
	return c.Key(word)
}

// Run holds a platform to its contract.
func Run(t *testing.T, p integrations.Platform, c Case) {
	files := bodies(t, c.Dir)
	t.Run("settings", func(t *testing.T) { settings(t, p, c) })
	t.Run("envelope", func(t *testing.T) { envelope(t, p, c, files[0]) })
	t.Run("signature", func(t *testing.T) { signature(t, p, c, files[0]) })
	t.Run("pings", func(t *testing.T) { pings(t, p, c, files[0]) })
	t.Run("ignored", func(t *testing.T) {
		for _, body := range []string{`{}`, `{"id":`, ``} {
			if events, err := p.ParseWebhook(integrations.Envelope{Topic: c.Ignored}, []byte(body)); events != nil || err != nil {
				t.Errorf("topic %s with %q: %v, %v; want neither events nor an error", c.Ignored, body, events, err)
			}
		}
	})
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) { recorded(t, p, c, file) })
	}
}

func bodies(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, ".events.json") })
	if len(files) == 0 {
		t.Fatalf("no recorded webhooks in %s", dir)
	}
	return files
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func settings(t *testing.T, p integrations.Platform, c Case) {
	kinds := map[string]crm.SettingKind{}
	for _, s := range p.Settings() {
		if kinds[s.Key] != "" || s.Label == "" {
			t.Errorf("setting %q is declared twice or has no label", s.Key)
		}
		kinds[s.Key] = s.Kind
	}
	for _, key := range []string{c.Secret, c.Previous} {
		if key != "" && kinds[key] != crm.SettingSecret {
			t.Errorf("setting %q is of kind %q, want a secret", key, kinds[key])
		}
	}
}

func envelope(t *testing.T, p integrations.Platform, c Case, file string) {
	body := read(t, file)
	good := c.Sign(c.key("s"), c.Topic(file), body)
	e, err := p.Envelope(good, body)
	if err != nil || e.Topic != c.Topic(file) || (e.Domain == "") != c.NoDomain || e.DeliveryID == "" {
		t.Fatalf("a good webhook's envelope: %+v, %v", e, err)
	}
	lower := http.Header{}
	for name, values := range good {
		lower[strings.ToLower(name)] = values
	}
	if again, err := p.Envelope(lower, body); err != nil || again != e {
		t.Errorf("with header names in lower case: %+v, %v; want %+v", again, err, e)
	}
	if again, err := p.Envelope(good, body); err != nil || again != e {
		t.Errorf("read twice it differs, so that a retry would be done again: %+v, %v", again, err)
	}
	if c.BodyTold {
		for _, odd := range []string{"", "[]", "null", `{"a":`, "webhook"} {
			if _, err := p.Envelope(good, []byte(odd)); !isRefused(err) {
				t.Errorf("body %q: error %v, want it refused", odd, err)
			}
		}
	}
	for _, name := range c.Required {
		for what, values := range map[string][]string{"missing": nil, "empty": {""}, "with a line break": {"a\r\nb"}, "endless": {strings.Repeat("a", 1<<16)}} {
			h := good.Clone()
			h.Del(name)
			if values != nil {
				h[http.CanonicalHeaderKey(name)] = values
			}
			_, err := p.Envelope(h, body)
			refused, ok := errors.AsType[*integrations.Refused](err)
			if !ok || !strings.Contains(refused.Message, name) {
				t.Errorf("header %s %s: error %v, want it refused by name", name, what, err)
			}
		}
	}
}

func isRefused(err error) bool {
	_, ok := errors.AsType[*integrations.Refused](err)
	return ok
}

// pings: they are told from webhooks, and a signed webhook is never one.
func pings(t *testing.T, p integrations.Platform, c Case, file string) {
	for _, ping := range c.Pings {
		if _, err := p.Envelope(ping.Header, []byte(ping.Body)); !errors.Is(err, integrations.ErrPing) {
			t.Errorf("%q: %v, want it told as a ping", ping.Body, err)
		}
	}
	body := read(t, file)
	if _, err := p.Envelope(c.Sign(c.key("s"), c.Topic(file), body), body); errors.Is(err, integrations.ErrPing) {
		t.Error("a webhook is told as a ping: it would be lost")
	}
	if _, err := p.Envelope(http.Header{}, body); !isRefused(err) {
		t.Errorf("a webhook without headers: %v, want it refused", err)
	}
}

func signature(t *testing.T, p integrations.Platform, c Case, file string) {
	body := read(t, file)
	tampered := slices.Clone(body)
	tampered[len(tampered)/2] ^= 1
	right := c.key("right")
	header := c.Sign(right, c.Topic(file), body)
	with := func(values crm.Values) integrations.Connection { return integrations.Connection{Settings: values} }
	for _, v := range []struct {
		name   string
		c      integrations.Connection
		header http.Header
		body   []byte
		want   bool
	}{
		{"good", with(crm.Values{c.Secret: right}), header, body, true},
		{"another secret", with(crm.Values{c.Secret: c.key("wrong")}), header, body, false},
		{"tampered body", with(crm.Values{c.Secret: right}), header, tampered, false},
		{"body with a line break more", with(crm.Values{c.Secret: right}), header, append(slices.Clone(body), '\n'), false},
		{"no headers", with(crm.Values{c.Secret: right}), http.Header{}, body, false},
		{"empty secret", with(crm.Values{c.Secret: ""}), c.Sign("", c.Topic(file), body), body, false},
		{"no settings", with(nil), header, body, false},
		{"huge body", with(crm.Values{c.Secret: right}), header, make([]byte, 2<<20), false},
	} {
		if got := p.VerifyWebhook(v.c, v.header, v.body); got != v.want {
			t.Errorf("%s: verified is %v, want %v", v.name, got, v.want)
		}
	}
	if c.Previous != "" && !p.VerifyWebhook(with(crm.Values{c.Secret: c.key("new"), c.Previous: right}), header, body) {
		t.Error("signed with the secret before a rotation: not verified")
	}
	for i, stale := range c.Stale {
		if p.VerifyWebhook(with(crm.Values{c.Secret: right}), stale(right, c.Topic(file), body), body) {
			t.Errorf("stale headers %d: verified", i)
		}
	}
}

func recorded(t *testing.T, p integrations.Platform, c Case, file string) {
	body, topic := read(t, file), c.Topic(file)
	e, err := p.Envelope(c.Sign(c.key("s"), topic, body), body)
	if err != nil {
		t.Fatal(err)
	}
	parse := c.Parse
	if parse == nil {
		parse = p.ParseWebhook
	}
	events, err := parse(e, body)
	if err != nil {
		t.Fatal(err)
	}
	again, err := parse(e, body)
	if err != nil || !reflect.DeepEqual(events, again) {
		t.Errorf("parsed twice it differs: %v", err)
	}
	if !slices.IsSortedFunc(events, func(a, b crm.Event) int { return a.At.Compare(b.At) }) {
		t.Error("the events are not told oldest first")
	}
	got, err := json.MarshalIndent(events, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	golden := strings.TrimSuffix(file, ".json") + ".events.json"
	if *update {
		if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := strings.TrimSpace(string(read(t, golden))); string(got) != want {
		t.Errorf("it tells\n%s\nwant, by %s,\n%s", got, golden, want)
	}
	for _, n := range []int{0, 1, len(body) / 3, len(body) / 2} {
		if events, err := parse(e, body[:n]); err == nil {
			t.Errorf("cut after %d bytes it tells %+v, want an error", n, events)
		}
	}
	if _, err := parse(e, append(slices.Clone(body), strings.Repeat(" ", 2<<20)...)); err != nil {
		t.Errorf("with two MiB of white space behind: %v", err)
	}
}
