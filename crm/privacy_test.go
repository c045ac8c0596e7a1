package crm_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
)

// marked fills every text of a noun, however deep it lies, so that a field that
// is new tomorrow is looked at too.
func marked(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			marked(v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		marked(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		marked(v.Index(0))
	case reflect.String:
		v.SetString("mark")
	}
}

// left are the paths of what still holds a text of the noun.
func left(t *testing.T, v any) (paths []string) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, v := range v {
				walk(path+"."+key, v)
			}
		case []any:
			for _, v := range v {
				walk(path, v)
			}
		case string:
			if v == "mark" {
				paths = append(paths, strings.TrimPrefix(path, "."))
			}
		}
	}
	walk("", doc)
	slices.Sort(paths)
	return slices.Compact(paths)
}

// What stays of whom was erased is listed here, field by field: ids that tell
// nothing without the shop, states and currencies.
func TestWhatErasedLeaves(t *testing.T) {
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	var c crm.Customer
	var o crm.Order
	var r crm.Return
	var e crm.Effect
	for _, v := range []any{&c, &o, &r, &e} {
		marked(reflect.ValueOf(v).Elem())
	}
	label := e.Erased()
	e.Code = nil
	for name, tt := range map[string]struct {
		v    any
		want []string
	}{
		"customer": {c.Apply(crm.Customer{ErasedAt: at}), []string{"id"}},
		"order": {o.Apply(crm.Order{ErasedAt: at}), []string{"id", "items.price.currency", "items.product_id", "presentment.currency", "refunds.amount.currency", "refunds.goods.currency", "refunds.id",
			"status", "subtotal.currency", "total.currency"}},
		"return": {r.Erased(), []string{"fee.currency", "fee_id", "id", "order_id", "status", "value.currency"}},
		"code":   {label.Code, []string{"amount.currency", "code", "ended", "kind", "minimum.currency", "platform_id", "product", "product_id", "title", "uses.discount.currency", "uses.net.currency", "uses.order_id", "zone"}},
		"effect": {e.Erased(), []string{"id", "kind", "label.by", "label.cost.currency", "message_id", "receipt.By", "replacement.return_id", "replacement.value.currency", "shop_id", "state", "worth.currency"}},
	} {
		if got := left(t, tt.v); !slices.Equal(got, tt.want) {
			t.Errorf("of the %s stay\n%q, want\n%q", name, got, tt.want)
		}
	}
}

// In whatever sequence states come, nothing of hers is taken in.
func TestErasedTakesNothingIn(t *testing.T) {
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	full := crm.Order{ID: "1", Name: "#1", CustomerID: "7", Email: "anna@x.example", EmailKey: "anna@x.example", Status: crm.Paid, Total: crm.Money{Minor: 1000, Currency: "EUR"},
		Items: []crm.LineItem{{Title: "Soap", Quantity: 1}}, CreatedAt: at, UpdatedAt: at, Fulfillments: []crm.Fulfillment{{ID: "f"}}}
	later := full
	later.Status, later.UpdatedAt, later.Refunds = crm.Refunded, at.Add(time.Hour), []crm.Refund{{ID: "r", Amount: crm.Money{Minor: 1000, Currency: "EUR"}}}
	tomb := crm.Order{ID: "1", ErasedAt: at}
	want := later.Erased(at)
	for _, states := range [][]crm.Order{{full, tomb, later}, {tomb, full, later}, {tomb, later, full, full}, {full, later, tomb}, {later, full, tomb, tomb}} {
		var got crm.Order
		for _, s := range states {
			got = got.Apply(s)
		}
		if a, b := asJSON(t, got), asJSON(t, want); a != b {
			t.Errorf("it became\n%s, want\n%s", a, b)
		}
	}
	who := crm.Customer{ID: "7", Email: "anna@x.example", FirstName: "Anna", UpdatedAt: at.Add(time.Hour), Consent: crm.Consent{State: crm.ConsentSubscribed, At: at}, DeletedAt: at}
	gone := crm.Customer{ID: "7", ErasedAt: at}
	for _, got := range []crm.Customer{gone.Apply(who), who.Apply(gone), who.Apply(gone).Apply(who)} {
		if !reflect.DeepEqual(got, crm.Customer{ID: "7", ErasedAt: at, DeletedAt: at}) {
			t.Errorf("%+v", got)
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRequestsPress(t *testing.T) {
	due := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	r := crm.PrivacyRequest{State: crm.PrivacyOpen, DueAt: due}
	for before, want := range map[time.Duration][2]bool{8 * day: {}, 7 * day: {true, false}, 0: {true, false}, -time.Second: {true, true}} {
		if got := [2]bool{r.Presses(due.Add(-before)), r.Late(due.Add(-before))}; got != want {
			t.Errorf("%s before its end: %v, want %v", before, got, want)
		}
	}
	r.State = crm.PrivacyDone
	if r.Presses(due) || r.Late(due.Add(day)) {
		t.Error("one that is done presses")
	}
}

func TestForgetAccess(t *testing.T) {
	v := crm.Values{"secret": "s", "token": "t", "refresh_token": "r", "token_expires": "e", "refresh_token_expires": "e", "easypost.token": "theirs"}
	if v.ForgetAccess(); !maps.Equal(v, crm.Values{"secret": "s", "easypost.token": "theirs"}) {
		t.Errorf("left are %v", v)
	}
}

func TestBoundsOfDurations(t *testing.T) {
	s := crm.Setting{Key: "kept", Kind: crm.SettingDuration, Least: "1d", Most: "7d"}
	for value, want := range map[string]bool{"1d": true, "24h": true, "7d": true, "0s": false, "23h": false, "8d": false, "-1d": false, "x": false} {
		if err := s.Check(value); (err == nil) != want {
			t.Errorf("%s: %v", value, err)
		}
	}
}
