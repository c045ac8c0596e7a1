package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations/shopify"
	"grazie/journeys"
	"grazie/store"
)

// stageWebhooks puts something on each page of its area.
func stageWebhooks(s *scene) {
	s.ids["webhook"] = s.letterHook("orders/updated", `{"id":7001,"note":"<img src=x onerror=alert(1)> 🌷 שלום","customer":{"first_name":"`+letterLong+`"}}`)
	bad := s.letterHook("orders/paid", `{"id":"no number`)
	if err := s.store.FailWebhook(s.t.Context(), s.shopID, bad, "the body is no JSON: unexpected end"); err != nil {
		s.t.Fatal(err)
	}
}

// toldByShop are real webhooks of the simulated shop, of paid orders, by id.
func (s *scene) toldByShop(n int) (ids []string) {
	s.t.Helper()
	for range n {
		if a := s.door.post(s.paid()); a.status != http.StatusOK {
			s.t.Fatal(a)
		}
	}
	for _, w := range s.door.stored() {
		ids = append(ids, w.ID)
	}
	slices.Sort(ids)
	return ids
}

// worked reads webhooks as a worker does.
func (s *scene) worked(ids ...string) {
	s.t.Helper()
	shop, err := s.store.Shop(s.t.Context(), s.shopID)
	if err != nil {
		s.t.Fatal(err)
	}
	hooks, err := s.store.WaitingWebhooks(s.t.Context(), s.shopID, ids)
	if err != nil {
		s.t.Fatal(err)
	}
	var applied []store.Applied
	for _, h := range hooks {
		applied = append(applied, desk.ReadWebhook(shopify.New(), shop, h))
	}
	if _, err := s.store.ApplyEvents(s.t.Context(), s.shopID, applied, func(e crm.Event) []crm.Message { return journeys.Plan(e, shop) }); err != nil {
		s.t.Fatal(err)
	}
}

// occasions are those that the shop's messages are about.
func (s *scene) occasions() (all []string) {
	s.t.Helper()
	found, err := s.store.Messages(s.t.Context(), s.shopID, store.MessageFilter{Limit: 1000})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, m := range found {
		all = append(all, m.Journey+" "+m.Subject)
	}
	slices.Sort(all)
	return all
}

var newLine = regexp.MustCompile(`<strong>New:</strong> ([^<]*?) <span class="soft" dir="auto">([^<]*)</span>`)

