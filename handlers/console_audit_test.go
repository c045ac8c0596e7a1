package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"grazie/handlers"
	"grazie/internal/needs"
	"grazie/store"
	"grazie/templates/console"
)

// stageAudit puts something on each page of its area.
func stageAudit(s *scene) {
	s.t.Helper()
	for i := range 60 {
		s.record(&store.Act{By: "Kim support", Action: "customers.suppress", Target: fmt.Sprint(1000 + i), Why: "she asked by phone"})
	}
	s.record(&store.Act{By: "command line (kim)", Action: "grazie message cancel", Target: "msg_0", Why: `<svg onload=alert(1)> wrong order`})
	s.record(&store.Act{By: "שירות הלקוחות של החנות הגדולה", Action: "api.create-bulk", Detail: "apology", Why: "השביתה של הדואר"})
	s.record(&store.Act{Staff: s.staff["owner"].ID, By: "Kim owner", Action: "tokens.revoke", Target: s.ids["token"], Why: strings.Repeat("because the laptop was lost on the train, ", 4), Detail: "limit 25.00 -> " + strings.Repeat("9", 60)})
}

func (s *scene) record(a *store.Act) {
	s.t.Helper()
	a.ShopID = s.shopID
	if err := s.store.Record(s.t.Context(), a); err != nil {
		s.t.Fatal(err)
	}
}

// The log tells who did what, when and why, the newest first, fifty at a time.
func TestConsoleAuditLists(t *testing.T) {
	s := newScene(t)
	for i := range 60 {
		s.record(&store.Act{By: "Kim support", Action: "embedded.joined", Target: fmt.Sprintf("tsk_%d.", i), Why: fmt.Sprintf("why %d.", i)})
	}
	s.record(&store.Act{By: "Lee <b>", Action: "grazie message cancel", Target: "msg_1", Why: "<script>", Detail: "of old"})
	a := s.see("manager", "/audit")
	s.shows(a, "Lee &lt;b&gt;", "grazie message cancel", "&lt;script&gt;", "of old", "why 59.", "why 11.", "Join from the shop’s admin", "line 61")
	if strings.Contains(a.body, "why 10.") {
		t.Error("more than fifty lines")
	}
	s.shows(s.see("manager", "/audit?after=12"), "why 10.", "why 0.", "Back to the start")
	if a := s.see("support", "/audit"); a.status != http.StatusForbidden {
		t.Errorf("support: %d", a.status)
	}
}

