package simshop

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// DiscountKind says what a discount makes cheaper.
type DiscountKind string

const (
	DiscountBasic        DiscountKind = "basic" // goods, by Percent or Amount
	DiscountFreeShipping DiscountKind = "free_shipping"
)

// Discount is a discount of the shop with its one code.
type Discount struct {
	ID              uint64
	Code            string
	Title           string
	Kind            DiscountKind
	Percent         float64  // 0.15 for 15 %
	Amount          int64    // minor units of the shop's currency, instead of Percent
	EachItem        bool     // Amount is taken off every piece
	Products        []uint64 // ids of products or variants; none: everything but gift cards
	Customers       []uint64 // ids of who may use it; none: everybody
	Minimum         int64    // least subtotal of the goods that it is for
	UsageLimit      int      // orders; 0: no limit
	OncePerCustomer bool
	StartsAt        time.Time
	EndsAt          time.Time // zero: never
	WithOrder       bool      // may be used together with discounts on orders,
	WithProduct     bool      // on products,
	WithShipping    bool      // and on shipping
	Tags            []string
	CreatedAt       time.Time
	UpdatedAt       time.Time

	uses []use
}

type use struct{ order, customer uint64 }

// Used is the number of orders that used the code.
func (d Discount) Used() int { return len(d.uses) }

// Status is the platform's word: SCHEDULED, ACTIVE or EXPIRED. A code that is
// used up is ACTIVE still.
func (d Discount) Status(now time.Time) string {
	switch {
	case now.Before(d.StartsAt):
		return "SCHEDULED"
	case !d.EndsAt.IsZero() && !now.Before(d.EndsAt):
		return "EXPIRED"
	}
	return "ACTIVE"
}

// Why the checkout refuses a code.
var (
	ErrCodeUnknown     = errors.New("there is no such code")
	ErrCodeScheduled   = errors.New("the code does not work yet")
	ErrCodeEnded       = errors.New("the code has ended")
	ErrCodeUsed        = errors.New("the code was used")
	ErrCodeCustomer    = errors.New("the code is another customer's")
	ErrCodeGoods       = errors.New("the code is for nothing in the cart")
	ErrCodeMinimum     = errors.New("the cart is below the code's minimum")
	ErrCodeCombination = errors.New("the codes cannot be used together")
)

// CodeError says which code was refused, and wraps the reason.
type CodeError struct {
	Code string
	Err  error
}

func (e *CodeError) Error() string { return fmt.Sprintf("simshop: code %s: %v", e.Code, e.Err) }
func (e *CodeError) Unwrap() error { return e.Err }

// Discount finds a discount by its code, in any letter case.
func (s *Shop) Discount(code string) (Discount, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.codes[strings.ToUpper(code)]
	if !ok {
		return Discount{}, false
	}
	return d.clone(), true
}

// Discounts are all discounts of the shop, oldest first.
func (s *Shop) Discounts() []Discount {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Discount, len(s.coded))
	for i, d := range s.coded {
		all[i] = d.clone()
	}
	return all
}

func (d *Discount) clone() Discount {
	c := *d
	c.uses = slices.Clone(d.uses)
	return c
}

// AddDiscount makes a discount as the merchant does by hand, and returns
// discounts/create. A code that exists is an error.
func (s *Shop) AddDiscount(d Discount) (Discount, Webhook, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.codes[strings.ToUpper(d.Code)]; taken || d.Code == "" {
		return Discount{}, Webhook{}, fmt.Errorf("simshop: the code %q is taken or empty: choose another", d.Code)
	}
	made := s.addDiscount(d)
	return made.clone(), s.tellDiscount("discounts/create", made), nil
}

func (s *Shop) addDiscount(d Discount) *Discount {
	d.ID, d.CreatedAt, d.UpdatedAt, d.uses = s.id(), s.Now, s.Now, nil
	s.things[d.ID], s.codes[strings.ToUpper(d.Code)] = &d, &d
	s.coded = append(s.coded, &d)
	return &d
}

func (s *Shop) tellDiscount(topic string, d *Discount) Webhook {
	return s.webhook(topic, s.uuid(), struct {
		GlobalID  string `json:"admin_graphql_api_id"`
		Title     string `json:"title"`
		Status    string `json:"status"`
		CreatedAt stamp  `json:"created_at"`
		UpdatedAt stamp  `json:"updated_at"`
	}{global("DiscountCodeNode", d.ID), d.Title, d.Status(s.Now), s.stamp(d.CreatedAt), s.stamp(d.UpdatedAt)})
}

// accept finds the discounts of the codes that a customer types, those on
// products first and those on shipping last, in which sequence they are taken off.
func (s *Shop) accept(c Customer, cart Cart, codes []string) ([]*Discount, error) {
	var found []*Discount
	for _, code := range codes {
		d, ok := s.codes[strings.ToUpper(strings.TrimSpace(code))]
		if !ok {
			return nil, &CodeError{code, ErrCodeUnknown}
		}
		if err := s.refuse(d, c, cart); err != nil {
			return nil, &CodeError{d.Code, err}
		}
		for _, other := range found {
			if other == d || !other.with(d) || !d.with(other) {
				return nil, &CodeError{d.Code, ErrCodeCombination}
			}
		}
		found = append(found, d)
	}
	slices.SortStableFunc(found, func(a, b *Discount) int { return a.class() - b.class() })
	return found, nil
}

// refuse says why a customer may not use a code for a cart.
func (s *Shop) refuse(d *Discount, c Customer, cart Cart) error {
	switch d.Status(s.Now) {
	case "SCHEDULED":
		return ErrCodeScheduled
	case "EXPIRED":
		return ErrCodeEnded
	}
	if d.UsageLimit > 0 && len(d.uses) >= d.UsageLimit {
		return ErrCodeUsed
	}
	if len(d.Customers) > 0 && !slices.Contains(d.Customers, c.ID) {
		return ErrCodeCustomer
	}
	if d.OncePerCustomer && slices.ContainsFunc(d.uses, func(u use) bool { return u.customer == c.ID }) {
		return ErrCodeUsed
	}
	subtotal, any := int64(0), false
	for _, it := range cart.Items {
		if d.entitles(it.Product) {
			any = true
			subtotal += it.Product.Price * int64(it.Quantity)
		}
	}
	if !any {
		return ErrCodeGoods
	}
	if subtotal < d.Minimum {
		return ErrCodeMinimum
	}
	return nil
}

// entitles tells whether the discount is for a product. Gift cards never are
// cheaper.
func (d *Discount) entitles(p Product) bool {
	return !p.GiftCard && (len(d.Products) == 0 || slices.Contains(d.Products, p.ID) || slices.Contains(d.Products, p.ID+1))
}

// The classes of discounts, in the sequence in which they are taken off.
const (
	onProducts = iota
	onOrder
	onShipping
)

func (d *Discount) class() int {
	switch {
	case d.Kind == DiscountFreeShipping:
		return onShipping
	case len(d.Products) > 0:
		return onProducts
	}
	return onOrder
}

func (d *Discount) with(other *Discount) bool {
	return [...]bool{onProducts: d.WithProduct, onOrder: d.WithOrder, onShipping: d.WithShipping}[other.class()]
}
