package jobs

import (
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/store"
)

// A shop that does not answer while its codes are ended holds up no mail.
func TestSlowShopHoldsUpNoSweep(t *testing.T) {
	t.Parallel()
	g := newGifts(t, 4)
	id := g.birthdays("giulia")[0]
	g.deliverAll(id)
	g.revoke(g.effect(id, crm.DiscountCodeMade))
	g.set("thank_you", "enabled", "true", "delay", "0s")
	thanks := g.planned(g.order("reka"))[0]
	g.later(store.RingAgain * 2) // its bell is lost
	patient := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true, Timeout: time.Minute})
	t.Cleanup(patient.CloseIdleConnections)
	g.Platforms["shopify"] = shopify.Connected(patient, g.Now, shopify.App{})
	next, free := g.hold()
	stop := g.work()
	next("CodeHolder") // asked for the first time, and without an answer
	again := g.planned(g.order("imogen"))[0]
	g.later(store.RingAgain * 2)
	eventually(t, "the mails that were due", func() bool {
		return g.message(thanks).State == crm.Sent && g.message(again).State == crm.Sent
	})
	if g.effect(id, crm.DiscountCodeMade).Code.Ended != "" {
		t.Error("the shop answered: the test shows nothing")
	}
	free()
	stop()
}
