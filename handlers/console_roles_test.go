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
	"GET ":                                         store.Viewer,
	"GET /audit":                                   store.Manager,
	"GET /bulks":                                   store.Viewer,
	"GET /bulks/:bulk":                             store.Viewer,
	"GET /bulks/:bulk/progress":                    store.Viewer,
	"GET /bulks/:bulk/result":                      store.Viewer,
	"GET /bulks/new":                               store.Manager,
	"GET /calls":                                   store.Support,
	"GET /calls/:call":                             store.Support,
	"GET /calls/settings":                          store.Manager,
	"GET /codes":                                   store.Viewer,
	"GET /codes/:code":                             store.Viewer,
	"GET /codes/year":                              store.Viewer,
	"GET /customers":                               store.Viewer,
	"GET /customers/:customer":                     store.Viewer,
	"GET /customers/:customer/birthday":            store.Support,
	"GET /customers/:customer/consent":             store.Manager,
	"GET /customers/:customer/erase":               store.Manager,
	"GET /customers/:customer/export":              store.Manager,
	"GET /customers/:customer/lift":                store.Manager,
	"GET /customers/:customer/suppress":            store.Support,
	"GET /gestures":                                store.Viewer,
	"GET /gestures/:journey":                       store.Viewer,
	"GET /gestures/:journey/mail/:locale":          store.Viewer,
	"GET /gestures/:journey/mail/:locale/preview":  store.Viewer,
	"GET /gestures/:journey/mail/:locale/versions": store.Viewer,
	"GET /gestures/:journey/mail/:locale/versions/:version":          store.Viewer,
	"POST /gestures/:journey/mail/:locale":                           store.Manager,
	"POST /gestures/:journey/mail/:locale/discard":                   store.Manager,
	"POST /gestures/:journey/mail/:locale/publish":                   store.Manager,
	"POST /gestures/:journey/mail/:locale/start":                     store.Manager,
	"POST /gestures/:journey/mail/:locale/test":                      store.Manager,
	"POST /gestures/:journey/mail/:locale/versions/:version/publish": store.Manager,
	"GET /jobs":                                    store.Support,
	"GET /jobs/new":                                store.Support,
	"GET /messages":                                store.Viewer,
	"GET /messages/:message":                       store.Viewer,
	"GET /packing":                                 store.Viewer,
	"GET /packing/cards":                           store.Support,
	"GET /packing/signature":                       store.Viewer,
	"GET /queue":                                   store.Viewer,
	"GET /returns":                                 store.Viewer,
	"GET /returns/:return":                         store.Viewer,
	"GET /reviews":                                 store.Viewer,
	"GET /reviews/:review":                         store.Viewer,
	"GET /settings":                                store.Viewer,
	"GET /settings/areas":                          store.Viewer,
	"GET /settings/areas/:area":                    store.Manager,
	"GET /settings/connection":                     store.Viewer,
	"GET /settings/pause":                          store.Viewer,
	"GET /settings/retention":                      store.Viewer,
	"GET /settings/rules":                          store.Viewer,
	"GET /staff":                                   store.Owner,
	"GET /staff/:staff":                            store.Owner,
	"GET /tasks":                                   store.Viewer,
	"GET /tokens":                                  store.Owner,
	"GET /webhooks":                                store.Viewer,
	"GET /webhooks/:webhook":                       store.Support,
	"GET /webhooks/replay":                         store.Manager,
	"POST /audit/check":                            store.Manager,
	"POST /brakes/lift":                            store.Manager,
	"POST /bulks":                                  store.Manager,
	"POST /bulks/:bulk/cancel":                     store.Manager,
	"POST /bulks/:bulk/pause":                      store.Manager,
	"POST /bulks/:bulk/resume":                     store.Manager,
	"POST /bulks/:bulk/start":                      store.Manager,
	"POST /calls/:call/finish":                     store.Support,
	"POST /calls/:call/leave":                      store.Support,
	"POST /calls/:call/take":                       store.Support,
	"POST /calls/settings":                         store.Manager,
	"POST /codes/:code/revoke":                     store.Manager,
	"POST /customers/:customer/birthday":           store.Support,
	"POST /customers/:customer/consent":            store.Manager,
	"POST /customers/:customer/erase":              store.Manager,
	"POST /customers/:customer/lift":               store.Manager,
	"POST /customers/:customer/suppress":           store.Support,
	"POST /gestures/:journey":                      store.Manager,
	"POST /gestures/:journey/switch":               store.Manager,
	"POST /jobs":                                   store.Support,
	"POST /jobs/:job/approve":                      store.Manager,
	"POST /jobs/:job/decline":                      store.Manager,
	"POST /jobs/preview":                           store.Support,
	"POST /messages/:message/approve":              store.Manager,
	"POST /messages/:message/cancel":               store.Support,
	"POST /messages/:message/retry":                store.Support,
	"POST /messages/:message/send":                 store.Support,
	"POST /messages/:message/settle":               store.Support,
	"POST /messages/cancel":                        store.Support,
	"POST /messages/settle":                        store.Support,
	"POST /packing/signature":                      store.Owner,
	"POST /packing/signature/remove":               store.Owner,
	"POST /settings":                               store.Owner,
	"POST /settings/areas":                         store.Manager,
	"POST /settings/areas/:area":                   store.Manager,
	"POST /settings/areas/:area/remove":            store.Manager,
	"POST /settings/connection":                    store.Owner,
	"POST /settings/pause":                         store.Manager,
	"POST /settings/resume":                        store.Manager,
	"POST /settings/retention":                     store.Manager,
	"POST /settings/rules":                         store.Manager,
	"POST /settings/steps":                         store.Owner,
	"POST /staff/:staff":                           store.Owner,
	"POST /staff/:staff/remove":                    store.Owner,
	"POST /staff/invitations/:invitation/withdraw": store.Owner,
	"POST /staff/invite":                           store.Owner,
	"POST /tasks/:task/done":                       store.Support,
	"POST /tasks/:task/leave":                      store.Support,
	"POST /tasks/:task/take":                       store.Support,
	"POST /tokens":                                 store.Owner,
	"POST /tokens/:token/revoke":                   store.Owner,
	"POST /webhooks/replay":                        store.Manager,
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

// elsewhere tells whether a page leads to another of the shop, as what only scripts
// ask for does without them.
func (s *scene) elsewhere(a answer) bool {
	return a.status == http.StatusSeeOther && strings.HasPrefix(a.header.Get("Location"), s.at("/"))
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
				if refused || a.status >= http.StatusInternalServerError || method == http.MethodGet && a.status != http.StatusOK && !s.elsewhere(a) {
					t.Errorf("%s %s as %s: %d %s", r.Method, r.Path, role, a.status, brief(a))
				}
			}
		}
	}
}
