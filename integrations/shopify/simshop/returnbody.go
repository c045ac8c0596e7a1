package simshop

// returnBody is all that webhooks tell of a return: whoever wants its lines
// reads it over the API.
type returnBody struct {
	ID         uint64    `json:"id"`
	GlobalID   string    `json:"admin_graphql_api_id"`
	Status     string    `json:"status"`
	Order      ref       `json:"order"`
	TotalLines int       `json:"total_return_line_items"`
	Name       *string   `json:"name"`
	Lines      []empty   `json:"return_line_items"`
	Fees       []feeBody `json:"return_shipping_fees"`
	Exchanges  []empty   `json:"exchange_line_items"`
	Exchanged  int       `json:"total_exchange_line_items"`
}

type feeBody struct {
	ID       uint64 `json:"id"`
	GlobalID string `json:"admin_graphql_api_id"`
	Price    set    `json:"price"`
}

// tellReturn writes a return as its topic holds it: close and cancel say the
// least, request and approve no lines although they count them.
func (s *Shop) tellReturn(topic string, r *Return) Webhook {
	id, o := global("Return", r.ID), ref{ID: r.Order.ID, GlobalID: global("Order", r.Order.ID)}
	var body any
	switch topic {
	case "returns/close", "returns/cancel":
		body = struct {
			ID       uint64 `json:"id"`
			GlobalID string `json:"admin_graphql_api_id"`
			OrderID  uint64 `json:"order_id"`
			Status   string `json:"status"`
		}{r.ID, id, o.ID, r.status}
	case "returns/decline":
		type decline struct {
			Reason string `json:"reason"`
			Note   string `json:"note"`
		}
		body = struct {
			ID       uint64  `json:"id"`
			GlobalID string  `json:"admin_graphql_api_id"`
			Status   string  `json:"status"`
			Order    ref     `json:"order"`
			Decline  decline `json:"decline"`
		}{r.ID, id, r.status, o, decline{r.decline, r.note}}
	default:
		b := returnBody{ID: r.ID, GlobalID: id, Status: r.status, Order: o, TotalLines: len(r.lines),
			Lines: []empty{}, Fees: []feeBody{}, Exchanges: []empty{}}
		if r.fee > 0 {
			b.Fees = append(b.Fees, feeBody{ID: r.feeID, GlobalID: global("ReturnShippingFee", r.feeID), Price: s.set(r.fee, r.Order.see)})
		}
		body = b
	}
	w := s.webhook(topic, s.uuid(), body)
	w.Note = r.name
	return w
}

// tellLabel is reverse_deliveries/attach_deliverable.
func (s *Shop) tellLabel(d *reverseDelivery) Webhook {
	type tracking struct {
		Carrier *string `json:"carrier_name"`
		Number  *string `json:"tracking_number"`
		URL     *string `json:"tracking_url"`
	}
	type label struct {
		URL       *string `json:"public_file_url"`
		CreatedAt *stamp  `json:"created_at"`
	}
	type deliverable struct {
		Tracking tracking `json:"tracking"`
		Label    label    `json:"label"`
	}
	r, at := d.order.ret, s.stamp(s.Now)
	return s.webhook("reverse_deliveries/attach_deliverable", s.uuid(), struct {
		ID          uint64      `json:"id"`
		GlobalID    string      `json:"admin_graphql_api_id"`
		Return      ref         `json:"return"`
		Deliverable deliverable `json:"shipping_deliverable"`
	}{d.id, global("ReverseDelivery", d.id), ref{r.ID, global("Return", r.ID)},
		deliverable{tracking{nil, optional(d.label.Tracking), optional(d.label.TrackingURL)}, label{optional(d.label.URL), &at}}})
}
