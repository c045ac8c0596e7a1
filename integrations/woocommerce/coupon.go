package woocommerce

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

const (
	couponsPath = "/wc/v3/coupons"
	ownKey      = "grazie_effect"                               // the extra field that marks a coupon of ours
	taken       = "woocommerce_rest_coupon_code_already_exists" // how the shop refuses a code that exists
	moments     = "2006-01-02T15:04:05"                         // how it writes times, in UTC where the field ends in _gmt
)

// coupon is a discount code as the shop wants it.
type coupon struct {
	Code         string   `json:"code"`
	Description  string   `json:"description"`
	DiscountType string   `json:"discount_type"`
	Amount       string   `json:"amount"`
	Expires      *string  `json:"date_expires_gmt"`
	Individual   bool     `json:"individual_use"`
	Products     []uint64 `json:"product_ids,omitempty"`
	Items        int      `json:"limit_usage_to_x_items,omitempty"`
	UsageLimit   int      `json:"usage_limit"`
	PerUser      int      `json:"usage_limit_per_user"`
	FreeShipping bool     `json:"free_shipping"`
	Minimum      string   `json:"minimum_amount,omitempty"`
	Meta         []field  `json:"meta_data"`
}

type field struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// CreateDiscountCode makes the code exist with its terms. One that is there with
// our mark for the same terms is the one that an earlier try made.
func (p *Platform) CreateDiscountCode(ctx context.Context, c integrations.Connection, d crm.DiscountCode) (crm.Receipt, error) {
	wanted, err := p.terms(d)
	if err != nil {
		return crm.Receipt{}, err
	}
	h, err := p.holder(ctx, c, d.Code)
	if err == nil && h == nil {
		if err = p.sameCurrency(ctx, c, d); err == nil {
			h, err = p.create(ctx, c, d, wanted)
		}
	}
	switch {
	case err != nil:
		return crm.Receipt{}, err
	case h.mark != mark(d):
		return crm.Receipt{}, p.api.Fail(integrations.Rejected, "the shop has this code already, for something else", nil)
	case h.ended(p.now()):
		return crm.Receipt{}, p.api.Fail(integrations.Rejected, "the shop has this code already, and it was ended there", nil)
	}
	return crm.Receipt{By: p.Name(), ID: h.id, At: p.now()}, nil
}

func (p *Platform) create(ctx context.Context, c integrations.Connection, d crm.DiscountCode, wanted coupon) (*held, error) {
	a, err := p.call(ctx, c, http.MethodPost, couponsPath, nil, wanted)
	if a.code == taken {
		h, err := p.holder(ctx, c, d.Code)
		if err == nil && h == nil {
			err = p.api.Fail(integrations.Temporary, "the code is taken, but the shop does not show it yet", nil)
		}
		return h, err
	}
	if err != nil {
		return nil, err
	}
	return p.held(a.body)
}

// EndDiscountCode makes the code work no more, from now on. It stays in the
// shop's list, and no code that is not ours is touched.
func (p *Platform) EndDiscountCode(ctx context.Context, c integrations.Connection, d crm.DiscountCode) error {
	h, err := p.holder(ctx, c, d.Code)
	switch {
	case err != nil:
		return err
	case h == nil, h.ended(p.now()):
		return nil
	case h.mark == "":
		return p.api.Fail(integrations.Rejected, "the shop has this code for something of its own", nil)
	}
	over := p.now().UTC().Add(-time.Minute).Format(moments) // the shop's clock may be behind
	_, err = p.call(ctx, c, http.MethodPut, couponsPath+"/"+h.id, nil, map[string]any{"date_expires_gmt": over})
	return err
}

