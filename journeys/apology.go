package journeys

import (
	"time"

	"grazie/crm"
)

const apologyKey = "apology"

// trouble is how long a customer's troubles are remembered.
const trouble = 365 * day

// apology is made by hand, for an order or for a customer. It listens first:
// the first trouble gets a word and nothing else, later ones a code. It is
// never made because of a public review, nor against one (mail-and-domain.md, R4).
var apology = Journey{
	Key:     apologyKey,
	Name:    "Apology",
	Purpose: crm.Marketing,
	Settings: append([]crm.Setting{
		enabled("true"),
		{Key: "second", Label: "At the second trouble", Kind: crm.SettingChoice, Default: string(crm.OfferFreeShipping), Choices: offers,
			Help: "What the apology brings along where staff does not say. The first one brings nothing: listen first."},
		{Key: "later", Label: "At later ones", Kind: crm.SettingChoice, Default: string(crm.OfferCode), Choices: offers,
			Help: "What it brings along from the third trouble in a year on."},
	}, codeSettings("10", "90d")...),
	Occasions: func(e crm.Event, _ crm.Shop, _ crm.Values) []Occasion {
		switch {
		case e.Kind != crm.AskedByHand:
			return nil
		case e.Order != nil:
			return once("apology:"+e.Order.ID, e.At)
		case e.Customer != nil:
			return once("apology:customer:"+e.Customer.ID, e.At)
		}
		return nil
	},
	Rule: func(f crm.Facts, now time.Time) crm.Decision {
		kind := apologyGift(f)
		switch {
		case !f.Message.ByHand || f.Message.Ask == nil:
			return crm.SkipFor(crm.ReasonOnlyByHand)
		case kind != "" && !gives(f, kind):
			return noGift(now)
		}
		return open
	},
	Effects: func(f crm.Facts, now time.Time) []crm.Effect {
		kind := apologyGift(f)
		if kind == "" {
			return nil
		}
		return []crm.Effect{code(f, kind, "Apology", crm.DayOf(now, zoneOf(f)), now)}
	},
	Offer:    apologyOffer,
	Purposes: apologyPurpose,
	AnyOrder: true,
}

var offers = []string{string(crm.OfferNone), string(crm.OfferFreeShipping), string(crm.OfferCode)}

// apologyOffer is what staff said, else what the customer's troubles of the
// last year lead to. What may not be sent with a gift is sent without one.
func apologyOffer(f crm.Facts) crm.Offer {
	if e := f.Effect(crm.DiscountCodeMade); e != nil && e.Code != nil { // decided, and made
		if e.Code.Kind == crm.FreeShipping && f.Settings["kind"] != string(crm.FreeShipping) {
			return crm.OfferFreeShipping
		}
		return crm.OfferCode
	}
	if f.Message.Ask != nil && f.Message.Ask.Offer != "" {
		return f.Message.Ask.Offer
	}
	offer := crm.OfferNone
	switch troubles(f) {
	case 0:
	case 1:
		offer = crm.Offer(f.Settings["second"])
	default:
		offer = crm.Offer(f.Settings["later"])
	}
	if offer != crm.OfferNone && purposeOf(f, offer) == crm.Marketing {
		if _, no := Lawful(Journey{Key: apologyKey}, f, f.Message.DueAt); no != "" {
			return crm.OfferNone
		}
	}
	return offer
}

// troubles counts the apologies that the customer got in the year before.
func troubles(f crm.Facts) (n int) {
	for _, p := range f.Sent {
		if p.Journey == apologyKey && (p.MessageID == "" || p.MessageID != f.Message.ID) && p.At.After(f.Message.DueAt.Add(-trouble)) {
			n++
		}
	}
	return n
}

// apologyGift is what the code of the apology gives; empty: there is none.
func apologyGift(f crm.Facts) crm.DiscountKind {
	switch apologyOffer(f) {
	case crm.OfferFreeShipping:
		return crm.FreeShipping
	case crm.OfferCode:
		return crm.DiscountKind(f.Settings["kind"])
	}
	return ""
}

func apologyPurpose(f crm.Facts) crm.Purpose { return purposeOf(f, apologyOffer(f)) }

// purposeOf is the class of an apology (mail-and-domain.md, 1.4): with a code
// it is advertising, unless it makes good for an order where that is none.
func purposeOf(f crm.Facts, offer crm.Offer) crm.Purpose {
	if offer == crm.OfferNone || offer == "" || compensates(f, f.Message.DueAt) {
		return crm.Transactional
	}
	return crm.Marketing
}
