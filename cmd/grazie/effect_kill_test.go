package main

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations/labeltest"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
)

// effectSteps are the steps on the way of what is done before a mail, and at
// which time it stops: a return is approved, freed of its fee, gets its label,
// and has it attached.
var effectSteps = []struct {
	step    string
	times   int
	servers bool // on PostgreSQL and Redis too
}{
	{"effects stored", 1, false}, {"effect claimed", 1, true}, {"effect done", 1, false}, {"effect recorded", 1, false},
	{"shipment stored", 1, false}, {"effect done", 3, true},
}

// kill -9 right after each step of a free return, and start again: it is
// approved once, one label is paid, and one mail goes out.
func TestKillAtEveryEffect(t *testing.T) {
	for _, e := range backends {
		t.Run(e.name, func(t *testing.T) {
			for _, c := range effectSteps {
				if e.name != "embedded" && !c.servers {
					continue
				}
				t.Run(fmt.Sprintf("%s %d", c.step, c.times), func(t *testing.T) {
					t.Parallel()
					killAtEffect(t, e, fmt.Sprintf("%s=%d", c.step, c.times))
				})
			}
		})
	}
}

func killAtEffect(t *testing.T, e backend, kill string) {
	s := newSite(t, e)
	s.shop.Fee = 490
	labels := &labeltest.Desk{Key: "labels", Offers: []labeltest.Offer{{Carrier: "USPS", Amount: "7.20", Currency: "EUR"}}}
	s.connectAPI(labels)
	s.set("thank_you", "enabled", "false")
	s.set("return_upgrade", "enabled", "true")
	s.set("return_upgrade", "label", "easypost")
	child := s.child(kill)
	send := func(webhooks ...simshop.Webhook) {
		for _, w := range webhooks {
			eventually(t, 30*time.Second, w.Topic+" taken in", func() bool {
				if child.ended() {
					child = s.child("")
				}
				return push(t.Context(), child.addr, w) == 200
			})
		}
	}
	who := s.shop.AddCustomer(s.shop.Customer("giulia"))
	s.shop.MoveTo(time.Now())
	order, bought, err := s.shop.Buy(who, simshop.Cart{Items: []simshop.Item{{Product: s.shop.Products()[0], Quantity: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	_, sent := s.shop.Fulfill(order)
	back, asked, err := s.shop.RequestReturn(order, "too small")
	if err != nil {
		t.Fatal(err)
	}
	send(append(append(bought, sent...), asked)...)
	eventually(t, 60*time.Second, "the return's mail with an outcome", func() bool {
		if child.ended() {
			child = s.child("")
		}
		return s.done() == 1
	})
	if s.killed.Load() != 1 {
		t.Errorf("it was killed %d times; is %q still a step?", s.killed.Load(), kill)
	}
	m := s.messages()[0]
	if m.Journey != "return_upgrade" || m.State != crm.Sent || s.mails.Count(m.ID) != 1 {
		t.Errorf("%s is %s (%s, %s), and came %d times", m.Journey, m.State, m.Reason, m.Detail, s.mails.Count(m.ID))
	}
	if n := len(labels.Sales()); n != 1 {
		t.Errorf("%d labels were paid", n)
	}
	if r := s.shop.ReturnState(back); r.Status != "open" || len(r.Labels) != 1 {
		t.Errorf("the return is %s with %d labels", r.Status, len(r.Labels))
	}
	all, err := s.store.EffectsOf(t.Context(), s.shopID, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.State != crm.EffectDone && e.Kind != crm.ReturnFeeWaived {
			t.Errorf("%s is %s: %s", e.Kind, e.State, e.Detail)
		}
	}
}

// connectAPI lets the program act in the simulated shop, and buy labels.
func (s *site) connectAPI(labels *labeltest.Desk) {
	s.t.Helper()
	api, seller := httptest.NewServer(s.shop.API()), httptest.NewServer(labels.EasyPost())
	s.t.Cleanup(api.Close)
	s.t.Cleanup(seller.Close)
	_, err := s.store.ChangeConnection(s.t.Context(), s.shopID, func(_ *crm.Shop, v crm.Values) error {
		v[shopify.SettingToken], v[shopify.SettingAdminURL] = s.shop.Token(), api.URL
		for key, value := range map[string]string{"key": labels.Key, "base_url": seller.URL, "weight": "500", "length": "30", "width": "20", "height": "10"} {
			v["easypost."+key] = value
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}
