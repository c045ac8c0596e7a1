package shopify_test

import (
	"strings"
	"sync"
	"testing"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/simshop"
)

// replaced are the orders that came of drafts.
func (c *counter) replaced() (list []*simshop.Order) {
	for _, o := range c.shop.Orders() {
		if c.shop.OrderState(o).Source == "shopify_draft_order" {
			list = append(list, o)
		}
	}
	return list
}

func TestPlaceReplacement(t *testing.T) {
	c := open(t)
	_, thin := c.returned()
	r := c.read(thin)
	first, err := c.p.PlaceReplacement(t.Context(), c.c, r, "eff_1")
	c.ok("placed", err)
	again, err := c.p.PlaceReplacement(t.Context(), c.c, r, "eff_1")
	c.ok("placed again", err)
	orders := c.replaced()
	if len(orders) != 1 || first.OrderID != digits(orders[0].ID) || again.OrderID != first.OrderID || first.DraftID == "" || first.ReturnID != r.ID || first.Value != r.Value {
		t.Fatalf("%d orders, %+v and %+v", len(orders), first, again)
	}
	got := c.shop.OrderState(orders[0])
	if got.Total != 0 || len(got.Items) != 1 || got.Items[0].Quantity != 2 || got.Items[0].Product.ID != c.shop.Products()[0].ID ||
		strings.Join(got.Tags, ",") != "eff_1,grazie" && strings.Join(got.Tags, ",") != "grazie,eff_1" {
		t.Errorf("the order is %+v", got)
	}
	if orders[0].Customer.ID != c.shop.Customer("giulia").ID {
		t.Errorf("it is for %+v", orders[0].Customer)
	}
	other, err := c.p.PlaceReplacement(t.Context(), c.c, r, "eff_2")
	c.ok("for another effect", err)
	if other.OrderID == first.OrderID {
		t.Error("two effects share an order")
	}
}

// TestReplacementWithLostAnswers: whatever answer is lost, there is one order.
func TestReplacementWithLostAnswers(t *testing.T) {
	for lose := 1; lose <= 2; lose++ { // the draft's, its completion's
		c := open(t)
		_, thin := c.returned()
		r := c.read(thin)
		c.shop.Break(simshop.Faults{LoseEvery: lose})
		_, err := c.p.PlaceReplacement(t.Context(), c.c, r, "eff_1")
		c.fails("lost", err, integrations.Temporary, "no answer")
		c.shop.Break(simshop.Faults{})
		got, err := c.p.PlaceReplacement(t.Context(), c.c, r, "eff_1")
		c.ok("again", err)
		if orders := c.replaced(); len(orders) != 1 || got.OrderID != digits(orders[0].ID) {
			t.Errorf("answer %d lost: %d orders, %+v", lose, len(orders), got)
		}
	}
}

// TestReplacementAskedForByMany: once it is placed, nobody places another.
func TestReplacementAskedForByMany(t *testing.T) {
	c := open(t)
	_, thin := c.returned()
	r := c.read(thin)
	_, err := c.p.PlaceReplacement(t.Context(), c.c, r, "eff_1")
	c.ok("placed", err)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := c.p.PlaceReplacement(t.Context(), c.c, r, "eff_1")
			c.ok("at once", err)
		})
	}
	all.Wait()
	if len(c.replaced()) != 1 {
		t.Errorf("%d orders", len(c.replaced()))
	}
}

func TestReplacementThatCannotBe(t *testing.T) {
	c := open(t)
	_, thin := c.returned()
	r := c.read(thin)
	for name, v := range map[string]struct {
		change func(*crm.Return)
		key    string
		detail string
	}{
		"no lines":              {func(r *crm.Return) { r.Lines = nil }, "eff_1", "no lines"},
		"goods not sold":        {func(r *crm.Return) { r.Lines = []crm.ReturnLine{{Title: "Linen dress", Quantity: 1}} }, "eff_1", `"Linen dress" is not sold any more`},
		"a return never read":   {func(r *crm.Return) { r.Value = crm.Money{} }, "eff_1", "read it first"},
		"no key":                {nil, "", "key"},
		"a key of two tags":     {nil, "eff_1,eff_2", "key"},
		"a key that asks":       {nil, "x OR status:open", "key"},
		"an order that is gone": {func(r *crm.Return) { r.OrderID = "12345" }, "eff_1", "no such order"},
	} {
		bad := r
		if v.change != nil {
			v.change(&bad)
		}
		_, err := c.p.PlaceReplacement(t.Context(), c.c, bad, v.key)
		c.fails(name, err, integrations.Rejected, v.detail)
	}
	if len(c.replaced()) != 0 {
		t.Errorf("%d orders came of it", len(c.replaced()))
	}
}
