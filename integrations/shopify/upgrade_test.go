package shopify_test

import (
	"testing"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/simshop"
)

// returned is an order of two pieces of the first product and one of the
// second, which came, and of which the two are to go back.
func (c *counter) returned() (*simshop.Return, crm.Return) {
	c.Helper()
	goods := c.shop.Products()
	o := c.shop.Place(c.shop.Customer("giulia"), simshop.Cart{Items: []simshop.Item{{Product: goods[0], Quantity: 2}, {Product: goods[1], Quantity: 1}}})
	f, _ := c.shop.Fulfill(o)
	c.shop.Deliver(f)
	r, _, err := c.shop.RequestReturn(o, "too small", simshop.Part{Line: 0, Quantity: 2})
	if err != nil {
		c.Fatal(err)
	}
	return r, crm.Return{ID: digits(r.ID)}
}

// read is the return as the shop tells it.
func (c *counter) read(r crm.Return) crm.Return {
	c.Helper()
	got, err := c.p.Return(c.Context(), c.c, r.ID)
	if err != nil {
		c.Fatal(err)
	}
	return got
}

func TestReadReturn(t *testing.T) {
	c := open(t)
	c.shop.Fee = 490
	made, thin := c.returned()
	got, product := c.read(thin), c.shop.Products()[0]
	if got.ID != thin.ID || got.Name != c.shop.ReturnState(made).Name || got.OrderID != digits(made.Order.ID) || got.CustomerID != c.id || got.Status != crm.ReturnRequested {
		t.Errorf("it is %+v", got)
	}
	if got.Value != (crm.Money{Minor: 2 * product.Price, Currency: "EUR"}) || got.Fee != (crm.Money{Minor: 490, Currency: "EUR"}) || got.FeeID == "" {
		t.Errorf("value %v, fee %v %s", got.Value, got.Fee, got.FeeID)
	}
	if len(got.Lines) != 1 || got.Lines[0].Quantity != 2 || got.Lines[0].Title != product.Title || got.Lines[0].VariantID == "" || got.Lines[0].ID == "" {
		t.Errorf("lines %+v", got.Lines)
	}
	if got.ReadAt.IsZero() || got.UpdatedAt.IsZero() || got.RequestedAt.IsZero() || got.RequestedAt.After(got.ReadAt) {
		t.Errorf("read %v, updated %v, requested %v", got.ReadAt, got.UpdatedAt, got.RequestedAt)
	}
	_, err := c.p.Return(t.Context(), c.c, "12345")
	c.fails("no such return", err, integrations.Rejected, "no such return")
	_, err = c.p.Return(t.Context(), c.c, "")
	c.fails("no id", err, integrations.Rejected, "no id")
}

func TestApproveReturn(t *testing.T) {
	c := open(t)
	made, r := c.returned()
	receipt, err := c.p.ApproveReturn(t.Context(), c.c, r)
	c.ok("approved", err)
	again, err := c.p.ApproveReturn(t.Context(), c.c, r)
	c.ok("approved twice", err)
	if c.shop.ReturnState(made).Status != "open" || receipt.ID != r.ID || again.ID != r.ID {
		t.Errorf("%+v with receipts %+v and %+v", c.shop.ReturnState(made), receipt, again)
	}
	_, err = c.shop.CloseReturn(made)
	c.ok("closed", err)
	_, err = c.p.ApproveReturn(t.Context(), c.c, r)
	c.fails("closed", err, integrations.Rejected, "the return is closed")

	made, r = c.returned()
	_, err = c.shop.DeclineReturn(made, "other", "")
	c.ok("declined", err)
	_, err = c.p.ApproveReturn(t.Context(), c.c, r)
	c.fails("declined", err, integrations.Rejected, "the return is declined")
	_, err = c.p.ApproveReturn(t.Context(), c.c, crm.Return{ID: "12345"})
	c.fails("no such return", err, integrations.Rejected, "not found")

	_, r = c.returned()
	c.shop.Break(simshop.Faults{LoseEvery: 1})
	_, err = c.p.ApproveReturn(t.Context(), c.c, r)
	c.fails("lost", err, integrations.Temporary, "no answer")
	c.shop.Break(simshop.Faults{})
	_, err = c.p.ApproveReturn(t.Context(), c.c, r)
	c.ok("after a lost answer", err)
}

