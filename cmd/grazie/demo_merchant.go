package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

// The app of the demo, as its maker registered it.
const (
	demoAppID     = "demo-app"
	demoAppSecret = "the-demo-app-signs-with-this"
	merchantMail  = "marta@bottega-nuova.example"
)

// merchant plays a second shop, whose owner installs the app herself, and what
// follows until the shop is forgotten.
type merchant struct {
	*stage
	sim     *simshop.Shop
	browser *http.Client
	shop    crm.Shop // as stored
	order   *simshop.Order
	late    simshop.Webhook // that asks to forget the shop, and comes when it is back
}

// demoAppShop is her shop, with its API. It has sold before Grazie was there.
func demoAppShop(now time.Time) *simshop.Shop {
	sim := simshop.New(2, now.AddDate(0, 0, -20))
	sim.Domain, sim.Name, sim.Secret, sim.ClientID = "bottega-nuova.myshopify.com", "Bottega Nuova", demoAppSecret, demoAppID
	for _, who := range []string{"giulia", "reka"} {
		sim.Place(sim.Customer(who), simshop.Cart{Items: []simshop.Item{{Product: sim.Products()[1], Quantity: 1}}})
	}
	sim.BucketClock(time.Now)
	return sim
}

// playMerchant lets her play, and tells of it.
func playMerchant(ctx context.Context, s *stage, a *account) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	m := &merchant{stage: s, sim: s.second, browser: &http.Client{Timeout: demoPatience, Jar: jar}}
	return m.play(ctx, a)
}

// play plays her part, step by step.
func (m *merchant) play(ctx context.Context, a *account) error {
	m.ctx = ctx
	for _, step := range []struct {
		story string
		do    func() error
	}{
		{"Marta clicks \"install\" in her shop's admin.", m.install},
		{"Her first steps: who writes, where she sits, a test mail to herself.", m.firstSteps},
		{"What happened before is read, and nobody is written to about it.", m.past},
		{"Her first order with Grazie.", m.firstOrder},
		{"She removes the app.", m.remove},
		{"A week later she is back, inside the admin this time.", m.comeBack},
		{"Shopify's word from then, to forget the shop, comes late.", m.lateWord},
		{"Giulia asks what the shop knows of her.", m.dataRequest},
		{"Then she asks to be forgotten.", m.forget},
		{"Marta removes the app for good, and two days later Shopify asks to forget her shop.", m.end},
	} {
		broken := len(m.broken)
		m.deliveries, m.said, m.ended = nil, nil, ending{}
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.story, err)
		}
		a.scene(scene{story: step.story}, m.stage, m.broken[broken:])
	}
	return ctx.Err()
}

// now brings the shop's clock to the server's: what it signs must be fresh.
func (m *merchant) now() { m.sim.MoveTo(time.Now()) }

func (m *merchant) install() error {
	m.now()
	at, err := m.open("/auth/shopify?" + m.sim.Opening(false).Encode())
	if err != nil {
		return err
	}
	m.that(strings.HasPrefix(at, "/setup/"), "she does not land at the first steps")
	if m.shop, err = m.store.ShopOn(m.ctx, "shopify", m.sim.Domain); err != nil {
		return err
	}
	connection, err := m.store.Connection(m.ctx, m.shop.ID)
	if err != nil {
		return err
	}
	expectSame(&m.tally, "an installed shop is", crm.ShopPaused, m.shop.State)
	m.that(m.shop.App && len(m.shop.Scopes) > 0, "it does not know what she allowed")
	m.that(connection[shopify.SettingToken] != "" && connection[shopify.SettingRefreshToken] != "" && connection[shopify.SettingTokenExpires] != "", "it has no token that ends and can be renewed")
	m.that(connection[shopify.SettingSecret] == "", "the app's secret is stored with a shop")
	expectSame(&m.tally, "the shop's name", "Bottega Nuova", m.shop.Name)
	m.say("allowed %s", plural(len(m.shop.Scopes), "scope", "scopes"))
	m.say("connected, and paused until she finishes")

	res, err := m.browser.Get(m.base + "/auth/shopify?shop=" + m.sim.Domain + "&timestamp=1&hmac=00")
	if err != nil {
		return err
	}
	res.Body.Close()
	m.that(res.StatusCode >= 400, "a forged request begins an installation")
	return nil
}

