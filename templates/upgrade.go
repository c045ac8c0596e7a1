package templates

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"grazie/crm"
)

// upgradeParts are those of the letter about a return that is made free.
var upgradeParts = map[string]rule{
	"subject":      {nil, []slot{slotFirst, slotShop, slotOrder}},
	"preheader":    {nil, []slot{slotShop, slotSender, slotOrder}},
	"open":         {[]slot{slotProduct}, []slot{slotOrder}},
	"open_plain":   {nil, []slot{slotOrder, slotShop}},
	"gift":         {nil, []slot{slotShop}},
	"label":        {},
	"instructions": {},
	"replacement":  {},
	"close":        {},
	"why":          {nil, []slot{slotOrder}},
}

// upgrade is what only the letter about a return shows.
type upgrade struct {
	gesture, how, replaced string
	returnName             string
	labelURL, instructions string
	carrier, tracking      string
	trackingURL            string
	replacement            bool
}

// settingInstructions is the journey's setting for the merchant's own words
// about how to send goods back, where there is no label to print.
const settingInstructions = "instructions"

const maxInstructions = 800

func writeUpgrade(l *letter, f crm.Facts, c *chooser, _ time.Time) error {
	r := f.Return()
	switch {
	case f.Order == nil:
		return errNoOrder
	case r == nil:
		return errors.New("templates: the mail needs its return")
	}
	if err := l.setLabel(f); err != nil {
		return err
	}
	if e := f.Effect(crm.ReplacementPlaced); e != nil {
		if e.State != crm.EffectDone {
			return fmt.Errorf("templates: the replacement is not placed, it is %s", e.State)
		}
		l.replacement = true
	}
	v, bank, common := &l.values, l.lang.Letters[returnUpgrade], l.lang.Letters[commonSections]
	l.returnName = sayable(cleanName(r.Name))
	opening := bank["open_plain"]
	if l.goodsBack(*r, f.Order) {
		opening = bank["open"]
	}
	l.opening, _ = c.choose(opening, v)
	l.gesture, _ = c.choose(bank["gift"], v)
	how := bank["label"]
	if l.labelURL == "" {
		how = bank["instructions"]
	}
	l.how, _ = c.choose(how, v)
	if l.replacement {
		l.replaced, _ = c.choose(bank["replacement"], v)
	}
	l.closing, _ = c.choose(bank["close"], v)
	l.reply, _ = c.choose(common["reply"], v)
	l.signOff, _ = c.choose(common["signoff"], v)
	l.paragraphs = paragraphs(joined(l.opening, l.gesture), l.note, l.replaced, l.how)
	l.after = paragraphs(joined(l.closing, l.reply))
	l.frame(c, bank["subject"], bank["preheader"], bank["why"])
	return nil
}

// setLabel finds how the goods come back. The label is made before the mail
// goes out (mail-and-domain.md, P4).
func (l *letter) setLabel(f crm.Facts) error {
	if e := f.Effect(crm.LabelBought); e != nil {
		if e.State != crm.EffectDone || e.Label == nil {
			return fmt.Errorf("templates: the return label is not made, it is %s", e.State)
		}
		l.labelURL = link(e.Label.URL)
		l.carrier, l.tracking = isolate(cleanName(e.Label.Carrier)), cleanName(e.Label.Tracking)
		l.trackingURL = link(e.Label.TrackingURL)
	}
	if l.labelURL == "" {
		l.instructions = isolate(truncate(lines(f.Settings[settingInstructions]), maxInstructions))
	}
	if l.labelURL == "" && l.instructions == "" {
		return errors.New("templates: the mail needs its return label, or the shop's words about how to send goods back")
	}
	return nil
}

// lines is a text of the merchant's own, cleaned line by line.
func lines(s string) string {
	var all []string
	for line := range strings.Lines(strings.ToValidUTF8(s, "")) {
		if line = clean(line); line != "" {
			all = append(all, line)
		}
	}
	return strings.Join(all, "\n")
}

// goodsBack names the one product that comes back; of several none.
func (l *letter) goodsBack(r crm.Return, o *crm.Order) bool {
	l.items = itemsOf(o)
	for _, g := range o.Goods() {
		if len(r.Lines) == 1 && sameGoods(r.Lines[0], g) {
			l.product, l.quantity = productName(g), r.Lines[0].Quantity
			break
		}
	}
	if l.product == "" {
		return false
	}
	v := &l.values
	v[slotProduct] = l.product
	if !l.lang.hasArticle(l.product) {
		v[slotProduct] = l.lang.product.fill(v)
	}
	return true
}

var upgradeVariables = slices.Concat(orderVariables, []Variable{
	afterVariable,
	{"letter.gift", "that the return is free, a gift of the shop"},
	{"letter.how", "how the goods come back"},
	{"letter.replacement", "that the replacement is on its way; empty when there is none"},
	{"letter.button", "the words on the button"},
	{"letter.return_label", "the words before the return's name"},
	{"letter.tracking_label", "the words before the tracking number"},
	{"return_name", "the return as the customer knows it; may be empty"},
	{"label_url", "the label to print; empty when there are instructions"},
	{"instructions", "the shop's words about how to send goods back, where there is no label"},
	{"carrier", "who carries it; may be empty"},
	{"tracking", "its tracking number; may be empty"},
	{"tracking_url", "the carrier's page about it; may be empty"},
	{"replacement", "true when the replacement is on its way"},
})

func upgradeVars(l *letter, to map[string]any) {
	letter := to["letter"].(map[string]any)
	letter["after"] = list(l.after)
	letter["gift"], letter["how"], letter["replacement"] = l.gesture, l.how, l.replaced
	letter["button"], letter["return_label"], letter["tracking_label"] = l.word("label"), l.word("return"), l.word("tracking")
	to["order"], to["return_name"], to["label_url"], to["instructions"] = l.orderVars(), l.returnName, l.labelURL, l.instructions
	to["carrier"], to["tracking"], to["tracking_url"], to["replacement"] = l.carrier, l.tracking, l.trackingURL, l.replacement
}
