package templates

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"grazie/crm"
)

// thankYou is the journey of the personal thank-you mail. It is bound to one
// order and transactional: no offer, no survey, nothing to buy
// (mail-and-domain.md, 1.4).
const thankYou = "thank_you"

// letter is a mail in words, before a layout sets it.
type letter struct {
	lang   *tongue
	formal bool
	values values
	keys   []string // of the sentences chosen

	greeting, opening, history, place, warmth, closing, reply, signOff string
	subject, preheader, why                                            string

	items            []item
	product          string
	quantity, others int
	number           int // which order of this person; 0: not sure
	gift, pickup     bool
	city, region     string

	legalName, postalAddress, domain string
}

var errNoOrder = errors.New("templates: a thank-you needs its order")

// write chooses the sentences of a letter. What is not sure is not said.
func (r *Renderer) write(f crm.Facts, lang *tongue, now time.Time) (*letter, error) {
	if f.Order == nil {
		return nil, errNoOrder
	}
	l := &letter{lang: lang, formal: f.Shop.Formal, pickup: f.Order.Pickup, domain: clean(f.Shop.Domain)}
	l.gift = f.Order.Gift || otherPerson(f)
	v := &l.values
	v[slotFirst], v[slotName] = customerNames(f, lang.FamilyFirst)
	v[slotShop], v[slotSender] = sayable(cleanShop(f.Shop)), sayable(cleanName(f.Shop.Sender.Name))
	v[slotOrder] = sayable(cleanName(f.Order.Name))
	if l.legalName = isolate(truncate(clean(f.Shop.LegalName), 200)); l.legalName == v[slotShop] {
		l.legalName = ""
	}
	l.postalAddress = isolate(truncate(clean(f.Shop.PostalAddress), 300))

	c := &chooser{seed: f.Message.ID, seen: f.Phrases, formal: f.Shop.Formal}
	bank := lang.ThankYou
	l.greet(c)
	l.thank(f, c)
	l.remember(f, c)
	l.speakOfPlace(f, c, now)
	if l.place == "" {
		l.warmth, _ = c.choose(bank["warmth"], v)
	}
	l.closing, _ = c.choose(bank["close"], v)
	l.reply, _ = c.choose(bank["reply"], v)
	l.signOff, _ = c.choose(bank["signoff"], v)
	l.keys = c.used
	l.frame(c)
	return l, nil
}

// greet writes the first line.
func (l *letter) greet(c *chooser) {
	for _, name := range []string{"named", "plain"} {
		if w := l.lang.Greeting[name].in(c.formal); w.fits(&l.values) {
			l.greeting = w.fill(&l.values)
			return
		}
	}
}

// thank writes the opening: one product by its name and how many others.
func (l *letter) thank(f crm.Facts, c *chooser) {
	v, bank := &l.values, l.lang.ThankYou
	l.items = itemsOf(f.Order)
	at := best(l.items)
	if at < 0 {
		l.opening, _ = c.choose(bank["open_plain"], v)
		return
	}
	it := l.items[at]
	l.product, l.quantity, l.others = it.title, it.quantity, len(l.items)-1
	v[slotProduct] = it.title
	if !l.lang.hasArticle(it.title) {
		v[slotProduct] = l.lang.product.fill(v)
	}
	if l.quantity > 1 {
		v[slotN] = strconv.Itoa(l.quantity)
		v[slotProduct] = l.lang.counted(l.lang.Several, l.quantity).fill(v)
	}
	v[slotGoods] = v[slotProduct]
	if l.others > 0 {
		v[slotN] = l.lang.number(l.others)
		v[slotGoods] = l.lang.counted(l.lang.AndOthers, l.others).fill(v)
	}
	l.opening, _ = c.choose(bank["open"], v)
}

// remember writes which order this is, as far as it is sure: a number only
// when the history is known, "again" when there was an order before.
func (l *letter) remember(f crm.Facts, c *chooser) {
	v, bank := &l.values, l.lang.ThankYou
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
	v, bank := &l.values, l.lang.ThankYou
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

// frame writes what stands around the letter: subject, preheader, foot.
func (l *letter) frame(c *chooser) {
	v, bank := &l.values, l.lang.ThankYou
	// The subject may repeat: two orders, two equal subjects, are no fault. So
	// it is not remembered, only varied; and it must fit.
	l.subject = c.fitting(bank["subject"], v, 0, maxSubject)
	l.preheader = c.fitting(bank["preheader"], v, 40, 90)
	for _, name := range []string{"named", "plain"} {
		if w := l.lang.Why[name].in(l.formal); w.fits(v) {
			l.why = w.fill(v)
			return
		}
	}
}

// fitting picks a sentence between two lengths as a reader counts them. The
// bank's test sees to it that the sentences without slots fit.
func (c *chooser) fitting(g group, v *values, least, most int) string {
	if len(g) == 0 {
		return ""
	}
	start := c.chance(g[0].key, len(g))
	for i := range g {
		w := g[(start+i)%len(g)].in(c.formal)
		if !w.fits(v) {
			continue
		}
		if s := w.fill(v); graphemes(s) >= least && graphemes(s) <= most {
			return s
		}
	}
	return ""
}

// paragraphs are the letter's sentences as they stand together.
func (l *letter) paragraphs() []string {
	all := make([]string, 0, 3)
	for _, p := range [...][2]string{{l.opening, l.history}, {l.place, l.warmth}, {l.closing, l.reply}} {
		switch {
		case p[0] != "" && p[1] != "":
			all = append(all, p[0]+" "+p[1])
		case p[0]+p[1] != "":
			all = append(all, p[0]+p[1])
		}
	}
	return all
}

// hasArticle tells whether a title begins with a word that stands for the
// article of the language, so that no second one is put before it.
func (t *tongue) hasArticle(title string) bool {
	first, _, _ := strings.Cut(title, " ")
	if first != "" && first[0] >= '0' && first[0] <= '9' {
		return len(t.Named) > 0
	}
	for _, w := range t.Named {
		if strings.EqualFold(first, w) {
			return true
		}
	}
	return false
}
