package templates

import (
	"slices"
	"strings"
)

// Variable is one name that a template may use.
type Variable struct {
	Name  string // as written in a template: "customer.first_name"; "[]" marks a list's elements
	Means string
}

// Variables lists what a merchant's template of a journey may use, in all three
// parts; nil when the journey has no mail:
//
//	{{ letter.greeting }}          {% for p in letter.paragraphs %}
//
// A name that is not in this list is refused by Check. All values are plain text
// and escaped in the HTML part; one that is not known, or not fit to be shown,
// is empty, so write {% if place.city %} around what needs it. A name that ends
// in _url is a whole address, and the only value that a link may begin with.
func Variables(journey string) []Variable {
	g, ok := gestures[journey]
	if !ok {
		return nil
	}
	return slices.Concat(commonVariables, g.variables)
}

// commonVariables are those of every journey.
var commonVariables = []Variable{
	{"letter.greeting", "the first line, with the customer's name when it is usable"},
	{"letter.paragraphs[]", "the letter's sentences in paragraphs, up to what stands in its middle: a code, a button"},
	{"letter.opening", "the first sentence: thanks, a wish, an apology"},
	{"letter.closing", "a good wish"},
	{"letter.reply", "the invitation to answer"},
	{"letter.sign_off", "the last line before the name"},
	{"letter.preheader", "40 to 90 characters that mail programs show beside the subject"},
	{"letter.subject", "the built-in subject"},
	{"letter.why", "why she got this mail, for the foot"},
	{"letter.unsubscribe", "the words of the link that ends mails of this kind"},
	{"letter.preferences", "the words of the link to the page where she chooses what she gets"},
	{"note", "a line that staff added by hand; mostly empty"},
	{"long", "true when the way out should stand near the top as well"},
	{"customer.first_name", "usable first name, or empty"},
	{"customer.name", "usable full name in the order of the language, or empty"},
	{"shop.name", "name of the shop"},
	{"shop.legal_name", "legal name, for the foot"},
	{"shop.postal_address", "postal address in one line, for the foot"},
	{"shop.domain", "domain of the shop at its platform"},
	{"sender.name", "the owner, who signs"},
	{"unsubscribe_url", "the page that ends mails of this kind; marketing must link to it, empty otherwise"},
	{"preferences_url", "the page where she chooses what she gets; empty when it is not marketing"},
	{"locale", "language of the mail, such as de"},
	{"dir", "direction of its writing: ltr or rtl"},
	{"formal", "true when customers are addressed formally"},
}

// afterVariable is that of the letters with something in their middle.
var afterVariable = Variable{"letter.after[]", "the paragraphs after what stands in the middle"}

// orderVariables are those of the journeys about an order.
var orderVariables = []Variable{
	{"order.name", "as the customer knows it, #1001"},
	{"order.product", "the product that the letter names; empty when none can be named"},
	{"order.quantity", "how many of it"},
	{"order.others", "how many other products the order holds"},
	{"order.items[].title", "every product of the order"},
	{"order.items[].quantity", "how many of it"},
}

// shape is what a variable holds: fields, elements, or a plain value.
type shape struct {
	fields map[string]*shape
	elem   *shape
	open   bool // not known: anything may follow
}

var (
	openShape    = &shape{open: true}
	plainShape   = &shape{}
	forloopShape = &shape{fields: map[string]*shape{
		"first": plainShape, "last": plainShape, "index": plainShape, "index0": plainShape,
		"rindex": plainShape, "rindex0": plainShape, "length": plainShape,
	}}
)

// shapeOf reads the shapes off the names.
func shapeOf(vs []Variable) *shape {
	root := &shape{fields: map[string]*shape{}}
	for _, v := range vs {
		at := root
		for name := range strings.SplitSeq(v.Name, ".") {
			name, list := strings.CutSuffix(name, "[]")
			if at.fields == nil {
				at.fields = map[string]*shape{}
			}
			if at.fields[name] == nil {
				at.fields[name] = &shape{}
			}
			if at = at.fields[name]; list {
				if at.elem == nil {
					at.elem = &shape{}
				}
				at = at.elem
			}
		}
	}
	return root
}

// field is the shape of a property, nil when there is none of that name.
func (s *shape) field(name string) *shape {
	switch {
	case s.open:
		return openShape
	case s.elem != nil && (name == "first" || name == "last"):
		return s.elem
	case s.fields == nil && name == "size":
		return plainShape
	}
	return s.fields[name]
}

// element is the shape of what a loop over it yields.
func (s *shape) element() *shape {
	if s.elem != nil {
		return s.elem
	}
	return openShape
}

// vars are the values of the variables for one mail: only maps, slices and
// plain values, so that a template can call nothing.
func (l *letter) vars(g gesture) map[string]any {
	v := &l.values
	all := map[string]any{
		"letter": map[string]any{
			"greeting": l.greeting, "paragraphs": list(l.paragraphs), "opening": l.opening,
			"closing": l.closing, "reply": l.reply, "sign_off": l.signOff,
			"preheader": l.preheader, "subject": l.subject, "why": l.why,
			"unsubscribe": l.word("unsubscribe"), "preferences": l.word("preferences"),
		},
		"note": l.note, "long": l.long,
		"customer":        map[string]any{"first_name": v[slotFirst], "name": v[slotName]},
		"shop":            map[string]any{"name": v[slotShop], "legal_name": l.legalName, "postal_address": l.postalAddress, "domain": l.domain},
		"sender":          map[string]any{"name": v[slotSender]},
		"unsubscribe_url": l.unsubscribeURL, "preferences_url": l.preferencesURL,
		"locale": l.lang.tag, "dir": l.lang.Dir, "formal": l.formal,
	}
	g.vars(l, all)
	return all
}

// nothing is a list without elements.
var nothing any = []any{}

func (l *letter) orderVars() map[string]any {
	items := make([]any, 0, len(l.items))
	for _, it := range l.items {
		items = append(items, map[string]any{"title": it.title, "quantity": it.quantity})
	}
	return map[string]any{
		"name": l.values[slotOrder], "product": l.product, "quantity": l.quantity, "others": l.others, "items": items,
	}
}

func list(texts []string) any {
	if len(texts) == 0 {
		return nothing
	}
	all := make([]any, len(texts))
	for i, t := range texts {
		all[i] = t
	}
	return all
}
