package crm

import "time"

// FinancialStatus is the platform's word for how far an order is paid.
type FinancialStatus string

const (
	Pending           FinancialStatus = "pending"
	Authorized        FinancialStatus = "authorized"
	PartiallyPaid     FinancialStatus = "partially_paid"
	Paid              FinancialStatus = "paid"
	PartiallyRefunded FinancialStatus = "partially_refunded"
	Refunded          FinancialStatus = "refunded"
	Voided            FinancialStatus = "voided"
)

// Order is one purchase, with what became of it.
type Order struct {
	ID          string          `json:"id"`   // the platform's id as text: it may exceed 2^53
	Name        string          `json:"name"` // as the customer knows it, "#1001"
	CustomerID  string          `json:"customer_id,omitempty"`
	Email       string          `json:"email,omitempty"`
	EmailKey    string          `json:"email_key,omitempty"`
	Locale      string          `json:"locale,omitempty"` // BCP 47, of the checkout
	Status      FinancialStatus `json:"status,omitempty"`
	Test        bool            `json:"test,omitempty"`
	Total       Money           `json:"total"`       // in the shop's currency
	Subtotal    Money           `json:"subtotal"`    // in the shop's currency: goods after discounts
	Presentment Money           `json:"presentment"` // the total as the customer saw it
	Items       []LineItem      `json:"items,omitempty"`
	Shipping    *Address        `json:"shipping,omitempty"`
	Billing     *Address        `json:"billing,omitempty"`
	Pickup      bool            `json:"pickup,omitempty"`  // collected at the shop or a pick-up point
	Gift        bool            `json:"gift,omitempty"`    // marked as a gift at the checkout
	Company     bool            `json:"company,omitempty"` // bought by a business
	Source      string          `json:"source,omitempty"`  // web, pos, shopify_draft_order...
	Tags        []string        `json:"tags,omitempty"`
	CreatedAt   time.Time       `json:"created_at,omitzero"`
	PaidAt      time.Time       `json:"paid_at,omitzero"` // when it was first seen paid
	UpdatedAt   time.Time       `json:"updated_at,omitzero"`
	TriggeredAt time.Time       `json:"triggered_at,omitzero"` // when the platform sent this state; finer than UpdatedAt
	CancelledAt time.Time       `json:"cancelled_at,omitzero"`
	ErasedAt    time.Time       `json:"erased_at,omitzero"` // its customer was forgotten: nothing personal is taken in again

	Fulfillments []Fulfillment `json:"fulfillments,omitempty"`
	Refunds      []Refund      `json:"refunds,omitempty"`

	Codes []CodeOnOrder `json:"codes,omitempty"` // discount codes that were typed in, ours or not

	CustomerTold *Stamp `json:"customer_told,omitempty"` // of the state that named the customer, where a newer one named none
}

// LineItem is one line of an order.
type LineItem struct {
	ID        string `json:"id,omitempty"`
	ProductID string `json:"product_id,omitempty"`
	Title     string `json:"title"`             // the product's name
	Variant   string `json:"variant,omitempty"` // size, colour
	Quantity  int    `json:"quantity"`
	Price     Money  `json:"price"` // of one, in the shop's currency
	GiftCard  bool   `json:"gift_card,omitempty"`
	Tip       bool   `json:"tip,omitempty"`     // a gratuity, not a product
	Removed   bool   `json:"removed,omitempty"` // taken off the order again, current quantity 0
}

// CodeOnOrder is a discount code that an order holds, and what it took off.
type CodeOnOrder struct {
	Code   string `json:"code"`
	Amount Money  `json:"amount"` // in the shop's currency
}

// Fulfillment is one parcel of an order.
type Fulfillment struct {
	ID             string    `json:"id"`
	Status         string    `json:"status,omitempty"`          // success, cancelled, error...
	ShipmentStatus string    `json:"shipment_status,omitempty"` // in_transit, delivered, failure...
	CreatedAt      time.Time `json:"created_at,omitzero"`
	UpdatedAt      time.Time `json:"updated_at,omitzero"`
	DeliveredAt    time.Time `json:"delivered_at,omitzero"`
	StatusAt       time.Time `json:"status_at,omitzero"`   // when Status was told; see Order.Apply
	ShipmentAt     time.Time `json:"shipment_at,omitzero"` // when ShipmentStatus was told
}

// Refund is money or goods given back; it is independent of the money having moved.
type Refund struct {
	ID        string    `json:"id"`
	Amount    Money     `json:"amount"`         // in the shop's currency
	Goods     Money     `json:"goods,omitzero"` // of it, for goods without tax; zero currency: not told
	CreatedAt time.Time `json:"created_at,omitzero"`
}

// Cancelled tells whether the order was called off.
func (o Order) Cancelled() bool { return !o.CancelledAt.IsZero() || o.Status == Voided }

// FullyRefunded tells whether all money went back.
func (o Order) FullyRefunded() bool {
	if o.Status == Refunded {
		return true
	}
	sum := int64(0)
	for _, r := range o.Refunds {
		if r.Amount.Currency == o.Total.Currency { // a refund without money may not know its currency
			sum += r.Amount.Minor
		}
	}
	return o.Total.Minor > 0 && sum >= o.Total.Minor
}

// IsPaid tells whether the customer paid in full, whatever was given back since.
func (o Order) IsPaid() bool {
	return o.Status == Paid || o.Status == PartiallyRefunded || o.Status == Refunded
}

// Goods are the line items that a mail may name: no gift cards, tips or
// removed lines.
func (o Order) Goods() []LineItem {
	var goods []LineItem
	for _, it := range o.Items {
		if !it.GiftCard && !it.Tip && !it.Removed && it.Quantity > 0 && it.Title != "" {
			goods = append(goods, it)
		}
	}
	return goods
}

// Counted tells whether the order counts as a purchase of this customer
// (mail-and-domain.md, section 4): paid, not a test, not cancelled, not fully
// refunded, and not of gift cards alone.
func (o Order) Counted() bool {
	return o.IsPaid() && !o.Test && !o.Cancelled() && !o.FullyRefunded() && len(o.Goods()) > 0
}

// Net is what the goods brought: the subtotal after discounts, less what was
// given back for goods (mail-and-domain.md, section 4); 0 of a cancelled order.
func (o Order) Net() Money {
	net := o.Subtotal
	if o.Cancelled() || o.FullyRefunded() {
		net.Minor = 0
	}
	for _, r := range o.Refunds {
		back := r.Goods
		if back.Currency == "" {
			back = r.Amount // nobody told how much of it was for goods
		}
		if back.Currency == net.Currency {
			net.Minor = max(0, net.Minor-back.Minor)
		}
	}
	return net
}
