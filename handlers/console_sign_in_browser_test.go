package handlers_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"grazie/handlers"
	"grazie/store"
)

// localScene is a scene that a real browser knows by a name: it gives passkeys to
// no bare address.
func localScene(t *testing.T) *scene {
	t.Helper()
	s := newScene(t)
	o := s.options
	server := httptest.NewUnstartedServer(nil)
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	o.PublicURL = "http://localhost:" + port
	server.Config.Handler = handlers.New(o)
	server.Start()
	t.Cleanup(server.Close)
	s.url = o.PublicURL
	return s
}

// A real browser makes a passkey in the account, and signs in with it, with our
// own few lines of script and the policy that the pages have.
func TestPasskeyInBrowser(t *testing.T) {
	s := localScene(t)
	ctx := newConsoleTab(t, s, "viewer")
	do(t, ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		if _, err := cdp.Call(ctx, tab, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, tab, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
		return err
	}))
	do(t, ctx, chromedp.Navigate(s.url+"/console/account"), chromedp.SendKeys("#f-passkey", "this laptop"), chromedp.Click(`form[action$="/passkeys"] button`),
		chromedp.WaitVisible(`form[data-passkey=create] button`), chromedp.Click(`form[data-passkey=create] button`), chromedp.WaitVisible("ul.codes"))
	picture(t, ctx, "account-recovery-wide")
	do(t, ctx, chromedp.Click(`a.button.main`), chromedp.WaitVisible("#passkeys"), chromedp.Click(`form[action="/console/sign-out"] button`), chromedp.WaitVisible("#f-email"),
		chromedp.Click(`form[action$="/sign-in/passkey"] button`), chromedp.WaitVisible(`form[data-passkey=get] button`))
	picture(t, ctx, "sign-in-passkey-wide")
	do(t, ctx, chromedp.Click(`form[data-passkey=get] button`), chromedp.WaitVisible("header.bar"))
	at, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil || at != s.url+"/console/"+s.shopID {
		t.Errorf("at %s, %v", at, err)
	}
}

// The pages of nobody's shop keep nobody out either: light, dark, and on a phone.
func TestSignInHasNoBarriers(t *testing.T) {
	s := localScene(t)
	s.setPassword("manager", goodPassword)
	ctx := newConsoleTab(t, s, "viewer")
	if err := s.store.RenameStaff(t.Context(), s.staff["viewer"].ID, "Maximiliane Antoinette von und zu Hohenfels-Wartenberg 🌻", os.Getenv("GRAZIE_TEST_LANG")); err != nil {
		t.Fatal(err)
	}
	if err := s.store.AddPasskey(t.Context(), store.Passkey{ID: "k", StaffID: s.staff["viewer"].ID, Name: "مفتاح <b>سلمى</b> Donaudampfschifffahrtsgesellschaft", Data: "{}"}); err != nil {
		t.Fatal(err)
	}
	_, secret, err := s.store.Invite(t.Context(), store.Invitation{Email: "anna@staff.example", ShopID: s.shopID, Role: store.Support, By: "Kim", Until: s.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	begin := func() {
		do(t, ctx, chromedp.Navigate(s.url+"/console/account"), chromedp.Click(`form[action$="/codes/begin"] button`), chromedp.WaitVisible(".qr img"))
	}
	begin()
	pages := map[string]string{"account": "/console/account", "account-codes": "/console/account/codes", "account-confirm": "/console/account/confirm",
		"welcome": "/console/welcome/" + secret, "welcome-gone": "/console/welcome/none"}
	looked := func(name, path string) {
		for _, look := range []struct {
			name, scheme string
			width        int64
		}{{"wide", "light", 1280}, {"dark", "dark", 1280}, {"phone", "light", 390}, {"narrow", "light", 320}} {
			scheme(t, ctx, look.scheme)
			do(t, ctx, chromedp.EmulateViewport(look.width, 900), chromedp.Navigate(s.url+path), chromedp.WaitVisible("h1"))
			for _, found := range barriers(t, ctx) {
				t.Errorf("%s, %s: %s", name, look.name, found)
			}
			fitsWhole(t, ctx, name+", "+look.name)
			picture(t, ctx, name+"-"+look.name)
		}
	}
	for name, path := range pages {
		looked(name, path)
	}
	s.cookies["nobody"] = ""
	s.becomes(ctx, "nobody")
	looked("sign-in", "/console/sign-in")
	if a := s.visitor().signs("viewer@staff.example", "not this one"); a.status != http.StatusUnprocessableEntity {
		t.Error(a.status)
	}
}