func TestWaiveReturnFee(t *testing.T) {
	c := open(t)
	c.shop.Fee = 0
	_, r := c.returned()
	receipt, err := c.p.WaiveReturnFee(t.Context(), c.c, r)
	c.ok("no fee", err)
	if receipt.ID != r.ID {
		t.Errorf("receipt %+v", receipt)
	}
	c.shop.Fee = 490
	_, r = c.returned()
	_, err = c.p.WaiveReturnFee(t.Context(), c.c, r)
	c.fails("a fee", err, integrations.Unsupported, "4.90 EUR")
}

func TestAttachLabel(t *testing.T) {
	c := open(t)
	made, r := c.returned()
	label := crm.Label{URL: "https://labels.example/1.pdf", Tracking: "1Z999", TrackingURL: "https://carrier.example/1Z999"}
	_, err := c.p.AttachLabel(t.Context(), c.c, r, label)
	c.fails("before it is approved", err, integrations.Rejected, "the return is requested")
	_, err = c.p.ApproveReturn(t.Context(), c.c, r)
	c.ok("approved", err)

	c.shop.Break(simshop.Faults{LoseEvery: 1})
	_, err = c.p.AttachLabel(t.Context(), c.c, r, label)
	c.fails("lost", err, integrations.Temporary, "no answer")
	c.shop.Break(simshop.Faults{})
	first, err := c.p.AttachLabel(t.Context(), c.c, r, label)
	c.ok("after a lost answer", err)
	again, err := c.p.AttachLabel(t.Context(), c.c, r, label)
	c.ok("again", err)
	got := c.shop.ReturnState(made).Labels
	if len(got) != 1 || got[0].Tracking != "1Z999" || got[0].TrackingURL != label.TrackingURL || got[0].Notified || got[0].Pieces != 2 || got[0].URL == "" || first.ID == "" || first.ID != again.ID {
		t.Fatalf("labels %+v, receipts %+v and %+v", got, first, again)
	}
	label.Tracking = "1Z777"
	_, err = c.p.AttachLabel(t.Context(), c.c, r, label)
	c.ok("another one", err)
	if got := c.shop.ReturnState(made).Labels; len(got) != 1 || got[0].Tracking != "1Z777" || got[0].Notified {
		t.Errorf("labels %+v, want the other one in its place", got)
	}
	_, err = c.p.AttachLabel(t.Context(), c.c, r, crm.Label{})
	c.fails("an empty label", err, integrations.Rejected, "neither")
}

// TestMerchantsLabel: a link without a tracking number is put there once too.
func TestMerchantsLabel(t *testing.T) {
	c := open(t)
	made, r := c.returned()
	_, err := c.p.ApproveReturn(t.Context(), c.c, r)
	c.ok("approved", err)
	for range 2 {
		_, err := c.p.AttachLabel(t.Context(), c.c, r, crm.Label{By: "merchant", URL: "https://bottega.example/label.pdf"})
		c.ok("attached", err)
	}
	if got := c.shop.ReturnState(made).Labels; len(got) != 1 || got[0].Notified || got[0].URL != "https://bottega.example/label.pdf" {
		t.Errorf("labels %+v", got)
	}
	_, err = c.p.AttachLabel(t.Context(), c.c, r, crm.Label{By: "merchant", URL: "https://bottega.example/new.pdf"})
	c.ok("a new link", err)
	if got := c.shop.ReturnState(made).Labels; len(got) != 1 || got[0].URL != "https://bottega.example/new.pdf" {
		t.Errorf("labels %+v, want the new one in its place", got)
	}
}

func TestAddresses(t *testing.T) {
	c := open(t)
	made, _ := c.returned()
	giulia := c.shop.Customer("giulia")
	customer, from, err := c.p.Addresses(t.Context(), c.c, digits(made.Order.ID))
	c.ok("read", err)
	if customer.Name != giulia.FirstName+" "+giulia.LastName || customer.Street1 != giulia.Street || customer.Zip != giulia.Zip ||
		customer.City != giulia.City || customer.Country != giulia.Country || customer.Email != giulia.Email {
		t.Errorf("customer's %+v", customer)
	}
	if from.Name != c.shop.Name || from.Street1 == "" || from.City == "" || from.Country == "" || from.Street1 == customer.Street1 {
		t.Errorf("shop's %+v", from)
	}
	_, _, err = c.p.Addresses(t.Context(), c.c, "12345")
	c.fails("no such order", err, integrations.Rejected, "no such order")
	c.shop.Break(simshop.Faults{Protected: true})
	_, _, err = c.p.Addresses(t.Context(), c.c, digits(made.Order.ID))
	c.fails("an app that may not see addresses", err, integrations.Unauthorized, "ACCESS_DENIED")
}
