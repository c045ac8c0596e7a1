package simshop

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/graph-gophers/graphql-go"
)

// What both mutations take.
type discountInput struct {
	Title                  *string
	Code                   *string
	StartsAt               *dateTime
	EndsAt                 *dateTime
	UsageLimit             *int32
	AppliesOncePerCustomer *bool
	Tags                   *[]string
	Context                *contextInput
	MinimumRequirement     *minimumInput
	CombinesWith           *combinesInput
}

type contextInput struct {
	All       *string
	Customers *struct{ Add *[]graphql.ID }
}

type minimumInput struct {
	Subtotal *struct{ GreaterThanOrEqualToSubtotal *decimals }
}

type combinesInput struct{ OrderDiscounts, ProductDiscounts, ShippingDiscounts graphql.NullBool }

type basicInput struct {
	discountInput
	CustomerGets *getsInput
}

type getsInput struct {
	Items *struct {
		All      *bool
		Products *struct{ ProductsToAdd *[]graphql.ID }
	}
	Value *struct {
		Percentage     *float64
		DiscountAmount *struct {
			Amount            *decimals
			AppliesOnEachItem *bool
		}
	}
}

type shippingInput struct {
	discountInput
	Destination *struct{ All graphql.NullBool }
}

type discountPayload struct {
	CodeDiscountNode *graphDiscount
	UserErrors       []*userError
}

// DiscountCodeBasicCreate makes a code that takes off a part or an amount.
func (r *root) DiscountCodeBasicCreate(args struct{ BasicCodeDiscount basicInput }) *discountPayload {
	const name = "basicCodeDiscount"
	d, errs := r.s.readDiscount(name, DiscountBasic, args.BasicCodeDiscount.discountInput)
	errs = append(errs, r.s.readGets(name, &d, args.BasicCodeDiscount.CustomerGets)...)
	return r.s.createDiscount(d, errs)
}

// DiscountCodeFreeShippingCreate makes a code that takes off the shipping.
func (r *root) DiscountCodeFreeShippingCreate(args struct{ FreeShippingCodeDiscount shippingInput }) *discountPayload {
	const name = "freeShippingCodeDiscount"
	in := args.FreeShippingCodeDiscount
	d, errs := r.s.readDiscount(name, DiscountFreeShipping, in.discountInput)
	if d.WithShipping {
		errs = append(errs, refusal("INVALID_COMBINES_WITH_FOR_DISCOUNT_CLASS", "The combinesWith settings are not valid for the discount class.", name, "combinesWith")...)
	}
	if in.Destination == nil {
		errs = append(errs, refusal("BLANK", "Destination can't be blank", name, "destination")...)
	}
	return r.s.createDiscount(d, errs)
}

func (s *Shop) createDiscount(d Discount, errs []*userError) *discountPayload {
	if len(errs) > 0 {
		return &discountPayload{UserErrors: errs}
	}
	made := s.addDiscount(d)
	s.outbox = append(s.outbox, s.tellDiscount("discounts/create", made))
	return &discountPayload{CodeDiscountNode: &graphDiscount{s, made}, UserErrors: accepted}
}

func (s *Shop) readDiscount(name string, kind DiscountKind, in discountInput) (d Discount, errs []*userError) {
	refuse := func(code, message string, field ...string) {
		errs = append(errs, refusal(code, message, append([]string{name}, field...)...)...)
	}
	d.Kind = kind
	if d.Title = value(in.Title); strings.TrimSpace(d.Title) == "" {
		refuse("BLANK", "Title can't be blank", "title")
	}
	d.Code = value(in.Code)
	if _, taken := s.codes[strings.ToUpper(d.Code)]; taken {
		refuse("TAKEN", "Code must be unique. Please try a different code.", "code")
	} else if strings.TrimSpace(d.Code) == "" {
		refuse("BLANK", "Code can't be blank", "code")
	}
	if in.StartsAt == nil {
		refuse("BLANK", "Starts at can't be blank", "startsAt")
	} else {
		d.StartsAt = in.StartsAt.Time
	}
	if in.EndsAt != nil {
		if d.EndsAt = in.EndsAt.Time; !d.EndsAt.After(d.StartsAt) {
			refuse("INVALID", "Ends at needs to be after starts_at", "endsAt")
		}
	}
	d.UsageLimit, d.OncePerCustomer, d.Tags = int(value(in.UsageLimit)), value(in.AppliesOncePerCustomer), slices.Clone(value(in.Tags))
	if len(d.Tags) > 5 {
		refuse("TOO_MANY_TAGS", "Tags is too many (maximum is 5)", "tags")
	}
	if c := in.CombinesWith; c != nil {
		d.WithOrder, d.WithProduct, d.WithShipping = truth(c.OrderDiscounts), truth(c.ProductDiscounts), truth(c.ShippingDiscounts)
	}
	if m := in.MinimumRequirement; m != nil && m.Subtotal != nil && m.Subtotal.GreaterThanOrEqualToSubtotal != nil {
		var ok bool
		if d.Minimum, ok = s.minor(*m.Subtotal.GreaterThanOrEqualToSubtotal); !ok || d.Minimum < 0 {
			refuse("INVALID", "Minimum subtotal is invalid", "minimumRequirement", "subtotal", "greaterThanOrEqualToSubtotal")
		}
	}
	switch c := in.Context; {
	case c == nil:
		refuse("BLANK", "Context can't be blank", "context")
	case c.Customers != nil:
		for _, id := range value(c.Customers.Add) {
			p, ok, err := found[*person](s, "Customer", id)
			if err != nil || !ok || p.deleted {
				refuse("INVALID", fmt.Sprintf("Customer with id: %s is invalid", last(id)), "context", "customers", "add")
				continue
			}
			d.Customers = append(d.Customers, p.ID)
		}
		if len(d.Customers) == 0 && len(errs) == 0 {
			refuse("BLANK", "Customers can't be blank", "context", "customers", "add")
		}
	}
	return d, errs
}

