package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"grazie/handlers"
	"grazie/internal/needs"
)

// What another site makes a browser post is refused before anything is looked up,
// with or without a session, and changes nothing.
func TestConsoleCSRF(t *testing.T) {
	s := newScene(t).stage()
	outside := map[string]http.Header{
		"from another site":              {"Sec-Fetch-Site": {"cross-site"}},
		"from a sister site":             {"Sec-Fetch-Site": {"same-site"}, "Origin": {"https://shop.grazie.example"}},
		"from another site, with origin": {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}},
		"an old browser's":               {"Origin": {"https://evil.example"}},
		"of this host, on another port":  {"Origin": {s.url + "1"}},
		"of a name that begins as ours":  {"Origin": {s.url + ".evil.example"}},
		"from a sandbox":                 {"Origin": {"null"}},
		"from a frame that hides it":     {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"null"}},
		"of no origin":                   {},
		"that says it is no browser's":   {"X-Requested-With": {"XMLHttpRequest"}},
		"with a made-up origin":          {"Origin": {"evil"}},
	}
	before := needs.ShopRows(t, s.path, s.shopID)
	for _, r := range handlers.ConsoleRoutes() {
		path, ok := s.filled(r.Path)
		if r.Method != http.MethodPost || !ok {
			continue
		}
		for name, header := range outside {
			header = header.Clone()
			header.Set("Content-Type", "application/x-www-form-urlencoded")
			header.Set("Cookie", "grazie="+s.cookies["owner"])
			a := s.send(http.MethodPost, s.at(path), header, strings.NewReader("reason=because"))
			if a.status != http.StatusForbidden || !strings.Contains(a.body, "Sent by another page") {
				t.Errorf("a post to %s %s: %d %s", r.Path, name, a.status, brief(a))
			}
		}
		if after := needs.ShopRows(t, s.path, s.shopID); after != before {
			t.Errorf("posts to %s from elsewhere changed\n%s\nto\n%s", r.Path, before, after)
			before = after
		}
	}
	// Of our own pages it is taken, in a browser that says so either way.
	for name, header := range map[string]http.Header{"by the site": {"Sec-Fetch-Site": {"same-origin"}}, "by the origin": {"Origin": {s.url}}, "typed": {"Sec-Fetch-Site": {"none"}}} {
		for _, r := range handlers.ConsoleRoutes() {
			path, ok := s.filled(r.Path)
			if r.Method != http.MethodPost || !ok {
				continue
			}
			header = header.Clone()
			header.Set("Content-Type", "application/x-www-form-urlencoded")
			header.Set("Cookie", "grazie="+s.cookies["viewer"])
			if a := s.send(http.MethodPost, s.at(path), header, nil); strings.Contains(a.body, "Sent by another page") {
				t.Errorf("%s, %s: %d %s", r.Path, name, a.status, brief(a))
			}
		}
	}
}

// brief is what an answer says in the first place, for a test that tells of it.
func brief(a answer) string {
	text := a.body
	if _, main, ok := strings.Cut(text, "<main"); ok {
		text = main
	}
	return text[:min(len(text), 500)]
}

// policyOf is a page's Content-Security-Policy by its directives.
func policyOf(a answer) map[string]string {
	all := map[string]string{}
	for part := range strings.SplitSeq(a.header.Get("Content-Security-Policy"), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), " ")
		all[name] = value
	}
	return all
}

// guarded checks the headers of one answer of the console.
func guarded(t *testing.T, name string, a answer, frame string) {
	t.Helper()
	h := a.header
	for _, want := range [][2]string{{"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "no-store"}} {
		if h.Get(want[0]) != want[1] {
			t.Errorf("%s: %s is %q", name, want[0], h.Get(want[0]))
		}
	}
	// Not no-referrer: it makes browsers hide the origin of their own page when it
	// posts, which is how a post from elsewhere is told where there is no TLS. No
	// other site ever learns the address.
	if got := h.Get("Referrer-Policy"); got != "same-origin" {
		t.Errorf("%s: Referrer-Policy is %q", name, got)
	}
	policy := policyOf(a)
	for directive, want := range map[string]string{"default-src": "'none'", "style-src": "'self'", "base-uri": "'none'", "form-action": "'self'", "frame-ancestors": frame} {
		if policy[directive] != want {
			t.Errorf("%s: %s is %q, want %q", name, directive, policy[directive], want)
		}
	}
	if whole := h.Get("Content-Security-Policy"); strings.Contains(whole, "unsafe") || strings.Contains(whole, "*") || strings.Contains(whole, "http:") || strings.Contains(policy["script-src"], "data:") {
		t.Errorf("%s: policy %s", name, whole)
	}
	if frame == "'none'" && policy["script-src"] != "'self'" {
		t.Errorf("%s: scripts from %s", name, policy["script-src"])
	}
	for _, c := range h["Set-Cookie"] {
		if !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") || strings.Contains(c, "Domain=") || !strings.Contains(c, "Path=/;") {
			t.Errorf("%s sets the cookie %s", name, c)
		}
	}
}

