package handlers_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"grazie/crm"
)

// picture keeps what the browser shows, for people to look at, in the folder
// that GRAZIE_TEST_SHOTS names.
func picture(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("GRAZIE_TEST_SHOTS")
	if dir == "" {
		return
	}
	shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), shot, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// scheme makes the browser light or dark.
func scheme(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	do(t, ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
		return err
	}))
}

// She walks through all steps with a mouse, on a phone and on a wide screen.
func TestFirstStepsInBrowser(t *testing.T) {
	for name, width := range map[string]int64{"phone": 390, "wide": 1280} {
		t.Run(name, func(t *testing.T) {
			s, ctx := newSteps(t), newTab(t)
			s.hosts = map[string]string{"bottega.it. MX": "bottega.it. 60 IN MX 10 mx.bottega.it."}
			do(t, ctx, chromedp.EmulateViewport(width, 844), chromedp.Navigate(s.url+s.path), chromedp.WaitVisible("h1"))
			picture(t, ctx, name+"-1-begin")
			fits(t, ctx)
			do(t, ctx, chromedp.Click(`button[value=finish]`), chromedp.WaitVisible("#missing ~ .bad"))
			picture(t, ctx, name+"-2-too-soon")
			do(t, ctx, chromedp.SetValue("#sender_email", "anna@localhost"), chromedp.SendKeys("#legal_name", "Bottega S.r.l."), chromedp.SendKeys("#address", "Via Roma 1, 00100 Roma"),
				chromedp.SendKeys("#country", "Italy"), chromedp.Click(`input[value=birthday_coupon]:not([type=hidden])`), chromedp.Click(`button[value=save]`), chromedp.WaitVisible("#sender_email:focus"))
			if said := textOf(t, ctx, "#sender_email-wrong"); !strings.HasPrefix(said, "Write one address") || s.stored().LegalName != "" {
				t.Errorf("%q, %+v", said, s.stored())
			}
			picture(t, ctx, name+"-3-wrong")
			fits(t, ctx)
			do(t, ctx, chromedp.SetValue("#sender_email", "anna@bottega.it"), chromedp.Click(`button[value=save]`), chromedp.WaitVisible(".said"))
			if shop := s.stored(); shop.LegalName != "Bottega S.r.l." || shop.Country != "IT" || shop.Journeys["birthday_coupon"]["enabled"] != "true" || shop.Sender.Email != "anna@bottega.it" {
				t.Errorf("%+v", shop)
			}
			do(t, ctx, chromedp.Click(`button[value=check]`), chromedp.WaitVisible(".findings"))
			picture(t, ctx, name+"-4-domain")
			fits(t, ctx)
			s.refuse(403)
			do(t, ctx, chromedp.Click(`button[value=test]`), chromedp.WaitVisible("#to:focus"))
			picture(t, ctx, name+"-5-refused")
			s.refuse(0)
			do(t, ctx, chromedp.SetValue("#to", "me@bottega.it"), chromedp.Click(`button[value=test]`), chromedp.WaitVisible("#test ~ .said"))
			if len(s.taken()) != 1 {
				t.Errorf("%d mails", len(s.taken()))
			}
			do(t, ctx, chromedp.Click(`button[value=finish]`), chromedp.WaitVisible("h1 ~ .said"))
			if shop := s.stored(); shop.State != crm.ShopActive || shop.SetUpAt.IsZero() {
				t.Errorf("%+v", shop)
			}
			picture(t, ctx, name+"-6-done")
			fits(t, ctx)
		})
	}
}

func fits(t *testing.T, ctx context.Context) {
	t.Helper()
	if wrong, err := chromedp.Run(ctx, chromedp.Evaluate[string](measure)); err != nil || wrong != "" {
		t.Errorf("%s, %v", wrong, err)
	}
}

// And with the keyboard alone: Enter saves.
func TestFirstStepsByKeyboard(t *testing.T) {
	s, ctx := newSteps(t), newTab(t)
	do(t, ctx, chromedp.Navigate(s.url+s.path), chromedp.KeyEvent(kb.Tab+kb.End+" Rossi"+kb.Tab+kb.Tab+kb.Tab+kb.Tab+"Bottega S.r.l."+kb.Tab+"Via Roma 1"+kb.Enter), chromedp.WaitVisible("h1 ~ .said"))
	if shop := s.stored(); shop.Sender.Name != "Anna Rossi" || shop.LegalName != "Bottega S.r.l." || shop.PostalAddress != "Via Roma 1" || len(s.taken()) != 0 {
		t.Errorf("%+v", shop)
	}
}

// Long names fit, from the narrowest phone to a wide screen, in both languages,
// light and dark.
func TestFirstStepsFit(t *testing.T) {
	s, ctx := newSteps(t), newTab(t)
	s.changeShop(func(shop *crm.Shop) {
		shop.Name = "Donaudampfschifffahrtsgesellschaftskapitänsmützenmanufaktur & Töchter"
		shop.Sender = crm.Mailbox{Name: "Maximiliane-Alexandra von und zu Hohenlohe-Waldenburg-Schillingsfürst", Email: strings.Repeat("kapitaensmuetzen", 4) + "@" + strings.Repeat("donaudampf", 6) + ".it"}
		shop.LegalName = strings.Repeat("Kapitänsmützen", 8)
		shop.PostalAddress = "Straße-der-sehr-langen-Straßennamen-ohne-jedes-Leerzeichen-1234567890, 1010 Wien, Österreich"
		shop.Broken = "refused"
	})
	for _, locale := range []string{"en", "it"} {
		for _, width := range []int64{320, 1280} {
			for _, name := range []string{"light", "dark"} {
				speak(t, ctx, locale)
				scheme(t, ctx, name)
				do(t, ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(s.url+s.path+"?said=checked"), chromedp.WaitVisible(".findings"))
				picture(t, ctx, fmt.Sprintf("fit-%s-%d-%s", locale, width, name))
				fits(t, ctx)
				if lang, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.documentElement.lang")); err != nil || lang != locale {
					t.Errorf("%q, %v", lang, err)
				}
				do(t, ctx, chromedp.Navigate(s.url+"/setup/none"), chromedp.WaitVisible("pre"))
				picture(t, ctx, fmt.Sprintf("closed-%s-%d-%s", locale, width, name))
				fits(t, ctx)
			}
		}
	}
}

// speak makes the browser ask for a language.
func speak(t *testing.T, ctx context.Context, tag string) {
	t.Helper()
	agent, err := chromedp.Run(ctx, chromedp.Evaluate[string]("navigator.userAgent"))
	if err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: tag})
		return err
	}))
}