// terms are those of a code, in the shop's words. The shop has one word for
// whether a coupon goes together with others: unless all kinds may, none do.
func (p *Platform) terms(d crm.DiscountCode) (coupon, error) {
	w := coupon{
		Code: d.Code, Description: cmp.Or(crm.Clean(d.Title), "Grazie"), Amount: "0", Individual: !d.WithOrder || !d.WithProduct || !d.WithShipping,
		UsageLimit: 1, PerUser: 1, Meta: []field{{ownKey, mark(d)}},
	}
	if !d.EndsAt.IsZero() {
		at := d.EndsAt.UTC().Format(moments)
		w.Expires = &at
	}
	if d.Minimum.Minor > 0 {
		w.Minimum = decimal(d.Minimum)
	}
	switch d.Kind {
	case crm.Percentage:
		if d.Percent < 1 || d.Percent > 100 {
			return w, p.api.Fail(integrations.Rejected, fmt.Sprintf("%d is not a percentage from 1 to 100", d.Percent), nil)
		}
		w.DiscountType, w.Amount = "percent", strconv.Itoa(d.Percent)
	case crm.FixedAmount:
		if d.Amount.Minor <= 0 {
			return w, p.api.Fail(integrations.Rejected, "the amount off is not more than nothing", nil)
		}
		w.DiscountType, w.Amount = "fixed_cart", decimal(d.Amount)
	case crm.FreeShipping:
		w.DiscountType, w.FreeShipping = "fixed_cart", true
	case crm.FreeProduct: // one piece of it
		product, err := strconv.ParseUint(d.ProductID, 10, 64)
		if err != nil {
			return w, p.api.Fail(integrations.Rejected, "the free product is not the number of one: set product_id to what the shop's list of products shows as ID", nil)
		}
		w.DiscountType, w.Amount, w.Products, w.Items = "percent", "100", []uint64{product}, 1
	default:
		return w, p.api.Fail(integrations.Unsupported, "the shop knows no codes of this kind", nil)
	}
	return w, nil
}

func decimal(m crm.Money) string { return strings.Fields(m.String())[0] }

// mark says which code of ours a coupon is, and with which terms: a summary
// without anything personal.
func mark(d crm.DiscountCode) string {
	d.Uses, d.PlatformID, d.Ended, d.EndedAt = nil, "", "", time.Time{}
	d.StartsAt, d.EndsAt = d.StartsAt.UTC().Truncate(time.Second), d.EndsAt.UTC().Truncate(time.Second)
	text, _ := json.Marshal(d) // texts and numbers only: it cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// held is a coupon that the shop has.
type held struct {
	id, code, mark string
	expires        time.Time
}

func (h *held) ended(now time.Time) bool { return !h.expires.IsZero() && now.After(h.expires) }

// holder reads the coupon with a code; nil: there is none. The shop keeps codes
// in small letters.
func (p *Platform) holder(ctx context.Context, c integrations.Connection, code string) (*held, error) {
	a, err := p.call(ctx, c, http.MethodGet, couponsPath, url.Values{"code": {strings.ToLower(code)}, "per_page": {"10"}}, nil)
	if err != nil {
		return nil, err
	}
	var list []json.RawMessage
	if err := p.read(a, &list); err != nil {
		return nil, err
	}
	for _, text := range list {
		if h, err := p.held(text); err != nil || strings.EqualFold(h.code, code) {
			return h, err
		}
	}
	return nil, nil
}

func (p *Platform) held(text []byte) (*held, error) {
	v, err := integrations.ReadBody(text, true)
	if err != nil {
		return nil, p.odd()
	}
	h := &held{id: needID(v.At("id")), code: v.At("code").Text(), expires: v.At("date_expires_gmt").Time(), mark: meta(v, ownKey)}
	if v.Err() != nil {
		return nil, p.odd()
	}
	return h, nil
}

// sameCurrency makes sure that an amount means in the shop what it means here. A
// key that may not read the shop's settings leaves that open.
func (p *Platform) sameCurrency(ctx context.Context, c integrations.Connection, d crm.DiscountCode) error {
	ours := cmp.Or(d.Amount.Currency, d.Minimum.Currency)
	if d.Kind != crm.FixedAmount && d.Minimum.Minor <= 0 {
		return nil
	}
	theirs, err := p.setting(ctx, c, "woocommerce_currency")
	if err != nil || theirs == "" {
		if kind := integrations.KindOf(err); err == nil || kind == integrations.Unauthorized || kind == integrations.Rejected {
			return nil
		}
		return err
	}
	if !strings.EqualFold(theirs, ours) {
		return p.api.Fail(integrations.Rejected, fmt.Sprintf("the code is in %s, and the shop sells in %s", ours, strings.ToUpper(theirs)), nil)
	}
	return nil
}