// Each answer of the console keeps itself to itself: no script but ours, in no
// frame, in no cache; also the answers that say no.
func TestConsoleHeaders(t *testing.T) {
	s := newScene(t).stage()
	for _, r := range handlers.ConsoleRoutes() {
		path, ok := s.filled(r.Path)
		if !ok {
			continue
		}
		for _, who := range []string{"owner", "viewer", "stranger", "nobody"} {
			if r.Method == http.MethodPost && who == "owner" {
				continue // what it changes would take other pages away
			}
			a := s.see(who, path)
			if r.Method == http.MethodPost {
				a = s.post(who, path, url.Values{"reason": {"because"}})
			}
			if kind := a.header.Get("Content-Type"); a.status == http.StatusOK && !isPage(a) {
				if got := a.header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") && kind != "application/pdf" && !strings.HasPrefix(kind, "image/png") {
					t.Errorf("%s as %s: a file of the kind %q that a browser would show: %q", path, who, kind, got)
				}
				keep := "no-store"
				if strings.HasPrefix(kind, "image/") {
					keep = "private, max-age=300" // the owner's signature, which is on every card: nothing of a customer's
				}
				for _, want := range [][2]string{{"X-Content-Type-Options", "nosniff"}, {"Cache-Control", keep}} {
					if a.header.Get(want[0]) != want[1] {
						t.Errorf("%s: %s is %q", path, want[0], a.header.Get(want[0]))
					}
				}
				continue
			}
			guarded(t, r.Method+" "+path+" as "+who, a, "'none'")
		}
	}
	guarded(t, "no such page", s.see("owner", "/no/such/page"), "'none'")
	guarded(t, "no such shop", s.see("owner", "/console/none/customers"), "'none'")
	guarded(t, "the list of shops", s.see("nobody", "/console"), "'none'")
}

// A page has no script, style or handler in its text: the policy would stop them,
// and they would be missing.
func TestConsolePagesHoldNoScripts(t *testing.T) {
	s := newScene(t).stage()
	for path := range s.pages() {
		if a := s.see("owner", path); isPage(a) {
			tame(t, path, a.body)
		}
	}
}

// tame checks that all of a page's code is our own, from files.
func tame(t *testing.T, path, body string) {
	t.Helper()
	for _, n := range elementsOf(t, body) {
		switch n.Data {
		case "script":
			if src := attrOf(n, "src"); !strings.HasPrefix(src, "/console/static/") || n.FirstChild != nil {
				t.Errorf("%s has the script %q", path, src)
			}
		case "link":
			if href := attrOf(n, "href"); !strings.HasPrefix(href, "/console/static/") {
				t.Errorf("%s links to %q", path, href)
			}
		case "style", "base", "object", "embed", "applet", "frame", "frameset", "marquee", "portal", "math":
			t.Errorf("%s has a %s", path, n.Data)
		case "meta":
			if attrOf(n, "http-equiv") != "" {
				t.Errorf("%s has a meta of %s", path, attrOf(n, "http-equiv"))
			}
		case "iframe":
			box, sandboxed := "", false
			for _, a := range n.Attr {
				if a.Key == "sandbox" {
					box, sandboxed = a.Val, true
				}
			}
			if !sandboxed || strings.Contains(box, "allow-scripts") || strings.Contains(box, "allow-same-origin") || !strings.HasPrefix(attrOf(n, "src"), "/console/view/") {
				t.Errorf("%s has a frame of %q, sandboxed: %t %q", path, attrOf(n, "src"), sandboxed, box)
			}
		}
		for _, a := range n.Attr {
			val := strings.ToLower(strings.Map(func(r rune) rune {
				if r <= ' ' {
					return -1
				}
				return r
			}, a.Val))
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcdoc", strings.HasPrefix(a.Key, "hx-on"), strings.HasPrefix(a.Key, "hx-vals") && strings.HasPrefix(val, "js:"):
				t.Errorf("%s: <%s> has %s=%q", path, n.Data, a.Key, a.Val)
			case slices.Contains([]string{"href", "src", "action", "formaction", "xlink:href", "data", "poster"}, a.Key) &&
				(strings.HasPrefix(val, "javascript:") || strings.HasPrefix(val, "vbscript:") || strings.HasPrefix(val, "data:") || strings.HasPrefix(val, "//")):
				t.Errorf("%s: <%s> has %s=%q", path, n.Data, a.Key, a.Val)
			}
		}
	}
}

