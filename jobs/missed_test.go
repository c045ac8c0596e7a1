package jobs

import (
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

// An order whose webhook got lost while the shop's past was being read is no
// past: reconciliation finds it once, and it is thanked for once, also when its
// webhook comes after all. What was ordered before is thanked for by nobody.
func TestLostWebhookIsFoundOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, o store.Options) {
		g := newGiftsOn(t, 4, o)
		g.set("thank_you", "enabled", "true", "delay", "0s")
		order := g.shop.Place(g.shop.Customer("reka"), simshop.Cart{Items: []simshop.Item{{Product: g.shop.Products()[0], Quantity: 1}}})
		late := g.shop.OrderPaid(order)
		for range 6 {
			g.later(time.Minute)
			g.doChores()
		}
		if c := g.chore(crm.ChoreHistory); c.EndedAt.IsZero() || c.Done == 0 {
			t.Fatalf("the past was not read: %+v", c)
		}
		if all := g.listed(); len(all) != 0 {
			t.Fatalf("the past planned %+v", all)
		}
		g.later(7 * time.Hour)
		g.doChores()
		g.later(7 * time.Hour)
		g.doChores() // looks at it once more
		if c := g.chore(crm.ChoreReconcile); c.Done != 0 || c.Total == 0 {
			t.Errorf("what waits is told as another gap: %+v", c)
		}
		waiting, err := g.Store.Webhooks(t.Context(), g.shopID, store.WebhookFilter{State: store.WebhookReceived, Limit: 100})
		if err != nil || len(waiting) != 1 || waiting[0].Topic != "reconcile/order" {
			t.Fatalf("found %+v, %v", waiting, err)
		}
		if err := g.processWebhooks(t.Context(), g.shopID, []string{waiting[0].ID}); err != nil {
			t.Fatal(err)
		}
		g.take(late)
		if all := g.listed(); len(all) != 1 || all[0].Journey != "thank_you" {
			t.Errorf("planned %+v", all)
		}
		g.later(7 * time.Hour)
		g.doChores()
		if c := g.chore(crm.ChoreReconcile); c.Done != 0 {
			t.Errorf("a gap that was closed is found again: %+v", c)
		}
	})
}

func (g *gifts) listed() []crm.Message {
	g.t.Helper()
	all, err := g.Store.Messages(g.t.Context(), g.shopID, store.MessageFilter{Limit: 100})
	if err != nil {
		g.t.Fatal(err)
	}
	return all
}
