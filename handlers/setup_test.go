package handlers_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/senderdns"
	"grazie/integrations/shopify"
	"grazie/journeys"
	"grazie/store"
	"grazie/templates/pages"
)

// From the link to the first mail: saved, tried, finished, active.
func TestFirstSteps(t *testing.T) {
	s := newSteps(t)
	first := s.needs(s.get(s.path), http.StatusOK)
	for _, want := range []string{"First steps", "The legal name", "The postal address", "Nothing is sent before you press it.", `value="owner@bottega.example"`, "You have no order yet"} {
		if !strings.Contains(first.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	stopped := s.needs(s.press("finish", nil), http.StatusUnprocessableEntity)
	if s.stored().State != crm.ShopPaused || !strings.Contains(stopped.body, "Something needed is still missing") {
		t.Errorf("finished without what is needed: %+v", s.stored())
	}
	changes := maps.Clone(answers)
	changes["formal"], changes["on birthday_coupon"], changes["on thank_you"], changes["reply_to"] = "true", "true", "false", "hello@bottega.it"
	saved := s.needs(s.press("save", changes), http.StatusSeeOther)
	if to := saved.header.Get("Location"); to != s.path+"?said=saved" {
		t.Errorf("leads to %s", to)
	}
	shop := s.stored()
	if shop.Sender != (crm.Mailbox{Name: "Anna", Email: "anna@bottega.it"}) || shop.ReplyTo != "hello@bottega.it" || shop.LegalName != "Bottega S.r.l." || shop.PostalAddress != "Via Roma 1, 00100 Roma" ||
		shop.Country != "IT" || !shop.Formal || shop.Journeys["birthday_coupon"]["enabled"] != "true" || shop.Journeys["thank_you"]["enabled"] != "false" || shop.State != crm.ShopPaused {
		t.Errorf("%+v", shop)
	}
	if page := s.get(s.path + "?said=saved"); !strings.Contains(page.body, "Saved.") || !strings.Contains(page.body, "Nothing. Everything is there.") {
		t.Error(page.body)
	}
	done := s.needs(s.press("finish", map[string]string{"on thank_you": "true"}), http.StatusSeeOther)
	shop = s.stored()
	if shop.State != crm.ShopActive || !shop.SetUpAt.Equal(s.Now()) || shop.Journeys["thank_you"]["enabled"] != "true" {
		t.Errorf("%+v", shop)
	}
	if page := s.get(done.header.Get("Location")); !strings.Contains(page.body, "From now on Bottega writes to its customers") || strings.Contains(page.body, `value="finish"`) {
		t.Error(page.body)
	}
	// Staff's pause is not hers to end.
	s.changeShop(func(shop *crm.Shop) { shop.State = crm.ShopPaused })
	s.needs(s.submit(url.Values{"do": {"finish"}}), http.StatusSeeOther)
	if shop := s.stored(); shop.State != crm.ShopPaused {
		t.Error("a shop that staff paused went on")
	}
}

// Only a shop that waits for it begins by the last button: not one that staff
// connected and paused, nor one whose merchant removed the app meanwhile.
func TestFirstStepsEndNoOther(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*crm.Shop)
		status int
		state  crm.ShopState
		setUp  bool
	}{
		"connected and paused by staff": {func(shop *crm.Shop) { shop.App = false }, http.StatusSeeOther, crm.ShopPaused, true},
		"held by staff":                 {func(shop *crm.Shop) { shop.Held = true }, http.StatusSeeOther, crm.ShopPaused, true},
		"removed":                       {func(shop *crm.Shop) { shop.State = crm.ShopUninstalled }, http.StatusUnprocessableEntity, crm.ShopUninstalled, false},
	} {
		s := newSteps(t)
		s.needs(s.press("save", answers), http.StatusSeeOther)
		s.changeShop(c.change)
		s.needs(s.submit(url.Values{"do": {"finish"}}), c.status)
		if shop := s.stored(); shop.State != c.state || shop.SetUpAt.IsZero() == c.setUp {
			t.Errorf("%s: %+v", name, shop)
		}
	}
}

