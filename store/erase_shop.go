package store

import (
	"context"
	"strings"

	"grazie/crm"
)

// eraseRows is how many rows of a shop one step deletes.
const eraseRows = 1000

// shopTables are the tables that hold rows of shops, each with what tells its
// rows apart, in the sequence in which they are erased: what writes new rows
// comes before what those are made of.
var shopTables = []struct{ name, key string }{
	{"webhooks", "id"}, {"messages", "id"}, {"mails", "message_id"}, {"effects", "id"}, {"rewards", "id"}, {"returns", "id"}, {"reviews", "id"}, {"tasks", "id"}, {"call_tries", "order_id, n"}, {"calls", "order_id"}, {"signatures", "shop_id"},
	{"orders", "id"}, {"customers", "id"}, {"customer_words", "word, place, customer_id"}, {"consents", "id"}, {"suppressions", "email_hash, scope"}, {"feedback", "id"}, {"brakes", "journey, domain"},
	{"bulk_items", "bulk_id, position"}, {"bulks", "id"}, {"calendars", "shop_id"}, {"templates", "journey, locale, version"}, {"drafts", "journey, locale"}, {"api_tokens", "hash"},
	{"members", "staff_id"}, {"invitations", "hash"}, {"audit", "seq"}, {"audit_heads", "shop_id"},
}

// EraseShop does the next step of an open request to erase a shop, and tells
// whether there is another. The shop itself goes last, and with it the chore
// that this is part of. It is refused, which is said in the request, as long as
// the shop is not removed: when it was sent stands in no signed part of a
// platform's word. A request that is settled is crm.ErrNotFound.
func (s *Store) EraseShop(ctx context.Context, shopID, id string) (more bool, err error) {
	gone := false
	err = s.write(ctx, func(tx querier) error {
		more, gone = false, false
		p, err := s.openRequest(ctx, tx, shopID, id)
		if err != nil {
			return err
		}
		shop, err := one(rows(ctx, tx, scanShop, `select state, data from shops where id = $1`+s.forUpdate(), shopID))
		switch {
		case p.Kind != crm.PrivacyEraseShop:
			return crm.ErrNotFound
		case err != nil:
			return err
		case shop.State != crm.ShopUninstalled:
			return s.endPrivacy(ctx, tx, p, crm.PrivacyRefused, "", "the shop is connected: it was installed again since, or never removed; nothing was erased")
		}
		e := &erasing{Store: s, tx: tx, privacyRow: &p}
		if err := e.unname(ctx, shop); err != nil {
			return err
		}
		if more, err = e.someRows(ctx); err != nil {
			return err
		}
		if more {
			return s.savePrivacy(ctx, tx, p)
		}
		gone = true
		return e.shop(ctx)
	})
	if err == nil && gone {
		s.hashKeys.Delete(shopID)
		err = s.EraseOrphans(ctx, shopID) // what was being written meanwhile
	}
	return more, err
}

// unname takes the shop's name from it before its first row goes. Who installs the
// app again from then on gets a new shop: this one has lost the guards without
// which an occasion could come twice.
func (e *erasing) unname(ctx context.Context, shop crm.Shop) error {
	name := "erased:" + e.ShopID
	if shop.Domain == name {
		return nil
	}
	if err := e.exec(ctx, "installs", `delete from installs where platform = $1 and domain = $2`, shop.Platform, column(shop.Domain)); err != nil {
		return err
	}
	shop.Domain = name
	_, err := e.tx.ExecContext(ctx, `update shops set domain = $2, data = $3 where id = $1`, e.ShopID, name, document(shop))
	return err
}

// someRows deletes rows of the first table that has any.
func (e *erasing) someRows(ctx context.Context) (bool, error) {
	for _, t := range shopTables {
		before := e.Proof[t.name]
		if err := e.exec(ctx, t.name, deleteSome(t.name, t.key), e.ShopID, eraseRows); err != nil {
			return false, err
		}
		if e.Proof[t.name] > before {
			return true, nil
		}
	}
	return false, nil
}

func deleteSome(table, key string) string {
	return `delete from ` + table + ` where shop_id = $1 and (` + key + `) in (select ` + key + ` from ` + table + ` where shop_id = $1 limit $2)`
}

// shop deletes the shop's own rows and settles its requests: they stay as proof
// that tells of nobody, nor of the shop but by its id here.
func (e *erasing) shop(ctx context.Context) error {
	for _, do := range []struct {
		what, query string
		args        []any
	}{
		{"chores", `delete from chores where shop_id = $1`, []any{e.ShopID}},
		{"leases", `delete from leases where name = $1`, []any{"renew:" + e.ShopID}},
		{"shops", `delete from shops where id = $1`, []any{e.ShopID}},
	} {
		if err := e.exec(ctx, do.what, do.query, do.args...); err != nil {
			return err
		}
	}
	// Its own log went with it. The installation's keeps that it was there.
	if err := e.append(ctx, e.tx, &Act{By: "Grazie", Action: "shops.erased", Target: e.ShopID, Why: e.Source}); err != nil {
		return err
	}
	others, err := rows(ctx, e.tx, e.scanPrivacy, `select `+privacyColumns+` from privacy_requests where shop_id = $1 and id <> $2`, e.ShopID, e.ID)
	if err != nil {
		return err
	}
	for _, r := range others {
		if r.State == crm.PrivacyOpen {
			err = e.endPrivacy(ctx, e.tx, r, crm.PrivacyDone, "", "the whole shop was erased")
		} else if r.CustomerID != "" || len(r.OrderIDs) > 0 {
			r.CustomerID, r.OrderIDs = "", nil
			err = e.savePrivacy(ctx, e.tx, r)
		}
		if err != nil {
			return err
		}
	}
	return e.endPrivacy(ctx, e.tx, *e.privacyRow, crm.PrivacyDone, "", "")
}

// EraseOrphans deletes what came in for a shop that is not there any more. Of
// one that is there, it changes nothing.
func (s *Store) EraseOrphans(ctx context.Context, shopID string) error {
	for {
		deleted := int64(0)
		err := s.write(ctx, func(tx querier) error {
			deleted = 0
			there, err := rows(ctx, tx, text, `select id from shops where id = $1`, shopID)
			if err != nil || len(there) > 0 || shopID == "" {
				return err
			}
			for _, t := range append(shopTables, struct{ name, key string }{"chores", "kind"}) {
				res, err := tx.ExecContext(ctx, deleteSome(t.name, t.key), shopID, eraseRows)
				if err != nil {
					return err
				}
				n, err := res.RowsAffected()
				if deleted += n; err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || deleted == 0 {
			return err
		}
	}
}

// ShopAddresses are addresses of a shop's customers and orders, a page at a
// time: others are to forget them before their rows go. after is empty at the
// beginning; an empty next says that these were the last.
func (s *Store) ShopAddresses(ctx context.Context, shopID, after string) (addresses []string, next string, err error) {
	table, id, _ := strings.Cut(after, ":")
	if table != "orders" {
		table = "customers"
	}
	type addressed struct {
		ID    string `json:"id"`
		Email string `json:"email"`
	}
	found, err := rows(ctx, s.read, scanDocument[addressed], `select data from `+table+` where shop_id = $1 and id > $2 order by id limit $3`, shopID, id, eraseRows)
	if err != nil {
		return nil, "", err
	}
	for _, a := range found {
		addresses, next = append(addresses, a.Email), table+":"+a.ID
	}
	switch {
	case len(found) == eraseRows:
	case table == "customers":
		next = "orders:"
	default:
		next = ""
	}
	return distinct(addresses), next, nil
}
