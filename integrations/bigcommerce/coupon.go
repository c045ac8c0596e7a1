package bigcommerce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"grazie/crm"
	"grazie/integrations"
)

// Discount codes are coupons of the older API: a coupon is one call to make, is
// found by its code, and its name, which must be unique, tells that it is ours
// (decision 33). All that they cannot is said in terms.

// heldCoupon is a coupon that the shop has, field by field as it came.
type heldCoupon map[string]json.RawMessage

func (h heldCoupon) text(field string) string {
	var s scalar
	if raw := h[field]; len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return string(s)
}

// works tells whether a customer could use the coupon at a time.
func (h heldCoupon) works(now time.Time) bool {
	if string(h["enabled"]) == "false" {
		return false
	}
	ends, err := mail.ParseDate(h.text("expires"))
	return err != nil || now.Before(ends)
}

// CreateDiscountCode makes the code exist with its terms. One that is there
// already under our name is the one that an earlier try made.
func (p *Platform) CreateDiscountCode(ctx context.Context, c integrations.Connection, d crm.DiscountCode) (crm.Receipt, error) {
	if err := p.sameCurrency(ctx, c, d); err != nil {
		return crm.Receipt{}, err
	}
	terms, err := terms(d)
	if err != nil {
		return crm.Receipt{}, err
	}
	held, err := p.coupon(ctx, c, d.Code)
	if err != nil {
		return crm.Receipt{}, err
	}
	if held == nil {
		var made struct{ ID scalar }
		err := p.call(ctx, c, http.MethodPost, "/v2/coupons", terms, &made)
		if err == nil && isID(string(made.ID)) {
			return p.receipt(string(made.ID)), nil
		}
		if err == nil {
			return crm.Receipt{}, fail(integrations.Temporary, "the shop answered without an error and without a coupon")
		}
		if integrations.KindOf(err) != integrations.Rejected {
			return crm.Receipt{}, err
		}
		refused := err // maybe because another worker made it a moment ago
		if held, err = p.coupon(ctx, c, d.Code); err != nil {
			return crm.Receipt{}, err
		}
		if held == nil {
			return crm.Receipt{}, refused
		}
	}
	switch {
	case held.text("name") != couponName(d), held.text("type") != terms.Type:
		return crm.Receipt{}, fail(integrations.Rejected, "the shop has this code already, for something else")
	case !held.works(p.now()):
		return crm.Receipt{}, fail(integrations.Rejected, "the shop has this code already, and it was ended there")
	}
	return p.receipt(held.text("id")), nil
}

// EndDiscountCode makes the code work no more. It touches no code that is not ours.
func (p *Platform) EndDiscountCode(ctx context.Context, c integrations.Connection, d crm.DiscountCode) error {
	held, err := p.coupon(ctx, c, d.Code)
	switch {
	case err != nil:
		return err
	case held == nil, !held.works(p.now()):
		return nil
	case !strings.HasPrefix(held.text("name"), couponPrefix+d.Code):
		return fail(integrations.Rejected, "the shop has this code for something of its own")
	}
	// What is left out would be cleared, such as what the coupon applies to.
	changed := heldCoupon{}
	maps.Copy(changed, held)
	for _, readOnly := range []string{"id", "num_uses", "date_created"} {
		delete(changed, readOnly)
	}
	changed["enabled"] = json.RawMessage("false")
	err = p.call(ctx, c, http.MethodPut, "/v2/coupons/"+held.text("id"), changed, nil)
	if errors.Is(err, errGone) {
		return nil
	}
	return err
}

// coupon is the one with a code; nil: there is none.
func (p *Platform) coupon(ctx context.Context, c integrations.Connection, code string) (heldCoupon, error) {
	var list []heldCoupon
	if err := p.part(ctx, c, "/v2/coupons?code="+url.QueryEscape(code), &list); err != nil {
		return nil, err
	}
	for _, h := range list {
		if strings.EqualFold(h.text("code"), code) && isID(h.text("id")) {
			return h, nil
		}
	}
	return nil, nil
}

// coupon is one to be made.
type coupon struct {
	Name           string `json:"name"`
	Type           string `json:"type"`
	Amount         string `json:"amount"`
	Minimum        string `json:"min_purchase"`
	Expires        string `json:"expires,omitempty"`
	Enabled        bool   `json:"enabled"`
	Code           string `json:"code"`
	AppliesTo      scope  `json:"applies_to"`
	Uses           int    `json:"max_uses"`
	UsesByCustomer int    `json:"max_uses_per_customer"`
}

type scope struct {
	Entity string `json:"entity"`
	IDs    []int  `json:"ids"`
}

// everything is what BigCommerce writes where a coupon applies to all goods.
var everything = scope{Entity: "categories", IDs: []int{0}}

// terms are those of a code. A coupon works from the moment it is made, cannot
// be bound to a customer, and cannot say with which others it goes: the shop's
// own settings do. One that gives a product would give any number of them.
func terms(d crm.DiscountCode) (coupon, error) {
	made := coupon{Name: couponName(d), Code: d.Code, Amount: "0", Minimum: decimal(d.Minimum), Enabled: true, AppliesTo: everything, Uses: 1, UsesByCustomer: 1}
	switch d.Kind {
	case crm.Percentage:
		made.Type, made.Amount = "percentage_discount", fmt.Sprint(d.Percent)
	case crm.FixedAmount:
		made.Type, made.Amount = "per_total_discount", decimal(d.Amount)
	case crm.FreeShipping:
		made.Type = "free_shipping"
	case crm.FreeProduct:
		return made, fail(integrations.Unsupported, "coupons of BigCommerce cannot give one piece of a product: choose a percentage, an amount or free shipping")
	default:
		return made, fail(integrations.Unsupported, "coupons of BigCommerce know no such discount")
	}
	if !d.EndsAt.IsZero() {
		made.Expires = d.EndsAt.UTC().Format(time.RFC1123Z)
	}
	return made, nil
}

const (
	couponPrefix = "Grazie "
	maxName      = 100
)

// couponName is what the merchant reads in the list of coupons. The code in it
// makes it unique, as it must be.
func couponName(d crm.DiscountCode) string {
	n := couponPrefix + d.Code
	if title := crm.Clean(d.Title); title != "" {
		n += ": " + title
	}
	for utf8.RuneCountInString(n) > maxName {
		_, size := utf8.DecodeLastRuneInString(n)
		n = n[:len(n)-size]
	}
	return strings.TrimSpace(n)
}

// decimal is an amount as the API wants it: "12.50"; no amount is "0".
func decimal(m crm.Money) string {
	if m.Minor == 0 {
		return "0"
	}
	return strings.TrimSuffix(m.String(), " "+m.Currency)
}

// sameCurrency refuses amounts of another currency than the store's own: a
// coupon has none, and counts in that.
func (p *Platform) sameCurrency(ctx context.Context, c integrations.Connection, d crm.DiscountCode) error {
	if d.Kind != crm.FixedAmount && d.Minimum.Minor == 0 {
		return nil
	}
	store, err := p.store(ctx, c)
	if err != nil {
		return err
	}
	for _, m := range []crm.Money{d.Amount, d.Minimum} {
		if m.Minor != 0 && !strings.EqualFold(m.Currency, store.Currency) {
			return fail(integrations.Rejected, fmt.Sprintf("the amount is in %s, and the shop's currency is %s", m.Currency, store.Currency))
		}
	}
	return nil
}

// receipt is the proof of an act in a shop.
func (p *Platform) receipt(id string) crm.Receipt {
	return crm.Receipt{By: name, ID: id, At: p.now()}
}