// Nobody writes from another merchant's domain.
func TestSetupSenderOfAnotherShop(t *testing.T) {
	s := newSteps(t)
	other := s.connect("other.myshopify.com", nil)
	if _, err := s.store.ChangeShop(t.Context(), other, func(shop *crm.Shop) error { shop.Sender.Email = "bea@Bottega-B.example"; return nil }); err != nil {
		t.Fatal(err)
	}
	before := s.stored().Sender
	got := s.needs(s.press("save", map[string]string{"sender_email": "anna@bottega-b.example"}), http.StatusUnprocessableEntity)
	if !strings.Contains(beside(got.body, "sender_email"), "Another shop") || s.stored().Sender != before {
		t.Errorf("%q, stored %+v", beside(got.body, "sender_email"), s.stored().Sender)
	}
}

// Each field says what is wrong with it, keeps what was typed, and nothing of
// the form is stored.
func TestSetupBadInput(t *testing.T) {
	s := newSteps(t)
	before := s.stored()
	long := strings.Repeat("è", 201)
	for field, bad := range map[string][]string{
		"sender_name":  {long, "An\x00na"},
		"sender_email": {"anna", "anna@localhost", "Anna <anna@bottega.it>", "a@b.it, c@d.it", "änna@bottega.it", "anna@[192.0.2.1]", "a@b.it\r\nBcc: x@y.example", ""},
		"reply_to":     {"nobody", "anna@bottega.it;b@c.it"},
		"name":         {long, ""},
		"legal_name":   {long},
		"address":      {long},
		"country":      {"Italy", "ZZ", "it-IT"},
		"timezone":     {"Mars/Base", "Local", "../etc/passwd", ""},
		"locale":       {"english!", "und", ""},
	} {
		for _, v := range bad {
			got := s.needs(s.press("save", map[string]string{field: v, "legal_name": "Not stored"}), http.StatusUnprocessableEntity)
			if said := beside(got.body, field); said == "" || !strings.Contains(got.body, "Not saved yet") {
				t.Errorf("%s %q: nothing is said beside it", field, v)
			}
			if f := s.form(got.body, "", nil); v != "" && !strings.ContainsAny(v, "\x00\r\n") && field != "country" && field != "locale" && f.Get(field) != v {
				t.Errorf("%s: %q became %q", field, v, f.Get(field))
			} else if field != "legal_name" && f.Get("legal_name") != "Not stored" {
				t.Errorf("%s: what was typed elsewhere is lost: %q", field, f.Get("legal_name"))
			}
		}
	}
	for _, to := range []string{"", "anna", "Anna <anna@bottega.it>", "a@b.it, c@d.it"} {
		if got := s.needs(s.press("test", map[string]string{"to": to}), http.StatusUnprocessableEntity); beside(got.body, "to") != "Write one address, such as anna@shop.example." || s.form(got.body, "", nil).Get("to") != to {
			t.Errorf("%q: %q", to, beside(got.body, "to"))
		}
	}
	if got := s.needs(s.press("check", map[string]string{"selector": "a b"}), http.StatusUnprocessableEntity); !strings.Contains(got.body, "A selector has letters") {
		t.Error(got.body)
	}
	for name, a := range map[string]answer{
		"large":   s.send(http.MethodPost, s.path, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, strings.NewReader("name="+strings.Repeat("a", 70<<10))),
		"no form": s.send(http.MethodPost, s.path, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, strings.NewReader("a=%zz")),
	} {
		if a.status/100 != 4 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	s.needs(s.submit(url.Values{"do": {"save"}, "shown": {"no_such"}, "on": {"no_such"}, "currency": {"x"}, "sender_name": {"without what it was"}}), http.StatusSeeOther)
	after := s.stored()
	defer func() { // a line break that came along is no more than a space
		s.needs(s.press("save", map[string]string{"address": "Via Roma 1\r\n00100 Roma", "name": "Bottega\u2028Due"}), http.StatusSeeOther)
		if shop := s.stored(); shop.PostalAddress != "Via Roma 1 00100 Roma" || shop.Name != "Bottega Due" {
			t.Errorf("%q, %q", shop.PostalAddress, shop.Name)
		}
	}()
	if a, b := text(t, before), text(t, after); a != b || len(s.taken()) != 0 {
		t.Errorf("something was stored:\n%s\n%s", a, b)
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A page that was opened before another changed the shop overwrites nothing
// that it did not show.
func TestSetupStalePage(t *testing.T) {
	s := newSteps(t)
	s.needs(s.press("save", answers), http.StatusSeeOther)
	stale := s.get(s.path).body
	s.changeShop(func(shop *crm.Shop) {
		shop.Name, shop.LegalName, shop.Formal = "Bottega Due", "Due S.r.l.", true
		shop.Journeys = map[string]crm.Values{"review_request": {"enabled": "true", "delay": "3d"}}
	})
	// What she did not touch stays as the other left it.
	s.needs(s.submit(s.form(stale, "save", map[string]string{"address": "Via Milano 2, Roma"})), http.StatusSeeOther)
	shop := s.stored()
	if shop.Name != "Bottega Due" || shop.LegalName != "Due S.r.l." || !shop.Formal || shop.Journeys["review_request"]["enabled"] != "true" || shop.PostalAddress != "Via Milano 2, Roma" {
		t.Errorf("%+v", shop)
	}
	// What both changed, she is asked about, and then gets.
	asked := s.needs(s.submit(s.form(stale, "save", map[string]string{"legal_name": "Tre S.r.l."})), http.StatusUnprocessableEntity)
	if said := beside(asked.body, "legal_name"); !strings.Contains(said, "“Due S.r.l.”") || s.stored().LegalName != "Due S.r.l." {
		t.Errorf("%q, %q", said, s.stored().LegalName)
	}
	s.needs(s.submit(s.form(asked.body, "save", nil)), http.StatusSeeOther)
	if shop := s.stored(); shop.LegalName != "Tre S.r.l." || shop.Name != "Bottega Due" {
		t.Errorf("%+v", shop)
	}
	// The same from both is no quarrel, and a gesture keeps its other settings.
	s.needs(s.submit(s.form(stale, "save", map[string]string{"name": "Bottega Due", "on review_request": "true"})), http.StatusSeeOther)
	s.needs(s.press("save", map[string]string{"on review_request": "false"}), http.StatusSeeOther)
	if v := s.stored().Journeys["review_request"]; v["enabled"] != "false" || v["delay"] != "3d" {
		t.Errorf("%v", v)
	}
}

// What the platform knows is offered, and stored once she has seen it.
func TestSetupProposals(t *testing.T) {
	k := &knowing{told: crm.Shop{Name: "Platform's name", LegalName: "Bottega S.r.l.", PostalAddress: "Via Roma 1, Roma", Country: "IT", Timezone: "Nowhere/Land"}}
	s := newSteps(t, func(d *door) {
		k.Platform = shopify.Connected(http.DefaultClient, d.Now, shopify.App{})
		d.options.Platforms["shopify"] = k
	})
	if page := s.get(s.path).body; strings.Contains(page, "Taken from your shop") {
		t.Error("a shop that cannot be asked was")
	}
	if _, err := s.store.ChangeConnection(t.Context(), s.shopID, func(_ *crm.Shop, v crm.Values) error { v[shopify.SettingToken] = "shpat_x"; return nil }); err != nil {
		t.Fatal(err)
	}
	page := s.get(s.path).body
	f := s.form(page, "save", nil)
	if f.Get("legal_name") != "Bottega S.r.l." || f.Get("legal_name_was") != "" || f.Get("country") != "IT" || f.Get("name") != "Bottega" || strings.Count(page, "Taken from your shop") != 3 {
		t.Errorf("%v", f)
	}
	if shop := s.stored(); shop.LegalName != "" || shop.Country != "" {
		t.Errorf("taken unseen: %+v", shop)
	}
	s.needs(s.submit(f), http.StatusSeeOther)
	if shop := s.stored(); shop.LegalName != "Bottega S.r.l." || shop.PostalAddress != "Via Roma 1, Roma" || shop.Country != "IT" || shop.Timezone != "Europe/Rome" {
		t.Errorf("%+v", shop)
	}
}

// bare is a platform that tells of events and does nothing.
type bare struct{ integrations.Platform }

// What the platform cannot do is shown, and cannot be switched on.
func TestSetupGestures(t *testing.T) {
	s := newSteps(t, func(d *door) { d.options.Platforms["shopify"] = bare{d.options.Platforms["shopify"]} })
	page := s.get(s.path).body
	if n := strings.Count(page, "lets no app make discount codes"); n != 2 || strings.Count(page, "lets no app look after returns") != 1 || strings.Count(page, " disabled") != 3 {
		t.Errorf("%d in %s", n, page)
	}
	f := s.form(page, "save", map[string]string{"on birthday_coupon": "true", "on review_request": "true"})
	f.Add("shown", "birthday_coupon")
	s.needs(s.submit(f), http.StatusSeeOther)
	if shop := s.stored(); shop.Journeys["birthday_coupon"]["enabled"] == "true" || shop.Journeys["review_request"]["enabled"] != "true" {
		t.Errorf("%v", shop.Journeys)
	}
	for _, j := range journeys.All {
		for _, l := range []string{"en", "it"} {
			v := pages.SetupVisit{Locale: l}
			if text, err := v.Say("gesture." + j.Key + ".text"); err != nil || text == "" {
				t.Errorf("%s is not explained in %s", j.Key, l)
			}
		}
	}
}

// The test mail is a real customer's letter at another address, and leaves no trace.
func TestSetupTestMail(t *testing.T) {
	s := newSteps(t)
	changes := maps.Clone(answers)
	changes["to"] = "me@bottega.it"
	sent := s.needs(s.press("test", changes), http.StatusSeeOther)
	if to := sent.header.Get("Location"); to != s.path+"?said=tested#test" || !strings.Contains(s.get(s.path+"?said=tested").body, "on its way") {
		t.Errorf("leads to %s", to)
	}
	buyer := crm.Customer{ID: "77", Email: "ada@posta.example", EmailKey: "ada@posta.example", FirstName: "Ada", Locale: "en", UpdatedAt: s.Now()}
	order := crm.Order{ID: "1", Name: "#1017", CustomerID: "77", Email: buyer.Email, EmailKey: buyer.EmailKey, Status: crm.Paid, Total: crm.Money{Minor: 1000, Currency: "EUR"},
		Items: []crm.LineItem{{Title: "Olive oil", Quantity: 1}}, CreatedAt: s.Now(), PaidAt: s.Now(), UpdatedAt: s.Now()}
	if _, err := s.store.ApplyEvents(t.Context(), s.shopID, []store.Applied{{Events: []crm.Event{{Kind: crm.CustomerChanged, Customer: &buyer}, {Kind: crm.OrderChanged, Order: &order}}}}, nil); err != nil {
		t.Fatal(err)
	}
	s.changeShop(func(shop *crm.Shop) { shop.Owner = "me@bottega.it" })
	if page := s.get(s.path).body; !strings.Contains(page, "your newest order, #1017") {
		t.Error(page)
	}
	s.needs(s.press("test", map[string]string{"to": "me@bottega.it"}), http.StatusSeeOther)
	mails := s.taken()
	if len(mails) != 2 {
		t.Fatalf("%d mails", len(mails))
	}
	for i, want := range []string{"Anna", "Ada"} {
		all := text(t, mails[i])
		if !strings.Contains(all, `"email":"me@bottega.it"`) || strings.Contains(all, "posta.example") || strings.Contains(all, "customer.invalid") || strings.Contains(all, "List-Unsubscribe") ||
			!strings.Contains(all, `"subject":"[Test] `) || !strings.Contains(all, want) {
			t.Errorf("%s", all)
		}
	}
	if all, err := s.store.Messages(t.Context(), s.shopID, store.MessageFilter{Limit: 10}); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
	for status, want := range map[int]string{403: "does not let Grazie in", 400: "refused it"} {
		s.refuse(status)
		got := s.needs(s.press("test", map[string]string{"to": "me@bottega.it"}), http.StatusUnprocessableEntity)
		if said := beside(got.body, "to"); !strings.Contains(said, want) || !strings.Contains(said, "It said: ") || !strings.Contains(said, "verified Sender Identity") {
			t.Errorf("%d: %q", status, said)
		}
	}
	s.refuse(500)
	s.needs(s.press("test", map[string]string{"to": "me@bottega.it"}), http.StatusUnprocessableEntity)
	s.refuse(0)
	if got := s.needs(s.press("test", map[string]string{"to": "me@bottega.it"}), http.StatusTooManyRequests); !strings.Contains(beside(got.body, "to"), "Five test mails an hour") || len(s.taken()) != 2 {
		t.Errorf("the sixth of this hour: %q", beside(got.body, "to"))
	}
	s.pass(time.Hour + time.Second)
	s.needs(s.press("test", map[string]string{"to": "me@bottega.it"}), http.StatusSeeOther)
	s.refuse(0)
	before := len(s.taken())
	s.changeShop(func(shop *crm.Shop) { shop.State = crm.ShopUninstalled })
	if got := s.needs(s.press("test", map[string]string{"to": "me@bottega.it"}), http.StatusUnprocessableEntity); !strings.Contains(beside(got.body, "to"), "Open the app again") || len(s.taken()) != before {
		t.Errorf("of a shop that was removed: %q, %d mails", beside(got.body, "to"), len(s.taken())-before)
	}
}

// The domain's findings stand on the page that the button leads to.
func TestSetupDomain(t *testing.T) {
	s := newSteps(t)
	s.hosts = map[string]string{"bottega.it. MX": "bottega.it. 60 IN MX 10 mx.bottega.it."}
	led := s.needs(s.press("check", answers), http.StatusSeeOther)
	if to := led.header.Get("Location"); to != s.path+"?said=checked#check" {
		t.Errorf("leads to %s", to)
	}
	page := s.get(s.path + "?said=checked").body
	for _, want := range []string{"_dmarc.bottega.it", "v=DMARC1; p=none", "v=spf1 include:sendgrid.net ~all", "s1._domainkey.bottega.it", "Answers arrive.", "in order", "missing"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if page := s.send(http.MethodGet, s.path+"?said=checked", http.Header{"Accept-Language": {"it-IT,en;q=0.5"}}, nil).body; !strings.Contains(page, "Le risposte arrivano.") || !strings.Contains(page, "manca") {
		t.Error(page)
	}
	for _, code := range senderdns.Codes() {
		if said, err := (pages.SetupVisit{Locale: "it"}).Say("finding." + code); err != nil || said == "" {
			t.Errorf("%s is not said in Italian", code)
		}
	}
}

// Whose token it is decides whose shop it is; none opens nothing.
func TestSetupTokens(t *testing.T) {
	s := newSteps(t)
	other := s.connect("other.myshopify.com", crm.Values{shopify.SettingSecret: "another"})
	theirs := "/setup/" + s.store.SetupToken(other)
	f := s.form(s.get(s.path).body, "save", map[string]string{"legal_name": "Theirs S.r.l."})
	a := s.send(http.MethodPost, theirs, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, strings.NewReader(f.Encode()))
	if a.status != http.StatusSeeOther || s.stored().LegalName != "" {
		t.Errorf("%d, %+v", a.status, s.stored())
	}
	ends := s.store.SetupToken(s.shopID)
	for name, path := range map[string]string{"none": "/setup/x", "tampered": s.path[:len(s.path)-3] + "AAA", "long": "/setup/" + strings.Repeat("A", 5000)} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			got := s.send(method, path, http.Header{"Accept-Language": {"it"}}, nil)
			if got.status != http.StatusNotFound || !strings.Contains(got.body, "grazie shop setup SHOP --link") || !strings.Contains(got.body, "Questa pagina è chiusa") || !strings.Contains(got.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
	}
	s.pass(store.SetupTime)
	if got := s.get("/setup/" + ends); got.status != http.StatusNotFound {
		t.Errorf("a token that ended: %d", got.status)
	}
}

// Another site cannot make a browser post, and no page can be kept or framed
// by a stranger.
func TestSetupDoors(t *testing.T) {
	s := newSteps(t, func(d *door) {
		d.options.Platforms["shopify"] = shopify.Connected(http.DefaultClient, d.Now, shopify.App{ID: "client-id", Secrets: []string{"s"}})
	})
	f := s.form(s.get(s.path).body, "save", map[string]string{"legal_name": "Theirs S.r.l."})
	for name, h := range map[string][]string{"another site": {"Sec-Fetch-Site", "cross-site"}, "a sister": {"Sec-Fetch-Site", "same-site"}, "an old browser": {"Sec-Fetch-Site", "", "Origin", "https://evil.example"}, "an origin that hides": {"Sec-Fetch-Site", "", "Origin", "null"}} {
		if got := s.submit(f, h...); got.status != http.StatusForbidden || !strings.Contains(got.body, "another site sent it") {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	if s.stored().LegalName != "" {
		t.Error("stored")
	}
	for name, h := range map[string][]string{"its own": {"Sec-Fetch-Site", "same-origin"}, "an old browser": {"Sec-Fetch-Site", "", "Origin", public}} {
		if got := s.submit(f, h...); got.status != http.StatusSeeOther {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	alone := s.get(s.path)
	framed := s.send(http.MethodGet, s.path, http.Header{"Sec-Fetch-Dest": {"iframe"}}, nil)
	for name, a := range map[string]answer{"alone": alone, "framed": framed, "redirect": s.press("save", nil)} {
		csp := a.header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.HasSuffix(csp, "frame-ancestors https://"+s.shop.Domain+" https://admin.shopify.com") ||
			a.header.Get("Cache-Control") != "no-store" || a.header.Get("Referrer-Policy") != "no-referrer" || a.header.Get("X-Frame-Options") != "" {
			t.Errorf("%s: %v", name, a.header)
		}
		if script := strings.Contains(a.body, "<script"); script != (name == "framed") || script != strings.Contains(csp, "script-src https://cdn.shopify.com/shopifycloud/app-bridge.js") {
			t.Errorf("%s: a script: %t, %s", name, script, csp)
		}
	}
	if !strings.Contains(framed.body, `data-api-key="client-id"`) {
		t.Error(framed.body)
	}
}

// What others wrote is text.
func TestSetupEscapes(t *testing.T) {
	s := newSteps(t)
	const evil = `</title><script>alert(1)</script>"' onfocus=x`
	s.changeShop(func(shop *crm.Shop) {
		shop.Name, shop.Sender.Name, shop.LegalName, shop.PostalAddress, shop.Country, shop.Locale, shop.Owner = evil, evil, evil, evil, evil, evil, evil
	})
	pages := map[string]string{"page": s.get(s.path + "?said=" + url.QueryEscape(evil)).body, "wrong": s.press("save", map[string]string{"timezone": evil, "reply_to": evil, "to": evil}).body,
		"test":  s.press("test", map[string]string{"to": evil, "sender_name": "Anna", "name": "B", "legal_name": "B", "address": "B", "country": "IT", "locale": "it"}).body,
		"check": s.press("check", map[string]string{"selector": evil}).body}
	for name, page := range pages {
		if strings.Contains(page, "<script") || strings.Contains(page, `" onfocus`) || !strings.Contains(page, "<h1>") {
			t.Errorf("%s: %s", name, page)
		}
	}
}

// The page speaks the merchant's language, or her shop's.
func TestSetupLanguage(t *testing.T) {
	s := newSteps(t)
	for header, want := range map[string]string{"it-CH,de;q=0.8": "it", "en-GB": "en", "de-DE": "it", "": "it"} {
		if got := s.send(http.MethodGet, s.path, http.Header{"Accept-Language": {header}}, nil).body; !strings.Contains(got, `<html lang="`+want+`">`) {
			t.Errorf("%q: %.60s", header, got)
		}
	}
}
