package templates

import (
	"slices"
	"time"

	"grazie/crm"
)

// apologyParts are those of the apology. It listens first, has no review link
// (mail-and-domain.md, R4), and what it brings replaces no right (P3).
var apologyParts = map[string]rule{
	"subject":    {nil, []slot{slotFirst, slotShop, slotSender, slotOrder}},
	"preheader":  {nil, []slot{slotShop, slotSender, slotOrder}},
	"open":       {[]slot{slotOrder}, []slot{slotShop}},
	"open_plain": {nil, []slot{slotShop}},
	"listen":     {},
	"offer":      {nil, []slot{slotShop}},
	"shipping":   {nil, []slot{slotShop}},
	"rights":     {},
	"close":      {},
	"why":        {nil, []slot{slotOrder, slotShop}},
}

// sorry is what only the apology says.
type sorry struct {
	brings         crm.Offer
	listen, rights string
}

func writeApology(l *letter, f crm.Facts, c *chooser, now time.Time) error {
	l.brings = brings(f)
	if l.brings != crm.OfferNone {
		d, err := codeOf(f, now)
		if err == nil {
			err = l.setCoupon(d, f, now)
		}
		if err != nil {
			return err
		}
	}
	v, bank, common := &l.values, l.lang.Letters[apology], l.lang.Letters[commonSections]
	l.goods(f.Order)
	opening := bank["open_plain"]
	if v[slotOrder] != "" {
		opening = bank["open"]
	}
	l.opening, _ = c.choose(opening, v)
	l.listen, _ = c.choose(bank["listen"], v)
	if l.brings != crm.OfferNone {
		offer := bank["offer"]
		if l.brings == crm.OfferFreeShipping {
			offer = bank["shipping"]
		}
		l.offer, _ = c.choose(offer, v)
		l.rights, _ = c.choose(bank["rights"], v)
	}
	l.closing, _ = c.choose(bank["close"], v)
	l.signOff, _ = c.choose(common["signoff"], v)
	l.paragraphs = paragraphs(l.opening, l.note, l.listen, l.offer)
	l.after = paragraphs(l.rights, l.closing)
	l.frame(c, bank["subject"], bank["preheader"], bank["why"])
	return nil
}

// brings is what the apology brings along: what is made for it, else what staff
// asked for.
func brings(f crm.Facts) crm.Offer {
	switch d := f.Code(); {
	case d != nil && d.Kind == crm.FreeShipping:
		return crm.OfferFreeShipping
	case d != nil:
		return crm.OfferCode
	case f.Message.Ask != nil && f.Message.Ask.Offer != "":
		return f.Message.Ask.Offer
	}
	return crm.OfferNone
}

var apologyVariables = slices.Concat(orderVariables, couponVariables, []Variable{
	{"letter.listen", "that the shop wants to hear what happened"},
	{"letter.rights", "that the code replaces no right that she has by law; empty without a code"},
	{"offer", "what the apology brings along: none, code or free_shipping"},
})

func apologyVars(l *letter, to map[string]any) {
	l.couponVars(to)
	letter := to["letter"].(map[string]any)
	letter["listen"], letter["rights"] = l.listen, l.rights
	to["order"], to["offer"] = l.orderVars(), string(l.brings)
}
