package bigcommerce

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

// withGoods asks for an order's goods together with it, in the form that stays.
const withGoods = "include=consignments.line_items&consignment_structure=object"

// readOrder reads an order whole, in three to five calls.
func (p *Platform) readOrder(ctx context.Context, c integrations.Connection, id string, refunds bool) ([]crm.Event, error) {
	w, at := whole{}, p.now().UTC()
	path := "/v2/orders/" + id
	if err := p.get(ctx, c, path+"?"+withGoods, &w.orderBody); err != nil {
		return nil, err
	}
	if string(w.ID) != id {
		return nil, fail(integrations.Temporary, "the shop answered with another order")
	}
	if w.products = w.Consignments.lines(); len(w.products) == 0 {
		if err := p.part(ctx, c, path+"/products?limit=250", &w.products); err != nil {
			return nil, err
		}
	}
	if err := p.part(ctx, c, path+"/coupons?limit=250", &w.coupons); err != nil {
		return nil, err
	}
	if n := strings.Trim(string(w.ItemsShipped), "0."); n != "" {
		if err := p.part(ctx, c, path+"/shipments?limit=250", &w.shipments); err != nil {
			return nil, err
		}
	}
	if refunds || w.refunded() {
		told := struct{ Data *[]refundBody }{&w.refunds}
		if err := p.part(ctx, c, "/v3/orders/"+id+"/payment_actions/refunds?limit=250", &told); err != nil {
			return nil, err
		}
	}
	return w.events(at)
}

// part reads what belongs to an order; nothing there is nothing, as in an order
// without it.
func (p *Platform) part(ctx context.Context, c integrations.Connection, path string, out any) error {
	err := p.get(ctx, c, path, out)
	if errors.Is(err, errGone) {
		return nil
	}
	return err
}

// refunded tells whether anything of an order seems to have been given back.
func (w whole) refunded() bool {
	if w.StatusID == refunded || w.StatusID == partiallyRefunded || strings.Contains(strings.ToLower(w.PaymentStatus), "refunded") {
		return true
	}
	for _, l := range w.products {
		if strings.Trim(string(l.Refunded), "0.") != "" {
			return true
		}
	}
	return false
}

// orders reads a portion of all orders from an id on, whole but for what only
// matters from now on: parcels, and the codes that were typed in.
func (p *Platform) orders(ctx context.Context, c integrations.Connection, query url.Values) ([]whole, error) {
	var list []orderBody
	if err := p.part(ctx, c, "/v2/orders?"+withGoods+"&"+query.Encode(), &list); err != nil {
		return nil, err
	}
	all, byID := make([]whole, len(list)), map[string]int{}
	var back []string
	for i, b := range list {
		all[i] = whole{orderBody: b, products: b.Consignments.lines()}
		byID[string(b.ID)] = i
		if all[i].refunded() && isID(string(b.ID)) {
			back = append(back, string(b.ID))
		}
	}
	if len(back) == 0 {
		return all, nil
	}
	var told struct{ Data []refundBody }
	for page := 1; ; page++ {
		if err := p.part(ctx, c, pageOf("/v3/orders/payment_actions/refunds?order_id:in="+strings.Join(back, ","), page), &told); err != nil {
			return nil, err
		}
		for _, f := range told.Data {
			if i, ok := byID[string(f.OrderID)]; ok {
				all[i].refunds = append(all[i].refunds, f)
			}
		}
		if len(told.Data) < pageSize {
			return all, nil
		}
		told.Data = nil
	}
}
