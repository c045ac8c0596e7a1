package shopify

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/Khan/genqlient/graphql"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/admin"
)

// maxTitle is how long a discount's title may be.
const maxTitle = 255

// title is what the merchant sees in the list of discounts.
func title(d crm.DiscountCode) string {
	t := cmp.Or(crm.Clean(d.Title), "Grazie")
	if len(t) > maxTitle {
		t = strings.ToValidUTF8(t[:maxTitle], "")
	}
	return t
}

// guest begins the ids of customers whom the platform gave none.
const guest = "guest_"

// customers are the global ids of whom the code is for. A guest has none: her
// code serves whoever types it, once.
func customers(d crm.DiscountCode) ([]string, error) {
	if d.CustomerID == "" || strings.HasPrefix(d.CustomerID, guest) {
		return nil, nil
	}
	id, err := global("Customer", d.CustomerID)
	return []string{id}, err
}

// boundTo are the customers in a discount's context; none: everybody.
func boundTo(context admin.BoundTo) []string {
	bound, ok := context.(*admin.BoundToDiscountCustomers)
	if !ok {
		return nil
	}
	ids := make([]string, len(bound.Customers))
	for i, c := range bound.Customers {
		ids[i] = c.Id
	}
	return ids
}

// who turns the customers into the API's terms, of which exactly one may be given.
func who(d crm.DiscountCode) (*admin.DiscountContextInput, error) {
	ids, err := customers(d)
	if err != nil {
		return nil, err
	}
	if ids == nil {
		return &admin.DiscountContextInput{All: pointer(admin.DiscountBuyerSelectionAll)}, nil
	}
	return &admin.DiscountContextInput{Customers: &admin.DiscountCustomersInput{Add: ids}}, nil
}

func minimum(d crm.DiscountCode) *admin.DiscountMinimumRequirementInput {
	if d.Minimum.Minor <= 0 {
		return nil
	}
	return &admin.DiscountMinimumRequirementInput{Subtotal: &admin.DiscountMinimumSubtotalInput{GreaterThanOrEqualToSubtotal: pointer(decimal(d.Minimum))}}
}

func combines(d crm.DiscountCode) *admin.DiscountCombinesWithInput {
	return &admin.DiscountCombinesWithInput{OrderDiscounts: &d.WithOrder, ProductDiscounts: &d.WithProduct, ShippingDiscounts: &d.WithShipping}
}

// basic are the terms of a percentage, an amount or a product.
func (p *Platform) basic(ctx context.Context, shop graphql.Client, d crm.DiscountCode) (*admin.DiscountCodeBasicInput, error) {
	bound, err := who(d)
	if err != nil {
		return nil, err
	}
	gets, err := p.gets(ctx, shop, d)
	if err != nil {
		return nil, err
	}
	return &admin.DiscountCodeBasicInput{
		Title: pointer(title(d)), Code: &d.Code, Tags: []string{tag},
		StartsAt: moment(d.StartsAt), EndsAt: moment(d.EndsAt),
		UsageLimit: pointer(1), AppliesOncePerCustomer: pointer(true),
		Context: bound, CustomerGets: gets, MinimumRequirement: minimum(d), CombinesWith: combines(d),
	}, nil
}

// freeShipping are the terms of free shipping, wherever it goes.
func freeShipping(d crm.DiscountCode) (*admin.DiscountCodeFreeShippingInput, error) {
	bound, err := who(d)
	if err != nil {
		return nil, err
	}
	return &admin.DiscountCodeFreeShippingInput{
		Title: pointer(title(d)), Code: &d.Code, Tags: []string{tag},
		StartsAt: moment(d.StartsAt), EndsAt: moment(d.EndsAt),
		UsageLimit: pointer(1), AppliesOncePerCustomer: pointer(true),
		Context: bound, Destination: &admin.DiscountShippingDestinationSelectionInput{All: pointer(true)},
		MinimumRequirement: minimum(d), CombinesWith: combines(d),
	}, nil
}

