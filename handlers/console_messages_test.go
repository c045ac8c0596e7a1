package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// letters is the shop of these tests: messages in every state, of people whose
// names and orders are no friends of a page.
type letters struct {
	*scene
	of map[string]crm.Message // by the number of the order
}

const (
	letterImg  = `<img src=x onerror=alert(1)>`
	letterLong = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh"
	letterRTL  = "חנה בת־שבע"
)

func (s *scene) letterOrder(id, customer, first, last string) (crm.Order, crm.Customer) {
	now := s.Now()
	email := "c" + customer + "@letters.example"
	o := crm.Order{ID: id, Name: "#" + id, CustomerID: customer, Email: email, EmailKey: email, Status: crm.Paid, Total: crm.Money{Minor: 4200, Currency: "EUR"}, Locale: "en",
		Items: []crm.LineItem{{ID: "1", Title: "Soap " + letterImg, Quantity: 1, Price: crm.Money{Minor: 4200, Currency: "EUR"}}}, CreatedAt: now, PaidAt: now, UpdatedAt: now}
	return o, crm.Customer{ID: customer, Email: email, EmailKey: email, FirstName: first, LastName: last, Locale: "en", CreatedAt: now, UpdatedAt: now}
}

func (s *scene) letters() *letters {
	s.t.Helper()
	l := &letters{s, map[string]crm.Message{}}
	for id, name := range map[string][2]string{"7001": {"Anna", letterLong}, "7002": {letterRTL, "לוי"}, "7003": {letterImg, "Rossi"}, "7004": {"Bea 🌷", "Bianchi"}, "7005": {"Cleo", "Neri"}, "7006": {"Dora", "Verdi"}, "7007": {"Ella", "Blu"}, "7008": {"Fay", "Gray"}} {
		o, c := s.letterOrder(id, "9"+id, name[0], name[1])
		if _, err := s.store.ApplyEvents(s.t.Context(), s.shopID, []store.Applied{{WebhookID: s.letterHook("orders/paid", `{"id":`+id+`}`), State: store.WebhookProcessed, Events: []crm.Event{{Kind: crm.OrderPaid, Order: &o, Customer: &c, At: s.Now()}}}}, func(e crm.Event) []crm.Message {
			return []crm.Message{{Journey: "thank_you", Purpose: crm.Transactional, Subject: "order:" + id, OrderID: id, CustomerID: "9" + id, DueAt: s.Now().Add(-time.Minute)}}
		}); err != nil {
			s.t.Fatal(err)
		}
	}
	l.ends("7001", crm.Sent, "")
	l.ends("7002", crm.Unknown, crm.ReasonWorkerLost)
	l.ends("7003", crm.Failed, crm.ReasonTemplate)
	l.ends("7004", crm.Skipped, crm.ReasonSuppressed)
	l.ends("7007", crm.Unknown, crm.ReasonWorkerLost)
	if _, err := s.store.ApplyFeedback(s.t.Context(), []crm.Feedback{{ID: "l-1", ShopID: s.shopID, MessageID: l.at("7001").ID, Kind: crm.FeedbackDelivered, EmailKey: "c97001@letters.example", At: s.Now(), Detail: "250 " + letterImg}}); err != nil {
		s.t.Fatal(err)
	}
	return l
}

// hook stores a webhook.
func (s *scene) letterHook(topic, body string) string {
	s.t.Helper()
	r, err := s.store.ReceiveWebhook(s.t.Context(), store.Webhook{ShopID: s.shopID, DeliveryID: store.NewID("dlv_"), Topic: topic, Body: []byte(body),
		Headers: `{"X-Shopify-Topic":"` + topic + `","X-Shopify-Hmac-Sha256":"c2VjcmV0","Authorization":"Bearer s3cret","X-Forwarded-For":"203.0.113.9"}`})
	if err != nil {
		s.t.Fatal(err)
	}
	return r.ID
}

// at is the message about an order as it stands now.
func (l *letters) at(order string) crm.Message {
	l.t.Helper()
	m, err := l.store.MessageAbout(l.t.Context(), l.shopID, "thank_you", "order:"+order)
	if err != nil {
		l.t.Fatal(err)
	}
	return m
}

// link is one of hers, as her mail has it.
func (l *letters) link(m crm.Message) string {
	return "https://grazie.example/u/" + l.store.LinkToken(store.LinkUnsubscribe, l.shopID, m.CustomerID, m.ID)
}