func (m *merchant) firstSteps() error {
	page := m.base + "/setup/" + m.store.SetupToken(m.shop.ID)
	if err := m.submit(page, "finish", url.Values{"sender_email": {""}}); err != nil {
		return err
	}
	if err := m.look(); err != nil {
		return err
	}
	m.that(m.shop.State == crm.ShopPaused, "it goes on without a sender")
	steps := url.Values{
		"sender_name": {"Marta"}, "sender_email": {merchantMail}, "legal_name": {"Bottega Nuova di Marta Rossi"},
		"address": {"Via Larga 3, 40100 Bologna, Italia"}, "country": {"IT"}, "timezone": {"Europe/Rome"}, "locale": {"it"}, "to": {merchantMail},
	}
	for _, do := range []string{"save", "test", "finish"} {
		if err := m.submit(page, do, steps); err != nil {
			return err
		}
	}
	if err := m.look(); err != nil {
		return err
	}
	expectSame(&m.tally, "a shop that is set up is", crm.ShopActive, m.shop.State)
	expectSame(&m.tally, "its sender", merchantMail, m.shop.Sender.Email)
	mails, err := m.mailsTo(merchantMail)
	if err != nil {
		return err
	}
	expectSame(&m.tally, "test mails", 1, len(mails))
	m.expected[crm.EmailKey(merchantMail)]++
	found, err := m.store.Messages(m.ctx, m.shop.ID, store.MessageFilter{Limit: 10})
	expectSame(&m.tally, "messages that a test mail makes", 0, len(found))
	m.say("one test mail, counted nowhere")
	m.say("active")
	return err
}

func (m *merchant) past() error {
	var history crm.Chore
	err := m.until(func() (bool, error) {
		all, err := m.store.Chores(m.ctx, m.shop.ID)
		for _, c := range all {
			if c.Kind == crm.ChoreHistory {
				history = c
			}
		}
		return !history.EndedAt.IsZero(), err
	})
	if err != nil {
		return err
	}
	m.that(!history.EndedAt.IsZero(), "the history is not read: "+history.Detail)
	giulia, err := m.store.CustomerByEmail(m.ctx, m.shop.ID, crm.EmailKey(m.sim.Customer("giulia").Email))
	m.that(err == nil && giulia.FirstName != "", "Giulia, who bought before, is not known")
	found, err := m.store.Messages(m.ctx, m.shop.ID, store.MessageFilter{Limit: 10})
	expectSame(&m.tally, "messages about the past", 0, len(found))
	m.say("%s", history.Detail)
	return err
}

func (m *merchant) firstOrder() error {
	if _, err := m.store.ChangeShop(m.ctx, m.shop.ID, func(s *crm.Shop) error {
		s.Journeys = map[string]crm.Values{"thank_you": {"delay": "0s"}}
		return nil
	}); err != nil {
		return err
	}
	giulia := m.sim.Customer("giulia")
	m.now()
	m.order = m.sim.Place(giulia, simshop.Cart{Items: []simshop.Item{{Product: m.sim.Products()[0], Quantity: 1}}})
	if err := m.hear(m.sim.OrderPaid(m.order), http.StatusOK); err != nil {
		return err
	}
	var found []crm.Message
	err := m.until(func() (bool, error) {
		var err error
		found, err = m.store.Messages(m.ctx, m.shop.ID, store.MessageFilter{Journey: "thank_you", Limit: 10})
		return len(found) == 1 && found[0].State == crm.Sent, err
	})
	if err != nil {
		return err
	}
	m.that(len(found) == 1 && found[0].State == crm.Sent, fmt.Sprintf("the thank-you did not go out: %+v", found))
	mails, err := m.mailsTo(giulia.Email)
	m.that(slices.ContainsFunc(mails, func(text string) bool { return strings.Contains(text, "Marta") }), "no mail to Giulia is signed by Marta")
	m.say("a thank-you, signed Marta")
	return err
}

func (m *merchant) remove() error {
	m.now()
	if err := m.hear(m.sim.Uninstall(), http.StatusOK); err != nil {
		return err
	}
	m.late = m.sim.RedactShop()
	if err := m.look(); err != nil {
		return err
	}
	connection, err := m.store.Connection(m.ctx, m.shop.ID)
	if err != nil {
		return err
	}
	expectSame(&m.tally, "a shop whose app was removed is", crm.ShopUninstalled, m.shop.State)
	m.that(connection[shopify.SettingToken] == "" && connection[shopify.SettingRefreshToken] == "", "its tokens are still there")
	m.say("uninstalled, tokens forgotten, settings kept")
	return nil
}

func (m *merchant) comeBack() error {
	// Her shop's clock is a moment ahead: what was begun before it says that the
	// app was removed would not be an installation after that.
	if err := m.until(func() (bool, error) { return time.Now().After(m.shop.RemovedAt), nil }); err != nil {
		return err
	}
	m.now()
	if _, err := m.open("/app/shopify?" + m.sim.Opening(true).Encode()); err != nil {
		return err
	}
	if err := m.look(); err != nil {
		return err
	}
	connection, err := m.store.Connection(m.ctx, m.shop.ID)
	if err != nil {
		return err
	}
	expectSame(&m.tally, "a shop that is back is", crm.ShopActive, m.shop.State)
	expectSame(&m.tally, "its sender", merchantMail, m.shop.Sender.Email)
	m.that(connection[shopify.SettingToken] != "", "it has no token")
	m.say("her ID token is exchanged, her settings are there, it goes on")
	return nil
}
