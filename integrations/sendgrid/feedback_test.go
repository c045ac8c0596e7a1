package sendgrid_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/sendgrid"
	"grazie/internal/needs"
)

// keyPair is a throw-away key with its public half as SendGrid shows it.
func keyPair(t testing.TB) (*ecdsa.PrivateKey, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return key, base64.StdEncoding.EncodeToString(der)
}

func signed(t testing.TB, key *ecdsa.PrivateKey, at time.Time, body []byte) http.Header {
	t.Helper()
	timestamp := strconv.FormatInt(at.Unix(), 10)
	digest := sha256.Sum256(append([]byte(timestamp), body...))
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return headers(base64.StdEncoding.EncodeToString(signature), timestamp)
}

func headers(signature, timestamp string) http.Header {
	return http.Header{http.CanonicalHeaderKey(sendgrid.SignatureHeader): {signature}, http.CanonicalHeaderKey(sendgrid.TimestampHeader): {timestamp}}
}

func withKeys(keys ...string) integrations.Connection {
	return integrations.Connection{Settings: crm.Values{sendgrid.SettingWebhookKeys: strings.Join(keys, ",")}}
}

func at(t time.Time) *sendgrid.Mailer {
	return sendgrid.New(http.DefaultClient, func() time.Time { return t })
}