// ends hands a message's mail over, and tells what became of it.
func (l *letters) ends(order string, state crm.MessageState, reason crm.Reason) {
	l.t.Helper()
	m := l.at(order)
	o := store.Outcome{Message: m, State: state, Reason: reason}
	if state != crm.Skipped {
		won, err := l.store.ClaimMessage(l.t.Context(), m, crm.Mail{From: crm.Mailbox{Name: "Anna", Email: "anna@bottega.example"}, To: crm.Mailbox{Name: letterImg, Email: "c9" + order + "@letters.example"}, ReplyTo: "answers@bottega.example",
			Subject: "Thank you " + letterImg, Text: "Dear you,\n" + l.link(m), HTML: `<p>Dear <b>you</b></p><a href="` + l.link(m) + `">unsubscribe</a>`, Locale: "en", Template: 3})
		if !won || err != nil {
			l.t.Fatal(won, err)
		}
		o.Message.State, o.Message.Attempt = crm.Sending, 1
		o.Detail = "550 " + letterImg
	}
	if state == crm.Sent {
		o.SentAt, o.Mailer, o.ProviderID = l.Now(), "sendgrid", "rcpt-1"
	}
	if done, err := l.store.RecordOutcome(l.t.Context(), o); !done || err != nil {
		l.t.Fatal(done, err)
	}
}

// auditLines are the newest of the audit log, what was done and what else is known.
func (s *scene) auditLines(n int) string {
	s.t.Helper()
	all, err := s.store.Audit(s.t.Context(), s.shopID, 0, n)
	if err != nil {
		s.t.Fatal(err)
	}
	var told []string
	for _, e := range all {
		told = append(told, e.Action+" "+e.Detail)
	}
	return strings.Join(told, "|")
}

// stageMessages puts something on each page of its area.
func stageMessages(s *scene) {
	l := s.letters()
	s.ids["message"] = l.at("7001").ID
}

var letterSeenField = regexp.MustCompile(`name="seen" value="([^"]+)"`)

// letterSeen is what the form on a page says that it showed.
func (s *scene) letterSeen(who, path string) string {
	s.t.Helper()
	a := s.see(who, path)
	found := letterSeenField.FindStringSubmatch(a.body)
	if found == nil {
		s.t.Fatalf("%s as %s has no form: %d %s", path, who, a.status, a.body)
	}
	return strings.ReplaceAll(found[1], "&#43;", "+")
}

// The page of a message tells how it came, what happened and what it says: the very
// words, and no link that would act for her.
func TestMessageTellsItsMail(t *testing.T) {
	l := newScene(t).letters()
	m := l.at("7001")
	a := l.see("viewer", "/messages/"+m.ID)
	l.shows(a, "Sent ", "and delivered", letterLong, "#7001", "orders/paid", "rcpt-1", "version 3", "Thank you &lt;img src=x", "answers@bottega.example", "Delivered", "Links to the customer’s own pages were taken out")
	if strings.Contains(a.body, "/u/") || strings.Contains(a.body, letterImg) {
		t.Error("a link or a script of hers is on the page")
	}
	if e := l.logged(); e.Action != "messages.one" || e.Target != m.ID || e.Staff != l.staff["viewer"].ID {
		t.Errorf("%+v", e)
	}
	frame := regexp.MustCompile(`/console/view/[^"]+`).FindString(a.body)
	f := l.send(http.MethodGet, frame, http.Header{}, nil)
	if f.status != http.StatusOK || !strings.Contains(f.body, "<b>you</b>") || strings.Contains(f.body, "/u/") || !strings.Contains(f.body, `href="#"`) {
		t.Errorf("the frame: %d %s", f.status, f.body)
	}
	// One that waits shows what would be sent, and says so.
	l.set(func(s *crm.Shop) { s.Locale = "en" })
	waits := l.at("7005")
	a = l.see("viewer", "/messages/"+waits.ID)
	l.shows(a, "A preview, not sent", "Cleo", "Built in")
	f = l.send(http.MethodGet, regexp.MustCompile(`/console/view/[^"]+`).FindString(a.body), http.Header{}, nil)
	if f.status != http.StatusOK || !strings.Contains(f.body, "Cleo") {
		t.Errorf("the frame of a preview: %d", f.status)
	}
	if _, err := l.store.MailOf(t.Context(), l.shopID, waits.ID); err == nil {
		t.Error("to look at it has made it a mail")
	}
	if strings.Contains(a.body, `method="post" action="/console/`+l.shopID) {
		t.Error("a viewer is offered something to do")
	}
}

