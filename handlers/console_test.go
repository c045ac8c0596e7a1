package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/store"
)

// scene is the console over a real database, with staff of each role.
type scene struct {
	*counter
	staff   map[string]crm.Staff // by role, and "stranger": staff of another shop
	cookies map[string]string    // what their browsers send
	ids     map[string]string    // what fills the parameters of routes: "customer" for :customer
}

// newScene opens one. It has a shop without customers; stage fills it.
func newScene(t *testing.T, change ...func(*door)) *scene {
	t.Helper()
	s := &scene{counter: newCounter(t, change...), staff: map[string]crm.Staff{}, cookies: map[string]string{}, ids: map[string]string{}}
	for _, role := range store.Roles {
		s.hire(string(role), role, s.shopID)
	}
	s.hire("stranger", store.Owner, s.connect("strangers.myshopify.com", crm.Values{"secret": "another secret"}))
	return s
}

// hire adds somebody to the staff of a shop, signed in; an empty shop is all.
func (s *scene) hire(name string, role store.Role, shopID string) {
	s.t.Helper()
	s.hireSpeaking("en", name, role, shopID)
}

func (s *scene) hireSpeaking(locale, name string, role store.Role, shopID string) {
	s.t.Helper()
	p, err := s.store.AddStaff(s.t.Context(), crm.Staff{Email: name + "@staff.example", Name: "Kim " + name, Locale: locale}, store.Member{ShopID: shopID, Role: role})
	if err != nil {
		s.t.Fatal(err)
	}
	secret, err := s.store.CreateSession(s.t.Context(), store.Session{StaffID: p.ID, Stage: store.StageIn, Until: s.Now().Add(store.SessionTime)}, "")
	if err != nil {
		s.t.Fatal(err)
	}
	s.staff[name], s.cookies[name] = p, secret
}

// stages put something on each page; a new area adds its own.
var stages = []func(*scene){
	stageToday, stageCustomers, stageMessages, stageTasks, stageCalls, stagePacking, stageReturns, stageCodes, stageReviews, stageGestures,
	stageTemplates, stageJobs, stageBulks, stageWebhooks, stageQueue, stageSettings, stageStaff, stageTokens, stageAudit,
}

// stage fills the shop.
func (s *scene) stage() *scene {
	s.t.Helper()
	for _, fill := range stages {
		fill(s)
	}
	return s
}

// at is the address of a page of the shop, or with a whole path of any.
func (s *scene) at(path string) string {
	if strings.HasPrefix(path, "/console") {
		return path
	}
	return "/console/" + s.shopID + path
}

// see asks for a page as somebody.
func (s *scene) see(who, path string) answer {
	s.t.Helper()
	return s.send(http.MethodGet, s.at(path), s.as(who), nil)
}

// post sends a form as somebody, from a page of the console.
func (s *scene) post(who, path string, values url.Values) answer {
	s.t.Helper()
	header := s.as(who)
	header.Set("Content-Type", "application/x-www-form-urlencoded")
	header.Set("Sec-Fetch-Site", "same-origin")
	return s.send(http.MethodPost, s.at(path), header, strings.NewReader(values.Encode()))
}

func (s *scene) as(who string) http.Header {
	header := http.Header{"Accept-Language": {"en"}}
	if secret := s.cookies[who]; secret != "" {
		header.Set("Cookie", "grazie="+secret)
	}
	return header
}

// shows checks that a page is there and has all of some texts.
func (s *scene) shows(a answer, texts ...string) {
	s.t.Helper()
	if a.status != http.StatusOK {
		s.t.Errorf("answered %d: %s", a.status, a.body)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			s.t.Errorf("the page does not tell %q: %s", text, a.body)
		}
	}
}

// leads checks that something was done and where the browser goes from there.
func (s *scene) leads(a answer, to string) {
	s.t.Helper()
	if got := a.header.Get("Location"); a.status != http.StatusSeeOther || !strings.HasPrefix(got, s.at(to)) {
		s.t.Errorf("answered %d to %q, want 303 to %q: %s", a.status, got, s.at(to), a.body)
	}
}

// logged is the newest line of the shop's audit log.
func (s *scene) logged() store.Entry {
	s.t.Helper()
	all, err := s.store.Audit(s.t.Context(), s.shopID, 0, 1)
	if err != nil || len(all) == 0 {
		s.t.Fatal(all, err)
	}
	return all[0]
}

// filled is a route's path with the scene's ids; not ok: one is missing.
func (s *scene) filled(path string) (string, bool) {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if name, is := strings.CutPrefix(part, ":"); is {
			if s.ids[name] == "" {
				return path, false
			}
			parts[i] = url.PathEscape(s.ids[name])
		}
	}
	return strings.Join(parts, "/"), true
}

// A page of the console is served to who is signed in, and to nobody else.
func TestConsoleAsksWhoItIs(t *testing.T) {
	s := newScene(t)
	s.shows(s.see("viewer", ""), "Today", "Bottega")
	s.leads(s.see("nobody", "/customers"), "/console/sign-in?to=")
	if a := s.see("stranger", ""); a.status != http.StatusNotFound || strings.Contains(a.body, "Bottega") {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.pass(store.SessionIdle)
	s.leads(s.see("viewer", ""), "/console/sign-in?to=")
}
