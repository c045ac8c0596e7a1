package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"grazie/crm"
)

func scanShop(r *sql.Rows) (crm.Shop, error) {
	var shop crm.Shop
	var state crm.ShopState
	var data string
	if err := r.Scan(&state, &data); err != nil {
		return shop, err
	}
	err := json.Unmarshal([]byte(data), &shop)
	shop.State = state
	return shop, err
}

// Shop is the shop with an id or a domain.
func (s *Store) Shop(ctx context.Context, idOrDomain string) (crm.Shop, error) {
	return one(rows(ctx, s.read, scanShop, `select state, data from shops where id = $1 or domain = $2 order by created_at limit 1`,
		idOrDomain, strings.ToLower(idOrDomain)))
}

// ShopOn is a platform's shop with an id or a domain.
func (s *Store) ShopOn(ctx context.Context, platform, idOrDomain string) (crm.Shop, error) {
	return one(rows(ctx, s.read, scanShop, `select state, data from shops where platform = $1 and (id = $2 or domain = $3)`,
		platform, idOrDomain, strings.ToLower(idOrDomain)))
}

// Shops lists all shops, by domain.
func (s *Store) Shops(ctx context.Context) ([]crm.Shop, error) {
	return rows(ctx, s.read, scanShop, `select state, data from shops order by domain`)
}

// ConnectShop creates a shop, or updates the one with its platform and domain,
// and stores the settings of its connection. It returns the shop as stored and
// whether it is new. What staff set for journeys before stays.
func (s *Store) ConnectShop(ctx context.Context, shop crm.Shop, connection crm.Values) (crm.Shop, bool, error) {
	shop.Domain = strings.ToLower(shop.Domain)
	created := false
	err := s.write(ctx, func(tx querier) error {
		found, err := rows(ctx, tx, scanShop, `select state, data from shops where platform = $1 and domain = $2`, shop.Platform, shop.Domain)
		if err != nil {
			return err
		}
		now := s.now().UTC()
		shop.State, created = crm.ShopActive, len(found) == 0
		if created {
			shop.ID, shop.ConnectedAt, shop.Since = NewID("shp_"), now, now
			about(ctx, shop.ID)
			_, err = tx.ExecContext(ctx, `insert into shops (id, platform, domain, state, data, connection, hash_key, created_at, updated_at)
				values ($1, $2, $3, $4, $5, $6, $7, $8, $8)`, shop.ID, shop.Platform, shop.Domain, shop.State, document(shop),
				s.keys.seal([]byte(document(connection)), shop.ID+"/connection"), s.keys.seal(randomBytes(32), shop.ID+"/hash"), micros(now))
			if err == nil {
				err = s.askChores(ctx, tx, shop.ID, shop.Since)
			}
			return err
		}
		old := found[0]
		shop.Since = now
		shop.Rules, shop.Imports = old.Rules, old.Imports
		shop.Broken, shop.BrokenAt = "", time.Time{}
		shop.ID, shop.ConnectedAt, shop.Journeys, shop.Areas = old.ID, old.ConnectedAt, old.Journeys, old.Areas
		about(ctx, shop.ID)
		_, err = tx.ExecContext(ctx, `update shops set state = $2, data = $3, connection = $4, updated_at = $5 where id = $1`,
			shop.ID, shop.State, document(shop), s.keys.seal([]byte(document(connection)), shop.ID+"/connection"), micros(now))
		if err == nil {
			err = s.reconnected(ctx, tx, shop.ID, shop.Since)
		}
		return err
	})
	return shop, created, err
}

// ChangeShop changes a shop's own data in one transaction: fn gets it as stored
// and its error, if any, leaves the shop as it was.
func (s *Store) ChangeShop(ctx context.Context, shopID string, fn func(*crm.Shop) error) (crm.Shop, error) {
	var shop crm.Shop
	err := s.write(ctx, func(tx querier) error {
		found, err := one(rows(ctx, tx, scanShop, `select state, data from shops where id = $1`+s.forUpdate(), shopID))
		if err != nil {
			return err
		}
		was := maps.Clone(found.Journeys)
		for key, own := range was {
			was[key] = maps.Clone(own)
		}
		if err := fn(&found); err != nil {
			return err
		}
		found.NoteSwitched(was, s.now().UTC())
		shop = found
		_, err = tx.ExecContext(ctx, `update shops set state = $2, data = $3, updated_at = $4 where id = $1`,
			shopID, found.State, document(found), micros(s.now()))
		return err
	})
	return shop, err
}

