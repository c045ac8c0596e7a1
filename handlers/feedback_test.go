package handlers_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/handlers"
	"grazie/integrations"
	"grazie/integrations/sendgrid"
	"grazie/store"
)

// provider signs batches as SendGrid does, with a throw-away key.
type provider struct {
	*door
	key *ecdsa.PrivateKey
}

func newProvider(t *testing.T, change ...func(*door)) *provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	listens := func(d *door) {
		d.options.Feedback = map[string]handlers.FeedbackSource{"sendgrid": {
			Parser:     sendgrid.New(nil, d.Now),
			Connection: integrations.Connection{Settings: crm.Values{sendgrid.SettingWebhookKeys: base64.StdEncoding.EncodeToString(der)}},
			Ready:      true, Setting: "GRAZIE_SENDGRID_WEBHOOK_KEYS", Groups: map[string]string{"15": "birthday_coupon"},
		}}
	}
	return &provider{newDoor(t, append([]func(*door){listens}, change...)...), key}
}

func (p *provider) signed(body []byte) http.Header {
	p.t.Helper()
	timestamp := strconv.FormatInt(p.Now().Unix(), 10)
	digest := sha256.Sum256(append([]byte(timestamp), body...))
	signature, err := ecdsa.SignASN1(rand.Reader, p.key, digest[:])
	if err != nil {
		p.t.Fatal(err)
	}
	return http.Header{http.CanonicalHeaderKey(sendgrid.SignatureHeader): {base64.StdEncoding.EncodeToString(signature)},
		http.CanonicalHeaderKey(sendgrid.TimestampHeader): {timestamp}}
}

func (p *provider) tell(body string) answer {
	p.t.Helper()
	return p.send("POST", "/feedback/sendgrid", p.signed([]byte(body)), strings.NewReader(body))
}

// mail is a message of the shop that went out: to an address, of a journey.
func (p *provider) mail(email, journey string) crm.Message {
	p.t.Helper()
	all := p.mails()
	o := crm.Order{ID: fmt.Sprint(5000 + len(all)), CustomerID: "c-" + email, Email: email, EmailKey: email, Status: crm.Paid, CreatedAt: p.Now(), PaidAt: p.Now(), UpdatedAt: p.Now()}
	purpose := crm.Marketing
	if journey == "thank_you" {
		purpose = crm.Transactional
	}
	got, err := p.store.ReceiveWebhook(p.t.Context(), store.Webhook{ShopID: p.shopID, DeliveryID: "d-" + o.ID, Headers: "{}"})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.store.ApplyEvents(p.t.Context(), p.shopID, []store.Applied{{WebhookID: got.ID, State: store.WebhookProcessed,
		Events: []crm.Event{{Kind: crm.OrderPaid, Order: &o, At: p.Now()}}}}, func(crm.Event) []crm.Message {
		return []crm.Message{{CustomerID: o.CustomerID, OrderID: o.ID, Journey: journey, Purpose: purpose, Subject: "order:" + o.ID, DueAt: p.Now()}}
	}); err != nil {
		p.t.Fatal(err)
	}
	m := p.mails()[0]
	if won, err := p.store.ClaimMessage(p.t.Context(), m); !won || err != nil {
		p.t.Fatal(won, err)
	}
	m.State, m.Attempt = crm.Sending, 1
	if ok, err := p.store.RecordOutcome(p.t.Context(), store.Outcome{Message: m, State: crm.Unknown, Reason: crm.ReasonAnswerLost}); !ok || err != nil {
		p.t.Fatal(ok, err)
	}
	return m
}

