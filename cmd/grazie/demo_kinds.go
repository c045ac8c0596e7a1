package main

import (
	"fmt"
	"net/http"
	"slices"

	"grazie/crm"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

var demoRepeats = []scene{
	{"Giulia's webhook comes again: the shop did not hear the answer", func(s *stage) []simshop.Webhook {
		return []simshop.Webhook{s.firstSent.Redeliver()}
	}, "giulia", want{message: crm.Sent, locale: "it", note: "no second mail"}},
	{"Réka's order is packed; the older news comes after the newer", func(s *stage) []simshop.Webhook {
		o := s.orders["reka"]
		older, newer := s.sim.OrderUpdated(o, "to pack"), s.sim.OrderUpdated(o, "packed")
		return []simshop.Webhook{newer, older}
	}, "reka", want{message: crm.Sent, locale: "hu", note: "the newer state stays, no second mail", also: func(s *stage) {
		o := s.stored("reka")
		s.that(slices.Equal(o.Tags, []string{"packed"}), fmt.Sprintf("expected the tag packed on the order, found %q", o.Tags))
	}}},
}

var demoKinds = []scene{
	{"Giulia comes back for a second order", paidOrder("giulia again", "giulia", simshop.Cart{}, board), "giulia again",
		want{message: crm.Sent, locale: "it", part: "nth", unsaid: "first", says: []string{"Giulia", "Olive wood board"}, not: aboutBologna}},
	{"Petra in Maribor has no account", buys("guest", apron), "guest", want{message: crm.Sent, locale: "sl", says: []string{"Petra", "Linen apron"}}},
	{"Somebody in Hamburg left no name", buys("nameless", candle), "nameless", want{message: crm.Sent, locale: "de", says: []string{"Beeswax candle"}, not: "info"}},
	{"Jörg in Münster orders a gift", paidOrder("joerg", "joerg", simshop.Cart{Gift: true}, honey), "joerg",
		want{message: crm.Sent, locale: "de", part: "gift", says: []string{"Jörg", "Acacia honey"}, not: "Münster"}},
	{"Marco in Rome collects his order at the shop", paidOrder("marco", "marco", simshop.Cart{Pickup: true}, board), "marco",
		want{message: crm.Sent, locale: "it", part: "pickup", says: []string{"Marco", "Olive wood board"}}},
	{"Aurélie buys a gift card, and nothing else", paidOrder("aurelie's card", "aurelie", simshop.Cart{}, giftCard), "aurelie's card",
		want{message: crm.Skipped, reason: crm.ReasonNothingToThank}},
	{"Anna tries her own checkout", paidOrder("test", "imogen", simshop.Cart{Test: true}, cup), "test",
		want{message: crm.Skipped, reason: crm.ReasonTestOrder}},
	{"Tomàs in Florence mistyped his address", buys("impossible", cup), "impossible",
		want{message: crm.Skipped, reason: crm.ReasonBadAddress}},
}

var demoRefusals = []scene{
	{"A forger does not know the secret", func(s *stage) []simshop.Webhook {
		w := s.news("marco")
		w.Header.Set(signatureHeader, shopify.Sign("a guess", w.Body))
		return []simshop.Webhook{w}
	}, "", want{answer: http.StatusUnauthorized}},
	{"A shop that nobody connected is answered alike", func(s *stage) []simshop.Webhook {
		w := s.news("marco")
		w.Header.Set("X-Shopify-Shop-Domain", "another-demo.myshopify.com")
		return []simshop.Webhook{w}
	}, "", want{answer: http.StatusUnauthorized}},
	{"Half a webhook, rightly signed", func(s *stage) []simshop.Webhook {
		w := s.news("marco")
		w.Body = w.Body[:len(w.Body)/2]
		w.Header.Set(signatureHeader, shopify.Sign(s.sim.Secret, w.Body))
		return []simshop.Webhook{w}
	}, "", want{webhook: store.WebhookFailed, note: "kept, to be replayed", also: keptWhole}},
	{"A topic of no interest", func(s *stage) []simshop.Webhook {
		w := s.news("marco")
		w.Topic = "products/update" // the signature covers the body alone
		w.Header.Set("X-Shopify-Topic", w.Topic)
		return []simshop.Webhook{w}
	}, "", want{webhook: store.WebhookIgnored, note: "nothing to do"}},
}

const signatureHeader = "X-Shopify-Hmac-Sha256"

// keptWhole holds that the last webhook lies in the database as it came.
func keptWhole(s *stage) {
	last := s.deliveries[len(s.deliveries)-1]
	w, err := s.store.Webhook(s.ctx, s.shop.ID, last.row.ID)
	s.that(err == nil && string(w.Body) == string(last.sent.Body),
		fmt.Sprintf("expected the body of the webhook in the database, found %d bytes of %d, %v", len(w.Body), len(last.sent.Body), err))
}

// buys is the plain case: a customer's first paid order.
func buys(who string, goods ...int) func(*stage) []simshop.Webhook {
	return paidOrder(who, who, simshop.Cart{}, goods...)
}

// paidOrder is an order that is paid at once, kept under a key.
func paidOrder(key, who string, cart simshop.Cart, goods ...int) func(*stage) []simshop.Webhook {
	return func(s *stage) []simshop.Webhook {
		filled := cart
		filled.Items = s.cart(goods...).Items
		return []simshop.Webhook{s.sim.OrderPaid(s.place(key, who, filled))}
	}
}
