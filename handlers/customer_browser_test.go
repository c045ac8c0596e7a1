package handlers_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"grazie/crm"
	"grazie/internal/needs"
	"grazie/store"
)

// newTab is a real browser in which pages run no scripts.
func newTab(t *testing.T) context.Context {
	t.Helper()
	program := needs.Program(t, "chromium")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, end := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(program))...)
	t.Cleanup(end)
	ctx, endTab := chromedp.NewContext(ctx)
	t.Cleanup(endTab)
	do(t, ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	return ctx
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func textOf(t *testing.T, ctx context.Context, selector string) string {
	t.Helper()
	text, err := chromedp.Run(ctx, chromedp.Text(selector))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// She walks all three pages with a mouse, without a script.
func TestOwnPagesInBrowser(t *testing.T) {
	o, ctx := newOwn(t), newTab(t)
	do(t, ctx, chromedp.Navigate(o.url+o.path(store.LinkReview)), chromedp.Click(`input[name=publish]`), chromedp.SendKeys("#text", "Lovely, but small."),
		chromedp.Click("button.main"), chromedp.WaitVisible(`input[name=rating]:focus`)) // the browser asks for the rating itself
	if o.review() != nil {
		t.Error("a review without a rating was stored")
	}
	do(t, ctx, chromedp.Click(`input[value="2"]`), chromedp.Click("button.main"), chromedp.WaitVisible(".said"))
	if r := o.review(); textOf(t, ctx, "h1") != "Thank you" || r.Rating != 2 || r.Text != "Lovely, but small." || !r.Publish {
		t.Errorf("%q, %+v", textOf(t, ctx, "h1"), r)
	}

	do(t, ctx, chromedp.Navigate(o.url+o.path(store.LinkUnsubscribe)), chromedp.Click("button.main"), chromedp.WaitVisible(".said"))
	if said := textOf(t, ctx, ".said"); !strings.HasPrefix(said, "“Review requests” will not come any more.") || o.stopped()[reviewMail] != 1 {
		t.Errorf("%q, stopped %v", said, o.stopped())
	}
	do(t, ctx, chromedp.Click(".more a"), chromedp.WaitVisible("#language"))
	do(t, ctx, chromedp.Click(`input[value="`+reviewMail+`"][type=checkbox]`), chromedp.SendKeys("#language", "Slov"),
		chromedp.SendKeys("#day", "31"), chromedp.SendKeys("#month", "Feb"), chromedp.Click("button.main"), chromedp.WaitVisible(".wrong"))
	if p := o.chosen(); p.Customer.Locale != "en" || len(p.Suppressions) != 1 {
		t.Errorf("saved with a date that does not exist: %+v", p)
	}
	do(t, ctx, chromedp.SendKeys("#day", "28"), chromedp.Click("button.main"), chromedp.WaitVisible(".said"))
	if p := o.chosen(); textOf(t, ctx, ".said") != "Shranjeno." || p.Customer.Locale != "sl" || p.Customer.Birthday.Day != "02-28" || len(p.Suppressions) != 0 {
		t.Errorf("%q, %+v", textOf(t, ctx, ".said"), p)
	}
}

// And with the keyboard alone.
func TestOwnPagesByKeyboard(t *testing.T) {
	o, ctx := newOwn(t), newTab(t)
	do(t, ctx, chromedp.Navigate(o.url+o.path(store.LinkReview)), chromedp.KeyEvent(kb.Tab+" "+kb.ArrowRight+kb.ArrowRight+kb.ArrowRight+kb.Tab+"Good oil"+kb.Tab+" "+kb.Tab+kb.Enter),
		chromedp.WaitVisible(".said"))
	if r := o.review(); r == nil || r.Rating != 4 || r.Text != "Good oil" || !r.Publish {
		t.Errorf("%+v", r)
	}
	do(t, ctx, chromedp.Navigate(o.url+o.path(store.LinkPreferences)), chromedp.KeyEvent(" "), chromedp.KeyEvent(kb.Tab+kb.Tab+" "+kb.Tab+kb.Tab+"5"+kb.Tab+"M"+kb.Tab+kb.Enter), chromedp.WaitVisible(".said"))
	if p := o.chosen(); p.Customer.Birthday.Day != "03-05" || len(p.Suppressions) != 1 || p.Suppressions[0].Scope != reviewMail {
		t.Errorf("%+v", p)
	}
	do(t, ctx, chromedp.Navigate(o.url+o.path(store.LinkUnsubscribe)), chromedp.KeyEvent(kb.Tab+kb.Tab+kb.Enter), chromedp.WaitVisible(".said"))
	if c := o.chosen().Customer.Consent; c.State != crm.ConsentUnsubscribed {
		t.Errorf("%+v", c)
	}
}

// measure finds what does not fit on a page, or cannot be hit or named.
const measure = `(() => {
	const wrong = [], root = document.documentElement;
	if (root.scrollWidth > innerWidth) wrong.push("scrolls sideways: " + root.scrollWidth);
	for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea, button")) {
		const hit = e.closest("label") || e, box = hit.getBoundingClientRect();
		if (box.width < 24 || box.height < 24) wrong.push("small: " + e.outerHTML.slice(0, 80));
		if (box.left < 0 || box.right > innerWidth + 1) wrong.push("outside: " + e.outerHTML.slice(0, 80));
		if (e.tagName != "BUTTON" && !(e.labels && e.labels.length == 1 && e.labels[0].textContent.trim())) wrong.push("no label: " + e.outerHTML.slice(0, 80));
		for (const id of (e.getAttribute("aria-describedby") || "").split(" ")) if (id && !document.getElementById(id)) wrong.push("describes nothing: " + id);
		if (e.scrollWidth > e.clientWidth + 1 && e.tagName == "BUTTON") wrong.push("cut off: " + e.outerHTML.slice(0, 80));
	}
	for (const f of document.querySelectorAll("fieldset")) {
		if (!f.querySelector("legend")) wrong.push("a group without a name");
		for (const id of (f.getAttribute("aria-describedby") || "").split(" ")) if (id && !document.getElementById(id)) wrong.push("describes nothing: " + id);
	}
	return wrong.join("; ");
})()`

// Long names and languages fit, from the narrowest phone to a wide screen.
func TestOwnPagesFit(t *testing.T) {
	o, ctx := newOwn(t), newTab(t)
	o.longNames()
	for _, locale := range []string{"de", "fil", "fr", "hu"} {
		o.speak(locale)
		for _, width := range []int64{320, 390, 1280} {
			for _, kind := range []string{store.LinkUnsubscribe, store.LinkPreferences, store.LinkReview} {
				do(t, ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(o.url+o.path(kind)), chromedp.WaitVisible("h1"))
				wrong, err := chromedp.Run(ctx, chromedp.Evaluate[string](measure))
				if err != nil || wrong != "" {
					t.Errorf("%s in %s on %d: %s, %v", kind, locale, width, wrong, err)
				}
			}
		}
	}
}

// longNames gives the shop, its address and the order long names.
func (o *own) longNames() {
	o.t.Helper()
	o.changeShop(func(s *crm.Shop) {
		s.Name = "Donaudampfschifffahrtsgesellschaftskapitänsmützenmanufaktur & Töchter"
		s.PostalAddress = "Straße-der-sehr-langen-Straßennamen-ohne-jedes-Leerzeichen-1234567890, 1010 Wien, Österreich"
	})
	order, err := o.store.Order(o.t.Context(), o.shopID, "2")
	if err != nil {
		o.t.Fatal(err)
	}
	order.Name, order.UpdatedAt, order.Items = "#"+strings.Repeat("1001-", 12)+"A", order.UpdatedAt.AddDate(0, 0, 1), nil
	for i := range 12 {
		order.Items = append(order.Items, crm.LineItem{ID: fmt.Sprint(i), Quantity: 1, Title: fmt.Sprintf("Handgeschöpfte Kapitänsmütze mit goldenem Anker, Ausgabe %d %s", i, strings.Repeat("x", 60))})
	}
	if _, err := o.store.ApplyEvents(o.t.Context(), o.shopID, []store.Applied{{Events: []crm.Event{{Kind: crm.OrderChanged, Order: &order}}}}, nil); err != nil {
		o.t.Fatal(err)
	}
}

func (o *own) speak(locale string) {
	o.t.Helper()
	if _, err := o.store.SavePreferences(o.t.Context(), o.link, store.Choices{Locale: locale}, nil); err != nil {
		o.t.Fatal(err)
	}
}
