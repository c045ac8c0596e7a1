package handlers_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"grazie/crm"
	"grazie/store"
)

// What is kept of her, her returns and her birthday fit on every phone, with long
// names, in long languages; and she has herself erased with two clicks.
func TestOwnDataInBrowser(t *testing.T) {
	o, ctx := newOwn(t), newTab(t)
	o.sendsBack()
	o.longNames()
	for _, look := range []struct {
		locale, scheme string
		width          int64
	}{{"de", "light", 390}, {"fr", "dark", 320}, {"it", "dark", 390}, {"hu", "light", 1280}} {
		o.speak(look.locale)
		scheme(t, ctx, look.scheme)
		for _, kind := range []string{store.LinkData, store.LinkReturns, store.LinkBirthday, store.LinkPreferences} {
			do(t, ctx, chromedp.EmulateViewport(look.width, 800), chromedp.Navigate(o.url+o.path(kind)), chromedp.WaitVisible("h1"))
			fits(t, ctx)
			picture(t, ctx, "own-"+kind+"-"+look.locale+"-"+look.scheme)
		}
	}
	do(t, ctx, chromedp.Navigate(o.url+o.path(store.LinkData)), chromedp.Click(".erase summary"), chromedp.WaitVisible(".erase button"))
	picture(t, ctx, "own-erase")
	do(t, ctx, chromedp.Click(".erase button"), chromedp.WaitVisible(".said"))
	picture(t, ctx, "own-erased")
	if asked, err := o.store.OpenPrivacyRequests(t.Context(), o.shopID); err != nil || len(asked) != 1 || asked[0].Kind != crm.PrivacyEraseCustomer {
		t.Errorf("%+v %v", asked, err)
	}
}