// A replay first lists what would arise, which changes nothing; what it lists is
// what then arises, and nothing else.
func TestReplayIsForeseen(t *testing.T) {
	s := newScene(t)
	ids := s.toldByShop(3)
	s.worked(ids[0])
	broken := s.letterHook("orders/paid", `{"id":"no number`)
	before, told := s.occasions(), s.auditLines(100)
	state, err := s.store.Webhooks(t.Context(), s.shopID, store.WebhookFilter{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(before) == 0 {
		t.Fatal("the first webhook led to nothing: this test would see nothing")
	}
	query := url.Values{"id": append(slices.Clone(ids), broken)}.Encode()
	a := s.see("manager", "/webhooks/replay?"+query)
	s.shows(a, "Nothing was done yet", "It cannot be read, and would stay unreadable:", "an order was paid", "Stays:")
	after, err := s.store.Webhooks(t.Context(), s.shopID, store.WebhookFilter{Limit: 10})
	if err != nil || !slices.Equal(s.occasions(), before) || s.auditLines(100) != told || webhooksAsJSON(t, after) != webhooksAsJSON(t, state) || len(s.rings()) != 3 {
		t.Errorf("to look ahead changed something: %v", s.rings())
	}
	var foreseen []string
	for _, m := range newLine.FindAllStringSubmatch(a.body, -1) {
		foreseen = append(foreseen, m[2])
	}
	if len(foreseen) == 0 {
		t.Fatal(a.body)
	}
	form := url.Values{"id": append(slices.Clone(ids), broken), "reason": {"a worker was away"}}
	for _, m := range regexp.MustCompile(`name="(seen-[^"]+)" value="([^"]+)"`).FindAllStringSubmatch(a.body, -1) {
		form.Set(m[1], strings.ReplaceAll(m[2], "&#43;", "+"))
	}
	if a := s.post("support", "/webhooks/replay", form); a.status != http.StatusForbidden {
		t.Errorf("support replays: %d", a.status)
	}
	s.leads(s.post("manager", "/webhooks/replay", form), "/webhooks?said=webhooks.said.all")
	if e := s.logged(); e.Action != "webhooks.replay" || e.Why != "a worker was away" || !strings.Contains(e.Target, ids[2]) {
		t.Errorf("%+v", e)
	}
	for _, id := range append(slices.Clone(ids), broken) {
		if w, err := s.store.Webhook(t.Context(), s.shopID, id); err != nil || w.State != store.WebhookReceived || !slices.Contains(s.rings(), id) {
			t.Errorf("%s is %s, %v", id, w.State, err)
		}
	}
	s.worked(append(slices.Clone(ids), broken)...)
	arose := slices.DeleteFunc(s.occasions(), func(o string) bool { return slices.Contains(before, o) })
	for i := range arose {
		_, arose[i], _ = strings.Cut(arose[i], " ")
	}
	slices.Sort(foreseen)
	slices.Sort(arose)
	if !slices.Equal(foreseen, arose) {
		t.Errorf("foreseen\n%q\narose\n%q", foreseen, arose)
	}
	if a := s.post("manager", "/webhooks/replay", form); a.status != http.StatusConflict {
		t.Errorf("an old page: %d", a.status)
	}
	if w, err := s.store.Webhook(t.Context(), s.shopID, broken); err != nil || w.State != store.WebhookFailed || w.Reason == "" {
		t.Errorf("%+v %v", w, err)
	}
}

// All that a filter shows are replayed page by page, each of them listed before.
func TestReplayOfMany(t *testing.T) {
	s := newScene(t)
	var ids []string
	for range 30 {
		id := s.letterHook("orders/paid", `{"id":"no number`)
		if err := s.store.FailWebhook(t.Context(), s.shopID, id, "cannot be read"); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	slices.Reverse(ids)
	page, seen := "/webhooks/replay?state=failed", []string{}
	for range 2 {
		a := s.see("manager", page)
		s.shows(a, "It cannot be read")
		form := url.Values{}
		for _, m := range regexp.MustCompile(`name="(seen-[^"]+|id|next)" value="([^"]+)"`).FindAllStringSubmatch(a.body, -1) {
			form.Add(m[1], strings.NewReplacer("&#43;", "+", "&amp;", "&").Replace(m[2]))
		}
		seen = append(seen, form["id"]...)
		done := s.post("manager", "/webhooks/replay", form)
		s.leads(done, "/webhooks")
		page = strings.TrimPrefix(done.header.Get("Location"), "/console/"+s.shopID)
	}
	if !slices.Equal(seen, ids) {
		t.Errorf("replayed %d of %d", len(seen), len(ids))
	}
	if a := s.post("manager", "/webhooks/replay", url.Values{"id": ids}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("too many at once: %d", a.status)
	}
	s.shows(s.see("manager", "/webhooks/replay?state=failed"), "There is nothing")
}

// A webhook is shown as it came, but for what proves who sent it; who looked is
// noted, and a viewer does not see it.
func TestWebhookIsShown(t *testing.T) {
	s := newScene(t)
	stageMessages(s)
	stageWebhooks(s)
	path := "/webhooks/" + s.ids["webhook"]
	a := s.see("support", path)
	s.shows(a, "orders/updated", "&#34;first_name&#34;: &#34;"+letterLong, "&lt;img src=x", "X-Shopify-Topic")
	for _, secret := range []string{"c2VjcmV0", "s3cret", "203.0.113.9"} {
		if strings.Contains(a.body, secret) {
			t.Errorf("the page shows %q", secret)
		}
	}
	if e := s.logged(); e.Action != "webhooks.one" || e.Target != s.ids["webhook"] {
		t.Errorf("%+v", e)
	}
	if a := s.see("viewer", path); a.status != http.StatusForbidden {
		t.Errorf("a viewer: %d", a.status)
	}
	s.shows(s.see("viewer", "/webhooks?state=failed"), "the body is no JSON")
	s.shows(s.see("viewer", "/webhooks?topic=orders/updated"), "orders/updated")
	s.shows(s.see("viewer", "/webhooks?topic=no/such"), "No webhook fits this.")
	m, err := s.store.Message(t.Context(), s.shopID, s.ids["message"])
	if err != nil {
		t.Fatal(err)
	}
	s.shows(s.see("support", "/webhooks/"+m.WebhookID), "/messages/"+m.ID, "Thank-you")
}

func webhooksAsJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
