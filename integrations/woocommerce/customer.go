package woocommerce

import (
	"regexp"
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

// readCustomer reads customer.created and customer.updated. The shop knows no
// consent to marketing: of that nothing is told.
func readCustomer(e integrations.Envelope, v integrations.Value) []crm.Event {
	if currency := v.At("currency"); !currency.Empty() { // the topic is not signed
		currency.Fail("stands in the body of a customer: it is that of an order")
	}
	c := &crm.Customer{
		ID:        needID(v.At("id")),
		FirstName: clean(v.At("first_name")),
		LastName:  clean(v.At("last_name")),
		Locale:    localeOf(v),
		Address:   address(v.At("billing")),
		CreatedAt: gmt(v, "date_created"),
	}
	// An account that nobody changed yet has no date of a change.
	c.UpdatedAt = or(gmt(v, "date_modified"), e.TriggeredAt, c.CreatedAt)
	email := v.At("email")
	if email.Empty() {
		email = v.At("billing").At("email")
	}
	c.Email, c.EmailKey = integrations.Email(email.Text())
	if c.FirstName == "" && c.LastName == "" && c.Address != nil {
		c.FirstName, c.LastName = c.Address.FirstName, c.Address.LastName
	}
	return []crm.Event{{Kind: crm.CustomerChanged, At: c.UpdatedAt, Customer: c}}
}

// readCustomerDeleted reads customer.deleted, whose body holds only the id.
func readCustomerDeleted(e integrations.Envelope, v integrations.Value) []crm.Event {
	c := &crm.Customer{ID: deletedID(v), DeletedAt: e.TriggeredAt, Partial: true}
	return []crm.Event{{Kind: crm.CustomerDeleted, At: e.TriggeredAt, Customer: c}}
}

// buyerOf is the customer as an order shows her. A guest has no id: whoever
// stores the order makes one of its address.
func buyerOf(v integrations.Value, o *crm.Order) *crm.Customer {
	if o.CustomerID == "" {
		return nil
	}
	billing := v.At("billing")
	return &crm.Customer{
		ID: o.CustomerID, Email: o.Email, EmailKey: o.EmailKey, Locale: o.Locale, Address: o.Billing,
		FirstName: clean(billing.At("first_name")), LastName: clean(billing.At("last_name")), UpdatedAt: o.UpdatedAt, Partial: true,
	}
}

// box tells streets that are none: boxes, lockers and pick-up points.
var box = regexp.MustCompile(`(?i)\b(p\.? ?o\.? ?box|post office box|poste restante|postlagernd|packstation|postfiliale|postfach|postbus|postboks|casella postale|fermo ?posta|apartado|apdo|boite postale|point relais|poštni predal|postni predal|postafiók|paczkomat|locker)\b`)

// address keeps what a gesture needs; of the street only whether it is one.
func address(v integrations.Value) *crm.Address {
	a := crm.Address{
		FirstName: clean(v.At("first_name")), LastName: clean(v.At("last_name")), Company: clean(v.At("company")), City: clean(v.At("city")),
		POBox: box.MatchString(v.At("address_1").Text()) || box.MatchString(v.At("address_2").Text()),
	}
	if state := clean(v.At("state")); len(state) <= 5 && state == strings.ToUpper(state) {
		a.ProvinceCode = state
	} else {
		a.Province = state
	}
	if code := strings.ToUpper(clean(v.At("country"))); len(code) == 2 {
		a.Country = code
	}
	if a == (crm.Address{}) {
		return nil
	}
	return &a
}
