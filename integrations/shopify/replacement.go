package shopify

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/Khan/genqlient/graphql"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/admin"
)

// maxTag is how long a tag of an order may be.
const maxTag = 40

// PlaceReplacement places an order without charge for the return's lines: a
// draft at no price that is completed at once. The key is a tag of both, so
// that a repeated call finds what an earlier one made.
func (p *Platform) PlaceReplacement(ctx context.Context, c integrations.Connection, r crm.Return, key string) (crm.Replacement, error) {
	shop, err := p.on(c)
	if err != nil {
		return crm.Replacement{}, err
	}
	if key == "" || len(key) > maxTag || strings.ContainsFunc(key, unfit) {
		return crm.Replacement{}, fail(integrations.Rejected, "the replacement's key cannot be a tag: it takes up to 40 letters, digits, _ and -")
	}
	out := crm.Replacement{ReturnID: r.ID, Value: r.Value}
	draft, order, err := earlier(ctx, shop, key)
	switch {
	case err != nil:
		return out, repeatable(err)
	case order != "":
		out.OrderID = number(order)
		return out, nil
	case draft == nil:
		if draft, err = p.draft(ctx, shop, r, key); err != nil {
			return out, repeatable(err)
		}
	}
	out.DraftID = number(draft.Id)
	placed, err := complete(ctx, shop, *draft)
	out.OrderID = number(placed)
	return out, repeatable(err)
}

// unfit tells what a key must not hold: commas part tags, and the search has a
// syntax of its own (platforms.md, section 0).
func unfit(r rune) bool {
	return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", r)
}

// earlier looks for what an earlier call made: an order, else a draft. Of
// several drafts that lost answers left, everybody takes the first.
func earlier(ctx context.Context, shop graphql.Client, key string) (draft *admin.Draft, order string, err error) {
	told, err := admin.Replacements(ctx, shop, "tag:"+key)
	if err != nil {
		return nil, "", err
	}
	tagged := func(tags []string) bool {
		return slices.ContainsFunc(tags, func(t string) bool { return strings.EqualFold(t, key) })
	}
	for _, o := range told.Orders.Nodes {
		if tagged(o.Tags) {
			return nil, o.Id, nil
		}
	}
	for _, d := range slices.Concat(told.Tagged.Nodes, told.Newest.Nodes) {
		if !tagged(d.Tags) {
			continue
		}
		if d.Order != nil {
			return nil, d.Order.Id, nil
		}
		if draft == nil || older(d.Id, draft.Id) {
			draft = &d
		}
	}
	return draft, "", nil
}

// older compares ids, which grow.
func older(a, b string) bool {
	a, b = number(a), number(b)
	return len(a) < len(b) || len(a) == len(b) && a < b
}

// draft makes the draft of a replacement.
func (p *Platform) draft(ctx context.Context, shop graphql.Client, r crm.Return, key string) (*admin.Draft, error) {
	input, err := draftOf(r, key)
	if err != nil {
		return nil, err
	}
	told, err := addresses(ctx, shop, r.OrderID)
	if err != nil {
		return nil, err
	}
	to := told.Order.ShippingAddress
	input.ShippingAddress = &admin.MailingAddressInput{
		FirstName: to.FirstName, LastName: to.LastName, Company: to.Company, Address1: to.Address1, Address2: to.Address2,
		City: to.City, ProvinceCode: to.ProvinceCode, Zip: to.Zip, CountryCode: to.CountryCodeV2, Phone: to.Phone,
	}
	created, err := admin.CreateDraft(ctx, shop, *input)
	if err != nil {
		return nil, err
	}
	done := created.DraftOrderCreate
	switch {
	case done == nil:
		return nil, odd("a draft")
	case len(done.UserErrors) > 0:
		return nil, refused(done.UserErrors[0].Message, done.UserErrors[0].Field)
	case done.DraftOrder == nil:
		return nil, odd("a draft")
	}
	return done.DraftOrder, nil
}

// draftOf is what goes into a draft for the lines of a return. Goods that the
// shop sells no more have no variant, and no replacement.
func draftOf(r crm.Return, key string) (*admin.DraftOrderInput, error) {
	input := &admin.DraftOrderInput{
		Tags: []string{tag, key}, Note: pointer("Replacement for the return " + r.Name + ", sent before the goods are back."),
		AppliedDiscount: &admin.DraftOrderAppliedDiscountInput{Title: pointer("Replacement"), Value: 100, ValueType: admin.DraftOrderAppliedDiscountTypePercentage},
		ShippingLine:    &admin.ShippingLineInput{Title: pointer("Replacement"), PriceWithCurrency: &admin.MoneyInput{Amount: "0", CurrencyCode: r.Value.Currency}},
	}
	if r.Value.Currency == "" {
		return nil, fail(integrations.Rejected, "the return's value is not known: read it first")
	}
	for _, line := range r.Lines {
		if line.VariantID == "" {
			return nil, fail(integrations.Rejected, fmt.Sprintf("%q is not sold any more, and cannot be sent again", line.Title))
		}
		variant, err := global("ProductVariant", line.VariantID)
		if err != nil {
			return nil, err
		}
		input.LineItems = append(input.LineItems, admin.DraftOrderLineItemInput{VariantId: &variant, Quantity: line.Quantity})
	}
	if len(input.LineItems) == 0 {
		return nil, fail(integrations.Rejected, "the return has no lines to send again")
	}
	if r.CustomerID != "" && !strings.HasPrefix(r.CustomerID, guest) {
		customer, err := global("Customer", r.CustomerID)
		if err != nil {
			return nil, err
		}
		input.PurchasingEntity = &admin.PurchasingEntityInput{CustomerId: &customer}
	}
	return input, nil
}

// complete turns a draft into an order, and returns its id. A draft that costs
// something is left to staff: nobody is charged for a replacement.
func complete(ctx context.Context, shop graphql.Client, d admin.Draft) (string, error) {
	due, err := crm.ParseMoney(d.TotalPriceSet.ShopMoney.Amount, d.TotalPriceSet.ShopMoney.CurrencyCode)
	if err != nil || due.Minor != 0 {
		return "", fail(integrations.Rejected, fmt.Sprintf("the replacement would cost %s: complete or delete the draft %s in the shop", due, number(d.Id)))
	}
	told, err := admin.CompleteDraft(ctx, shop, d.Id)
	if err != nil {
		return "", err
	}
	done := told.DraftOrderComplete
	switch {
	case done == nil:
		return "", odd("a draft")
	case len(done.UserErrors) > 0:
		return completed(ctx, shop, d.Id, refused(done.UserErrors[0].Message, done.UserErrors[0].Field))
	case done.DraftOrder == nil || done.DraftOrder.Order == nil:
		return completed(ctx, shop, d.Id, odd("an order"))
	}
	return done.DraftOrder.Order.Id, nil
}

// completed looks whether a draft became an order meanwhile; else the error stands.
func completed(ctx context.Context, shop graphql.Client, id string, otherwise error) (string, error) {
	told, err := admin.DraftOrder(ctx, shop, id)
	switch {
	case err != nil:
		return "", err
	case told.DraftOrder == nil || told.DraftOrder.Order == nil:
		return "", otherwise
	}
	return told.DraftOrder.Order.Id, nil
}
