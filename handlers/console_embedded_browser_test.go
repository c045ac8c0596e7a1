package handlers_test

import (
	"context"
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
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`window.sameDocument = 1`))
	same := func(where string) {
		t.Helper()
		if got, err := chromedp.Run(ctx, chromedp.Evaluate[int](`window.sameDocument || 0`)); err != nil || got != 1 {
			t.Errorf("%s: a new document was loaded, %v", where, err)
		}
	}
	do(t, ctx, chromedp.Click(`nav.side a[href$="/tokens"]`), chromedp.WaitVisible(`form[action$="/tokens"]`))
	same("a link")
	do(t, ctx, chromedp.SendKeys("#f-name", "Helpdesk"), chromedp.Click(`form[action$="/tokens"] button.main`), chromedp.WaitVisible("#made"))
	same("a form that posts")
	do(t, ctx, chromedp.Click(".confirm summary"), chromedp.WaitVisible(".confirm form"), chromedp.Click(".confirm form button"), chromedp.WaitVisible("main > .said"))
	picture(t, ctx, "embedded-tokens")
	same("a post that leads on")
	do(t, ctx, chromedp.Click(`nav.side a[href$="/audit"]`), chromedp.WaitVisible("form.filters"), chromedp.SendKeys("#f-who", "nobody"), chromedp.Click("form.filters button"), chromedp.WaitVisible(".empty"))
	same("a form that looks")
	do(t, ctx, chromedp.Click(`form[action$="/audit/check"] button`), chromedp.WaitVisible(".said code"))
	same("another post")
	picture(t, ctx, "embedded-audit")
	if all, err := c.store.TokensOf(t.Context(), c.shop.ID); err != nil || len(all) != 1 || all[0].RevokedAt.IsZero() {
		t.Errorf("%+v, %v", all, err)
	}
}
