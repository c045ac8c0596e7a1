package handlers_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"grazie/internal/needs"
)

// In the frame, links and forms are fetched by the page's script, to which the
// platform's adds the ID token: in a real browser all of them work without a
// session, and none loads a new document.
func TestEmbeddedBoostsLinksAndForms(t *testing.T) {
	c := newCabin(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	ctx, end := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(needs.Program(t, "chromium")),
		chromedp.Flag("host-resolver-rules", "MAP cdn.shopify.com ~NOTFOUND"))...) // nothing outside is asked
	t.Cleanup(end)
	ctx, endTab := chromedp.NewContext(ctx)
	t.Cleanup(endTab)
	bridge := `const ours = window.fetch; window.fetch = (to, how = {}) => { const headers = new Headers(how.headers || {}); headers.set("Authorization", "Bearer " + ` +
		strconv.Quote(c.fresh.IDToken("5")) + `); return ours(to, {...how, headers}) }` // what the platform's script does
	do(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: bridge})
		return err
	}), chromedp.Navigate(c.url+c.at("?id_token="+c.fresh.IDToken("5"))), chromedp.WaitVisible("main h1"))
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`window.fetched = 0; document.addEventListener("htmx:finally:swap", () => { window.fetched++ })`))
	fetched := 0
	presses := func(selector, shows string) {
		t.Helper()
		fetched++
		got, err := chromedp.Run(ctx, chromedp.Evaluate[int](fmt.Sprintf(`document.querySelector(%q).click();
			new Promise(done => { const look = () => window.fetched >= %d && document.querySelector(%q) ? done(window.fetched) : setTimeout(look, 5); look() })`, selector, fetched, shows), chromedp.EvalAwaitPromise))
		if err != nil || got != fetched {
			t.Fatalf("%s: a new document was loaded, or none came: %d, %v", selector, got, err)
		}
	}
	presses(`nav.side a[href$="/tokens"]`, `form[action$="/tokens"]`)
	do(t, ctx, chromedp.SendKeys("#f-name", "Helpdesk"))
	presses(`form[action$="/tokens"] button.main`, "#made")
	presses(".confirm form button", "main > .said") // a post that leads on
	picture(t, ctx, "embedded-tokens")
	presses(`nav.side a[href$="/audit"]`, "form.filters")
	do(t, ctx, chromedp.SendKeys("#f-who", "nobody"))
	presses("form.filters button", ".empty")
	presses(`form[action$="/audit/check"] button`, ".said code")
	picture(t, ctx, "embedded-audit")
	if all, err := c.store.TokensOf(t.Context(), c.shop.ID); err != nil || len(all) != 1 || all[0].RevokedAt.IsZero() {
		t.Errorf("%+v, %v", all, err)
	}
}