// consoleEvil are texts that people could have for a name, each with a mark that
// tells which of them a page shows.
func consoleEvil() (all []string) {
	for i, text := range append(slices.Clone(evil), `<evil onpointerenter=alert(1)>`, `javascript:alert(document.cookie)//`, `"><script src=//evil.example/x.js></script>`, `' autofocus onfocus=alert(1) x='`,
		`</textarea><script>alert(1)</script>`, `</select></option><img src=x onerror=alert(1)>`, `</script><script>alert(1)</script>`, `<math><mtext><script>alert(1)</script></mtext></math>`,
		`{{ "now" | date }}{% include 'x' %}`, `<div hx-get="/console" hx-trigger="load">`, `<details open ontoggle=alert(1)>`, `<svg><animate onbegin=alert(1) attributeName=x>`, "`${alert(1)}`", `<form action=//evil.example><button>`) {
		all = append(all, text+" mark"+strconv.Itoa(i)+".")
	}
	return all
}

// freeTexts are the keys, in the documents of rows, of what people wrote.
var freeTexts = map[string]bool{"first_name": true, "last_name": true, "title": true, "name": true, "variant": true, "vendor": true, "note": true, "text": true,
	"detail": true, "city": true, "subject": true, "preheader": true, "comment": true, "order_name": true, "product": true, "by": true, "approved_by": true, "how": true, "done_by": true, "legal_name": true, "postal_address": true, "last_error": true, "error": true}

// Whatever customers, shops and staff wrote shows as text, on every page.
func TestConsoleShowsTextsAsText(t *testing.T) {
	s := newScene(t).stage()
	texts := consoleEvil()
	if n := needs.RewriteTexts(t, s.path, freeTexts, texts); n == 0 {
		t.Fatalf("%d texts were put: the stages hold too little", n)
	}
	needs.Change(t, s.path, `update staff set name = $1 where id = $2`, texts[1], s.staff["owner"].ID)
	needs.Change(t, s.path, `update api_tokens set name = $1 || id`, texts[3])
	for i, column := range []string{"actor", "target", "why", "detail", "action"} {
		needs.Change(t, s.path, `update audit set `+column+` = $1 where seq % 2 = 0`, texts[(i*5)%len(texts)])
	}
	shown := map[string]bool{}
	for path := range s.pages() {
		a := s.see("owner", path)
		if a.status != http.StatusOK && !s.elsewhere(a) {
			t.Errorf("%s: %d %s", path, a.status, brief(a))
		}
		if !isPage(a) {
			continue
		}
		tame(t, path, a.body)
		for _, n := range elementsOf(t, a.body) {
			if n.Data == "evil" || n.Data == "svg" && attrOf(n, "onload") != "" {
				t.Errorf("%s holds an element of theirs: %s", path, n.Data)
			}
			for _, attr := range n.Attr {
				if strings.HasPrefix(attr.Key, "hx-") && strings.Contains(attr.Val, "mark") {
					t.Errorf("%s: %s=%q", path, attr.Key, attr.Val)
				}
			}
			if n.Data != "script" && n.Data != "style" {
				for c := range n.ChildNodes() {
					if c.Type == html.TextNode {
						for i, text := range texts {
							if strings.Contains(c.Data, "mark"+strconv.Itoa(i)+".") && strings.Contains(c.Data, strings.TrimSpace(text)) {
								shown[text] = true
							}
						}
					}
				}
			}
		}
	}
	if len(s.ids) > 5 && len(shown) < 10 {
		t.Errorf("only %d texts were shown as they are", len(shown))
	}
}
