package store

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"grazie/crm"
)

// Installed is what came of a merchant's installation.
type Installed struct {
	Platform, Domain string
	Credentials      crm.Values // of the connection, whole: what it held before for the platform is forgotten
	Scopes           []string

	// At is when the platform was asked for the credentials: what it says of the
	// time before is void, what it says since holds. Zero: now.
	At time.Time

	// About is what the platform tells of the shop. It fills what nobody set yet.
	About crm.Shop
}

// InstallShop stores an installation in one transaction: afterwards the shop is
// there with working credentials, or nothing has changed. A new shop is paused
// until its first steps are finished. One that was here finds all that staff set
// again, and what other services than the platform need of its connection; once
// it had been set up, it is active again after a removal. It returns the shop
// as stored and whether it is new. A shop that was removed since its credentials
// were asked for is crm.ErrConflict: they are void.
func (s *Store) InstallShop(ctx context.Context, in Installed) (crm.Shop, bool, error) {
	in.Domain = strings.ToLower(in.Domain)
	var shop crm.Shop
	var created bool
	err := s.write(ctx, func(tx querier) error {
		now := s.now().UTC()
		if in.At.IsZero() {
			in.At = now
		}
		shop = crm.Shop{ID: NewID("shp_"), Platform: in.Platform, Domain: in.Domain, State: crm.ShopPaused, ConnectedAt: now, App: true}
		install(&shop, in, now)
		// Of two that come at once the second waits here, and then finds the shop.
		made, err := rows(ctx, tx, text, `insert into shops (id, platform, domain, state, data, connection, hash_key, created_at, updated_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $8) on conflict (platform, domain) do nothing returning id`, shop.ID, shop.Platform, shop.Domain, shop.State,
			document(shop), s.keys.seal([]byte(document(in.Credentials)), shop.ID+"/connection"), s.keys.seal(randomBytes(32), shop.ID+"/hash"), micros(now))
		if err != nil {
			return err
		}
		about(ctx, shop.ID)
		if created = len(made) == 1; created {
			return s.askChores(ctx, tx, shop.ID, shop.Since)
		}
		shop, err = one(rows(ctx, tx, scanShop, `select state, data from shops where platform = $1 and domain = $2`+s.forUpdate(), in.Platform, in.Domain))
		if err != nil {
			return err
		}
		about(ctx, shop.ID)
		if shop.State == crm.ShopUninstalled && shop.RemovedAt.After(in.At) {
			return crm.ErrConflict
		}
		connection, err := s.connection(ctx, tx, shop.ID)
		if err != nil {
			return err
		}
		maps.DeleteFunc(connection, func(key, _ string) bool { return !strings.Contains(key, ".") }) // integrations.Within: other services' keys hold a dot
		maps.Copy(connection, in.Credentials)
		// Where it went on all the while, nothing waits, and its past need not be read again.
		gap := !shop.App || shop.State == crm.ShopUninstalled || shop.Broken != "" || !slices.Equal(slices.Sorted(slices.Values(shop.Scopes)), slices.Sorted(slices.Values(in.Scopes)))
		install(&shop, in, now)
		_, err = tx.ExecContext(ctx, `update shops set state = $2, data = $3, connection = $4, updated_at = $5 where id = $1`,
			shop.ID, shop.State, document(shop), s.keys.seal([]byte(document(connection)), shop.ID+"/connection"), micros(now))
		if err == nil && gap {
			err = s.reconnected(ctx, tx, shop.ID, shop.Since)
		}
		return err
	})
	return shop, created, err
}

// install changes a shop by its installation.
func install(shop *crm.Shop, in Installed, now time.Time) {
	if !shop.App && shop.SetUpAt.IsZero() {
		shop.SetUpAt = now // staff had connected the shop and set it up
	}
	if shop.State == crm.ShopUninstalled {
		shop.State = crm.ShopActive
		if shop.SetUpAt.IsZero() || shop.Held {
			shop.State = crm.ShopPaused
		}
	}
	shop.App, shop.Scopes, shop.Since, shop.RemovedAt = true, in.Scopes, in.At.UTC(), time.Time{}
	shop.Broken, shop.BrokenAt = "", time.Time{}
	fill(shop, in.About)
}

// fill takes over what a platform tells of a shop where nothing is set.
func fill(shop *crm.Shop, about crm.Shop) {
	for _, f := range []struct {
		into *string
		told string
	}{
		{&shop.Name, about.Name}, {&shop.Sender.Name, about.Sender.Name}, {&shop.Sender.Email, about.Sender.Email}, {&shop.ReplyTo, about.ReplyTo},
		{&shop.LegalName, about.LegalName}, {&shop.PostalAddress, about.PostalAddress}, {&shop.Timezone, about.Timezone},
		{&shop.Country, about.Country}, {&shop.Locale, about.Locale}, {&shop.Currency, about.Currency}, {&shop.Owner, about.Owner},
	} {
		if *f.into == "" {
			*f.into = f.told
		}
	}
}

// Begun is an installation whose state a shop has used up, and whose browser is
// still to come back.
type Begun struct {
	Domain            string // the shop that it was begun for
	platform, browser string
}

// TakeInstall uses up a state for the shop that brought it, wherever that came
// from; else it does what EndInstall does.
func (s *Store) TakeInstall(ctx context.Context, platform, state string) (Begun, error) {
	var b Begun
	err := s.write(ctx, func(tx querier) (err error) {
		b, err = s.takeInstall(ctx, tx, platform, state)
		return err
	})
	if err == nil && b.Domain == "" {
		err = crm.ErrNotFound
	}
	return b, err
}

// ReturnInstall lets the browser that began an installation come back for it
// once, with another state. It is called when the shop's credentials are stored.
func (s *Store) ReturnInstall(ctx context.Context, b Begun, state string) error {
	return s.write(ctx, func(tx querier) error {
		_, err := tx.ExecContext(ctx, `insert into installs (state, platform, domain, browser, created_at) values ($1, $2, $3, $4, $5)`,
			digest(state), b.platform, column(b.Domain), b.browser, micros(s.now()))
		return err
	})
}
