package simshop

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/graph-gophers/graphql-go"

	"grazie/crm"
)

// root answers the fields of queries and mutations. Everything below it reads
// the shop under the lock of api.answer.
type root struct{ s *Shop }

// Scalars of the schema.
type (
	dateTime struct{ time.Time }
	decimals string // Decimal: "12.5", as text
	address  string // URL
)

func (dateTime) ImplementsGraphQLType(name string) bool { return name == "DateTime" }
func (decimals) ImplementsGraphQLType(name string) bool { return name == "Decimal" }
func (address) ImplementsGraphQLType(name string) bool  { return name == "URL" }

func (d *dateTime) UnmarshalGraphQL(input any) (err error) {
	text, _ := input.(string)
	if d.Time, err = time.Parse(time.RFC3339, text); err != nil {
		return fmt.Errorf("invalid DateTime '%v'", input)
	}
	return nil
}

func (d dateTime) MarshalJSON() ([]byte, error) { return json.Marshal(d.UTC().Format(time.RFC3339)) }

func (d *decimals) UnmarshalGraphQL(input any) error {
	text := fmt.Sprint(input)
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return fmt.Errorf("invalid Decimal '%v'", input)
	}
	*d = decimals(text)
	return nil
}

func (u *address) UnmarshalGraphQL(input any) error {
	text, _ := input.(string)
	if !strings.Contains(text, "://") {
		return fmt.Errorf("invalid URL '%v'", input)
	}
	*u = address(text)
	return nil
}

// minor reads an amount of the shop's currency.
func (s *Shop) minor(d decimals) (int64, bool) {
	m, err := crm.ParseMoney(string(d), s.Currency)
	return m.Minor, err == nil
}

func when(t time.Time) *dateTime {
	if t.IsZero() {
		return nil
	}
	return &dateTime{t}
}

// gone is an id of the wrong kind: an error at the top, unlike an id that
// nothing has.
type gone struct{ id string }

func (e gone) Error() string              { return "Invalid id: " + e.id }
func (e gone) Extensions() map[string]any { return code("RESOURCE_NOT_FOUND") }

// number reads "gid://shopify/Kind/123".
func number(kind string, id graphql.ID) (uint64, error) {
	text, ok := strings.CutPrefix(string(id), "gid://shopify/"+kind+"/")
	n, err := strconv.ParseUint(text, 10, 64)
	if !ok || err != nil {
		return 0, gone{string(id)}
	}
	return n, nil
}

// found is what an id names: an error for an id of another kind, false for one
// that nothing has.
func found[T any](s *Shop, kind string, id graphql.ID) (T, bool, error) {
	n, err := number(kind, id)
	if err != nil {
		var none T
		return none, false, err
	}
	t, ok := thing[T](s, n)
	return t, ok, nil
}

func gid(kind string, id uint64) graphql.ID { return graphql.ID(global(kind, id)) }

// userError is what a mutation tells of input that it refuses.
type userError struct {
	Field   *[]string
	Message string
	Code    *string
}

func refusal(code, message string, field ...string) []*userError {
	return []*userError{{Field: &field, Message: message, Code: optional(code)}}
}

var accepted = []*userError{}

// protected is the error beside a field that the app may not see.
type protected struct{ kind, field string }

func (e protected) Error() string {
	return fmt.Sprintf("This app is not approved to use the %s field of %s. See https://shopify.dev/docs/apps/launch/protected-customer-data for more details.", e.field, e.kind)
}
func (e protected) Extensions() map[string]any { return code("ACCESS_DENIED") }

// shown is a text about a customer, if the app may see it.
func (s *Shop) shown(kind, field, text string) (*string, error) {
	if s.faults.Protected {
		return nil, protected{kind, field}
	}
	return optional(text), nil
}

type money struct {
	Amount       decimals
	CurrencyCode string
}

type moneyBag struct{ ShopMoney, PresentmentMoney *money }

func (s *Shop) money(minor int64) *money { return &money{graphDecimal(minor, s.Currency), s.Currency} }

func (s *Shop) bag(minor int64) *moneyBag { return &moneyBag{s.money(minor), s.money(minor)} }

// shownBag is an amount as the shop and as the customer sees it.
func (s *Shop) shownBag(minor int64, see string) *moneyBag {
	both := s.set(minor, see)
	return &moneyBag{s.money(minor), &money{decimals(both.Presentment.Amount), both.Presentment.Currency}}
}

// graphDecimal writes money as the API does, other than webhooks: "110.0".
func graphDecimal(minor int64, currency string) decimals {
	text := decimal(minor, currency)
	if !strings.Contains(text, ".") {
		return decimals(text + ".0")
	}
	if text = strings.TrimRight(text, "0"); strings.HasSuffix(text, ".") {
		text += "0"
	}
	return decimals(text)
}
