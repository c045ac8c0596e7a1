package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/journeys"
	"grazie/store"
)

// todayNames are those of people whom pages must cope with.
var todayNames = [][2]string{{"Annamariagiuseppinaelisabetta", "Della Rovere-Montecuccoli di Valsamoggia"}, {"שרה", "כהן"}, {"<img src=x onerror=alert(1)>", "Rossi"}, {"🌻", "Bianchi"}}

// todayOrder lets a customer pay an order, and plans what follows from it or, not
// planned, nothing.
func (s *scene) todayOrder(id string, at time.Time, planned bool) {
	s.t.Helper()
	var n int
	fmt.Sscanf(id, "today-%d", &n)
	name := todayNames[n%len(todayNames)]
	customer := crm.Customer{ID: fmt.Sprint("today-", n%len(todayNames)), FirstName: name[0], LastName: name[1], Email: fmt.Sprint("today", n, "@x.example"),
		EmailKey: fmt.Sprint("today", n, "@x.example"), CreatedAt: at, UpdatedAt: at, Birthday: crm.Birthday{Day: crm.MonthDayOf(crm.DayOf(s.Now(), time.UTC).Add(n % 7)), At: at}}
	o := crm.Order{ID: id, Name: "#" + id, CustomerID: customer.ID, Email: customer.Email, EmailKey: customer.EmailKey, Status: crm.Paid, Items: []crm.LineItem{{ID: "1", Title: "Soap", Quantity: 1}},
		CreatedAt: at, PaidAt: at, UpdatedAt: at, Total: crm.Money{Minor: 4200, Currency: "EUR"}, Subtotal: crm.Money{Minor: 4200, Currency: "EUR"}}
	r, err := s.store.ReceiveWebhook(s.t.Context(), store.Webhook{ShopID: s.shopID, DeliveryID: "of-" + id, Topic: "orders/paid", Headers: "{}", Body: []byte("{}")})
	if err != nil {
		s.t.Fatal(err)
	}
	plan := store.Plan(func(e crm.Event) []crm.Message { return journeys.Plan(e, s.shop) })
	if !planned {
		plan = nil
	}
	if _, err := s.store.ApplyEvents(s.t.Context(), s.shopID, []store.Applied{{WebhookID: r.ID, State: store.WebhookProcessed,
		Events: []crm.Event{{Kind: crm.OrderPaid, At: at, Order: &o, Customer: &customer}}}}, plan); err != nil {
		s.t.Fatal(err)
	}
}

// todayEnds lets the thank-you of an order end.
func (s *scene) todayEnds(id string, state crm.MessageState, reason crm.Reason, sent time.Time) {
	s.t.Helper()
	m, err := s.store.MessageAbout(s.t.Context(), s.shopID, "thank_you", "order:"+id)
	if err != nil {
		s.t.Fatal(id, err)
	}
	if done, err := s.store.RecordOutcome(s.t.Context(), store.Outcome{Message: m, State: state, Reason: reason, SentAt: sent, Locale: "it", Mailer: "smtp"}); !done || err != nil {
		s.t.Fatal(id, done, err)
	}
}

// stageToday puts something on each page of its area.
func stageToday(s *scene) {
	s.t.Helper()
	for i := range 40 {
		id := fmt.Sprint("today-", i)
		s.todayOrder(id, s.Now().Add(-time.Minute), true)
		switch {
		case i < 30:
			s.todayEnds(id, crm.Sent, "", s.Now().AddDate(0, 0, -(i*i)%29))
		case i < 32:
			s.todayEnds(id, crm.Skipped, crm.ReasonUnsubscribed, time.Time{})
		case i == 32:
			s.todayEnds(id, crm.Unknown, crm.ReasonAnswerLost, time.Time{})
		case i == 33:
			s.todayEnds(id, crm.Failed, crm.ReasonMailerRefused, time.Time{})
		}
	}
	s.todayBrake()
	s.set(func(shop *crm.Shop) {
		shop.Broken, shop.BrokenAt = "401: the token <b>was</b> revoked", s.Now().Add(-time.Hour)
	})
}

// todayBrake lets complaints stop a gesture's marketing.
func (s *scene) todayBrake() {
	s.t.Helper()
	planned := []crm.Message{}
	for i := range 3 {
		planned = append(planned, crm.Message{Journey: "birthday_coupon", Subject: fmt.Sprint("birthday:today-1:2025-0", i+1, "-01"), CustomerID: "today-1", Purpose: crm.Marketing, State: crm.Planned, DueAt: s.Now()})
	}
	if _, err := s.store.PlanMessages(s.t.Context(), s.shopID, planned); err != nil {
		s.t.Fatal(err)
	}
	for _, p := range planned {
		m, err := s.store.MessageAbout(s.t.Context(), s.shopID, p.Journey, p.Subject)
		if err != nil {
			s.t.Fatal(err)
		}
		if done, err := s.store.RecordOutcome(s.t.Context(), store.Outcome{Message: m, State: crm.Sent, SentAt: s.Now()}); !done || err != nil {
			s.t.Fatal(done, err)
		}
		if _, err := s.store.ApplyFeedback(s.t.Context(), []crm.Feedback{{ID: "today-" + m.ID, ShopID: s.shopID, MessageID: m.ID, Kind: crm.FeedbackComplained, EmailKey: "today1@x.example", At: s.Now()}}); err != nil {
			s.t.Fatal(err)
		}
	}
}

// An empty shop is told that all is well, and what will be.
func TestTodayOfNewShop(t *testing.T) {
	s := newScene(t)
	a := s.see("viewer", "")
	s.shows(a, "Nothing needs you", "No mail has gone out yet", "Nothing is planned", "<b>0</b><span>sent today")
	if strings.Contains(a.body, "<svg") {
		t.Error("a chart of nothing")
	}
}