// readGets reads what a basic discount gives.
func (s *Shop) readGets(name string, d *Discount, in *getsInput) (errs []*userError) {
	refuse := func(code, message string, field ...string) {
		errs = append(errs, refusal(code, message, append([]string{name, "customerGets"}, field...)...)...)
	}
	if in == nil || in.Value == nil || in.Items == nil {
		refuse("BLANK", "Customer gets can't be blank")
		return errs
	}
	switch v := in.Value; {
	case v.Percentage != nil:
		if d.Percent = *v.Percentage; d.Percent <= 0 || d.Percent > 1 {
			refuse("VALUE_OUTSIDE_RANGE", "Value must be between 0.0 and 1.0", "value", "percentage")
		}
	case v.DiscountAmount != nil && v.DiscountAmount.Amount != nil:
		var ok bool
		if d.Amount, ok = s.minor(*v.DiscountAmount.Amount); !ok || d.Amount <= 0 {
			refuse("GREATER_THAN", "Discount amount must be greater than 0", "value", "discountAmount", "amount")
		}
		d.EachItem = value(v.DiscountAmount.AppliesOnEachItem)
	default:
		refuse("BLANK", "Value can't be blank", "value")
	}
	if in.Items.Products == nil {
		if !value(in.Items.All) {
			refuse("BLANK", "Items can't be blank", "items")
		}
		return errs
	}
	for _, id := range value(in.Items.Products.ProductsToAdd) {
		n, err := number("Product", id)
		if err != nil || !slices.ContainsFunc(s.Products(), func(p Product) bool { return p.ID == n }) {
			refuse("INVALID", fmt.Sprintf("Product with id: %s is invalid", last(id)), "items", "products", "productsToAdd")
			continue
		}
		d.Products = append(d.Products, n)
	}
	if len(d.Products) == 0 && len(errs) == 0 {
		refuse("BLANK", "Items can't be blank", "items")
	}
	return errs
}

// DiscountCodeDeactivate ends a code now.
func (r *root) DiscountCodeDeactivate(args struct{ ID graphql.ID }) (*discountPayload, error) {
	s := r.s
	d, ok, err := found[*Discount](s, "DiscountCodeNode", args.ID)
	if err != nil {
		return nil, err
	}
	if !ok {
		return &discountPayload{UserErrors: refusal("INVALID", "Code discount does not exist.", "id")}, nil
	}
	if d.Status(s.Now) != "EXPIRED" {
		d.EndsAt, d.UpdatedAt = s.Now, s.Now
		if d.StartsAt.After(s.Now) { // it never began
			d.StartsAt = s.Now
		}
		s.outbox = append(s.outbox, s.tellDiscount("discounts/update", d))
	}
	return &discountPayload{CodeDiscountNode: &graphDiscount{s, d}, UserErrors: accepted}, nil
}

// CodeDiscountNodeByCode finds a code in any letter case.
func (r *root) CodeDiscountNodeByCode(args struct{ Code string }) *graphDiscount {
	if d, ok := r.s.codes[strings.ToUpper(args.Code)]; ok {
		return &graphDiscount{r.s, d}
	}
	return nil
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func truth(b graphql.NullBool) bool { return value(b.Value) }

// last is the number in an id, or the whole of what is none.
func last(id graphql.ID) string {
	text := string(id)
	return cmp.Or(text[strings.LastIndex(text, "/")+1:], text)
}
