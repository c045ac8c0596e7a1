package simshop

import (
	"strings"
	"time"
)

// Topics of whole orders.
const (
	topicCreated   = "orders/create"
	topicPaid      = "orders/paid"
	topicUpdated   = "orders/updated"
	topicCancelled = "orders/cancelled"
	topicFulfilled = "orders/fulfilled"
	topicPartly    = "orders/partially_fulfilled"
)

// shopID is the shop's own id.
const shopID = 68812345

// OrderCreated tells of a new order, paid or pending as its cart said.
func (s *Shop) OrderCreated(o *Order) Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tellOrder(topicCreated, o)
}

// OrderPaid settles the order and tells so. Of an order that was paid at once
// it is the twin of OrderCreated.
func (s *Shop) OrderPaid(o *Order) Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.financial == "pending" {
		o.financial = "paid"
	}
	s.touch(o)
	return s.tellOrder(topicPaid, o)
}

// OrderUpdated gives the order its tags, separated by commas, and tells its
// state again.
func (s *Shop) OrderUpdated(o *Order, tags string) Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.tags = nil
	for tag := range strings.SplitSeq(tags, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			o.tags = append(o.tags, tag)
		}
	}
	s.touch(o)
	return s.tellOrder(topicUpdated, o)
}

// OrderCancelled calls the order off. What was paid is not given back by it:
// Refund does that.
func (s *Shop) OrderCancelled(o *Order) Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.touch(o)
	o.cancelled = o.updated
	if o.financial == "pending" {
		o.financial = "voided"
	}
	return s.tellOrder(topicCancelled, o)
}

// Uninstall removes the app: its tokens are dead, and this is the last that the
// shop says.
func (s *Shop) Uninstall() Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access.revoke()
	return s.webhook("app/uninstalled", s.uuid(), struct {
		ID              int    `json:"id"`
		Name            string `json:"name"`
		Email           string `json:"email"`
		Domain          string `json:"domain"`
		Country         string `json:"country"`
		Currency        string `json:"currency"`
		MyshopifyDomain string `json:"myshopify_domain"`
		PlanName        string `json:"plan_name"`
	}{shopID, s.Name, contactEmail, "bottega-demo.example", "IT", s.Currency, s.Domain, "basic"})
}

// contactEmail is the merchant's own address.
const contactEmail = "ciao@bottega-demo.example"

func (s *Shop) tellOrder(topic string, o *Order) Webhook {
	body := s.body(o)
	w := s.webhook(topic, s.uuid(), &body)
	w.Note = o.Name()
	return w
}

// touch gives the order a change time that is later than the one before.
func (s *Shop) touch(o *Order) {
	if floor := o.updated.Add(time.Second); s.Now.Before(floor) {
		s.Now = floor
	}
	o.updated = s.Now
}