// forUpdate holds the rows of a select until the end of the transaction. On
// SQLite the only writer holds everything.
func (s *Store) forUpdate() string {
	if s.Engine() == "postgres" {
		return " for update"
	}
	return ""
}

// Connection is the settings of a shop's connection, opened: they hold secrets.
func (s *Store) Connection(ctx context.Context, shopID string) (crm.Values, error) {
	return s.connection(ctx, s.read, shopID)
}

func (s *Store) connection(ctx context.Context, q querier, shopID string) (crm.Values, error) {
	sealed, err := one(rows(ctx, q, blob, `select connection from shops where id = $1`, shopID))
	if err != nil {
		return nil, err
	}
	plain, err := s.keys.open(sealed, shopID+"/connection")
	if err != nil {
		return nil, fmt.Errorf("the connection of shop %s: %w", shopID, err)
	}
	var v crm.Values
	return v, json.Unmarshal(plain, &v)
}

// RenewConnection changes the settings of a shop's connection and nothing else:
// credentials that the platform gave in exchange for older ones.
func (s *Store) RenewConnection(ctx context.Context, shopID string, fn func(stored crm.Values)) error {
	return s.write(ctx, func(tx querier) error {
		if _, err := one(rows(ctx, tx, text, `select id from shops where id = $1`+s.forUpdate(), shopID)); err != nil {
			return err
		}
		connection, err := s.connection(ctx, tx, shopID)
		if err != nil {
			return err
		}
		fn(connection)
		_, err = tx.ExecContext(ctx, `update shops set connection = $2, updated_at = $3 where id = $1`,
			shopID, s.keys.seal([]byte(document(connection)), shopID+"/connection"), micros(s.now()))
		return err
	})
}

// reconnected takes up what waited for the shop's credentials to work again.
func (s *Store) reconnected(ctx context.Context, tx querier, shopID string, since time.Time) error {
	if err := s.askChores(ctx, tx, shopID, since); err != nil {
		return err
	}
	if err := s.wakeWebhooks(ctx, tx, shopID); err != nil {
		return err
	}
	now := micros(s.now())
	_, err := tx.ExecContext(ctx, `update messages set due_at = $2, rung_at = 0, updated_at = $2
		where state = 'planned' and reason = 'shop_unauthorized' and shop_id = $1`, shopID, now)
	if err == nil { // its source leads to it, whatever else is open
		_, err = tx.ExecContext(ctx, `update tasks set done_at = $3, done_by = 'connected again' where source = $4 and kind = $2 and shop_id = $1 and done_at + 0 = 0`,
			shopID, crm.TaskConnection, now, "shop:"+shopID)
	}
	return err
}

func blob(r *sql.Rows) (b []byte, err error) { return b, r.Scan(&b) }

// hash is the keyed hash of an address within a shop. It stands for the
// address where that may not be kept, and cannot be compared between shops.
func (s *Store) hash(ctx context.Context, q querier, shopID, emailKey string) (string, error) {
	key, ok := s.hashKeys.Load(shopID)
	if !ok {
		sealed, err := one(rows(ctx, q, blob, `select hash_key from shops where id = $1`, shopID))
		if err != nil {
			return "", err
		}
		plain, err := s.keys.open(sealed, shopID+"/hash")
		if err != nil {
			return "", err
		}
		key, _ = s.hashKeys.LoadOrStore(shopID, plain)
	}
	mac := hmac.New(sha256.New, key.([]byte))
	mac.Write([]byte(emailKey))
	return base32.HexEncoding.EncodeToString(mac.Sum(nil)[:20]), nil
}