func (p *provider) mails() []crm.Message {
	p.t.Helper()
	all, err := p.store.Messages(p.t.Context(), p.shopID, store.MessageFilter{Limit: 100})
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

func (p *provider) state(m crm.Message) string {
	p.t.Helper()
	m, err := p.store.Message(p.t.Context(), p.shopID, m.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(m.State) + " " + string(m.Reason)
}

func (p *provider) suppressed(email string) string {
	p.t.Helper()
	all, err := p.store.Suppressions(p.t.Context(), p.shopID, email, 10)
	if err != nil {
		p.t.Fatal(err)
	}
	var s []string
	for _, x := range all {
		s = append(s, x.Scope+" "+x.Reason)
	}
	return strings.Join(s, ", ")
}

func (p *provider) event(m crm.Message, kind, id, more string) string {
	return fmt.Sprintf(`{"event":%q,"sg_event_id":%q,"timestamp":%d,"email":%q,"grazie_message":%q,"grazie_shop":%q%s}`,
		kind, id, p.Now().Unix(), strings.TrimPrefix(m.CustomerID, "c-"), m.ID, p.shopID, more)
}

func TestFeedbackIsTakenIn(t *testing.T) {
	p := newProvider(t)
	m := p.mail("anna@x.example", "thank_you")
	batch := "[" + p.event(m, "processed", "1", "") + "," + p.event(m, "delivered", "2", `,"ip":"10.1.2.3","useragent":"Reader"`) + "]\r\n"
	if a := p.tell(batch); a.status != http.StatusOK {
		t.Fatalf("%+v", a)
	}
	if got := p.state(m); got != "delivered delivered" {
		t.Error(got)
	}
	// Sent again within its day, it changes nothing; the same signature too.
	p.pass(23 * time.Hour)
	if a := p.tell(batch); a.status != http.StatusOK || p.count("duplicate") != 2 || p.count("new") != 2 {
		t.Errorf("%+v: %v new, %v duplicates", a, p.count("new"), p.count("duplicate"))
	}
	all, err := p.store.FeedbackOf(t.Context(), p.shopID, m.ID)
	if err != nil || len(all) != 2 {
		t.Fatal(len(all), err)
	}
	if text := fmt.Sprintf("%+v", all) + p.log.String(); strings.Contains(text, "10.1.2.3") || strings.Contains(text, "anna@x") || strings.Contains(text, "Reader") {
		t.Error("who it was is kept:", text)
	}
}

func (p *provider) count(result string) (n float64) {
	families, err := p.metrics.Gather()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "grazie_feedback_events_total" {
			for _, metric := range f.GetMetric() {
				for _, l := range metric.GetLabel() {
					if l.GetName() == "result" && l.GetValue() == result {
						n += metric.GetCounter().GetValue()
					}
				}
			}
		}
	}
	return n
}

func TestFeedbackRefusals(t *testing.T) {
	p := newProvider(t)
	m := p.mail("anna@x.example", "thank_you")
	body := "[" + p.event(m, "bounce", "1", `,"type":"bounce","status":"5.1.1"`) + "]"
	good := p.signed([]byte(body))
	forged := p.signed([]byte(body + " "))
	old := p.signed([]byte(body))
	without := good.Clone()
	without.Del(sendgrid.SignatureHeader)
	long := "[" + strings.Repeat(" ", 2<<20) + "]"
	for name, c := range map[string]struct {
		method, path string
		header       http.Header
		body         string
		late         time.Duration
		want         int
	}{
		"forged":               {"POST", "/feedback/sendgrid", forged, body, 0, 401},
		"unsigned":             {"POST", "/feedback/sendgrid", without, body, 0, 401},
		"changed on the way":   {"POST", "/feedback/sendgrid", good, strings.Replace(body, "5.1.1", "5.1.2", 1), 0, 401},
		"older than a day":     {"POST", "/feedback/sendgrid", old, body, 24*time.Hour + time.Second, 401},
		"empty":                {"POST", "/feedback/sendgrid", p.signed(nil), "", 0, 400},
		"no batch":             {"POST", "/feedback/sendgrid", p.signed([]byte("{}")), "{}", 0, 400},
		"too long":             {"POST", "/feedback/sendgrid", p.signed([]byte(long)), long, 0, 413},
		"another method":       {"GET", "/feedback/sendgrid", good, "", 0, 405},
		"another provider":     {"POST", "/feedback/postmark", good, body, 0, 404},
		"nothing in the batch": {"POST", "/feedback/sendgrid", p.signed([]byte("[]")), "[]", 0, 200},
	} {
		p.pass(c.late)
		a := p.send(c.method, c.path, c.header, strings.NewReader(c.body))
		p.pass(-c.late)
		if a.status != c.want {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		if c.want == 405 && a.header.Get("Allow") != "POST" {
			t.Errorf("%s: allows %q", name, a.header.Get("Allow"))
		}
	}
	all, err := p.store.FeedbackOf(t.Context(), p.shopID, m.ID)
	if got := p.state(m); got != "unknown answer_lost" || len(all) != 0 || err != nil || p.suppressed("anna@x.example") != "" {
		t.Errorf("%s, %d stored, %s, %v", got, len(all), p.suppressed("anna@x.example"), err)
	}
}

func TestFeedbackWithoutAKey(t *testing.T) {
	p := newProvider(t, func(d *door) {
		s := d.options.Feedback["sendgrid"]
		s.Ready = false
		d.options.Feedback["sendgrid"] = s
	})
	if a := p.tell("[]"); a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "set GRAZIE_SENDGRID_WEBHOOK_KEYS") {
		t.Errorf("%+v", a)
	}
}

// What cannot be committed is not acknowledged, so that it comes again.
func TestFeedbackWhileTheDatabaseIsAway(t *testing.T) {
	p := newProvider(t)
	m := p.mail("anna@x.example", "thank_you")
	body := "[" + p.event(m, "delivered", "1", "") + "]"
	p.closeStore()
	if a := p.tell(body); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || strings.Contains(a.body, "sql") {
		t.Errorf("%+v", a)
	}
}

// Several posts of the same events at once: each counts once.
func TestFeedbackPostsRace(t *testing.T) {
	p := newProvider(t)
	var events []string
	for i := range 20 {
		m := p.mail(fmt.Sprintf("%d@x.example", i), "review_request")
		events = append(events, p.event(m, "delivered", fmt.Sprint("d", i), ""), p.event(m, "unsubscribe", fmt.Sprint("u", i), ""))
	}
	body := "[" + strings.Join(events, ",") + "]"
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			req, err := http.NewRequest("POST", p.url+"/feedback/sendgrid", bytes.NewReader([]byte(body)))
			if err != nil {
				t.Error(err)
				return
			}
			req.Header = p.signed([]byte(body))
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				t.Error(resp.Status)
			}
		})
	}
	wg.Wait()
	if p.count("new") != 40 || p.count("duplicate") != 7*40 {
		t.Errorf("%v new, %v duplicates", p.count("new"), p.count("duplicate"))
	}
	for i := range 20 {
		if got := p.suppressed(fmt.Sprintf("%d@x.example", i)); got != "marketing unsubscribed" {
			t.Error(i, got)
		}
	}
}

// A group that stands for a gesture stops that; a breaker that trips is told loudly.
func TestFeedbackReachesSuppressionsAndAlarms(t *testing.T) {
	p := newProvider(t)
	m := p.mail("anna@x.example", "birthday_coupon")
	p.tell("[" + p.event(m, "group_unsubscribe", "1", `,"asm_group_id":15`) + "]")
	if got := p.suppressed("anna@x.example"); got != "birthday_coupon unsubscribed_group" {
		t.Error(got)
	}
	for i := range 3 {
		m := p.mail(fmt.Sprintf("%d@x.example", i), "birthday_coupon")
		p.tell("[" + p.event(m, "spamreport", fmt.Sprint("s", i), "") + "]")
	}
	brakes, err := p.store.Brakes(t.Context(), p.shopID)
	if err != nil || len(brakes) != 2 {
		t.Errorf("%+v, %v", brakes, err)
	}
	if log := p.log.String(); !strings.Contains(log, "a circuit breaker stopped marketing") || !strings.Contains(log, "a circuit breaker is near its limit") {
		t.Error(log)
	}
}