// gets is what the code takes off.
func (p *Platform) gets(ctx context.Context, shop graphql.Client, d crm.DiscountCode) (*admin.DiscountCustomerGetsInput, error) {
	everything := &admin.DiscountItemsInput{All: pointer(true)}
	switch d.Kind {
	case crm.Percentage:
		if d.Percent < 1 || d.Percent > 100 {
			return nil, fail(integrations.Rejected, fmt.Sprintf("%d is not a percentage from 1 to 100", d.Percent))
		}
		return &admin.DiscountCustomerGetsInput{Items: everything, Value: &admin.DiscountCustomerGetsValueInput{Percentage: pointer(float64(d.Percent) / 100)}}, nil
	case crm.FixedAmount:
		if d.Amount.Minor <= 0 {
			return nil, fail(integrations.Rejected, "the amount is not above zero")
		}
		return &admin.DiscountCustomerGetsInput{Items: everything, Value: once(decimal(d.Amount))}, nil
	case crm.FreeProduct:
		return p.product(ctx, shop, d)
	}
	return nil, fail(integrations.Unsupported, fmt.Sprintf("Shopify has no discount of the kind %q", d.Kind))
}

// product gives one piece of a product away: its price, once, off that product
// alone. A hundred percent off would give away as many as the customer takes.
func (p *Platform) product(ctx context.Context, shop graphql.Client, d crm.DiscountCode) (*admin.DiscountCustomerGetsInput, error) {
	id, err := global("Product", d.ProductID)
	if err != nil {
		return nil, err
	}
	told, err := admin.ProductPrice(ctx, shop, id)
	if err != nil {
		return nil, err
	}
	if told.Product == nil {
		return nil, fail(integrations.Rejected, "the product to give away is not in the shop any more")
	}
	return &admin.DiscountCustomerGetsInput{
		Items: &admin.DiscountItemsInput{Products: &admin.DiscountProductsInput{ProductsToAdd: []string{id}}},
		Value: once(told.Product.PriceRangeV2.MaxVariantPrice.Amount),
	}, nil
}

// once is an amount off the whole, not off each piece.
func once(amount string) *admin.DiscountCustomerGetsValueInput {
	return &admin.DiscountCustomerGetsValueInput{DiscountAmount: &admin.DiscountAmountInput{Amount: &amount, AppliesOnEachItem: pointer(false)}}
}

// sameCurrency refuses amounts in another currency than the shop's: the API
// takes bare numbers, and would read 1000 JPY as 1000 EUR.
func (p *Platform) sameCurrency(ctx context.Context, shop graphql.Client, d crm.DiscountCode) error {
	var wanted []string
	if d.Kind == crm.FixedAmount {
		wanted = append(wanted, d.Amount.Currency)
	}
	if d.Minimum.Minor > 0 {
		wanted = append(wanted, d.Minimum.Currency)
	}
	if wanted == nil {
		return nil
	}
	told, err := admin.Shop(ctx, shop)
	if err != nil {
		return err
	}
	if told.Shop.CurrencyCode == "" {
		return odd("its currency")
	}
	for _, currency := range wanted {
		if currency != told.Shop.CurrencyCode {
			return fail(integrations.Rejected, fmt.Sprintf("the code is in %q, the shop's currency is %s: change the gesture's settings", currency, told.Shop.CurrencyCode))
		}
	}
	return nil
}

// decimal is an amount as the API wants it, "12.50".
func decimal(m crm.Money) string {
	number, _, _ := strings.Cut(m.String(), " ")
	return number
}

// moment is a time as the API wants it; none is none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return pointer(t.UTC().Truncate(time.Second))
}

// refused says what the shop did not like, and where.
func refused(message string, field []string) error {
	if len(field) > 0 {
		message += " (" + strings.Join(field, ".") + ")"
	}
	return fail(integrations.Rejected, integrations.Quote(message))
}
