package templates

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"grazie/crm"
)

// reviewParts are those of the review request. It asks for an honest word and
// nothing else: no stars, no reward, no other way for those who are not content
// (mail-and-domain.md, R1-R6).
var reviewParts = map[string]rule{
	"subject":             {nil, []slot{slotFirst, slotShop, slotOrder}},
	"subject_reminder":    {nil, []slot{slotFirst, slotShop, slotOrder}},
	"preheader":           {nil, []slot{slotShop, slotSender}},
	"open":                {[]slot{slotGoods}, []slot{slotShop}},
	"open_plain":          {nil, []slot{slotOrder, slotShop}},
	"open_reminder":       {[]slot{slotGoods}, []slot{slotShop}},
	"open_reminder_plain": {nil, []slot{slotOrder, slotShop}},
	"ask":                 {nil, []slot{slotShop}},
	"close":               {},
	"why":                 {nil, []slot{slotOrder, slotShop}},
}

// request is what only the review request shows.
type request struct{ reviewURL, ask string }

// settingReviewURL is the journey's setting for a review page that is not ours.
const settingReviewURL = "review_url"

func writeReview(l *letter, f crm.Facts, c *chooser, _ time.Time) error {
	if f.Order == nil {
		return errNoOrder
	}
	// An address of the shop's own that is none must not lead to our page instead.
	if l.reviewURL = link(cmp.Or(f.Settings[settingReviewURL], f.Links.Review)); l.reviewURL == "" {
		return errors.New("templates: the review request needs the page that it links to")
	}
	_, l.reminder = f.Message.Reminder()
	v, bank, common := &l.values, l.lang.Letters[reviewRequest], l.lang.Letters[commonSections]
	opening, subject := "open", "subject"
	if l.reminder {
		opening, subject = "open_reminder", "subject_reminder"
	}
	if !l.goods(f.Order) {
		opening += "_plain"
	}
	l.opening, _ = c.choose(bank[opening], v)
	l.ask, _ = c.choose(bank["ask"], v)
	l.closing, _ = c.choose(bank["close"], v)
	l.signOff, _ = c.choose(common["signoff"], v)
	l.paragraphs = paragraphs(l.opening, l.note, l.ask)
	l.after = paragraphs(l.closing)
	l.frame(c, bank[subject], bank["preheader"], bank["why"])
	return nil
}

var reviewVariables = slices.Concat(orderVariables, []Variable{
	afterVariable,
	{"letter.ask", "the question for an honest word"},
	{"letter.button", "the words on the button"},
	{"review_url", "the page to write it on"},
	{"reminder", "true when it is the reminder"},
})

func reviewVars(l *letter, to map[string]any) {
	letter := to["letter"].(map[string]any)
	letter["after"] = list(l.after)
	letter["ask"], letter["button"] = l.ask, l.word("review")
	to["order"], to["review_url"], to["reminder"] = l.orderVars(), l.reviewURL, l.reminder
}
