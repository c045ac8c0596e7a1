package crm_test

import (
	"testing"
	"time"

	"grazie/crm"
)

func TestHistoryIsKnownOnlyOfWhoCameAfterTheConnection(t *testing.T) {
	shop := crm.Shop{ConnectedAt: noon.Add(400 * time.Millisecond)}
	for name, c := range map[string]struct {
		created time.Time
		want    bool
	}{
		"a customer of before":                          {noon.Add(-time.Second), false},
		"one of the second of the connection":           {noon, true},
		"the same instant in another zone":              {noon.In(time.FixedZone("", 3600)), true},
		"one of later":                                  {noon.Add(time.Hour), true},
		"a guest, of whom no platform says when it was": {time.Time{}, false},
	} {
		if got := crm.HistoryKnown(crm.Customer{CreatedAt: c.created}, shop); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestShopBefore(t *testing.T) {
	shop := crm.Shop{ConnectedAt: noon.Add(999 * time.Millisecond)}
	for at, want := range map[time.Time]bool{
		noon.Add(-time.Nanosecond): true, noon: false, noon.Add(998 * time.Millisecond): false, noon.Add(time.Second): false,
	} {
		if got := shop.Before(at); got != want {
			t.Errorf("%v before %v: got %v", at, shop.ConnectedAt, got)
		}
	}
}

func TestOrderNumberIsSaidOnlyWhenSure(t *testing.T) {
	for want, f := range map[int]crm.Facts{
		0: {OrdersBefore: 4},
		1: {HistoryKnown: true},
		5: {HistoryKnown: true, OrdersBefore: 4},
	} {
		if got := f.OrderNumber(); got != want {
			t.Errorf("%d before, known %v: number %d; want %d", f.OrdersBefore, f.HistoryKnown, got, want)
		}
	}
}

func TestAddressIsThatOfTheOrderFirst(t *testing.T) {
	customer := crm.Customer{Email: "anna@mail.example"}
	for want, f := range map[string]crm.Facts{
		"":                  {},
		"anna@mail.example": {Customer: customer, Order: &crm.Order{}},
		"work@mail.example": {Customer: customer, Order: &crm.Order{Email: "work@mail.example"}},
	} {
		if got := f.Address(); got != want {
			t.Errorf("got %q; want %q", got, want)
		}
	}
	if got := (crm.Facts{Customer: customer}).Address(); got != "anna@mail.example" {
		t.Errorf("without an order: got %q", got)
	}
}

func TestInvalidSaysTheFieldAndWhatToDo(t *testing.T) {
	for want, err := range map[string]error{
		"delay: is needed": &crm.Invalid{Field: "delay", Message: "is needed"},
		"is needed":        &crm.Invalid{Message: "is needed"},
	} {
		if err.Error() != want {
			t.Errorf("got %q; want %q", err, want)
		}
	}
}
