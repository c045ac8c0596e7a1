package templates

import (
	"cmp"
	"strings"

	"grazie/crm"
)

// WrongHistory says that facts do not belong together: written down, they would
// tell a customer somebody else's story. There is no mail then, and staff has
// to look at it.
type WrongHistory struct{ What string } // in words, naming nobody

func (e *WrongHistory) Error() string { return "templates: wrong history: " + e.What }

// together looks whether everything that a letter could speak of is this
// customer's, and of this order. It trusts no query.
func together(f crm.Facts) error {
	m, o := f.Message, f.Order
	who := personOf(f)
	wrong := func(what string) error { return &WrongHistory{what} }
	switch {
	case differ(m.ShopID, f.Shop.ID):
		return wrong("the message is of another shop")
	case differ(m.CustomerID, f.Customer.ID):
		return wrong("the message is for another customer")
	case o != nil && differ(m.OrderID, o.ID):
		return wrong("the message is about another order")
	case o != nil && !who.owns(o.CustomerID, cmp.Or(o.EmailKey, crm.EmailKey(o.Email))):
		return wrong("the order is another customer's")
	case f.Origin != nil && (differ(f.Origin.CustomerID, who.id) || differ(f.Origin.ShopID, f.Shop.ID) || f.Origin.Journey != m.Journey):
		return wrong("the message that it reminds of is another customer's")
	case f.Review != nil && (o == nil || f.Review.OrderID != o.ID || !who.knows(f.Review.CustomerID, o)):
		return wrong("the review is about another order")
	}
	for _, r := range f.Returns {
		switch {
		case o == nil || r.OrderID != o.ID:
			return wrong("a return is of another order")
		case r.CustomerID != "" && !who.knows(r.CustomerID, o):
			return wrong("a return is another customer's")
		case r.ID == m.ReturnID && !allBought(r, o):
			return wrong("the return names what is not in the order")
		}
	}
	for i := range f.Effects {
		if what := strayEffect(f, who, &f.Effects[i]); what != "" {
			return wrong(what)
		}
	}
	return nil
}

// strayEffect tells what about an effect is not this message's.
func strayEffect(f crm.Facts, who person, e *crm.Effect) string {
	origin := ""
	if f.Origin != nil {
		origin = f.Origin.ID
	}
	switch {
	case differ(e.ShopID, f.Shop.ID), differ(e.CustomerID, who.id):
		return "an effect is another customer's"
	case e.MessageID != "" && e.MessageID != f.Message.ID && e.MessageID != origin:
		return "an effect is of another message"
	case e.Code != nil && e.Code.CustomerID != who.id:
		return "the discount code is another customer's"
	case e.Label != nil && e.Label.ReturnID != f.Message.ReturnID:
		return "the label is for another return"
	case e.Replacement != nil && e.Replacement.ReturnID != f.Message.ReturnID:
		return "the replacement is for another return"
	}
	return ""
}

// differ tells whether two ids name different things; one that is not told
// could be either.
func differ(a, b string) bool { return a != "" && b != "" && a != b }

// person is whom a mail is for: an account, or an address for guests.
type person struct{ id, email string }

func personOf(f crm.Facts) person {
	return person{cmp.Or(f.Customer.ID, f.Message.CustomerID), cmp.Or(f.Customer.EmailKey, crm.EmailKey(f.Customer.Email))}
}

// owns tells whether what has this customer's id and address is hers. Two
// accounts are two people, whatever the address; a guest is her address.
func (p person) owns(id, email string) bool {
	if id != "" && id == p.id {
		return true
	}
	return (isGuest(id) || isGuest(p.id)) && email != "" && email == p.email
}

// knows tells whether an id is hers, or the one that her order has.
func (p person) knows(id string, o *crm.Order) bool {
	return id != "" && (id == p.id || o != nil && id == o.CustomerID)
}

func isGuest(id string) bool { return id == "" || strings.HasPrefix(id, "guest_") }

// allBought tells whether all goods of a return are lines of the order, also
// lines that were taken off it since.
func allBought(r crm.Return, o *crm.Order) bool {
next:
	for _, l := range r.Lines {
		if l.Title == "" {
			continue
		}
		for _, it := range o.Items {
			if sameGoods(l, it) {
				continue next
			}
		}
		return false
	}
	return true
}

// sameGoods compares by title: platforms tell a return's line with or without
// the variant.
func sameGoods(l crm.ReturnLine, it crm.LineItem) bool {
	title := fold(l.Title)
	return title == fold(it.Title) || it.Variant != "" && (title == fold(it.Title+" - "+it.Variant) || title == fold(it.Title+" / "+it.Variant))
}
