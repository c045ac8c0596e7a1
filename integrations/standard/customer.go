package standard

import (
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

// customerUpdated reads customer.updated: all that is known of her.
func (r reader) customerUpdated(v integrations.Value) []crm.Event {
	c := r.customer(v)
	c.ID = needID(v.At("id"))
	c.CreatedAt, c.UpdatedAt = v.At("created_at").Time(), r.changed(v.At("updated_at"))
	c.Address = address(v.At("address"))
	c.Consent = r.consent(v.At("consent"))
	if n := v.At("orders_count"); !n.Empty() {
		count := n.Count()
		c.Orders = &count
	}
	if b := v.At("birthday"); !b.Empty() {
		day, err := crm.ParseBirthday(b.Text())
		if err != nil {
			b.Fail("is not a birthday such as 05-21 or 1990-05-21")
		}
		c.Birthday = crm.Birthday{Day: day, Source: "standard", At: c.UpdatedAt}
	}
	return []crm.Event{{Kind: crm.CustomerChanged, At: r.at, Customer: c}}
}

// customer is what both an order and her own event tell.
func (r reader) customer(v integrations.Value) *crm.Customer {
	c := &crm.Customer{FirstName: text(v.At("first_name")), LastName: text(v.At("last_name")), Locale: locale(v.At("locale"))}
	c.Email, c.EmailKey = integrations.Email(text(v.At("email")))
	return c
}

// buyer is the customer as an order shows her. A guest has no id: whoever stores
// the order makes one of its address, and finds her name beside it.
func (r reader) buyer(v integrations.Value, o *crm.Order) *crm.Customer {
	told := v.At("customer")
	c := r.customer(told)
	if o.CustomerID == "" {
		if o.Billing == nil && o.Shipping == nil && c.FirstName+c.LastName != "" {
			o.Billing = &crm.Address{FirstName: c.FirstName, LastName: c.LastName}
		}
		return nil
	}
	c.ID, c.Partial, c.UpdatedAt = o.CustomerID, true, o.UpdatedAt
	if c.Locale == "" {
		c.Locale = o.Locale
	}
	if c.Email == "" {
		c.Email, c.EmailKey = o.Email, o.EmailKey
	}
	c.Consent = r.consent(told.At("consent"))
	return c
}

// customerDeleted reads customer.deleted: she has no account any more.
func (r reader) customerDeleted(v integrations.Value) []crm.Event {
	c := &crm.Customer{ID: needID(v.At("id")), DeletedAt: r.at, Partial: true}
	return []crm.Event{{Kind: crm.CustomerDeleted, At: r.at, Customer: c}}
}

// consentUpdated reads consent.updated.
func (r reader) consentUpdated(v integrations.Value) []crm.Event {
	v.At("state").Need()
	c := &crm.Customer{ID: needID(v.At("customer_id")), Consent: r.consent(v), Partial: true}
	c.Email, c.EmailKey = integrations.Email(text(v.At("email")))
	return []crm.Event{{Kind: crm.ConsentChanged, At: c.Consent.At, Customer: c}}
}

var consents = []crm.ConsentState{crm.ConsentSubscribed, crm.ConsentUnsubscribed, crm.ConsentNone, crm.ConsentPending}

func (r reader) consent(v integrations.Value) crm.Consent {
	c := crm.Consent{State: word(v.At("state"), consents...)}
	if c.State == crm.ConsentUnknown {
		return crm.Consent{}
	}
	c.OptInLevel = word(v.At("opt_in_level"), "single_opt_in", "confirmed_opt_in", "unknown")
	c.At = or(v.At("at").Time(), r.at)
	if c.Source = text(v.At("source")); c.Source == "" {
		c.Source = "standard"
	}
	return c
}

// privacy reads customer.data_request and customer.redact. Whom to forget is
// told by her id or her address.
func (r reader) privacy(v integrations.Value) []crm.Event {
	ask := &crm.PrivacyRequest{Kind: crm.PrivacyExport, Source: "standard", Subject: "webhook:" + r.e.DeliveryID, RequestedAt: r.at, CustomerID: id(v.At("customer_id"))}
	if r.e.Topic == "customer.redact" {
		ask.Kind = crm.PrivacyEraseCustomer
	}
	if own := id(v.At("request_id")); own != "" {
		ask.Subject = "standard:" + own
	}
	ask.Email, _ = integrations.Email(text(v.At("email")))
	for _, o := range v.At("order_ids").List() {
		ask.OrderIDs = append(ask.OrderIDs, needID(o))
	}
	if ask.CustomerID == "" && ask.Email == "" {
		v.At("customer_id").Fail("is missing, and so is email: one of them says whom it is about")
	}
	return []crm.Event{{Kind: crm.PrivacyAsked, At: r.at, Privacy: ask}}
}

// address is what a gesture needs of one; a street is not read.
func address(v integrations.Value) *crm.Address {
	a := crm.Address{
		FirstName: text(v.At("first_name")), LastName: text(v.At("last_name")), Company: text(v.At("company")), City: text(v.At("city")),
		Province: text(v.At("province")), ProvinceCode: text(v.At("province_code")), POBox: v.At("po_box").Flag(),
	}
	if c := v.At("country"); !c.Empty() {
		a.Country = c.Text()
		if len(a.Country) != 2 || strings.Trim(a.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			c.Fail("is not a country: two capital letters of ISO 3166-1, such as IT")
		}
	}
	if a == (crm.Address{}) {
		return nil
	}
	return &a
}

// locale is a language tag, such as it or de-AT.
func locale(v integrations.Value) string {
	tag := strings.ReplaceAll(v.Text(), "_", "-")
	if len(tag) > 35 || strings.Trim(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
		v.Fail("is not a language tag such as it or de-AT")
		return ""
	}
	return tag
}
