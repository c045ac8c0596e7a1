package crm_test

import (
	"strconv"
	"testing"
	"time"

	"grazie/crm"
)

func TestOrderApply(t *testing.T) {
	second := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Second) }
	at := func(updated, triggered int, s crm.FinancialStatus) crm.Order {
		o := crm.Order{ID: "1", Name: "#1", Status: s, Locale: "it", Shipping: &crm.Address{City: "Bled"}, UpdatedAt: second(updated)}
		if triggered > 0 {
			o.TriggeredAt = second(triggered)
		}
		return o
	}
	parcel := crm.Order{ID: "1", Fulfillments: []crm.Fulfillment{{ID: "5", ShipmentStatus: "in_transit", UpdatedAt: second(9)}}}
	refund := func(minor int64, currency string) crm.Order {
		return crm.Order{ID: "1", Refunds: []crm.Refund{{ID: "6", Amount: crm.Money{Minor: minor, Currency: currency}, CreatedAt: second(3)}}}
	}
	with := func(o crm.Order, change func(*crm.Order)) crm.Order { change(&o); return o }
	for name, c := range map[string]struct {
		states []crm.Order
		of     func(crm.Order) string
		want   string
	}{
		"the newer state stands, whichever came first":                {[]crm.Order{at(2, 0, crm.Paid), at(1, 5, crm.Pending)}, status, "paid"},
		"within a second the one that was sent later":                 {[]crm.Order{at(1, 1, crm.Paid), at(1, 2, crm.PartiallyPaid)}, status, "partially_paid"},
		"sent at a known time goes over sent at no time":              {[]crm.Order{at(1, 0, crm.Pending), at(1, 2, crm.Paid)}, status, "paid"},
		"of one stamp the further paid":                               {[]crm.Order{at(1, 0, crm.Pending), at(1, 0, crm.Paid)}, status, "paid"},
		"a word that is not known is less than those that are":        {[]crm.Order{at(1, 0, "expired"), at(1, 0, crm.Paid)}, status, "paid"},
		"a parcel that comes first does not hide the order":           {[]crm.Order{parcel, at(0, 0, crm.Paid)}, status, "paid"},
		"a parcel that comes later keeps the address":                 {[]crm.Order{at(0, 0, crm.Paid), parcel}, city, "Bled"},
		"nor does it hide an order that tells no time":                {[]crm.Order{parcel, {ID: "1", Name: "#1", Status: "expired", Shipping: &crm.Address{City: "Bled"}}}, city, "Bled"},
		"a refund that comes first keeps its amount":                  {[]crm.Order{refund(500, "EUR"), at(0, 0, crm.Paid)}, refunded, "5.00 EUR"},
		"a refund whose money moved meanwhile says the larger":        {[]crm.Order{refund(500, "EUR"), refund(700, "EUR"), refund(500, "EUR")}, refunded, "7.00 EUR"},
		"a refund that knew no currency learns it":                    {[]crm.Order{refund(0, ""), refund(0, "EUR")}, refunded, "0.00 EUR"},
		"paid once is paid since":                                     {[]crm.Order{with(at(1, 0, crm.Paid), func(o *crm.Order) { o.PaidAt = second(1) }), at(2, 0, crm.PartiallyPaid)}, paidAt, "1"},
		"cancelled stays cancelled":                                   {[]crm.Order{with(at(1, 0, crm.Paid), func(o *crm.Order) { o.CancelledAt = second(1) }), at(2, 0, crm.Paid)}, cancelled, "true"},
		"the customer survives a state without one":                   {[]crm.Order{with(at(1, 0, crm.Paid), func(o *crm.Order) { o.CustomerID = "7" }), at(2, 0, crm.Paid)}, customer, "7"},
		"the platform's customer goes over a guest, though told late": {[]crm.Order{with(at(2, 0, crm.Paid), func(o *crm.Order) { o.CustomerID = "guest_k3" }), with(at(1, 0, crm.Paid), func(o *crm.Order) { o.CustomerID = "7" })}, customer, "7"},
		"of two customers the one told last":                          {[]crm.Order{with(at(1, 0, crm.Paid), func(o *crm.Order) { o.CustomerID = "7" }), at(3, 0, crm.Paid), with(at(2, 0, crm.Paid), func(o *crm.Order) { o.CustomerID = "8" })}, customer, "8"},
		"a carrier's report keeps the shop's word for the parcel": {[]crm.Order{
			{ID: "1", Fulfillments: []crm.Fulfillment{{ID: "5", Status: "success", CreatedAt: second(1), UpdatedAt: second(1)}}}, parcel}, shipment, "success in_transit"},
		"a late report is heard where newer states said nothing": {[]crm.Order{
			{ID: "1", Fulfillments: []crm.Fulfillment{{ID: "5", Status: "cancelled", UpdatedAt: second(10)}}}, parcel}, shipment, "cancelled in_transit"},
		"a late report does not undo a newer one": {[]crm.Order{
			{ID: "1", Fulfillments: []crm.Fulfillment{{ID: "5", ShipmentStatus: "delivered", UpdatedAt: second(10)}}}, parcel}, shipment, " delivered"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.of(fold(t, c.states, func(o crm.Order) crm.Order { return o })); got != c.want {
				t.Errorf("got %q; want %q", got, c.want)
			}
		})
	}
}

func status(o crm.Order) string    { return string(o.Status) }
func customer(o crm.Order) string  { return o.CustomerID }
func refunded(o crm.Order) string  { return o.Refunds[0].Amount.String() }
func paidAt(o crm.Order) string    { return strconv.Itoa(int(o.PaidAt.Sub(noon).Seconds())) }
func cancelled(o crm.Order) string { return strconv.FormatBool(o.Cancelled()) }
func shipment(o crm.Order) string {
	return o.Fulfillments[0].Status + " " + o.Fulfillments[0].ShipmentStatus
}

func city(o crm.Order) string {
	if o.Shipping == nil {
		return "lost"
	}
	return o.Shipping.City
}
