package store

import (
	"context"

	"grazie/crm"
)

// DataOf gathers what is kept about the customer behind a link, for her own eyes.
// own tells that the link came to the address of her account: where it did not,
// whoever reads there need not be her, and the rows are left out. One who is not
// there any more is crm.ErrNotFound.
func (s *Store) DataOf(ctx context.Context, l Link) (x Export, own bool, err error) {
	r, own, err := s.own(ctx, s.read, l)
	if err != nil || !own {
		return x, own, err
	}
	x, err = s.Export(ctx, crm.PrivacyRequest{ShopID: l.ShopID, Kind: crm.PrivacyExport, CustomerID: r.value.ID})
	return x, own, err
}

// own is the customer behind a link, and whether it came to her own address.
func (s *Store) own(ctx context.Context, q querier, l Link) (row[crm.Customer], bool, error) {
	r, err := s.behind(ctx, q, l)
	if err != nil {
		return r, false, err
	}
	_, written, err := s.addresses(ctx, q, l, r.value)
	return r, err == nil && written != "" && written == r.value.EmailKey, err
}

// AskErasure is a customer's own wish to be forgotten: a request about personal
// data, once, however often she says so. A link that did not come to her own
// address is crm.ErrConflict, a customer who is not there any more crm.ErrNotFound.
func (s *Store) AskErasure(ctx context.Context, l Link) (stored crm.PrivacyRequest, err error) {
	err = s.write(ctx, func(tx querier) error {
		if _, err := one(rows(ctx, tx, text, `select id from shops where id = $1`+s.forUpdate(), l.ShopID)); err != nil {
			return err
		}
		r, own, err := s.own(ctx, tx, l)
		if err != nil {
			return err
		}
		if !own {
			return crm.ErrConflict
		}
		asked, err := s.erasureOf(ctx, tx, l.ShopID, r.value.ID)
		if err != nil || asked != nil {
			if asked != nil {
				stored = *asked
			}
			return err
		}
		stored, err = s.addPrivacy(ctx, tx, privacyRow{PrivacyRequest: crm.PrivacyRequest{ShopID: l.ShopID, Kind: crm.PrivacyEraseCustomer, Source: customerPage,
			CustomerID: r.value.ID, Email: r.value.Email}})
		return err
	})
	return stored, err
}

// ErasureOf is the open request to forget the customer behind a link; nil: there
// is none.
func (s *Store) ErasureOf(ctx context.Context, l Link) (*crm.PrivacyRequest, error) {
	return s.erasureOf(ctx, s.read, l.ShopID, l.CustomerID)
}

func (s *Store) erasureOf(ctx context.Context, q querier, shopID, customerID string) (*crm.PrivacyRequest, error) {
	open, err := rows(ctx, q, s.scanPrivacy, `select `+privacyColumns+` from privacy_requests where state = 'open' and shop_id = $1 and kind = $2 order by id`, shopID, crm.PrivacyEraseCustomer)
	for _, r := range open {
		if r.CustomerID == customerID && customerID != "" {
			return &r.PrivacyRequest, nil
		}
	}
	return nil, err
}