// What is wrong stands first, each with the way to mend it; then the figures, the
// chart and the names.
func TestTodayTellsTrouble(t *testing.T) {
	s := newScene(t).filled2(stageToday)
	a := s.see("manager", "")
	s.shows(a, "does not let Grazie in", "401: the token &lt;b&gt;was&lt;/b&gt; revoked", `href="`+s.at("/settings/connection")+`"`,
		"Of 1 mail nobody knows", "1 mail failed in the last seven days", "is stopped: too many", "<title>", "6</b><span>waiting",
		"&lt;img src=x onerror=alert(1)&gt; Rossi", `href="`+s.at("/customers/today-2")+`"`, "Birthday")
	if trouble, figures := strings.Index(a.body, `class="trouble`), strings.Index(a.body, `class="figures`); trouble < 0 || figures < trouble {
		t.Error("trouble does not come first")
	}
	if strings.Contains(a.body, "<img src=x") {
		t.Error("a name is not text")
	}
	if strings.Contains(s.see("support", "").body, "/brakes/lift") {
		t.Error("support is shown what only a manager may do")
	}
	s.pass(2 * time.Hour)
	if s.set(func(shop *crm.Shop) { shop.Broken = "" }); !strings.Contains(s.see("viewer", "").body, "6 mails should have gone out more than an hour ago") {
		t.Error("mails that wait too long are not told")
	}
	s.set(func(shop *crm.Shop) { shop.State, shop.Held = crm.ShopPaused, true })
	s.shows(s.see("viewer", ""), "The shop is paused")
	s.set(func(shop *crm.Shop) {
		shop.State, shop.LegalName, shop.Journeys = crm.ShopActive, "", map[string]crm.Values{}
		for _, j := range journeys.All {
			shop.Journeys[j.Key] = crm.Values{"enabled": "false"}
		}
	})
	s.shows(s.see("viewer", ""), "The legal name is missing", s.at("/settings")+"#f-legal_name", "No gesture is switched on")
}

// filled2 fills the shop with some areas alone.
func (s *scene) filled2(fill ...func(*scene)) *scene {
	for _, f := range fill {
		f(s)
	}
	return s
}

// By the orders seen, so many should have gone out.
func TestTodaySilenceAlarm(t *testing.T) {
	s := newScene(t)
	s.pass(time.Minute)
	for i := range 3 {
		s.todayOrder(fmt.Sprint("today-", i), s.Now(), i == 0)
	}
	s.pass(time.Minute)
	s.shows(s.see("viewer", ""), "By the orders seen, 2 thank-yous should have gone out")
	s.set(func(shop *crm.Shop) { shop.Journeys = map[string]crm.Values{"thank_you": {"enabled": "false"}} })
	if a := s.see("viewer", ""); strings.Contains(a.body, "By the orders seen") {
		t.Error("a gesture that is switched off is missed")
	}
	s.pass(time.Minute)
	s.set(func(shop *crm.Shop) { shop.Journeys = map[string]crm.Values{"thank_you": {"enabled": "true"}} })
	if a := s.see("viewer", ""); strings.Contains(a.body, "By the orders seen") {
		t.Error("orders of before it was switched on are missed")
	}
	for week := range 4 {
		for i := range 3 {
			s.todayOrder(fmt.Sprint("today-", 100+10*week+i), s.Now().AddDate(0, 0, -7*(week+1)).Add(time.Hour), true)
		}
	}
	if a := s.see("viewer", ""); strings.Contains(a.body, "has told nothing since") {
		t.Error("no quiet is taken for one")
	}
	s.pass(4 * time.Hour)
	s.shows(s.see("viewer", ""), "The shop has told nothing since")
}

// A brake is lifted by a manager, with what was mended, as the page showed it.
func TestTodayLiftsBrake(t *testing.T) {
	s := newScene(t).filled2(stageToday)
	brakes, err := s.store.Brakes(t.Context(), s.shopID)
	if err != nil || len(brakes) == 0 {
		t.Fatal(brakes, err)
	}
	b := brakes[0]
	form := url.Values{"journey": {b.Journey}, "domain": {b.Domain}, "seen": {" " + b.Since.UTC().Format(time.RFC3339Nano)}}
	left := func() int {
		t.Helper()
		all, err := s.store.Brakes(t.Context(), s.shopID)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if a := s.post("manager", "/brakes/lift", form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Say what was mended") && !strings.Contains(a.body, "Something cannot be taken") || left() != len(brakes) {
		t.Errorf("without a reason: %d %s", a.status, a.body)
	}
	form.Set("reason", "the old list was thrown away")
	if a := s.post("support", "/brakes/lift", form); a.status != http.StatusForbidden || left() != len(brakes) {
		t.Errorf("support: %d", a.status)
	}
	stale := url.Values{"journey": form["journey"], "domain": form["domain"], "reason": form["reason"], "seen": {" 2020-01-01T00:00:00Z"}}
	if a := s.post("manager", "/brakes/lift", stale); a.status != http.StatusConflict || left() != len(brakes) {
		t.Errorf("stale: %d", a.status)
	}
	s.leads(s.post("manager", "/brakes/lift", form), "")
	if left() != len(brakes)-1 {
		t.Errorf("%d are left of %d", left(), len(brakes))
	}
	if e := s.logged(); e.Action != "today.lift" || e.Why != "the old list was thrown away" || e.By != "Kim manager" {
		t.Errorf("logged %+v", e)
	}
	if a := s.post("manager", "/brakes/lift", form); a.status != http.StatusConflict {
		t.Errorf("again: %d", a.status)
	}
}
