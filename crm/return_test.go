package crm_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"grazie/crm"
)

// anyReturn is a state as webhooks tell it, thin, or as it was read whole.
func anyReturn(t *rapid.T) crm.Return {
	r := crm.Return{ID: "9", OrderID: oneOf(t, "order", "", "1"), CustomerID: oneOf(t, "customer", "", "7"), RequestedAt: someTime(t, "requested"), UpdatedAt: someTime(t, "updated"),
		Status: oneOf(t, "status", "", crm.ReturnRequested, crm.ReturnOpen, crm.ReturnClosed, crm.ReturnDeclined, crm.ReturnCanceled, "new_word", "other_word")}
	if rapid.Bool().Draw(t, "read") {
		r.ReadAt = told(t, "read at")
		r.Value, r.Fee = eur(oneOf[int64](t, "value", 1000, 2000)), eur(oneOf[int64](t, "fee", 0, 590))
		r.Lines = []crm.ReturnLine{{ID: "1", Title: oneOf(t, "line", "Soap", "Honey"), Quantity: 1}}
	}
	return r
}

func TestReturnComesToTheSameInAnySequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		states, got := anySequence(t, anyReturn, func(r crm.Return) crm.Return { return r })
		for _, s := range states {
			if s.Status != "" && (got.Status == "" || s.UpdatedAt.After(got.UpdatedAt)) {
				t.Fatalf("%s was told later than %s", s.Status, got.Status)
			}
			if s.ReadAt.After(got.ReadAt) || s.OrderID != "" && got.OrderID == "" {
				t.Fatalf("%+v is lost in %+v", s, got)
			}
		}
	})
}

func TestAStateThatSaysNothingOfTheStatusKeepsIt(t *testing.T) {
	state := func(s crm.ReturnStatus, seconds int) crm.Return {
		return crm.Return{ID: "9", Status: s, UpdatedAt: noon.Add(time.Duration(seconds) * time.Second)}
	}
	got := fold(t, []crm.Return{state(crm.ReturnRequested, 1), state("", 3), state(crm.ReturnOpen, 2)}, func(r crm.Return) crm.Return { return r })
	if got.Status != crm.ReturnOpen || !got.Pending() {
		t.Errorf("got %+v; want it open", got)
	}
}

func TestTwoWordsThatNobodyKnowsComeToTheSame(t *testing.T) {
	a, b := crm.Return{Status: "new_word", UpdatedAt: noon}, crm.Return{Status: "other_word", UpdatedAt: noon}
	if one, other := a.Apply(b), b.Apply(a); one.Status != other.Status {
		t.Errorf("got %s and, the other way round, %s", one.Status, other.Status)
	}
}

func TestWholeReturn(t *testing.T) {
	o := crm.Order{Items: []crm.LineItem{{Title: "Soap", Quantity: 2}, {Title: "Honey", Quantity: 1}, {Title: "Card", Quantity: 1, GiftCard: true}}}
	for quantity, want := range map[int]bool{0: false, 2: false, 3: true, 4: true} {
		if got := (crm.Return{Lines: []crm.ReturnLine{{Quantity: quantity}}}).Whole(o); got != want {
			t.Errorf("%d of 3 back: whole %v", quantity, got)
		}
	}
	if (crm.Return{}).Whole(crm.Order{}) {
		t.Error("nothing came back of nothing: that is no whole return")
	}
}
