package handlers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"grazie/internal/needs"
)

// newConsoleTab is a real browser of somebody who is signed in. Scripts run.
func newConsoleTab(t *testing.T, s *scene, who string) context.Context {
	t.Helper()
	program := needs.Program(t, "chromium")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	ctx, end := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(program))...)
	t.Cleanup(end)
	ctx, endTab := chromedp.NewContext(ctx)
	t.Cleanup(endTab)
	s.becomes(ctx, who)
	return ctx
}

// becomes signs somebody in, as her cookie says.
func (s *scene) becomes(ctx context.Context, who string) {
	s.t.Helper()
	do(s.t, ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, network.SetCookie, network.SetCookieParams{Name: "grazie", Value: s.cookies[who], URL: s.url, HTTPOnly: new(true)})
		return err
	}))
}

// goes opens a page of the shop.
func (s *scene) goes(ctx context.Context, path string) {
	s.t.Helper()
	do(s.t, ctx, chromedp.Navigate(s.url+s.at(path)), chromedp.WaitVisible(chromedp.CSS("main")))
}

// barriers are what axe finds on the page that the browser shows, of those that
// are serious. With names of its rules only those are looked for.
func barriers(t *testing.T, ctx context.Context, rules ...string) []string {
	t.Helper()
	needs.NodeModules(t, "testdata/axe")
	script, err := os.ReadFile(filepath.Join("testdata", "axe", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	options := `{resultTypes: ["violations"]}`
	if len(rules) > 0 {
		list, _ := json.Marshal(rules)
		options = fmt.Sprintf(`{resultTypes: ["violations"], runOnly: {type: "rule", values: %s}}`, list)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](string(script)+`;axe.run(document, `+options+`).then(r => r.violations.filter(v => v.impact === "serious" || v.impact === "critical").map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 200) + " (" + n.failureSummary.replace(/\s+/g, " ").slice(0, 200) + ")").join("; ")))`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// shotName is a page's path as the name of a picture.
func shotName(s *scene, path string) string {
	for name, id := range s.ids {
		path = strings.ReplaceAll(path, "/"+id, "/"+name)
	}
	name := strings.Trim(strings.NewReplacer("/", "-", "?", "-", "=", "-", "&", "-").Replace(path), "-")
	if name == "" {
		return "today"
	}
	return name
}

// No page keeps anybody out: axe finds nothing serious on any of them, light or
// dark, and all of them fit on a phone.
func TestConsoleHasNoBarriers(t *testing.T) {
	s := newScene(t).stage()
	ctx := newConsoleTab(t, s, "owner")
	for _, path := range slices.Sorted(maps.Keys(s.pages())) {
		if a := s.see("owner", path); !isPage(a) || !strings.Contains(a.body, "<html") {
			continue // a file to save, or a part of a page
		}
		name := shotName(s, path)
		for _, look := range []struct {
			name, scheme string
			width        int64
			rules        []string
		}{{"wide", "light", 1280, nil}, {"dark", "dark", 1280, []string{"color-contrast", "link-in-text-block"}}, {"phone", "light", 390, []string{"color-contrast", "scrollable-region-focusable"}}} {
			scheme(t, ctx, look.scheme)
			do(t, ctx, chromedp.EmulateViewport(look.width, 900))
			if look.name == "wide" { // the others are the same page, turned
				s.goes(ctx, path)
			}
			for _, found := range barriers(t, ctx, look.rules...) {
				t.Errorf("%s, %s: %s", path, look.name, found)
			}
			fitsWhole(t, ctx, path+", "+look.name)
			picture(t, ctx, name+"-"+look.name)
		}
	}
}

// fitsWhole checks that nothing that can be seen stands outside of the screen, is
// too small for a finger, or is cut off.
func fitsWhole(t *testing.T, ctx context.Context, path string) {
	t.Helper()
	wrong, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(() => {
	const wrong = [], root = document.documentElement;
	if (root.scrollWidth > innerWidth) {
		const wide = [...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map(e => e.outerHTML.slice(0, 100));
		wrong.push("scrolls sideways: " + root.scrollWidth + " " + wide.join(" | "));
	}
	for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea, button, summary")) {
		const hit = e.closest("label") || e, box = hit.getBoundingClientRect();
		if (!e.checkVisibility()) continue;
		if (box.width < 20 || box.height < 20) wrong.push("small: " + e.outerHTML.slice(0, 80));
		if (box.left < 0 || box.right > innerWidth + 1) wrong.push("outside: " + e.outerHTML.slice(0, 80));
		if (e.tagName == "BUTTON" && e.scrollWidth > e.clientWidth + 1) wrong.push("cut off: " + e.outerHTML.slice(0, 80));
		for (const id of (e.getAttribute("aria-describedby") || "").split(" ")) if (id && !document.getElementById(id)) wrong.push("describes nothing: " + id);
	}
	return wrong.join("; ");
})()`))
	if err != nil || wrong != "" {
		t.Errorf("%s: %s, %v", path, wrong, err)
	}
}