// What is done to a message is done once, by whom it is allowed to, with a reason,
// and by nobody who looks at an old page.
func TestMessageActs(t *testing.T) {
	for name, c := range map[string]struct {
		order, act string
		form       url.Values
		state      crm.MessageState
		rung       bool
	}{
		"cancel":          {"7005", "cancel", url.Values{"reason": {"she called"}}, crm.Cancelled, false},
		"send now":        {"7005", "send", url.Values{"reason": {"she called"}}, crm.Planned, true},
		"retry failed":    {"7003", "retry", url.Values{"reason": {"she called"}}, crm.Planned, true},
		"retry skipped":   {"7004", "retry", url.Values{"reason": {"she called"}}, crm.Planned, true},
		"it was sent":     {"7002", "settle", url.Values{"reason": {"she called"}, "sent": {"yes"}}, crm.Sent, false},
		"it was not sent": {"7002", "settle", url.Values{"reason": {"she called"}, "sent": {"no"}}, crm.Planned, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newScene(t).letters()
			l.pass(time.Second)
			m := l.at(c.order)
			path := "/messages/" + m.ID
			c.form.Set("seen", l.letterSeen("support", path))
			if a := l.post("viewer", path+"/"+c.act, c.form); a.status != http.StatusForbidden {
				t.Errorf("a viewer: %d", a.status)
			}
			if now := l.at(c.order); !now.UpdatedAt.Equal(m.UpdatedAt) {
				t.Fatal("a viewer changed it")
			}
			if c.act != "cancel" { // a reason is asked for, and what was typed stays
				without := url.Values{"seen": c.form["seen"], "sent": c.form["sent"]}
				if a := l.post("support", path+"/"+c.act, without); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Say why, in a few words.") || c.act == "settle" && !strings.Contains(a.body, "checked") {
					t.Errorf("without a reason: %d %s", a.status, a.body)
				}
			}
			l.leads(l.post("support", path+"/"+c.act, c.form), path+"?said=messages.said.")
			now := l.at(c.order)
			if now.State != c.state || !strings.Contains(now.Detail, "Kim support: she called") {
				t.Errorf("%s %q, want %s", now.State, now.Detail, c.state)
			}
			if now.State == crm.Planned && now.DueAt.After(l.Now()) {
				t.Errorf("it waits until %s", now.DueAt)
			}
			if c.act == "send" || c.act == "retry" {
				if now.Ask == nil || now.Ask.By != "Kim support" || now.Ask.Staff != l.staff["support"].ID || !now.ByHand {
					t.Errorf("asked for by %+v", now.Ask)
				}
			}
			if slices.Contains(l.rings(), m.ID) != c.rung {
				t.Errorf("rung: %v", l.rings())
			}
			if e := l.logged(); e.Action != "messages."+c.act || e.Target != m.ID || e.Why != "she called" {
				t.Errorf("%+v", e)
			}
			l.pass(time.Second)
			if a := l.post("support", path+"/"+c.act, c.form); a.status != http.StatusConflict {
				t.Errorf("an old page: %d", a.status)
			}
		})
	}
}

// What gives something away takes a manager; above a limit, somebody else's yes.
func TestMessageGiftsTakeMore(t *testing.T) {
	l := newScene(t).letters()
	gift, err := l.store.PlanByHand(t.Context(), crm.Message{ShopID: l.shopID, Journey: "apology", Purpose: crm.Transactional, Subject: "apology:order:7006", OrderID: "7006", CustomerID: "97006", ByHand: true, DueAt: l.Now(),
		Ask: &crm.Ask{By: "Kim owner", Staff: l.staff["owner"].ID, Reason: "late", Offer: crm.OfferCode}})
	if err != nil {
		t.Fatal(err)
	}
	path := "/messages/" + gift.ID
	l.shows(l.see("support", path), "a manager has to send it")
	form := url.Values{"seen": {l.letterSeen("support", path)}, "reason": {"now"}}
	if a := l.post("support", path+"/send", form); a.status != http.StatusForbidden {
		t.Errorf("support sends a gift: %d", a.status)
	}
	if done, err := l.store.RecordOutcome(t.Context(), store.Outcome{Message: gift, State: crm.Planned, Reason: crm.ReasonNeedsApproval, DueAt: l.Now().Add(time.Hour)}); !done || err != nil {
		t.Fatal(done, err)
	}
	l.shows(l.see("manager", path), "waits for somebody else’s yes", "Approve it")
	l.shows(l.see("owner", path), "You asked for it")
	form.Set("seen", l.letterSeen("manager", path))
	if a := l.post("owner", path+"/approve", form); a.status != http.StatusForbidden {
		t.Errorf("who asked approves: %d", a.status)
	}
	l.leads(l.post("manager", path+"/approve", form), path+"?said=messages.said.approved")
	now, err := l.store.Message(t.Context(), l.shopID, gift.ID)
	if err != nil || now.Ask.Approval != "Kim manager" || !slices.Contains(l.rings(), gift.ID) {
		t.Errorf("%+v %v", now.Ask, err)
	}
}

