package shopify

import (
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

type privacyBody struct {
	ShopID     scalar          `json:"shop_id"`
	ShopDomain string          `json:"shop_domain"`
	Customer   privacyCustomer `json:"customer"`
	Requested  []scalar        `json:"orders_requested"`
	ToRedact   []scalar        `json:"orders_to_redact"`
	Request    requestRef      `json:"data_request"`
}

type privacyCustomer struct {
	ID    scalar `json:"id"`
	Email string `json:"email"`
}

type requestRef struct {
	ID scalar `json:"id"`
}

// privacyShape tells which request a body is of: each kind has fields that the
// others have not (platforms.md, A.3).
type privacyShape struct {
	Customer  told `json:"customer"`
	Requested told `json:"orders_requested"`
	ToRedact  told `json:"orders_to_redact"`
	Request   told `json:"data_request"`
}

// kind is what a body asks for, whatever the header says; none where it
// contradicts itself.
func (s privacyShape) kind() crm.PrivacyKind {
	switch shown, redact := bool(s.Requested || s.Request), bool(s.ToRedact); {
	case shown && redact:
		return ""
	case shown:
		return crm.PrivacyExport
	case redact || bool(s.Customer):
		return crm.PrivacyEraseCustomer
	}
	return crm.PrivacyEraseShop
}

var privacyKinds = map[string]crm.PrivacyKind{
	"customers/data_request": crm.PrivacyExport,
	"customers/redact":       crm.PrivacyEraseCustomer,
	"shop/redact":            crm.PrivacyEraseShop,
}

// readPrivacy reads the compliance topics. Neither topic nor shop of the header
// are signed (platforms.md, section 0, fact 3): only the body's own shape and
// shop say whom to forget. So a customer's redaction is never taken for the
// shop's, and a request to see data never for one to erase it.
func readPrivacy(r *reader, e integrations.Envelope, body []byte) []crm.Event {
	var b privacyBody
	var shape privacyShape
	if !r.decode(body, &b) || !r.decode(body, &shape) {
		return nil
	}
	kind := privacyKinds[e.Topic]
	r.needID("shop_id", b.ShopID, "")
	switch {
	case b.ShopDomain == "":
		r.fail("shop_domain", "is missing")
	case !strings.EqualFold(b.ShopDomain, e.Domain):
		r.fail("shop_domain", "is not the shop that the header names")
	case shape.kind() != kind:
		r.err = &crm.Invalid{Message: "the body is not what this topic sends: nothing was erased or handed over"}
	}
	ask := &crm.PrivacyRequest{Kind: kind, Source: "shopify", RequestedAt: e.TriggeredAt, Subject: "webhook:" + e.DeliveryID}
	if kind != crm.PrivacyEraseShop {
		r.enter("customer", -1)
		ask.CustomerID = r.id("id", b.Customer.ID, "")
		ask.Email = strings.TrimSpace(b.Customer.Email)
		if ask.CustomerID == "" && ask.Email == "" { // one of the two may be missing
			r.fail("id", "is missing, and so is the email address")
		}
		r.leave()
	}
	if id := r.id("data_request.id", b.Request.ID, ""); id != "" {
		ask.Subject = "data_request:" + id
	}
	ask.OrderIDs = r.ids("orders_requested", b.Requested)
	if kind == crm.PrivacyEraseCustomer {
		ask.OrderIDs = r.ids("orders_to_redact", b.ToRedact)
	}
	return []crm.Event{{Kind: crm.PrivacyAsked, At: e.TriggeredAt, Privacy: ask}}
}

// ids reads a list of ids.
func (r *reader) ids(field string, list []scalar) []string {
	var all []string
	for i, v := range list {
		r.enter(field, i)
		if id := r.needID("id", v, ""); id != "" {
			all = append(all, id)
		}
		r.leave()
	}
	return all
}
