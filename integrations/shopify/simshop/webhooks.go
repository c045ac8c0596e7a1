package simshop

import (
	"time"
)

// Topics of whole orders.
const (
	topicCreated   = "orders/create"
	topicPaid      = "orders/paid"
	topicUpdated   = "orders/updated"
	topicCancelled = "orders/cancelled"
	topicFulfilled = "orders/fulfilled"
)

// OrderCreated tells of a new order, paid or pending as its cart said.
func (s *Shop) OrderCreated(o *Order) Webhook { return s.order(topicCreated, o) }

// OrderPaid settles the order and tells so. Of an order that was paid at once
// it is the twin of OrderCreated.
func (s *Shop) OrderPaid(o *Order) Webhook {
	o.body.FinancialStatus, o.body.TotalOutstanding = "paid", decimal(0, s.Currency)
	s.touch(o)
	return s.order(topicPaid, o)
}

// OrderUpdated tells the order's state again, say after a tag was added.
func (s *Shop) OrderUpdated(o *Order, tags string) Webhook {
	o.body.Tags = tags
	s.touch(o)
	return s.order(topicUpdated, o)
}

// OrderCancelled calls the order off. What was paid is voided here, not
// refunded: Refunded does that.
func (s *Shop) OrderCancelled(o *Order) Webhook {
	s.touch(o)
	now := o.body.UpdatedAt
	o.body.CancelledAt, o.body.ClosedAt, o.body.CancelReason = &now, &now, optional("customer")
	if o.body.FinancialStatus == "pending" {
		o.body.FinancialStatus = "voided"
	}
	return s.order(topicCancelled, o)
}

// OrderFulfilled hands all goods to the carrier.
func (s *Shop) OrderFulfilled(o *Order) Webhook {
	s.parcel(o)
	return s.order(topicFulfilled, o)
}

// ParcelCreated tells of the order's parcel, which is made if there is none.
func (s *Shop) ParcelCreated(o *Order) Webhook {
	return s.webhook("fulfillments/create", s.uuid(), s.parcel(o))
}

// ParcelDelivered is the carrier's report that the order's parcel arrived.
func (s *Shop) ParcelDelivered(o *Order) Webhook {
	f := s.parcel(o)
	s.touch(o)
	status := "delivered"
	f.ShipmentStatus, f.UpdatedAt = &status, o.body.UpdatedAt
	return s.webhook("fulfillment_events/create", s.uuid(), struct {
		ID            uint64 `json:"id"`
		FulfillmentID uint64 `json:"fulfillment_id"`
		Status        string `json:"status"`
		Message       string `json:"message"`
		HappenedAt    stamp  `json:"happened_at"`
		City          string `json:"city"`
		Country       string `json:"country"`
		ShopID        int    `json:"shop_id"`
		CreatedAt     stamp  `json:"created_at"`
		UpdatedAt     stamp  `json:"updated_at"`
		OrderID       uint64 `json:"order_id"`
	}{s.id(), f.ID, status, "Delivered", stamp{f.UpdatedAt.Add(-4 * time.Minute)}, o.Customer.City, o.Customer.Country,
		68812345, f.UpdatedAt, f.UpdatedAt, o.ID})
}

// Refunded gives the whole order back.
func (s *Shop) Refunded(o *Order) Webhook {
	s.touch(o)
	now, id := o.body.UpdatedAt, s.id()
	r := refundBody{
		ID: id, GlobalID: global("Refund", id), CreatedAt: now, ProcessedAt: now, OrderID: o.ID, Restock: true,
		DutiesSet: s.set(0, s.Currency), LineItems: []empty{},
		Transactions: []transactionBody{{ID: s.id(), Amount: o.body.TotalPrice, Currency: s.Currency,
			Gateway: o.body.PaymentGateways[0], Kind: "refund", Status: "success", Message: "Refunded"}},
	}
	o.body.FinancialStatus, o.body.Refunds = "refunded", []refundBody{r}
	return s.webhook("refunds/create", s.uuid(), r)
}

// CustomerCreated tells of a new account.
func (s *Shop) CustomerCreated(c Customer) Webhook { return s.customer("customers/create", c) }

// CustomerUpdated tells the person's state; change the Customer before.
func (s *Shop) CustomerUpdated(c Customer) Webhook { return s.customer("customers/update", c) }

// CustomerDeleted tells that the account is gone, and nothing but its id.
func (s *Shop) CustomerDeleted(c Customer) Webhook {
	return s.webhook("customers/delete", s.uuid(), struct {
		ID            uint64  `json:"id"`
		TaxExemptions []empty `json:"tax_exemptions"`
		GlobalID      string  `json:"admin_graphql_api_id"`
	}{c.ID, []empty{}, global("Customer", c.ID)})
}

// ConsentChanged tells what the person decided about mail: subscribed,
// unsubscribed, not_subscribed, pending, invalid or redacted.
func (s *Shop) ConsentChanged(c Customer, state string) Webhook {
	return s.webhook("customers_email_marketing_consent/update", s.uuid(), struct {
		CustomerID uint64       `json:"customer_id"`
		Email      string       `json:"email_address"`
		Consent    *consentBody `json:"email_marketing_consent"`
	}{c.ID, c.Email, consent(state, stamp{s.Now.In(s.Location)})})
}

// AppUninstalled is the last that the shop says.
func (s *Shop) AppUninstalled() Webhook {
	return s.webhook("app/uninstalled", s.uuid(), struct {
		ID              int    `json:"id"`
		Name            string `json:"name"`
		Email           string `json:"email"`
		Domain          string `json:"domain"`
		Country         string `json:"country"`
		Currency        string `json:"currency"`
		MyshopifyDomain string `json:"myshopify_domain"`
		PlanName        string `json:"plan_name"`
	}{68812345, s.Name, "ciao@bottega-demo.example", "bottega-demo.example", "IT", s.Currency, s.Domain, "basic"})
}

func (s *Shop) order(topic string, o *Order) Webhook {
	w := s.webhook(topic, s.uuid(), o.body)
	w.Note = o.body.Name
	return w
}

func (s *Shop) customer(topic string, c Customer) Webhook {
	return s.webhook(topic, s.uuid(), s.customerBody(c))
}

// touch gives the order a change time that is later than the one before.
func (s *Shop) touch(o *Order) {
	if floor := o.body.UpdatedAt.Add(time.Second); s.Now.Before(floor) {
		s.Now = floor
	}
	o.body.UpdatedAt = stamp{s.Now.In(s.Location)}
}

// parcel is the order's one parcel.
func (s *Shop) parcel(o *Order) *fulfillmentBody {
	if len(o.body.Fulfillments) == 0 {
		s.touch(o)
		id, now := s.id(), o.body.UpdatedAt
		o.body.Fulfillments = []fulfillmentBody{{
			ID: id, GlobalID: global("Fulfillment", id), CreatedAt: now, UpdatedAt: now, Name: o.body.Name + ".1", OrderID: o.ID,
			Service: "manual", Status: "success", TrackingCompany: optional("Corriere Demo"), TrackingNumber: optional("BD" + s.hex(10)),
		}}
		o.body.FulfillmentStatus = optional("fulfilled")
	}
	return &o.body.Fulfillments[0]
}
