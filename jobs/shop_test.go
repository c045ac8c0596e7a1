package jobs

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

func (g *gifts) stored() crm.Shop {
	g.t.Helper()
	s, err := g.Store.Shop(g.t.Context(), g.shopID)
	if err != nil {
		g.t.Fatal(err)
	}
	return s
}

// A token that dies in the middle breaks the connection once; the rows wait,
// and go out as soon as staff connected the shop again, either way.
func TestTokenDiesMidJob(t *testing.T) {
	for name, reconnect := range map[string]func(g *gifts, v crm.Values){
		"settings": func(g *gifts, v crm.Values) { g.connect(v) },
		"connected anew": func(g *gifts, v crm.Values) {
			whole := g.stored()
			whole.Broken, whole.BrokenAt = "", time.Time{}
			if _, created, err := g.Store.ConnectShop(g.t.Context(), whole, v); err != nil || created {
				g.t.Fatal(created, err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGifts(t, 4)
			ids := g.birthdays("giulia", "reka", "neza")
			g.shop.Break(simshop.Faults{DeadToken: true})
			g.deliverAll(ids...)
			for _, id := range ids {
				if m := g.is(id, crm.Planned, crm.ReasonShopAuth); !m.DueAt.Equal(g.Now().Add(time.Hour)) || m.Detail == "" {
					t.Errorf("due at %s, told %q", m.DueAt, m.Detail)
				}
			}
			g.asks(crm.TaskConnection)
			if s := g.stored(); s.Broken == "" || s.BrokenAt.IsZero() || s.State != crm.ShopActive {
				t.Errorf("broken: %q since %s, %s", s.Broken, s.BrokenAt, s.State)
			}
			since := g.stored().BrokenAt
			g.later(3 * time.Hour)
			g.rung()
			g.asks(crm.TaskConnection)
			if at := g.stored().BrokenAt; !at.Equal(since) {
				t.Errorf("broken since %s, at first since %s", at, since)
			}

			g.shop.Break(simshop.Faults{})
			v, err := g.Store.Connection(t.Context(), g.shopID)
			if err != nil {
				t.Fatal(err)
			}
			reconnect(g, v)
			g.asks()
			if s := g.stored(); s.Broken != "" {
				t.Errorf("still broken: %s", s.Broken)
			}
			g.later(0)
			if rung := g.rung(); len(rung) != 3 {
				t.Errorf("%d of 3 are rung", len(rung))
			}
			for _, id := range ids {
				g.is(id, crm.Sent, "")
				g.oneCode(id)
			}
		})
	}
}

// Staff connected the shop again while a worker still held the dead token: that
// one must not break the new connection.
func TestReconnectedInBetween(t *testing.T) {
	g := newGifts(t, 4)
	id := g.birthdays("giulia")[0]
	dead := g.shop.Token()
	g.shop.Revoke()
	fresh := g.shop.ExpiringToken()
	g.AtStep = func(step string) {
		if step == "effect done" {
			g.AtStep = nil
			g.connect(crm.Values{shopify.SettingToken: fresh.Access})
		}
	}
	if dead == fresh.Access {
		t.Fatal("the same token")
	}
	g.deliverAll(id)
	if s := g.stored(); s.Broken != "" {
		t.Errorf("the new connection is called broken: %s", s.Broken)
	}
	g.asks()
	m := g.message(id)
	if m.State != crm.Planned || m.DueAt.After(g.Now().Add(time.Minute)) {
		t.Fatalf("%s (%s), due at %s", m.State, m.Reason, m.DueAt)
	}
	g.later(time.Minute)
	g.rung()
	g.is(id, crm.Sent, "")
	g.oneCode(id)
}

// A label service that refuses its own key says nothing about the platform.
func TestKeyOfTheLabelServiceIsWrong(t *testing.T) {
	g := newGifts(t, 4)
	g.connect(crm.Values{"easypost.key": "wrong"})
	g.set("return_upgrade", "label", "easypost")
	id, _ := g.returned("giulia")
	g.deliverAll(id)
	g.is(id, crm.Planned, crm.ReasonLabelMissing)
	if s := g.stored(); s.Broken != "" {
		t.Errorf("the shop's connection is called broken: %s", s.Broken)
	}
	g.asks(crm.TaskLabelMissing)
	if n := len(g.mails.Mails()); n != 0 {
		t.Errorf("%d mails", n)
	}
	g.connect(crm.Values{"easypost.key": "labels"})
	g.later(2 * time.Hour)
	g.rung()
	g.is(id, crm.Sent, "")
	if n := len(g.labels.Sales()); n != 1 {
		t.Errorf("%d labels were paid", n)
	}
}

// An expiring token is renewed once by many workers of two processes.
func TestTokenIsRenewedOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, o store.Options) {
		g := newGiftsOn(t, 8, o)
		ids := g.birthdays("giulia", "reka", "neza", "aurelie")
		g.expiring()
		g.later(2 * time.Hour)
		before, _ := g.Store.Connection(t.Context(), g.shopID)
		other := g.second()
		var all sync.WaitGroup
		for i, id := range ids {
			all.Go(func() {
				w := []*Worker{g.Worker, other}[i%2]
				if err := w.deliverMessages(t.Context(), g.shopID, []string{id}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		g.flying.Wait()
		other.flying.Wait()
		for _, id := range ids {
			g.is(id, crm.Sent, "")
			g.oneCode(id)
		}
		after, err := g.Store.Connection(t.Context(), g.shopID)
		if err != nil || after[shopify.SettingToken] == before[shopify.SettingToken] || after[shopify.SettingRefreshToken] == before[shopify.SettingRefreshToken] {
			t.Errorf("nothing was renewed (%v)", err)
		}
		if n := g.exchanges.Load(); n != 1 {
			t.Errorf("the token was exchanged %d times", n)
		}
		g.asks()
	})
}

// expiring gives the connection a token that lives an hour.
func (g *gifts) expiring() {
	g.t.Helper()
	token := g.shop.ExpiringToken()
	g.connect(crm.Values{shopify.SettingToken: token.Access, shopify.SettingTokenExpires: token.ExpiresAt.Format(time.RFC3339), shopify.SettingRefreshToken: token.Refresh,
		shopify.SettingRefreshExpires: token.RefreshExpiresAt.Format(time.RFC3339), shopify.SettingClientID: g.shop.ClientID})
}

// What staff changes while credentials are renewed stays as staff has it.
func TestStaffChangesSettingsDuringARenewal(t *testing.T) {
	for name, c := range map[string]struct {
		staff crm.Values
		want  crm.Values
	}{
		"another setting": {crm.Values{"easypost.key": "new"}, crm.Values{"easypost.key": "new", shopify.SettingToken: "renewed", shopify.SettingRefreshToken: "next"}},
		"the token itself": {crm.Values{shopify.SettingToken: "by hand", shopify.SettingRefreshToken: "by hand too"},
			crm.Values{"easypost.key": "labels", shopify.SettingToken: "by hand", shopify.SettingRefreshToken: "by hand too"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGifts(t, 4)
			g.connect(crm.Values{shopify.SettingRefreshToken: "refresh"})
			known, err := g.Store.Connection(t.Context(), g.shopID)
			if err != nil {
				t.Fatal(err)
			}
			_, err = g.renew(g.shopID, known)(t.Context(), func(_ context.Context, current crm.Values) (crm.Values, error) {
				g.connect(c.staff)
				fresh := maps.Clone(current)
				fresh[shopify.SettingToken], fresh[shopify.SettingRefreshToken] = "renewed", "next"
				return fresh, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			now, err := g.Store.Connection(t.Context(), g.shopID)
			if err != nil {
				t.Fatal(err)
			}
			for key, want := range c.want {
				if now[key] != want {
					t.Errorf("%s is %q; want %q", key, now[key], want)
				}
			}
		})
	}
}

// A renewal that fails is tried by the next, who need not wait for a lease.
func TestRenewalFails(t *testing.T) {
	g := newGifts(t, 4)
	known, err := g.Store.Connection(t.Context(), g.shopID)
	if err != nil {
		t.Fatal(err)
	}
	away := errors.New("away")
	for range 3 {
		_, err := g.renew(g.shopID, known)(t.Context(), func(context.Context, crm.Values) (crm.Values, error) { return nil, away })
		if !errors.Is(err, away) {
			t.Errorf("%v", err)
		}
	}
}

// A platform that asks to slow down is asked again at the time that it named,
// and nobody else's shop waits.
func TestShopAsksToSlowDown(t *testing.T) {
	g := newGifts(t, 4)
	ids := g.birthdays("giulia", "reka")
	g.shop.Break(simshop.Faults{Status: http.StatusTooManyRequests, RetryAfter: 90 * time.Second})
	g.deliverAll(ids...)
	for _, id := range ids {
		m := g.is(id, crm.Planned, crm.ReasonShopBusy)
		if d := m.DueAt.Sub(g.Now()); d < 90*time.Second || d > 92*time.Second || m.Detail == "" {
			t.Errorf("due in %s, told %q", d, m.Detail)
		}
	}
	if s := g.silence("another"); !s.until.IsZero() {
		t.Error("the mails of another shop wait")
	}
	g.set("thank_you", "enabled", "true", "delay", "0s") // a mail that asks nothing of the shop
	thanks := g.planned(g.order("imogen"))
	g.later(5 * time.Second)
	g.deliverAll(thanks...)
	if n := len(g.mails.Mails()); n != 1 {
		t.Errorf("%d mails", n)
	}
	g.shop.Break(simshop.Faults{})
	g.Platforms = g.second().Platforms // the throttle goes by the real time
	g.later(93 * time.Second)
	g.rung()
	for _, id := range ids {
		g.is(id, crm.Sent, "")
		g.oneCode(id)
	}
	g.asks()
}

// However often a platform was busy or had no access before: one hiccup after
// that is no reason to give up.
func TestHiccupAfterALongWait(t *testing.T) {
	for name, fault := range map[string]simshop.Faults{"busy": {Status: http.StatusTooManyRequests, RetryAfter: 30 * time.Second}, "no access": {DeadToken: true}} {
		t.Run(name, func(t *testing.T) {
			g := newGifts(t, 4)
			g.set("birthday_coupon", "hour", "8:00")
			g.rule("quiet_from", "0:00")
			g.rule("quiet_to", "0:00")
			id := g.birthdays("giulia")[0]
			g.shop.Break(fault)
			for range len(waits) + 3 {
				g.deliverAll(id)
				g.until(g.message(id).DueAt)
				g.Platforms = g.second().Platforms // the throttle goes by the real time
			}
			g.shop.Break(simshop.Faults{Status: 503})
			g.deliverAll(id)
			m := g.is(id, crm.Planned, crm.ReasonShopAway)
			if d := m.DueAt.Sub(g.Now()); d > time.Minute {
				t.Errorf("after the first failure of its kind it waits %s", d)
			}
		})
	}
}

// A platform that is away for longer than all tries: the mail fails as tried
// too often, staff is asked, and once it is back staff has it done.
func TestShopAwayForGood(t *testing.T) {
	g := newGifts(t, 4)
	g.rule("quiet_from", "0:00")
	g.rule("quiet_to", "0:00")
	g.ask("apology") // nothing but the tries ends it
	id := g.messages()[0].ID
	g.shop.Break(simshop.Faults{Status: 503})
	began := g.Now()
	for range len(waits) + 1 {
		if m := g.message(id); m.State != crm.Planned {
			t.Fatalf("%s (%s) after %s", m.State, m.Reason, g.Now().Sub(began))
		}
		g.deliverAll(id)
		g.until(g.message(id).DueAt)
		g.Platforms = g.second().Platforms // the throttle goes by the real time
	}
	m := g.is(id, crm.Failed, crm.ReasonOutOfTries)
	if took := g.Now().Sub(began); took < 60*time.Hour || m.Detail == "" {
		t.Errorf("given up after %s, told %q", took, m.Detail)
	}
	g.asks(crm.TaskCodeRefused)
	g.shop.Break(simshop.Faults{})
	again := m
	again.Ask, again.ByHand = &crm.Ask{By: "kim", Reason: "it is back"}, true
	if _, err := g.Store.PlanByHand(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	g.rung()
	g.is(id, crm.Sent, "")
	g.oneCode(id)
}

// ask has staff ask for an apology with a code to giulia.
func (g *gifts) ask(journey string) {
	g.t.Helper()
	c := g.shop.AddCustomer(g.shop.Customer("giulia"))
	g.take(g.shop.CustomerCreated(c))
	known, err := g.Store.Customer(g.t.Context(), g.shopID, number([]uint64{c.ID}))
	if err != nil {
		g.t.Fatal(err)
	}
	m, ok := journeyOf(g.t, journey).ByHand(crm.Event{Customer: &known}, g.stored(), crm.Ask{By: "kim", Reason: "the vase broke", Offer: crm.OfferCode}, g.Now())
	if !ok {
		g.t.Fatal("no occasion")
	}
	if _, err := g.Store.PlanByHand(g.t.Context(), m); err != nil {
		g.t.Fatal(err)
	}
	g.later(0)
}

// hostile is a platform whose answers make its adapter panic.
type hostile struct {
	*shopify.Platform
	codes, returns bool
}

func (h *hostile) CreateDiscountCode(ctx context.Context, c integrations.Connection, d crm.DiscountCode) (crm.Receipt, error) {
	if h.codes {
		var nobody *crm.Customer
		return crm.Receipt{ID: nobody.ID}, nil
	}
	return h.Platform.CreateDiscountCode(ctx, c, d)
}

func (h *hostile) EndDiscountCode(ctx context.Context, c integrations.Connection, d crm.DiscountCode) error {
	if h.codes {
		panic("index out of range")
	}
	return h.Platform.EndDiscountCode(ctx, c, d)
}

func (h *hostile) Return(ctx context.Context, c integrations.Connection, id string) (crm.Return, error) {
	if h.returns {
		panic("index out of range")
	}
	return h.Platform.Return(ctx, c, id)
}

// An adapter that panics over a hostile answer leaves rows that tell so, and
// that go on once the answers are whole.
func TestAdapterPanics(t *testing.T) {
	g := newGifts(t, 4)
	h := &hostile{g.Platforms["shopify"].(*shopify.Platform), true, true}
	g.Platforms["shopify"] = h
	id := g.birthdays("giulia")[0]
	back, _ := g.returned("reka")
	g.deliverAll(id, back)
	for id, reason := range map[string]crm.Reason{id: crm.ReasonMakesEffect, back: crm.ReasonReadsReturn} {
		if m := g.is(id, crm.Planned, reason); !strings.Contains(m.Detail, "a fault") {
			t.Errorf("told %q", m.Detail)
		}
	}
	if e := g.effect(id, crm.DiscountCodeMade); e.State != crm.EffectPlanned {
		t.Errorf("the effect is %s", e.State)
	}
	if log := g.log.String(); !strings.Contains(log, "shop_test.go") {
		t.Error("the log does not tell where")
	}
	h.codes, h.returns = false, false
	g.set("return_upgrade", "label_url", "https://bottega.example/label.pdf")
	g.later(2 * time.Minute)
	g.rung()
	g.is(id, crm.Sent, "")
	g.is(back, crm.Sent, "")
	g.oneCode(id)
	// Neither does housekeeping take the program down.
	g.revoke(g.effect(id, crm.DiscountCodeMade))
	h.codes = true
	g.tidies()
	if e := g.effect(id, crm.DiscountCodeMade); e.Code.Ended != "" {
		t.Error("it is called ended")
	}
	h.codes = false
	g.later(11 * time.Minute)
	g.tidies()
	if e := g.effect(id, crm.DiscountCodeMade); e.Code.Ended != crm.CodeRevoked {
		t.Error("it was not tried again")
	}
}
