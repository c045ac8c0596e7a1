package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"grazie/handlers"
	"grazie/store"
)

// pages are the addresses of all pages of the shop, with the least role of each.
func (s *scene) pages() map[string]store.Role {
	s.t.Helper()
	all := map[string]store.Role{}
	for _, r := range handlers.ConsoleRoutes() {
		if r.Method != http.MethodGet {
			continue
		}
		path, ok := s.filled(r.Path)
		if !ok {
			s.t.Errorf("GET %s: the stage of its area sets no id for one of its parameters", r.Path)
		}
		all[path] = r.Least
	}
	return all
}

// elementsOf are all elements of a page, in their sequence.
func elementsOf(t *testing.T, page string) (all []*html.Node) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attrOf(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// isPage tells pages apart from files to save.
func isPage(a answer) bool { return strings.HasPrefix(a.header.Get("Content-Type"), "text/html") }

// Each page is whole, in both languages, for each role that may see it; and what
// it links to is there for that role. A button that would only be refused is not
// shown.
func TestConsoleLinksLead(t *testing.T) {
	s := newScene(t).stage()
	least := map[string]store.Role{} // of what is done, by pattern
	for _, r := range handlers.ConsoleRoutes() {
		if r.Method == http.MethodPost {
			least[r.Path] = r.Least
		}
	}
	for _, role := range store.Roles {
		known := map[string]int{}
		for path, needed := range s.pages() {
			if !role.May(needed) {
				continue
			}
			a := s.see(string(role), path)
			if a.status == http.StatusSeeOther && strings.HasPrefix(a.header.Get("Location"), s.at("")) {
				continue // a part of a page, which leads to the whole of it
			}
			if a.status != http.StatusOK {
				t.Errorf("%s as %s: %d", path, role, a.status)
				continue
			}
			if !isPage(a) || !strings.Contains(a.body, "<html") {
				continue
			}
			for _, n := range elementsOf(t, a.body) {
				switch n.Data {
				case "a":
					href := attrOf(n, "href")
					if !strings.HasPrefix(href, "/console/"+s.shopID) && !strings.HasPrefix(href, "?") {
						continue
					}
					at := resolved(t, s.at(path), href)
					if known[at] == 0 {
						known[at] = s.see(string(role), at).status
					}
					if known[at] != http.StatusOK {
						t.Errorf("%s as %s links to %s, which answers %d", path, role, href, known[at])
					}
				case "form":
					if attrOf(n, "method") != "post" {
						continue
					}
					at := strings.TrimPrefix(resolved(t, s.at(path), attrOf(n, "action")), "/console/"+s.shopID)
					at, _, _ = strings.Cut(at, "?")
					if strings.HasPrefix(at, "/console") {
						continue // the shop's no more
					}
					needed, ok := leastOf(least, at)
					if !ok {
						t.Errorf("%s as %s posts to %q, where nothing is", path, role, at)
					} else if !role.May(needed) {
						t.Errorf("%s shows %s a form that posts to %s, which takes %s", path, role, at, needed)
					}
				}
			}
		}
	}
}

func resolved(t *testing.T, page, href string) string {
	t.Helper()
	base, err := url.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	u, err := base.Parse(href)
	if err != nil {
		t.Fatal(err)
	}
	u.Fragment = ""
	return u.String()
}

// leastOf finds the route of a path.
func leastOf(routes map[string]store.Role, path string) (store.Role, bool) {
	parts := strings.Split(path, "/")
	if role, ok := routes[path]; ok {
		return role, true
	}
	for pattern, role := range routes {
		if slices.EqualFunc(strings.Split(pattern, "/"), parts, func(a, b string) bool { return a == b || strings.HasPrefix(a, ":") && b != "" }) {
			return role, true
		}
	}
	return "", false
}

// Every page is there in Italian: a text that is missing is an error.
func TestConsoleSpeaksItalian(t *testing.T) {
	s := newScene(t).stage()
	s.hireSpeaking("it", "anna", store.Owner, s.shopID)
	for path := range s.pages() {
		a := s.see("anna", path)
		if a.status == http.StatusSeeOther && strings.HasPrefix(a.header.Get("Location"), s.at("")) {
			continue
		}
		if a.status != http.StatusOK || isPage(a) && strings.Contains(a.body, "<html") && (!strings.Contains(a.body, `<html lang="it">`) || !strings.Contains(a.body, "Vai alla pagina")) {
			t.Errorf("%s in Italian: %d %s", path, a.status, a.body)
		}
	}
}
