package crm_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"grazie/crm"
)

// anyOrder is a state as platforms tell it: the whole order, or a parcel or a
// refund that knows only the order's id.
func anyOrder(t *rapid.T) crm.Order {
	o := crm.Order{ID: "1001"}
	if oneOf(t, "kind", "whole", "whole", "joins") == "joins" {
		if rapid.Bool().Draw(t, "parcel") {
			o.Fulfillments = []crm.Fulfillment{anyParcel(t)}
		} else {
			o.Refunds = []crm.Refund{anyRefund(t)}
		}
		return o
	}
	o.Name, o.UpdatedAt, o.TriggeredAt = "#1001", someTime(t, "updated"), someTime(t, "triggered")
	o.CreatedAt = oneOf(t, "created", time.Time{}, noon)
	o.Status = oneOf(t, "status", crm.Paid, crm.Paid, crm.Paid, "", "expired", crm.Pending, crm.PartiallyRefunded, crm.Voided)
	if o.IsPaid() {
		o.PaidAt = told(t, "paid")
	}
	if oneOf(t, "cancelled?", false, false, true) {
		o.CancelledAt = told(t, "cancelled")
	}
	o.CustomerID = oneOf(t, "customer", "", "7", "8")
	o.Email, o.Locale = oneOf(t, "email", "", "anna@mail.example"), oneOf(t, "locale", "", "it", "sl")
	o.Total = crm.Money{Minor: oneOf[int64](t, "total", 1000, 2000), Currency: "EUR"}
	if city := oneOf(t, "city", "", "Bled", "Rome"); city != "" {
		o.Shipping = &crm.Address{City: city}
	}
	o.Items = []crm.LineItem{{Title: oneOf(t, "title", "Soap", "Mugs"), Quantity: 1}}
	for range rapid.IntRange(0, 2).Draw(t, "parcels") {
		o.Fulfillments = append(o.Fulfillments, anyParcel(t))
	}
	for range rapid.IntRange(0, 2).Draw(t, "refunds") {
		o.Refunds = append(o.Refunds, anyRefund(t))
	}
	return o
}

// anyParcel is a parcel as the shop tells it, or as the carrier does, who
// knows nothing of the shop's own word.
func anyParcel(t *rapid.T) crm.Fulfillment {
	f := crm.Fulfillment{ID: oneOf(t, "parcel", "1", "2"), UpdatedAt: told(t, "parcel.updated")}
	f.ShipmentStatus = oneOf(t, "shipment", "", "in_transit", "delivered", "drone")
	if rapid.Bool().Draw(t, "by the shop") {
		f.Status, f.CreatedAt = oneOf(t, "parcel.status", "success", "cancelled"), noon
	}
	if f.ShipmentStatus == "delivered" {
		f.DeliveredAt = f.UpdatedAt
	}
	return f
}

func anyRefund(t *rapid.T) crm.Refund {
	r := crm.Refund{ID: oneOf(t, "refund", "1", "2"), CreatedAt: someTime(t, "refunded")}
	if c := oneOf(t, "refund.currency", "", "EUR", "USD"); c != "" {
		r.Amount = crm.Money{Minor: oneOf[int64](t, "amount", 0, 500, 1000), Currency: c}
	}
	return r
}

// withGuest is what the store does between two states.
func withGuest(o crm.Order) crm.Order {
	if o.CustomerID == "" {
		o.CustomerID = "guest_k3"
	}
	return o
}

func TestOrderComesToTheSameInAnySequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		states, got := anySequence(t, anyOrder, withGuest)
		parcels, refunds := map[string]bool{}, map[string]bool{}
		for _, s := range states {
			if s.UpdatedAt.After(got.UpdatedAt) {
				t.Fatal("an older state overwrote a newer one")
			}
			if s.CustomerID != "" && got.CustomerID == "guest_k3" {
				t.Fatalf("the customer %s is lost", s.CustomerID)
			}
			kept := func(what string, was, is time.Time) {
				if !was.IsZero() && (is.IsZero() || is.After(was)) {
					t.Fatalf("%s was %v, and came to %v", what, was, is)
				}
			}
			kept("paid", s.PaidAt, got.PaidAt)
			kept("cancelled", s.CancelledAt, got.CancelledAt)
			for _, f := range s.Fulfillments {
				parcels[f.ID] = true
			}
			for _, r := range s.Refunds {
				refunds[r.ID] = true
			}
		}
		if len(got.Fulfillments) != len(parcels) || len(got.Refunds) != len(refunds) {
			t.Fatalf("%d parcels and %d refunds came to %+v and %+v", len(parcels), len(refunds), got.Fulfillments, got.Refunds)
		}
	})
}

// TestOrderIsTheNewestState holds what the newest state decides alone.
func TestOrderIsTheNewestState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		states, got := anySequence(t, anyOrder, withGuest)
		whole := false
		for _, s := range states {
			whole = whole || s.Name != ""
			if c := s.UpdatedAt.Compare(got.UpdatedAt); c > 0 || c == 0 && s.TriggeredAt.After(got.TriggeredAt) {
				t.Fatalf("%+v is newer than what it came to: %+v", s, got)
			}
		}
		for _, s := range states {
			same := s.Name == got.Name && s.Status == got.Status && s.Email == got.Email && s.Locale == got.Locale && s.Total == got.Total &&
				document(t, s.Shipping) == document(t, got.Shipping) && document(t, s.Items) == document(t, got.Items)
			if same && s.UpdatedAt.Equal(got.UpdatedAt) && s.TriggeredAt.Equal(got.TriggeredAt) && (!whole || s.Name != "") {
				return
			}
		}
		t.Fatalf("%+v is none of the states, or only a joining one", got)
	})
}