// The list shows each way of standing, and does the same to all that are ticked.
func TestMessageListFindsAndActs(t *testing.T) {
	l := newScene(t).letters()
	l.shows(l.see("viewer", "/messages"), "Thank-you", letterLong, letterRTL, "&lt;img src=x onerror", "#7001", "Waiting <span>3</span>", "Unknown <span>2</span>")
	for path, want := range map[string]string{"?state=unknown": "7002 7007", "?state=failed": "7003", "?state=planned": "7005 7006 7008", "?reason=suppressed": "7004", "?customer=97005": "7005", "?order=7001": "7001", "?journey=apology": "", "?hand=true": "", "?state=sent": "7001", "?state=no": "7001 7002 7003 7004 7005 7006 7007 7008"} {
		a := l.see("viewer", "/messages"+path)
		var got []string
		for _, id := range []string{"7001", "7002", "7003", "7004", "7005", "7006", "7007", "7008"} {
			if strings.Contains(a.body, "/messages/"+l.at(id).ID+`"`) {
				got = append(got, id)
			}
		}
		if a.status != http.StatusOK || strings.Join(got, " ") != want {
			t.Errorf("%s shows %v, want %s", path, got, want)
		}
	}
	for q, to := range map[string]string{"7002": "/messages?order=7002", "#7002": "/messages?order=7002", "c97002@letters.example": "/messages?customer=97002", "97002": "/messages?customer=97002", l.at("7002").ID: "/messages/" + l.at("7002").ID} {
		l.leads(l.see("viewer", "/messages?q="+url.QueryEscape(q)), to)
	}
	l.shows(l.see("viewer", "/messages?q=nobody"), "Nothing is known by this here")
	tick := func(page string, ids ...string) url.Values {
		form := url.Values{"reason": {"they called"}}
		body := l.see("support", page).body
		for _, id := range ids {
			found := regexp.MustCompile(`name="tick" value="(` + l.at(id).ID + `[^"]+)"`).FindStringSubmatch(body)
			if found == nil {
				t.Fatalf("no box for %s: %s", id, body)
			}
			form.Add("tick", strings.ReplaceAll(found[1], "&#43;", "+"))
		}
		return form
	}
	form := tick("/messages?state=planned", "7005", "7006", "7008")
	if err := l.store.CancelMessage(t.Context(), l.shopID, l.at("7008").ID, "kim: first"); err != nil { // meanwhile
		t.Fatal(err)
	}
	if a := l.post("support", "/messages/cancel", url.Values{"tick": form["tick"]}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", a.status)
	}
	l.leads(l.post("support", "/messages/cancel", form), "/messages?said=messages.said.some&state=planned")
	for id, detail := range map[string]string{"7005": "Kim support: they called", "7006": "Kim support: they called", "7008": "kim: first"} {
		if m := l.at(id); m.State != crm.Cancelled || m.Detail != detail {
			t.Errorf("%s: %s %q", id, m.State, m.Detail)
		}
	}
	if got := l.auditLines(3); got != "messages.cancel-some 2 done, 1 changed meanwhile|messages.cancel |messages.cancel " {
		t.Errorf("logged %q", got)
	}
	form = tick("/messages?state=unknown", "7002", "7007")
	form.Set("sent", "yes")
	l.leads(l.post("support", "/messages/settle", form), "/messages?said=messages.said.all&state=unknown")
	if l.at("7002").State != crm.Sent || l.at("7007").State != crm.Sent {
		t.Error("they are not settled")
	}
	if a := l.post("support", "/messages/settle", form); a.status != http.StatusConflict {
		t.Errorf("an old page: %d", a.status)
	}
	if a := l.post("support", "/messages/cancel", url.Values{"reason": {"x"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("nothing ticked: %d", a.status)
	}
}

// A page of a message that was forgotten, or whose customer was erased, still stands.
func TestMessageOfNobody(t *testing.T) {
	l := newScene(t).letters()
	if _, _, _, err := l.store.DropMessages(context.Background(), l.shopID, l.Now().Add(time.Hour), ""); err != nil {
		t.Fatal(err)
	}
	l.shows(l.see("manager", "/messages/"+l.at("7001").ID), "There is no mail", "Thank-you")
	a := l.see("manager", "/messages/"+l.at("7003").ID)
	l.shows(a, "There is no mail")
	if strings.Contains(a.body, "Try again") {
		t.Error("a message that tells of nobody can be tried again")
	}
}