// Lines are looked for by person, action and day of the shop's clock.
func TestConsoleAuditFilters(t *testing.T) {
	s := newScene(t)
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	day := s.Now().In(rome).Format(time.DateOnly)
	s.record(&store.Act{By: "Kim", Action: "embedded.joined", Target: "first."})
	s.record(&store.Act{By: "Lee", Action: "embedded.joined", Target: "second."})
	s.record(&store.Act{By: "Kim", Action: "tokens.create", Target: "third."})
	s.pass(24 * time.Hour)
	s.hire("auditor", store.Manager, s.shopID) // the others' sessions have ended
	s.record(&store.Act{By: "Kim", Action: "tokens.create", Target: "fourth."})
	next := s.Now().In(rome).Format(time.DateOnly)
	for query, want := range map[string]string{
		"":                                      "first. second. third. fourth.",
		"who=Kim":                               "first. third. fourth.",
		"who=Lee":                               "second.",
		"who=Nobody":                            "",
		"action=embedded.joined":                "first. second.",
		"who=Kim&action=tokens.create":          "third. fourth.",
		"day=" + day:                            "first. second. third.",
		"day=" + next:                           "fourth.",
		"day=" + next + "&who=Lee":              "",
		"day=" + day + "&action=tokens.create":  "third.",
		"day=2020-01-01":                        "",
		"day=2099-01-01":                        "",
		"who=Kim&after=4":                       "first. third.",
		"action=tokens.create&who=Kim&after=99": "third. fourth.",
	} {
		a := s.see("auditor", "/audit?"+query)
		s.shows(a, "Audit log")
		for _, word := range []string{"first.", "second.", "third.", "fourth."} {
			if has := strings.Contains(a.body, word); has != strings.Contains(want, word) {
				t.Errorf("%q: %s is there: %t", query, word, has)
			}
		}
	}
	a := s.see("auditor", "/audit?day=yesterday")
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Write a day, such as 2026-03-05.") || !strings.Contains(a.body, `value="yesterday"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// A line leads to the page of what it is about, if there is one and she may see it.
func TestConsoleAuditLinks(t *testing.T) {
	s := newScene(t).stage()
	acts, pages := map[string]string{}, map[string]bool{}
	for _, r := range handlers.ConsoleRoutes() {
		if r.Method == http.MethodPost || r.Looks {
			acts[r.Title] = r.Path
		}
		if r.Method == http.MethodGet {
			pages[r.Path] = true
		}
	}
	for action, path := range acts {
		where, ok := s.filled(path)
		names := strings.Count(path, ":")
		if !ok || names != 1 || len(strings.Split(path, "/")) < 3 || !strings.HasPrefix(strings.Split(path, "/")[2], ":") || !pages["/"+strings.Join(strings.Split(path, "/")[1:3], "/")] {
			continue
		}
		id := strings.Split(where, "/")[2]
		s.record(&store.Act{By: "Kim", Action: action, Target: id})
		if a := s.see("owner", "/audit"); a.status != http.StatusOK || !strings.Contains(a.body, `<a href="`+s.at(strings.Join(strings.Split(where, "/")[:3], "/"))+`"><code>`) {
			t.Errorf("%s leads nowhere", action)
		}
	}
}

// Everything that is written down has a name in both languages.
func TestConsoleActsHaveNames(t *testing.T) {
	s := newScene(t)
	var all []string
	for _, r := range handlers.ConsoleRoutes() {
		if r.Method == http.MethodPost || r.Looks {
			all = append(all, r.Title)
		}
	}
	for route := range least {
		method, _, _ := strings.Cut(route, " ")
		if method == http.MethodPost || strings.HasSuffix(route, "/why") || strings.HasSuffix(route, "/export") {
			all = append(all, "api."+s.operationID(route))
		}
	}
	for _, action := range all {
		for _, lang := range console.Languages {
			if !console.Has(lang, action) {
				t.Errorf("%s: there is no text %q", lang, action)
			}
		}
	}
}

// operationID is the name of a route of the API.
func (c *counter) operationID(route string) string {
	c.t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			ID string `json:"operationId"`
		}
	}
	c.into(c.get("/api/v1/openapi.json"), &doc)
	method, path, _ := strings.Cut(route, " ")
	id := doc.Paths["/api/v1/shops/{shop}"+path][strings.ToLower(method)].ID
	if id == "" {
		c.t.Errorf("%s is not described", route)
	}
	return id
}

// The check finds what somebody changed past Grazie, and stands in the log itself.
func TestConsoleAuditCheck(t *testing.T) {
	s := newScene(t)
	s.record(&store.Act{By: "Kim", Action: "tokens.create"})
	a := s.post("manager", "/audit/check", nil)
	s.shows(a, "The log is whole. It has 2 lines", s.logged().Hash)
	if e := s.logged(); e.Action != "audit.check" || e.By != "Kim manager" {
		t.Errorf("%+v", e)
	}
	needs.Change(t, s.path, `update audit set actor = 'Lee' where shop_id = $1 and seq = 1`, s.shopID)
	s.shows(s.post("manager", "/audit/check", nil), "The log was tampered with at line 1.", "Keep a copy of the database")
	if a := s.post("support", "/audit/check", nil); a.status != http.StatusForbidden {
		t.Errorf("support: %d", a.status)
	}
}

