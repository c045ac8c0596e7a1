package jobs

import (
	"strings"
	"testing"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
)

// On a platform that can make no codes a gift is skipped with the reason: no
// mail, nothing stored or counted, and nobody is asked for what cannot be.
func TestPlatformThatMakesNoCodes(t *testing.T) {
	g := newGifts(t, 4)
	id := g.birthdays("giulia")[0]
	able := g.Platforms["shopify"]
	g.Platforms["shopify"] = struct{ integrations.Platform }{shopify.New()} // its webhooks, and nothing else
	g.deliverAll(id)
	m := g.is(id, crm.Skipped, crm.ReasonEffectUnsupported)
	if !strings.Contains(m.Detail, "shopify has no discount codes") || g.mails.Count(id) != 0 || len(g.shop.Discounts()) != 0 {
		t.Errorf("told %q, %d mails, %d codes", m.Detail, g.mails.Count(id), len(g.shop.Discounts()))
	}
	g.asks()
	if effects := g.keeps(id); len(effects) != 0 {
		t.Errorf("stored: %+v", effects)
	}
	g.Platforms["shopify"] = able
	g.byHand(m)
	g.rung()
	g.is(id, crm.Sent, "")
}

// So is an upgrade of a return, whether its webhooks told all of it or not.
func TestPlatformThatUpgradesNoReturns(t *testing.T) {
	g := newGifts(t, 4)
	g.set("return_upgrade", "label_url", "https://bottega.example/label.pdf")
	id, _ := g.returned("giulia")
	g.Platforms["shopify"] = struct{ integrations.Platform }{shopify.New()}
	whole := crm.Return{ID: g.message(id).ReturnID, ReadAt: g.Now(), Value: crm.Money{Minor: 4900, Currency: "EUR"}, Fee: crm.Money{Minor: 490, Currency: "EUR"}}
	if err := g.Store.ApplyReturn(t.Context(), g.shopID, whole); err != nil {
		t.Fatal(err)
	}
	g.deliverAll(id)
	if m := g.is(id, crm.Skipped, crm.ReasonEffectUnsupported); !strings.Contains(m.Detail, "shopify has no return upgrades") {
		t.Errorf("told %q", m.Detail)
	}
	g.asks()
}
