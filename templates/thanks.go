package templates

import (
	"errors"
	"slices"
	"strings"
	"time"

	"grazie/crm"
)

// thanked is what only the thank-you says. It is bound to one order and
// transactional: no offer, no survey, nothing to buy (mail-and-domain.md, 1.4).
type thanked struct {
	history, place, warmth string
	number                 int // which order of this person; 0: not sure
	gift, pickup           bool
	city, region           string
}

var errNoOrder = errors.New("templates: the mail needs its order")

func writeThanks(l *letter, f crm.Facts, c *chooser, now time.Time) error {
	if f.Order == nil {
		return errNoOrder
	}
	v, bank := &l.values, l.lang.Letters[thankYou]
	l.pickup, l.gift = f.Order.Pickup, f.Order.Gift || otherPerson(f)
	opening := bank["open_plain"]
	if l.goods(f.Order) {
		opening = bank["open"]
	}
	l.opening, _ = c.choose(opening, v)
	l.remember(f, c)
	l.speakOfPlace(f, c, now)
	if l.place == "" {
		l.warmth, _ = c.choose(bank["warmth"], v)
	}
	l.closing, _ = c.choose(bank["close"], v)
	l.reply, _ = c.choose(bank["reply"], v)
	l.signOff, _ = c.choose(bank["signoff"], v)
	l.paragraphs = paragraphs(joined(l.opening, l.history), joined(l.place, l.warmth), l.note, joined(l.closing, l.reply))
	l.frame(c, bank["subject"], bank["preheader"], bank["why"])
	return nil
}

// remember writes which order this is, as far as it is sure: a number only
// when the history is known, "again" when there was an order before.
func (l *letter) remember(f crm.Facts, c *chooser) {
	v, bank := &l.values, l.lang.Letters[thankYou]
	l.number = f.OrderNumber()
	switch {
	case l.number == 1:
		l.history, _ = c.choose(bank["first"], v)
		return
	case l.number > 1:
		v[slotOrdinal] = l.lang.Ordinals[l.number]
		// A number told once too often sounds like counting: when she knows all
		// these sentences, the others have their turn.
		if c.fresh(bank["nth"], v) {
			l.history, _ = c.choose(bank["nth"], v)
			return
		}
	case f.OrdersBefore <= 0:
		return
	}
	l.history, _ = c.choose(bank["again"], v)
}

// speakOfPlace writes about a gift, a pick-up or the area: the merchant's own
// sentence first, then the place, then that it goes abroad, then the season.
func (l *letter) speakOfPlace(f crm.Facts, c *chooser, now time.Time) {
	v, bank := &l.values, l.lang.Letters[thankYou]
	switch {
	case l.gift:
		l.place, _ = c.choose(bank["gift"], v)
		return
	case l.pickup:
		l.place, _ = c.choose(bank["pickup"], v)
		return
	}
	s := spotOf(f.Order, l.gift)
	if !s.shown {
		return
	}
	l.city, l.region = s.city, s.region
	if text, key := ownLine(f.Shop.Areas, f.Order.Shipping, l.lang.tag); text != "" && lastIndex(c.seen, key) < 0 {
		l.place = isolate(text)
		c.used = append(c.used, key)
		return
	}
	// The city, and when she knows those sentences, what else there is to say.
	v[slotPlace] = s.city
	groups := make([]group, 0, 3)
	groups = append(groups, bank["place"])
	if home := strings.ToUpper(f.Shop.Country); s.country != "" && home != "" && s.country != home {
		groups = append(groups, bank["abroad"])
	}
	if part := season(s.country, now); part != "" {
		groups = append(groups, bank[part])
	}
	start := 0
	if len(groups) > 1 {
		start = c.chance("thank_you.area.", len(groups))
	}
	for i := range groups {
		if g := groups[(start+i)%len(groups)]; c.fresh(g, v) {
			l.place, _ = c.choose(g, v)
			return
		}
	}
	// She got them all: the letter does without, warmth stands in.
}

// thanksParts are the parts of the thank-you letter.
var thanksParts = map[string]rule{
	"subject":    {nil, []slot{slotFirst, slotShop, slotSender, slotOrder}},
	"preheader":  {nil, []slot{slotShop, slotSender, slotOrder}},
	"open":       {[]slot{slotGoods}, nil},
	"open_plain": {nil, []slot{slotOrder, slotShop}},
	"first":      {nil, []slot{slotShop}},
	"nth":        {[]slot{slotOrdinal}, []slot{slotShop}},
	"again":      {nil, []slot{slotShop}},
	"place":      {[]slot{slotPlace}, []slot{slotShop}},
	"abroad":     {nil, []slot{slotShop}},
	"spring":     {}, "summer": {}, "autumn": {}, "winter": {},
	"gift":    {},
	"pickup":  {nil, []slot{slotShop}},
	"warmth":  {nil, []slot{slotShop}},
	"close":   {},
	"reply":   {},
	"signoff": {},
	"why":     {nil, []slot{slotOrder}},
}

var thanksVariables = slices.Concat(orderVariables, []Variable{
	{"letter.history", "which order of this customer it is; empty when not sure"},
	{"letter.place", "about the area, the season, a gift or a pick-up; may be empty"},
	{"letter.warmth", "what the order means to the shop; stands in for an empty place"},
	{"order.number", "which order of this customer it is, 1 for the first; 0 when not sure"},
	{"order.gift", "true when it looks like a present"},
	{"order.pickup", "true when it is collected"},
	{"place.city", "where the order goes, only when a letter may name it"},
	{"place.region", "its region, likewise"},
})

func thanksVars(l *letter, to map[string]any) {
	letter := to["letter"].(map[string]any)
	letter["history"], letter["place"], letter["warmth"] = l.history, l.place, l.warmth
	order := l.orderVars()
	order["number"], order["gift"], order["pickup"] = l.number, l.gift, l.pickup
	to["order"] = order
	to["place"] = map[string]any{"city": l.city, "region": l.region}
}
