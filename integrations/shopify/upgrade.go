package shopify

import (
	"context"
	"fmt"

	"github.com/Khan/genqlient/graphql"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/admin"
)

// states are the platform's words for a return, in ours.
var states = map[admin.ReturnStatus]crm.ReturnStatus{
	admin.ReturnStatusRequested: crm.ReturnRequested,
	admin.ReturnStatusOpen:      crm.ReturnOpen,
	admin.ReturnStatusClosed:    crm.ReturnClosed,
	admin.ReturnStatusDeclined:  crm.ReturnDeclined,
	admin.ReturnStatusCanceled:  crm.ReturnCanceled,
}

// maxLinePages bounds how many pages of 25 lines a return may have.
const maxLinePages = 40

// Return reads a return whole. Its value is what was paid for the goods, after
// discounts; the fee is what the customer pays for sending them.
func (p *Platform) Return(ctx context.Context, c integrations.Connection, id string) (crm.Return, error) {
	shop, err := p.on(c)
	if err != nil {
		return crm.Return{}, err
	}
	gid, err := global("Return", id)
	if err != nil {
		return crm.Return{}, err
	}
	out, after := crm.Return{}, (*string)(nil)
	for range maxLinePages {
		told, err := admin.Return(ctx, shop, gid, after)
		if err != nil {
			return crm.Return{}, err
		}
		if told.Return == nil {
			return crm.Return{}, fail(integrations.Rejected, "the shop has no such return")
		}
		if after == nil {
			if out, err = p.whole(told.Return); err != nil {
				return crm.Return{}, err
			}
		}
		lines := told.Return.ReturnLineItems
		for _, line := range lines.Nodes {
			if err := addLine(&out, line); err != nil {
				return crm.Return{}, err
			}
		}
		if !lines.PageInfo.HasNextPage || lines.PageInfo.EndCursor == nil {
			return out, nil
		}
		after = lines.PageInfo.EndCursor
	}
	return crm.Return{}, fail(integrations.Rejected, fmt.Sprintf("the return has more than %d lines", maxLinePages*25))
}

// whole is a return without its lines. The API tells no time of the last
// change: it is as it was when it was read.
func (p *Platform) whole(r *admin.WholeReturn) (crm.Return, error) {
	now := p.now().UTC()
	out := crm.Return{
		ID: number(r.Id), Name: crm.Clean(r.Name), OrderID: number(r.Order.Id), Status: states[r.Status],
		RequestedAt: r.CreatedAt.UTC(), UpdatedAt: now, ReadAt: now,
	}
	if r.Order.Customer != nil {
		out.CustomerID = number(r.Order.Customer.Id)
	}
	for _, fee := range r.ReturnShippingFees {
		if err := add(&out.Fee, fee.AmountSet.ShopMoney, 1); err != nil {
			return out, err
		}
		out.FeeID = number(fee.Id)
	}
	return out, nil
}

func addLine(r *crm.Return, line admin.Line) error {
	switch l := line.(type) {
	case *admin.LineReturnLineItem:
		bought := l.FulfillmentLineItem.LineItem
		out := crm.ReturnLine{ID: number(l.Id), Title: crm.Clean(bought.Title), Quantity: l.Quantity, Reason: reason(l.ReturnReasonDefinition)}
		if bought.Variant != nil {
			out.VariantID = number(bought.Variant.Id)
		}
		r.Lines = append(r.Lines, out)
		return add(&r.Value, l.WithCodeDiscountedTotalPriceSet.ShopMoney, 1)
	case *admin.LineUnverifiedReturnLineItem: // goods that no order of the shop's is known for
		r.Lines = append(r.Lines, crm.ReturnLine{ID: number(l.Id), Quantity: l.Quantity, Reason: reason(l.ReturnReasonDefinition)})
		return add(&r.Value, l.UnitPrice, l.Quantity)
	}
	return nil
}

func reason(d *admin.Reason) string {
	if d == nil {
		return ""
	}
	return crm.Clean(d.Name)
}

// add adds an amount of the API so many times.
func add(sum *crm.Money, a admin.Amount, times int) error {
	m, err := crm.ParseMoney(a.Amount, a.CurrencyCode)
	if err != nil {
		return fail(integrations.Rejected, "the return holds an amount that cannot be read")
	}
	sum.Minor, sum.Currency = sum.Minor+m.Minor*int64(times), m.Currency
	return nil
}

// ApproveReturn approves a request, without a mail of the platform's.
func (p *Platform) ApproveReturn(ctx context.Context, c integrations.Connection, r crm.Return) (crm.Receipt, error) {
	shop, err := p.on(c)
	if err != nil {
		return crm.Receipt{}, err
	}
	id, err := global("Return", r.ID)
	if err != nil {
		return crm.Receipt{}, err
	}
	told, err := admin.ApproveReturn(ctx, shop, admin.ReturnApproveRequestInput{Id: id, NotifyCustomer: pointer(false)})
	if err != nil {
		return crm.Receipt{}, repeatable(err)
	}
	done := told.ReturnApproveRequest
	switch {
	case done == nil:
		return crm.Receipt{}, odd("a return")
	case len(done.UserErrors) > 0:
		e := done.UserErrors[0]
		if e.Code != nil && *e.Code == admin.ReturnErrorCodeInvalidState {
			return p.approved(ctx, shop, id)
		}
		return crm.Receipt{}, refused(e.Message, e.Field)
	case done.Return == nil:
		return crm.Receipt{}, odd("a return")
	}
	return p.receipt(done.Return.Id), nil
}

// approved looks where a return stands that cannot be approved: what is open
// was approved already, by an earlier try or by staff.
func (p *Platform) approved(ctx context.Context, shop graphql.Client, id string) (crm.Receipt, error) {
	told, err := admin.ReverseDeliveries(ctx, shop, id)
	switch {
	case err != nil:
		return crm.Receipt{}, err
	case told.Return == nil:
		return crm.Receipt{}, fail(integrations.Rejected, "the shop has no such return")
	case told.Return.Status != admin.ReturnStatusOpen:
		return crm.Receipt{}, fail(integrations.Rejected, fmt.Sprintf("the return is %s and cannot be approved any more", states[told.Return.Status]))
	}
	return p.receipt(told.Return.Id), nil
}

// WaiveReturnFee tells whether there is a fee, and cannot take it off: in the
// API of version 2026-10 a return's shipping fee is set when the return is made
// or asked for, and nothing changes it afterwards. Staff can, in the shop.
func (p *Platform) WaiveReturnFee(ctx context.Context, c integrations.Connection, r crm.Return) (crm.Receipt, error) {
	now, err := p.Return(ctx, c, r.ID)
	if err != nil {
		return crm.Receipt{}, err
	}
	if now.Fee.Minor > 0 {
		return crm.Receipt{}, fail(integrations.Unsupported, "Shopify lets no app take the shipping fee of "+now.Fee.String()+" off a return: remove it on the return's page in the shop, before it is refunded")
	}
	return crm.Receipt{By: p.Name(), ID: now.ID, At: p.now()}, nil
}
