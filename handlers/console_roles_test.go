package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"grazie/handlers"
	"grazie/internal/needs"
	"grazie/store"
)

// consoleLeast is who may see and do what: the same table as the routes', written
// a second time so that no line changes by itself.
var consoleLeast = map[string]store.Role{
	"GET ":                       store.Viewer,
	"GET /audit":                 store.Manager,
	"POST /audit/check":          store.Manager,
	"GET /tokens":                store.Owner,
	"POST /tokens":               store.Owner,
	"POST /tokens/:token/revoke": store.Owner,
}

// A route has a line in that table, and each line a route; what is done has a name
// in the audit log, in both languages.
func TestConsoleRoutesAreListed(t *testing.T) {
	there := map[string]bool{}
	for _, r := range handlers.ConsoleRoutes() {
		name := r.Method + " " + r.Path
		if there[name] {
			t.Errorf("%s is there twice", name)
		}
		there[name] = true
		if want, ok := consoleLeast[name]; !ok {
			t.Errorf("%s: say in consoleLeast who may", name)
		} else if r.Least != want {
			t.Errorf("%s takes %q, want %q", name, r.Least, want)
		}
		if area, verb, ok := strings.Cut(r.Title, "."); !ok || area == "" || verb == "" {
			t.Errorf("%s is named %q: an area, a dot and a word", name, r.Title)
		}
		if r.Method == http.MethodPost && r.Least == store.Viewer {
			t.Errorf("%s: who only looks does nothing", name)
		}
	}
	for name := range consoleLeast {
		if !there[name] {
			t.Errorf("%s is listed here and does not exist", name)
		}
	}
}

// outsiders are people who are signed in, or were, and have no business here, each
// with what they get.
func (s *scene) outsiders() map[string]int {
	s.t.Helper()
	s.hire("removed", store.Owner, s.shopID)
	if needs.Change(s.t, s.path, `update staff set removed_at = 1 where id = $1`, s.staff["removed"].ID) != 1 {
		s.t.Fatal("nobody was removed")
	}
	s.hire("no member", store.Owner, s.shopID)
	if needs.Change(s.t, s.path, `delete from members where staff_id = $1`, s.staff["no member"].ID) != 1 {
		s.t.Fatal("nobody lost her membership")
	}
	s.hire("ended", store.Owner, s.shopID)
	if needs.Change(s.t, s.path, `update sessions set until = 1 where staff_id = $1`, s.staff["ended"].ID) != 1 {
		s.t.Fatal("no session ended")
	}
	s.hire("half in", store.Owner, s.shopID)
	if needs.Change(s.t, s.path, `update sessions set stage = 'totp' where staff_id = $1`, s.staff["half in"].ID) != 1 {
		s.t.Fatal("nobody is half in")
	}
	s.cookies["guess"] = strings.Repeat("a", 52)
	return map[string]int{"stranger": http.StatusNotFound, "no member": http.StatusNotFound, "nobody": http.StatusSeeOther, "removed": http.StatusSeeOther,
		"ended": http.StatusSeeOther, "half in": http.StatusSeeOther, "guess": http.StatusSeeOther}
}

// Every route with every role, with nobody, and with everybody who has no business
// here. Who may not changes nothing, and sees nothing of the shop.
func TestConsoleRoles(t *testing.T) {
	s := newScene(t).stage()
	outsiders := s.outsiders()
	before := needs.ShopRows(t, s.path, s.shopID)
	untouched := func(what string) {
		t.Helper()
		if after := needs.ShopRows(t, s.path, s.shopID); after != before {
			t.Fatalf("%s changed\n%s\nto\n%s", what, before, after)
		}
	}
	ask := func(r handlers.ConsoleRoute, who, path string) answer {
		if r.Method == http.MethodPost {
			return s.post(who, path, url.Values{"reason": {"because"}})
		}
		return s.see(who, path)
	}
	all := handlers.ConsoleRoutes()
	for _, r := range all {
		name := r.Method + " " + r.Path
		path, ok := s.filled(r.Path)
		if !ok {
			t.Errorf("%s: the stage of the area %q sets no id for one of its parameters", name, r.Here)
			continue
		}
		for who, want := range outsiders {
			a := ask(r, who, path)
			if a.status != want || want == http.StatusSeeOther && !strings.HasPrefix(a.header.Get("Location"), "/console/sign-in") {
				t.Errorf("%s as %s: %d to %q", name, who, a.status, a.header.Get("Location"))
			}
			if strings.Contains(a.body, "Bottega") {
				t.Errorf("%s as %s tells of the shop: %s", name, who, brief(a))
			}
		}
		for _, role := range store.Roles {
			if role.May(r.Least) {
				continue
			}
			if a := ask(r, string(role), path); a.status != http.StatusForbidden || !strings.Contains(a.body, "Not with your role") {
				t.Errorf("%s as %s: %d %s", name, role, a.status, brief(a))
			}
		}
		untouched(name)
	}
	// Who may is let in: what is only looked at first, for what is done changes it.
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for _, r := range all {
			path, ok := s.filled(r.Path)
			if r.Method != method || !ok {
				continue
			}
			for _, role := range store.Roles {
				if !role.May(r.Least) {
					continue
				}
				a := ask(r, string(role), path)
				refused := a.status == http.StatusForbidden || strings.HasPrefix(a.header.Get("Location"), "/console/sign-in")
				if refused || a.status >= http.StatusInternalServerError || method == http.MethodGet && a.status != http.StatusOK {
					t.Errorf("%s %s as %s: %d %s", r.Method, r.Path, role, a.status, brief(a))
				}
			}
		}
	}
}