func TestSignatures(t *testing.T) {
	key, public := keyPair(t)
	old, oldPublic := keyPair(t)
	body := []byte("[{\"event\":\"open\"}]\r\n")
	good := signed(t, key, now, body)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&p384.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	other := base64.StdEncoding.EncodeToString(der)
	without := func(name string) http.Header { h := good.Clone(); h.Del(name); return h }
	for name, c := range map[string]struct {
		at     time.Time
		keys   []string
		header http.Header
		body   string
		want   bool
	}{
		"as it came":                {now, []string{public}, good, string(body), true},
		"second of two keys":        {now, []string{oldPublic, " " + public}, good, string(body), true},
		"the old of two keys":       {now, []string{public, oldPublic}, signed(t, old, now, body), string(body), true},
		"another's key":             {now, []string{oldPublic}, good, string(body), false},
		"no key":                    {now, nil, good, string(body), false},
		"a broken key beside":       {now, []string{"AAAA", public}, good, string(body), true},
		"a key of another curve":    {now, []string{other}, signed(t, p384, now, body), string(body), false},
		"trimmed":                   {now, []string{public}, good, strings.TrimSpace(string(body)), false},
		"one byte more":             {now, []string{public}, good, string(body) + " ", false},
		"without signature":         {now, []string{public}, without(sendgrid.SignatureHeader), string(body), false},
		"without timestamp":         {now, []string{public}, without(sendgrid.TimestampHeader), string(body), false},
		"timestamp that is no time": {now, []string{public}, headers(good.Get(sendgrid.SignatureHeader), "now"), string(body), false},
		"a day old":                 {now.Add(24 * time.Hour), []string{public}, good, string(body), true},
		"older than a day":          {now.Add(24*time.Hour + time.Second), []string{public}, good, string(body), false},
		"five minutes ahead":        {now.Add(-5 * time.Minute), []string{public}, good, string(body), true},
		"further ahead":             {now.Add(-5*time.Minute - time.Second), []string{public}, good, string(body), false},
	} {
		if got := at(c.at).VerifyFeedback(withKeys(c.keys...), c.header, []byte(c.body)); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// The vectors of the contracts: nine that must hold, five that must not, and
// Twilio's own.
func TestContractSignatures(t *testing.T) {
	dir := filepath.Join(needs.Contracts(t), "sendgrid", "events")
	var vectors struct {
		Key        string `json:"public_key_base64_der"`
		Signatures []struct {
			File, Timestamp, Signature, Note string
			Valid                            bool
		}
	}
	load(t, filepath.Join(dir, "signatures.json"), &vectors)
	for _, v := range vectors.Signatures {
		body, err := os.ReadFile(filepath.Join(dir, v.File))
		if err != nil {
			t.Fatal(err)
		}
		seconds, err := strconv.ParseInt(v.Timestamp, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		m := at(time.Unix(seconds, 0))
		if got := m.VerifyFeedback(withKeys(vectors.Key), headers(v.Signature, v.Timestamp), body); got != v.Valid {
			t.Errorf("%s (%s): %v, want %v", v.File, v.Note, got, v.Valid)
		}
	}
	if len(vectors.Signatures) < 14 {
		t.Errorf("only %d vectors", len(vectors.Signatures))
	}

	var twilio struct {
		Key     string            `json:"public_key_base64_der"`
		Headers map[string]string `json:"headers"`
		Payload []byte            `json:"payload_base64"`
	}
	load(t, filepath.Join(dir, "10_signed_vector.json"), &twilio)
	timestamp := twilio.Headers[sendgrid.TimestampHeader]
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	m, h := at(time.Unix(seconds, 0)), headers(twilio.Headers[sendgrid.SignatureHeader], timestamp)
	if !m.VerifyFeedback(withKeys(twilio.Key), h, twilio.Payload) {
		t.Error("Twilio's own vector does not hold")
	}
	if m.VerifyFeedback(withKeys(twilio.Key), h, twilio.Payload[:len(twilio.Payload)-2]) {
		t.Error("it holds without its last line break")
	}
	all, err := m.ParseFeedback(twilio.Payload)
	if err != nil || len(all) != 1 || all[0].Kind != crm.FeedbackDropped || all[0].Class != crm.BounceInactive || all[0].EmailKey != "hello@world.com" {
		t.Errorf("%+v, %v", all, err)
	}
}

func load(t *testing.T, path string, v any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}

// What each event of the contracts' batches comes to.
func TestContractEvents(t *testing.T) {
	dir := filepath.Join(needs.Contracts(t), "sendgrid", "events")
	for file, want := range map[string]string{
		"01_every_type_documented_shape.json": "accepted, deferred/network, delivered, opened, clicked, bounced/invalid, blocked/unclassified, " +
			"dropped/inactive, complained, unsubscribed, unsubscribed(10), resubscribed(10)",
		"02_one_message_life.json": "accepted, deferred/rate, deferred/rate, delivered, opened, clicked",
		"03_bounces.json": "bounced/invalid, bounced/invalid, bounced/full, blocked/reputation, blocked/content, blocked/rate, " +
			"blocked/network, bounced/unclassified",
		"04_dropped_reasons.json": "dropped/inactive, dropped/unsubscribed, dropped/complained, dropped/invalid, dropped/content, dropped/content, " +
			"dropped/rate, dropped/content",
		"05_unsubscribes_and_complaints.json":       "complained, unsubscribed, unsubscribed(14), resubscribed(14)",
		"06_duplicates_and_disorder.json":           "opened, delivered, delivered, accepted, deferred/network",
		"07_delayed_bounce_without_message_id.json": "bounced/invalid",
		"08_account_status_change.json":             "account_suspended",
		"09_machine_opens_and_scanner_clicks.json":  "opened*, opened, clicked, clicked", // such clicks are known by their time
	} {
		body, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		all, err := at(now).ParseFeedback(body)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range all {
			s := string(f.Kind)
			if f.Class != "" {
				s += "/" + string(f.Class)
			}
			if f.Group != "" {
				s += "(" + f.Group + ")"
			}
			if f.Machine {
				s += "*"
			}
			got = append(got, s)
			if f.ID == "" || f.At.IsZero() || strings.Contains(f.Detail, "@") {
				t.Errorf("%s: %+v", file, f)
			}
		}
		if g := strings.Join(got, ", "); g != want {
			t.Errorf("%s:\ngot  %s\nwant %s", file, g, want)
		}
	}
}

// A batch of our own shape, with what the contracts leave out.
func TestParse(t *testing.T) {
	body := `[
		{"event":"delivered","sg_event_id":"a","timestamp":1798880000,"email":" Anna@Müller.example","grazie_message":"msg_1","grazie_shop":"shp_1","response":"250 ok for <anna@x.example>","ip":"10.0.0.1","useragent":"x"},
		{"event":"delivered","sg_event_id":"b","timestamp":1798880000123,"grazie_message":"msg_1","grazie_shop":"shp_1"},
		{"event":"delivered","sg_event_id":"c","timestamp":"1798880000","grazie_message":7,"grazie_shop":null},
		{"event":"delivered","sg_event_id":"d","timestamp":99999999999},
		{"event":"click","sg_event_id":"e","useragent":"Barracuda Sentinel (EE)"},
		{"event":"something_new","sg_event_id":"f"},
		"no object", 7, null, [], {"event":["odd"]},
		{"event":"bounce","type":"bounce","bounce_classification":"Mailbox Unavailable","status":"5.0.0","reason":"no more","email":"x@y.example"},
		{"event":"bounce","type":"blocked","bounce_classification":"Invalid Address","status":"5.0.0","reason":"no more","sg_event_id":"h"},
		{"event":"account_status_change","type":"reactivated","sg_event_id":"i"},
		{"event":"account_status_change","type":"compliance_deactivate","sg_event_id":"j","grazie_shop":"shp_1"}
	]`
	all, err := at(now).ParseFeedback([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	told := time.Unix(1798880000, 0).UTC()
	want := []crm.Feedback{
		{ID: "a", Kind: crm.FeedbackDelivered, ShopID: "shp_1", MessageID: "msg_1", At: told, EmailKey: "anna@xn--mller-kva.example", Detail: "250 ok for <(address)>"},
		{ID: "b", Kind: crm.FeedbackDelivered, ShopID: "shp_1", MessageID: "msg_1", At: told.Add(123 * time.Millisecond)},
		{ID: "c", Kind: crm.FeedbackDelivered, At: told},
		{ID: "d", Kind: crm.FeedbackDelivered, At: now},
		{ID: "e", Kind: crm.FeedbackClicked, At: now, Machine: true},
		{ID: all[5].ID, Kind: crm.FeedbackBounced, At: now, EmailKey: "x@y.example", Class: crm.BounceInactive, Code: "5.0.0", Detail: "no more"},
		{ID: "h", Kind: crm.FeedbackBlocked, At: now, Class: crm.BounceUnclassified, Code: "5.0.0", Detail: "no more"},
		{ID: "j", Kind: crm.FeedbackAccountSuspended, At: now, Detail: "compliance_deactivate"},
	}
	if !reflect.DeepEqual(all, want) {
		t.Errorf("got\n%s\nwant\n%s", lines(all), lines(want))
	}
	if again, _ := at(now).ParseFeedback([]byte(body)); again[5].ID != all[5].ID || !strings.HasPrefix(all[5].ID, "sha256:") {
		t.Errorf("an event without an id is %q, then %q", all[5].ID, again[5].ID)
	}
	for _, bad := range []string{"", "{}", "null x", `[{"event":"open"}`, "7"} {
		if _, err := at(now).ParseFeedback([]byte(bad)); err == nil {
			t.Errorf("%q is a batch", bad)
		}
	}
}

func lines(all []crm.Feedback) string {
	var s strings.Builder
	for _, f := range all {
		fmt.Fprintf(&s, "%+v\n", f)
	}
	return s.String()
}

// Whatever is signed: no panic, nothing without id and time, no addresses in
// what is kept.
func FuzzParseFeedback(f *testing.F) {
	f.Add([]byte(`[{"event":"bounce","type":"blocked","status":"5.1.1","reason":"550 <a@b.example> unknown","sg_event_id":"x","timestamp":1764000000,"email":"a@b.example","asm_group_id":14}]`))
	f.Add([]byte(`[{"event":"group_unsubscribe","asm_group_id":"14","timestamp":1e300},{"event":"click","sg_machine_open":"yes"}]`))
	f.Add([]byte(`[null,{},[],"",{"event":"dropped","reason":"Spam Reporting Address"}]`))
	f.Add([]byte(`[{"event":"deferred","response":"\u0000 400 try\r\nagain","attempt":5,"timestamp":-1}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		all, err := at(now).ParseFeedback(body)
		if (err == nil) != json.Valid(body) && err == nil {
			t.Error("a body that is no JSON was taken")
		}
		for _, e := range all {
			if e.ID == "" || len(e.ID) > 100 || e.Kind == "" || e.At.IsZero() || e.At.After(now) {
				t.Errorf("%+v", e)
			}
			if len(e.Detail) > 400 || len(e.Code) > 20 || len(e.Group) > 20 {
				t.Errorf("too long: %+v", e)
			}
		}
	})
}
