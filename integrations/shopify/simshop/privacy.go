package simshop

// about names a shop in the bodies of the compliance topics (platforms.md, A.3).
type about struct {
	ShopID     int    `json:"shop_id"`
	ShopDomain string `json:"shop_domain"`
}

// aboutCustomer names a customer there.
type aboutCustomer struct {
	ID    uint64  `json:"id,omitempty"` // a record may hold only an address
	Email string  `json:"email"`
	Phone *string `json:"phone"`
}

func (s *Shop) about() about { return about{shopID, s.Domain} }

func orderIDs(orders []*Order) []uint64 {
	ids := []uint64{}
	for _, o := range orders {
		ids = append(ids, o.ID)
	}
	return ids
}

// DataRequest tells that a customer wants to see what is known of her, and in
// these orders. It names the request by an id of its own.
func (s *Shop) DataRequest(c Customer, orders ...*Order) Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	var request struct {
		ID uint64 `json:"id"`
	}
	request.ID = s.id()
	return s.webhook("customers/data_request", s.uuid(), struct {
		about
		Orders   []uint64      `json:"orders_requested"`
		Customer aboutCustomer `json:"customer"`
		Request  any           `json:"data_request"`
	}{s.about(), orderIDs(orders), aboutCustomer{c.ID, c.Email, nil}, request})
}

// RedactCustomer tells that a customer, and these orders of hers, are to be
// forgotten. The shop has forgotten her by then.
func (s *Shop) RedactCustomer(c Customer, orders ...*Order) Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.webhook("customers/redact", s.uuid(), struct {
		about
		Customer aboutCustomer `json:"customer"`
		Orders   []uint64      `json:"orders_to_redact"`
	}{s.about(), aboutCustomer{c.ID, c.Email, nil}, orderIDs(orders)})
	if p, ok := thing[*person](s, c.ID); ok {
		p.deleted = true
	}
	return w
}

// RedactShop tells, 48 hours after the app was removed, that the shop is to be
// forgotten: also when the app is back by then.
func (s *Shop) RedactShop() Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.webhook("shop/redact", s.uuid(), s.about())
}