// What programs do over the API stands in the log under the name of their token,
// and what they only look at of a customer does too; a refusal does not.
func TestAPIWritesAudit(t *testing.T) {
	n := newNeighbours(t)
	n.token("Helpdesk", store.Owner, n.theirs.ID)
	bodies := map[string]map[string]any{
		"POST /jobs":                       {"journey": "thank_you", "order": "2002", "reason": "because"},
		"POST /customers/{customer}/erase": {"reason": "because", "dry_run": true},
		"POST /tasks/{task}/done":          {"how": "because"},
		"POST /bulks":                      {"journey": "apology", "reason": "because", "targets": []string{"order:2002"}},
	}
	// In the sequence in which one allows the next.
	sequence := []string{"POST /jobs", "POST /messages/{message}/approve", "GET /customers/{customer}/why", "GET /customers/{customer}/export", "POST /customers/{customer}/erase",
		"POST /tasks/{task}/done", "POST /bulks", "POST /bulks/{bulk}/start", "POST /bulks/{bulk}/pause", "POST /bulks/{bulk}/resume", "POST /bulks/{bulk}/cancel"}
	walked := map[string]bool{}
	fill := strings.NewReplacer("{message}", n.message, "{customer}", "88", "{task}", n.task, "{bulk}", n.bulk)
	lines := func() []store.Entry {
		t.Helper()
		all, err := n.store.Audit(t.Context(), n.theirs.ID, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	for _, route := range sequence {
		walked[route] = true
		method, path, _ := strings.Cut(fill.Replace(route), " ")
		where := method + " /api/v1/shops/" + n.theirs.ID + path
		before := len(lines())
		a := n.ask("Helpdesk", where, bodies[route])
		after := lines()
		if a.status >= http.StatusBadRequest {
			if route != "POST /messages/{message}/approve" { // nothing waits for a yes
				t.Errorf("%s: %d %s", route, a.status, a.body)
			}
			if len(after) != before {
				t.Errorf("%s was refused, and is written down", route)
			}
			continue
		}
		if len(after) != before+1 {
			t.Fatalf("%s wrote %d lines", route, len(after)-before)
		}
		e := after[0]
		if e.Action != "api."+n.operationID(route) || e.By != "Helpdesk" || e.Staff != "" {
			t.Errorf("%s: %+v", route, e)
		}
		if strings.Contains(route, "{") && e.Target != strings.Split(path, "/")[2] {
			t.Errorf("%s: the target is %q", route, e.Target)
		}
		if bodies[route] != nil && e.Why != "because" {
			t.Errorf("%s: why is %q", route, e.Why)
		}
	}
	for route := range least {
		if !strings.HasPrefix(route, "GET ") && !walked[route] {
			t.Errorf("%s: say here how it is done", route)
		}
	}
	// A look by her address names her by her id alone.
	if a := n.ask("Helpdesk", "GET /api/v1/shops/"+n.theirs.ID+"/customers/"+url.PathEscape("anna88@posta.example")+"/why", nil); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if e := lines()[0]; e.Target != "88" {
		t.Errorf("%+v", e)
	}
	before := len(lines())
	for _, path := range []string{"/tasks", "/bulks", "/messages/" + n.message} {
		n.ask("Helpdesk", "GET /api/v1/shops/"+n.theirs.ID+path, nil)
	}
	n.ask("owner", "POST /api/v1/shops/"+n.theirs.ID+"/tasks/"+n.task+"/done", map[string]any{"how": "because"})
	n.ask("Helpdesk", "POST /api/v1/shops/"+n.theirs.ID+"/tasks/none/done", map[string]any{"how": "because"})
	if len(lines()) != before {
		t.Errorf("%+v", lines()[0])
	}
	if _, _, err := n.store.VerifyAudit(t.Context(), n.theirs.ID, ""); err != nil {
		t.Error(err)
	}
}

// However much is done, the log names customers by their ids alone: it outlives
// them. Every page is seen, and every form sent as it stands.
func TestConsoleAuditNamesNobody(t *testing.T) {
	s := newScene(t).stage()
	people := s.people()
	forms := s.forms()
	for path := range s.pages() {
		s.see("owner", path)
	}
	for _, f := range forms {
		f.values.Set("reason", "because")
		s.post("owner", f.path, f.values)
	}
	for _, r := range handlers.ConsoleRoutes() {
		if path, ok := s.filled(r.Path); ok && r.Method == http.MethodPost {
			s.post("owner", path, url.Values{"reason": {"because"}})
		}
	}
	log, err := s.store.Audit(t.Context(), s.shopID, 0, 100_000)
	if err != nil || len(log) == 0 {
		t.Fatal(len(log), err)
	}
	for _, e := range log {
		line := strings.ToLower(strings.Join([]string{e.By, e.Action, e.Target, e.Why, e.Detail}, " "))
		for _, word := range people {
			if strings.Contains(line, strings.ToLower(word)) {
				t.Errorf("%s tells %q: %+v", e.Action, word, e)
			}
		}
	}
	if _, _, err := s.store.VerifyAudit(t.Context(), s.shopID, ""); err != nil {
		t.Error(err)
	}
}

// people are names and addresses of the shop's customers.
func (s *scene) people() (all []string) {
	s.t.Helper()
	for _, row := range needs.Rows(s.t, s.path, `select json_extract(data, '$.first_name') || '|' || json_extract(data, '$.last_name') || '|' || json_extract(data, '$.email') from customers where shop_id = $1`, s.shopID) {
		for word := range strings.SplitSeq(row, "|") {
			if len([]rune(word)) > 3 && word != "<nil>" {
				all = append(all, word)
			}
		}
	}
	return all
}
