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

// Variables lists what a merchant's template may use, in all three parts:
//
//	{{ letter.greeting }}          {% for p in letter.paragraphs %}
//
// A name that is not in this list is refused by Check. All values are plain text
// and escaped in the HTML part; one that is not known, or not fit to be shown,
// is empty, so write {% if place.city %} around what needs it.
func Variables() []Variable { return slices.Clone(variables) }

var variables = []Variable{
	{"letter.greeting", "the first line, with the customer's name when it is usable"},
	{"letter.paragraphs[]", "the letter's sentences, in one to three paragraphs"},
	{"letter.opening", "thanks, naming one product"},
	{"letter.history", "which order of this customer it is; empty when not sure"},
	{"letter.place", "about the area, the season, a gift or a pick-up; may be empty"},
	{"letter.warmth", "what the order means to the shop; stands in for an empty place"},
	{"letter.closing", "a good wish"},
	{"letter.reply", "the invitation to answer"},
	{"letter.sign_off", "the last line before the name"},
	{"letter.preheader", "40 to 90 characters that mail programs show beside the subject"},
	{"letter.subject", "the built-in subject"},
	{"letter.why", "why she got this mail, for the foot"},
	{"customer.first_name", "usable first name, or empty"},
	{"customer.name", "usable full name in the order of the language, or empty"},
	{"order.name", "as the customer knows it, #1001"},
	{"order.number", "which order of this customer it is, 1 for the first; 0 when not sure"},
	{"order.product", "the product that the letter names; empty when none can be named"},
	{"order.quantity", "how many of it"},
	{"order.others", "how many other products the order holds"},
	{"order.items[].title", "every product of the order"},
	{"order.items[].quantity", "how many of it"},
	{"order.gift", "true when it looks like a present"},
	{"order.pickup", "true when it is collected"},
	{"place.city", "where the order goes, only when a letter may name it"},
	{"place.region", "its region, likewise"},
	{"shop.name", "name of the shop"},
	{"shop.legal_name", "legal name, for the foot"},
	{"shop.postal_address", "postal address in one line, for the foot"},
	{"shop.domain", "domain of the shop at its platform"},
	{"sender.name", "the owner, who signs"},
	{"locale", "language of the mail, such as de"},
	{"dir", "direction of its writing: ltr or rtl"},
	{"formal", "true when customers are addressed formally"},
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
	rootShape = shapeOf(variables)
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
func (l *letter) vars() map[string]any {
	items := make([]any, 0, len(l.items))
	for _, it := range l.items {
		items = append(items, map[string]any{"title": it.title, "quantity": it.quantity})
	}
	paragraphs := make([]any, 0, 3)
	for _, p := range l.paragraphs() {
		paragraphs = append(paragraphs, p)
	}
	v := &l.values
	return map[string]any{
		"letter": map[string]any{
			"greeting": l.greeting, "paragraphs": paragraphs, "opening": l.opening, "history": l.history,
			"place": l.place, "warmth": l.warmth, "closing": l.closing, "reply": l.reply, "sign_off": l.signOff,
			"preheader": l.preheader, "subject": l.subject, "why": l.why,
		},
		"customer": map[string]any{"first_name": v[slotFirst], "name": v[slotName]},
		"order": map[string]any{
			"name": v[slotOrder], "number": l.number, "product": l.product, "quantity": l.quantity, "others": l.others,
			"items": items, "gift": l.gift, "pickup": l.pickup,
		},
		"place":  map[string]any{"city": l.city, "region": l.region},
		"shop":   map[string]any{"name": v[slotShop], "legal_name": l.legalName, "postal_address": l.postalAddress, "domain": l.domain},
		"sender": map[string]any{"name": v[slotSender]},
		"locale": l.lang.tag, "dir": l.lang.Dir, "formal": l.formal,
	}
}
