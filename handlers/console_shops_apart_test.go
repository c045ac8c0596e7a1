package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"grazie/crm"
	"grazie/handlers"
	"grazie/internal/needs"
	"grazie/store"
)

// strangersShop is the shop that the stranger owns.
func (s *scene) strangersShop() string {
	s.t.Helper()
	all, err := s.store.Memberships(s.t.Context(), s.staff["stranger"].ID)
	if err != nil || len(all) != 1 || all[0].ShopID == "" {
		s.t.Fatal(all, err)
	}
	return all[0].ShopID
}

// sent is a form of a page as a browser would send it.
type sent struct {
	path   string // below the shop
	values url.Values
}

// forms are all forms that the pages of the shop show to its owner, filled as they
// stand there.
func (s *scene) forms() (all []sent) {
	s.t.Helper()
	for path := range s.pages() {
		a := s.see("owner", path)
		if a.status != http.StatusOK || !isPage(a) {
			continue
		}
		for _, n := range elementsOf(s.t, a.body) {
			if n.Data != "form" || attrOf(n, "method") != "post" {
				continue
			}
			to := resolved(s.t, s.at(path), attrOf(n, "action"))
			to, ok := strings.CutPrefix(to, "/console/"+s.shopID)
			if !ok {
				continue
			}
			all = append(all, sent{to, fieldsOf(n)})
		}
	}
	return all
}

// fieldsOf are what a form would send.
func fieldsOf(form *html.Node) url.Values {
	values := url.Values{}
	for n := range form.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		name := attrOf(n, "name")
		switch n.Data {
		case "input", "button":
			values.Add(name, attrOf(n, "value"))
		case "textarea":
			text := ""
			for c := range n.ChildNodes() {
				text += c.Data
			}
			values.Add(name, strings.TrimPrefix(text, "\n"))
		case "select":
			for o := range n.Descendants() {
				if o.Data == "option" && attrOf(o, "value") != "" {
					values.Set(name, attrOf(o, "value"))
				}
			}
		}
	}
	delete(values, "")
	return values
}

// Who owns one shop neither sees nor changes what is another's: not at the other's
// address, and not at her own with the other's ids, in the address and in forms.
func TestConsoleKeepsShopsApart(t *testing.T) {
	s := newScene(t).stage()
	const mine = "Hers alone"
	own := s.strangersShop()
	if _, err := s.store.ChangeShop(t.Context(), own, func(shop *crm.Shop) error { shop.Name = mine; return nil }); err != nil {
		t.Fatal(err)
	}
	forms := s.forms()
	before := needs.ShopRows(t, s.path, s.shopID)
	check := func(name string, a answer, allowed ...int) {
		t.Helper()
		if len(allowed) > 0 && !slices.Contains(allowed, a.status) || a.status >= http.StatusInternalServerError {
			t.Errorf("%s: %d %s", name, a.status, brief(a))
		}
		for _, secret := range []string{s.shopID, "Bottega", s.shop.Domain, "@posta.example"} {
			if strings.Contains(a.body, secret) || strings.Contains(a.header.Get("Location"), secret) {
				t.Errorf("%s tells %q: %s %s", name, secret, a.header.Get("Location"), brief(a))
			}
		}
		if after := needs.ShopRows(t, s.path, s.shopID); after != before {
			t.Errorf("%s changed\n%s\nto\n%s", name, before, after)
			before = after
		}
	}
	// All her ids at once, for whoever would take one from a form.
	everything := url.Values{"reason": {"because"}}
	for name, id := range s.ids {
		everything.Set(name, id)
	}
	ask := func(method, path string, values url.Values) answer {
		if method == http.MethodPost {
			return s.post("stranger", path, values)
		}
		return s.see("stranger", path)
	}
	for _, r := range handlers.ConsoleRoutes() {
		name := r.Method + " " + r.Path
		path, ok := s.filled(r.Path)
		if !ok {
			t.Errorf("%s: the stage of the area %q sets no id for one of its parameters", name, r.Here)
			continue
		}
		check(name+" at their address", ask(r.Method, path, everything), http.StatusNotFound)
		if strings.Contains(r.Path, ":") && !shared(r.Path) {
			check(name+" with their ids", ask(r.Method, "/console/"+own+path, everything), http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity)
		} else {
			check(name+" with their ids in the form", ask(r.Method, "/console/"+own+path, everything))
		}
		if r.Method == http.MethodGet {
			check(name+" with their ids in the query", s.see("stranger", "/console/"+own+path+"?"+everything.Encode()))
		}
	}
	for _, f := range forms {
		name := "the form to " + f.path
		values := url.Values{"reason": {"because"}}
		for field, v := range f.values {
			values[field] = v
		}
		check(name+" at their address", s.post("stranger", f.path, values), http.StatusNotFound)
		check(name+" at her own", s.post("stranger", "/console/"+own+f.path, values))
	}
	// The ids are good, or all this says nothing: their own staff finds them.
	for path := range s.pages() {
		if a := s.see("owner", path); a.status != http.StatusOK && !s.elsewhere(a) {
			t.Errorf("%s for their own staff: %d", path, a.status)
		}
	}
}

// shared are routes whose parameters name nothing of one shop alone, but a gesture
// and a language: there each shop finds its own.
func shared(path string) bool {
	return strings.HasPrefix(path, "/gestures/:journey") && !strings.Contains(path, ":version")
}

// Who is staff of two shops acts in the one whose address she uses.
func TestConsoleOfTwoShops(t *testing.T) {
	s := newScene(t).stage()
	own := s.strangersShop()
	s.hire("of both", store.Owner, "")
	before := needs.ShopRows(t, s.path, s.shopID)
	for _, r := range handlers.ConsoleRoutes() {
		path, ok := s.filled(r.Path)
		if !ok || !strings.Contains(r.Path, ":") || shared(r.Path) {
			continue
		}
		var a answer
		if r.Method == http.MethodPost {
			a = s.post("of both", "/console/"+own+path, url.Values{"reason": {"because"}})
		} else {
			a = s.see("of both", "/console/"+own+path)
		}
		if a.status != http.StatusNotFound && a.status != http.StatusConflict && a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s %s: %d %s", r.Method, r.Path, a.status, brief(a))
		}
		if after := needs.ShopRows(t, s.path, s.shopID); after != before {
			t.Errorf("%s %s changed\n%s\nto\n%s", r.Method, r.Path, before, after)
			before = after
		}
	}
}
