package shopify

import (
	"cmp"
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

// readCustomer reads customers/create and customers/update.
func readCustomer(r *reader, e integrations.Envelope, body []byte) []crm.Event {
	var b customerBody
	if !r.decode(body, &b) {
		return nil
	}
	return r.tellCustomer(e, b)
}

func (r *reader) tellCustomer(e integrations.Envelope, b customerBody) []crm.Event {
	c := r.customer(b)
	c.ID = r.needID("id", b.ID, b.GlobalID)
	if b.OrdersCount != "" {
		n := r.count("orders_count", b.OrdersCount)
		c.Orders = &n
	}
	at := firstTime(c.UpdatedAt, e.TriggeredAt, c.CreatedAt)
	c.Birthday = birthday(b.Metafields, at)
	return []crm.Event{{Kind: crm.CustomerChanged, At: at, Customer: c}}
}

// readCustomerDeleted reads customers/delete. Its body holds no time, so that
// the header's is all there is.
func readCustomerDeleted(r *reader, e integrations.Envelope, body []byte) []crm.Event {
	var b customerBody
	if !r.decode(body, &b) {
		return nil
	}
	c := &crm.Customer{ID: r.needID("id", b.ID, b.GlobalID), DeletedAt: e.TriggeredAt, Partial: true}
	return []crm.Event{{Kind: crm.CustomerDeleted, At: e.TriggeredAt, Customer: c}}
}

// readConsent reads customers_email_marketing_consent/update. The topic is sent
// because the consent changed: where the body has no time, the header's is it.
func readConsent(r *reader, e integrations.Envelope, body []byte) []crm.Event {
	var b consentTopicBody
	if !r.decode(body, &b) {
		return nil
	}
	c := &crm.Customer{ID: r.needID("customer_id", b.CustomerID, ""), Consent: r.consent(b.Consent), Partial: true}
	c.Email, c.EmailKey = integrations.Email(b.Email)
	if c.Consent.State == crm.ConsentUnknown {
		r.fail("email_marketing_consent.state", "is missing")
	}
	c.Consent.At = firstTime(c.Consent.At, e.TriggeredAt)
	return []crm.Event{{Kind: crm.ConsentChanged, At: c.Consent.At, Customer: c}}
}

func (r *reader) customer(b customerBody) *crm.Customer {
	c := &crm.Customer{
		FirstName: crm.Clean(b.FirstName),
		LastName:  crm.Clean(b.LastName),
		Address:   b.DefaultAddress.address(),
		Consent:   r.consent(b.Consent),
		CreatedAt: r.time("created_at", b.CreatedAt),
		UpdatedAt: r.time("updated_at", b.UpdatedAt),
	}
	c.Email, c.EmailKey = integrations.Email(b.Email)
	return c
}

// buyer is the customer as an order shows her. A guest has no id: whoever
// stores the order makes one of its address.
func (r *reader) buyer(b *orderBody, o *crm.Order) *crm.Customer {
	if o.CustomerID == "" {
		return nil
	}
	r.enter("customer", -1)
	defer r.leave()
	c := r.customer(b.Customer)
	c.ID, c.Locale, c.Partial = o.CustomerID, o.Locale, true
	if c.Email == "" {
		c.Email, c.EmailKey = o.Email, o.EmailKey
	}
	return c
}

func (r *reader) customerID(b customerBody) string {
	r.enter("customer", -1)
	defer r.leave()
	return r.id("id", b.ID, b.GlobalID)
}

var consentStates = map[string]crm.ConsentState{
	"":               crm.ConsentUnknown,
	"subscribed":     crm.ConsentSubscribed,
	"unsubscribed":   crm.ConsentUnsubscribed,
	"not_subscribed": crm.ConsentNone,
	"pending":        crm.ConsentPending,
	"invalid":        crm.ConsentInvalid,
	"redacted":       crm.ConsentRedacted,
}

// consent reads the permission for marketing by mail. A word that is not known
// yet is no permission.
func (r *reader) consent(b consentBody) crm.Consent {
	r.enter("email_marketing_consent", -1)
	defer r.leave()
	state, known := consentStates[strings.ToLower(b.State)]
	if !known {
		state = crm.ConsentNone
	}
	c := crm.Consent{State: state}
	if state != crm.ConsentUnknown {
		c.OptInLevel, c.Source = strings.ToLower(b.OptInLevel), "shopify"
		c.At = r.time("consent_updated_at", b.UpdatedAt)
	}
	return c
}

// address keeps what a gesture needs; of the street only whether it is one.
func (a addressBody) address() *crm.Address {
	kept := crm.Address{
		FirstName:    crm.Clean(a.FirstName),
		LastName:     crm.Clean(a.LastName),
		Company:      crm.Clean(a.Company),
		City:         crm.Clean(a.City),
		Province:     crm.Clean(a.Province),
		ProvinceCode: crm.Clean(a.ProvinceCode),
		Country:      a.country(),
		POBox:        a.poBox(),
	}
	if kept == (crm.Address{}) {
		return nil
	}
	return &kept
}

// country is the two-letter code; some bodies give it under the name.
func (a addressBody) country() string {
	code := strings.ToUpper(cmp.Or(a.CountryCode, a.Country))
	if len(code) != 2 {
		return ""
	}
	return code
}

// locale is a language tag or nothing; a few shops write it_IT.
func locale(tag string) string {
	tag = strings.ReplaceAll(tag, "_", "-")
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
	if len(tag) > 35 || strings.Trim(tag, letters) != "" {
		return ""
	}
	return tag
}
