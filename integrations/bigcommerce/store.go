package bigcommerce

import (
	"context"
	"errors"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// storeBody is what is read of the store itself.
type storeBody struct {
	Name     string `json:"name"`
	Country  string `json:"country_code"`
	Owner    string `json:"admin_email"`
	Language string `json:"language"`
	Currency string `json:"currency"`
	Timezone struct {
		Name string `json:"name"`
	} `json:"timezone"`
}

func (p *Platform) store(ctx context.Context, c integrations.Connection) (s storeBody, err error) {
	err = p.get(ctx, c, "/v2/store", &s)
	s.Currency = strings.ToUpper(s.Currency)
	return s, err
}

// Describe tells what BigCommerce knows of the store itself.
func (p *Platform) Describe(ctx context.Context, c integrations.Connection) (crm.Shop, error) {
	s, err := p.store(ctx, c)
	if err != nil {
		return crm.Shop{}, err
	}
	shop := crm.Shop{Name: crm.Clean(s.Name), Country: country(s.Country), Locale: locale(s.Language)}
	shop.Owner, _ = integrations.Email(s.Owner)
	if isCurrency(s.Currency) {
		shop.Currency = s.Currency
	}
	if _, err := time.LoadLocation(s.Timezone.Name); err == nil {
		shop.Timezone = s.Timezone.Name // older stores tell a place that is no zone
	}
	return shop, nil
}

// Check tells whether the shop takes the token, and lets Grazie read what
// gestures need. Whether it may also write is not told before it does.
func (p *Platform) Check(ctx context.Context, c integrations.Connection) error {
	var missing []string
	for _, part := range []struct{ path, scope string }{
		{"/v2/store", "Information & Settings"},
		{"/v2/orders?limit=1", "Orders"},
		{"/v3/customers?limit=1", "Customers"},
		{"/v2/coupons?limit=1", "Marketing"},
	} {
		err := p.part(ctx, c, part.path, nil)
		var e *integrations.Error
		switch {
		case err == nil:
		case errors.As(err, &e) && strings.HasPrefix(e.Detail, "403"):
			missing = append(missing, part.scope)
		default:
			return err
		}
	}
	if len(missing) > 0 {
		return fail(integrations.Unauthorized, "the token lacks permissions; give it "+strings.Join(missing, ", "))
	}
	return nil
}
