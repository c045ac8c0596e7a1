package shopify

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/Khan/genqlient/graphql"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/admin"
)

// tag marks in the shop what Grazie made.
const tag = "grazie"

// taken is how the shop refuses a code that exists (platforms.md, C.1).
const taken = admin.DiscountErrorCodeTaken

// CreateDiscountCode makes the code exist with its terms. One that is there
// already and has our tag, this title and this customer is the one that an
// earlier try made.
func (p *Platform) CreateDiscountCode(ctx context.Context, c integrations.Connection, d crm.DiscountCode) (crm.Receipt, error) {
	shop, err := p.on(c)
	if err != nil {
		return crm.Receipt{}, err
	}
	made, err := p.createCode(ctx, shop, d)
	if errors.Is(err, errTaken) {
		made, err = p.ownCode(ctx, shop, d)
	}
	if err != nil {
		return crm.Receipt{}, repeatable(err)
	}
	return p.receipt(made), nil
}

var errTaken = errors.New("the code exists already")

// createCode asks for the code, and returns its global id, or errTaken.
func (p *Platform) createCode(ctx context.Context, shop graphql.Client, d crm.DiscountCode) (string, error) {
	if err := p.sameCurrency(ctx, shop, d); err != nil {
		return "", err
	}
	if d.Kind == crm.FreeShipping {
		terms, err := freeShipping(d)
		if err != nil {
			return "", err
		}
		told, err := admin.CreateFreeShippingCode(ctx, shop, *terms)
		if err != nil {
			return "", err
		}
		made := told.DiscountCodeFreeShippingCreate
		if made == nil {
			return "", odd("a discount")
		}
		return codeMade(made.CodeDiscountNode, made.UserErrors)
	}
	terms, err := p.basic(ctx, shop, d)
	if err != nil {
		return "", err
	}
	told, err := admin.CreateBasicCode(ctx, shop, *terms)
	if err != nil {
		return "", err
	}
	made := told.DiscountCodeBasicCreate
	if made == nil {
		return "", odd("a discount")
	}
	return codeMade(made.CodeDiscountNode, made.UserErrors)
}

func codeMade(node *admin.DiscountNode, errs []admin.DiscountUserError) (string, error) {
	for _, e := range errs {
		if e.Code != nil && *e.Code == taken {
			return "", errTaken
		}
	}
	switch {
	case len(errs) > 0:
		return "", refused(errs[0].Message, errs[0].Field)
	case node == nil:
		return "", odd("a discount")
	}
	return node.Id, nil
}

// held is a code that the shop knows.
type held struct {
	id, title string
	ours      bool
	customers []string // global ids it is bound to; none: everybody
	ended     bool
}

// holder reads who holds a code; nil: nobody.
func holder(ctx context.Context, shop graphql.Client, code string) (*held, error) {
	told, err := admin.CodeHolder(ctx, shop, code)
	if err != nil {
		return nil, err
	}
	node := told.CodeDiscountNodeByCode
	if node == nil {
		return nil, nil
	}
	h := &held{id: node.Id}
	switch d := node.CodeDiscount.(type) { // of other kinds, we make none
	case *admin.HeldDiscountCodeBasic:
		h.title, h.ours, h.customers, h.ended = d.Title, ours(d.Tags), boundTo(d.Context), d.Status == admin.DiscountStatusExpired
	case *admin.HeldDiscountCodeFreeShipping:
		h.title, h.ours, h.customers, h.ended = d.Title, ours(d.Tags), boundTo(d.Context), d.Status == admin.DiscountStatusExpired
	}
	return h, nil
}

// ours looks for the tag. Shops compare tags without case (platforms.md, 0).
func ours(tags []string) bool {
	return slices.ContainsFunc(tags, func(t string) bool { return strings.EqualFold(t, tag) })
}

// ownCode is the id of a code that exists, if it is the one that is wanted.
func (p *Platform) ownCode(ctx context.Context, shop graphql.Client, d crm.DiscountCode) (string, error) {
	h, err := holder(ctx, shop, d.Code)
	switch {
	case err != nil:
		return "", err
	case h == nil: // refused as taken a moment ago, and not to be found: the shop is not of one mind yet
		return "", fail(integrations.Temporary, "the code is taken, but the shop does not show it yet")
	}
	bound, err := customers(d)
	if err != nil {
		return "", err
	}
	if !h.ours || h.title != title(d) || !slices.Equal(h.customers, bound) {
		return "", fail(integrations.Rejected, "the shop has this code already, for something else")
	}
	if h.ended {
		return "", fail(integrations.Rejected, "the shop has this code already, and it was ended there")
	}
	return h.id, nil
}

// EndDiscountCode makes the code work no more. It touches no code that is not
// ours.
func (p *Platform) EndDiscountCode(ctx context.Context, c integrations.Connection, d crm.DiscountCode) error {
	shop, err := p.on(c)
	if err != nil {
		return err
	}
	h, err := holder(ctx, shop, d.Code)
	switch {
	case err != nil:
		return repeatable(err)
	case h == nil, h.ended:
		return nil
	case !h.ours:
		return fail(integrations.Rejected, "the shop has this code for something of its own")
	}
	told, err := admin.DeactivateCode(ctx, shop, h.id)
	if err != nil {
		return repeatable(err)
	}
	done := told.DiscountCodeDeactivate
	switch {
	case done == nil:
		return odd("a discount")
	case len(done.UserErrors) > 0:
		return refused(done.UserErrors[0].Message, done.UserErrors[0].Field)
	case done.CodeDiscountNode == nil:
		return odd("a discount")
	}
	return nil
}
