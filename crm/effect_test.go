package crm_test

import (
	"testing"
	"time"

	"grazie/crm"
)

func TestACodeWorksWithinItsTimeUnusedAndNotTakenBack(t *testing.T) {
	code := func(change func(*crm.DiscountCode)) crm.DiscountCode {
		d := crm.DiscountCode{StartsAt: noon, EndsAt: noon.Add(day)}
		change(&d)
		return d
	}
	for name, c := range map[string]struct {
		code crm.DiscountCode
		now  time.Time
		want bool
	}{
		"from its first instant":       {code(func(*crm.DiscountCode) {}), noon, true},
		"not before":                   {code(func(*crm.DiscountCode) {}), noon.Add(-1), false},
		"to its last":                  {code(func(*crm.DiscountCode) {}), noon.Add(day), true},
		"not after":                    {code(func(*crm.DiscountCode) {}), noon.Add(day + 1), false},
		"for ever where it has no end": {code(func(d *crm.DiscountCode) { d.EndsAt = time.Time{} }), noon.Add(9999 * day), true},
		"not once an order holds it":   {code(func(d *crm.DiscountCode) { d.Uses = []crm.CodeUse{{OrderID: "1"}} }), noon, false},
		"not once it was revoked":      {code(func(d *crm.DiscountCode) { d.Ended = crm.CodeRevoked }), noon, false},
	} {
		if got := c.code.Works(c.now); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestFactsFindTheEffectsOfTheirMessage(t *testing.T) {
	f := crm.Facts{Message: crm.Message{ReturnID: "9"}, Returns: []crm.Return{{ID: "8"}, {ID: "9", Name: "R9"}}, Effects: []crm.Effect{
		{Kind: crm.ReturnApproved}, {Kind: crm.DiscountCodeMade, Code: &crm.DiscountCode{Code: "A"}}, {Kind: crm.LabelBought, Label: &crm.Label{By: "merchant"}},
	}}
	if f.Code() == nil || f.Code().Code != "A" || f.Label() == nil || f.Label().By != "merchant" || f.Return() == nil || f.Return().Name != "R9" {
		t.Errorf("got %+v, %+v, %+v", f.Code(), f.Label(), f.Return())
	}
	if none := (crm.Facts{}); none.Code() != nil || none.Label() != nil || none.Return() != nil || none.Effect(crm.LabelAttached) != nil {
		t.Error("facts about nothing found something")
	}
}
