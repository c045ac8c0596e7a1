package templates

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"grazie/crm"
)

// letter is a mail in words, before a layout sets it.
type letter struct {
	lang   *tongue
	tag    string // the BCP 47 tag that led to the language
	format string // the tag whose amounts and dates it shows
	formal bool
	values values
	keys   []string // of the sentences chosen

	greeting, opening, closing, reply, signOff string
	subject, preheader, why                    string
	note                                       string   // a line that staff adds by hand
	paragraphs                                 []string // before the block
	after                                      []string // and after it

	items            []item
	product          string
	quantity, others int

	thanked
	coupon
	occasion
	request
	upgrade
	sorry

	legalName, postalAddress, domain string
	unsubscribeURL, preferencesURL   string
	long                             bool // so long that the way out stands near its top as well
}

// maxNote is the longest line that staff can add to a letter.
const maxNote = 500

// write chooses the sentences of a letter. What is not sure is not said, and
// facts that do not belong together are not written at all.
func (r *Renderer) write(f crm.Facts, lang *tongue, tag string, now time.Time) (*letter, error) {
	k := r.kits[f.Message.Journey]
	if k == nil {
		return nil, fmt.Errorf("templates: there is no mail for the journey %q", f.Message.Journey)
	}
	if err := together(f); err != nil {
		return nil, err
	}
	l := &letter{lang: lang, tag: tag, formal: f.Shop.Formal, domain: clean(f.Shop.Domain)}
	if l.format = tag; tag == fallback && len(f.Shop.Country) == 2 {
		l.format = tag + "-" + f.Shop.Country // English has no country; the shop has
	}
	v := &l.values
	v[slotFirst], v[slotName] = customerNames(f, lang.FamilyFirst)
	v[slotShop], v[slotSender] = sayable(cleanShop(f.Shop)), sayable(cleanName(f.Shop.Sender.Name))
	if f.Order != nil {
		v[slotOrder] = sayable(cleanName(f.Order.Name))
	}
	if l.legalName = isolate(truncate(clean(f.Shop.LegalName), 200)); l.legalName == v[slotShop] {
		l.legalName = ""
	}
	l.postalAddress = isolate(truncate(clean(f.Shop.PostalAddress), 300))
	if ask := f.Message.Ask; ask != nil && ask.Note != "" {
		l.note = isolate(truncate(clean(strings.ToValidUTF8(ask.Note, "")), maxNote))
	}
	if err := l.wayOut(f, k); err != nil {
		return nil, err
	}
	c := &chooser{seed: f.Message.ID, seen: f.Phrases, formal: f.Shop.Formal}
	l.greet(c)
	if err := k.write(l, f, c, now); err != nil {
		return nil, err
	}
	l.keys = c.used
	l.long = l.unsubscribeURL != "" && l.length() > longLetter
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

// goods fills the slots of the product that a letter names and of how many
// others there are; not ok when no product can be named.
func (l *letter) goods(o *crm.Order) bool {
	v := &l.values
	l.items = itemsOf(o)
	at := best(l.items)
	if at < 0 {
		return false
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
	return true
}

// frame writes what stands around the letter: subject, preheader, foot. The
// subject may repeat: two orders, two equal subjects, are no fault. So it is not
// remembered, only varied; and it must fit.
func (l *letter) frame(c *chooser, subject, preheader, why group) {
	v := &l.values
	l.subject = c.fitting(subject, v, 0, maxSubject)
	l.preheader = c.fitting(preheader, v, 40, 90)
	for _, p := range why { // the first says most
		if w := p.in(l.formal); w.fits(v) {
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

// paragraphs puts a letter together: each argument becomes a paragraph, those that
// are empty none.
func paragraphs(texts ...string) []string {
	all := make([]string, 0, len(texts))
	for _, p := range texts {
		if p != "" {
			all = append(all, p)
		}
	}
	return all
}

// joined are two sentences as they stand together.
func joined(a, b string) string {
	if a != "" && b != "" {
		return a + " " + b
	}
	return a + b
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
