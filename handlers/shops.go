package handlers

import (
	"context"
	"errors"
	"sync"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
)

// shops remembers connections for a moment, so that a burst of webhooks does
// not ask the database for the same secret each time. A changed secret holds
// within that moment. Unknown domains are remembered too: probing is cheap.
type shops struct {
	store *store.Store
	now   func() time.Time

	mu    sync.Mutex
	known map[[2]string]connected
}

type connected struct {
	id         string // empty: there is no such shop
	connection integrations.Connection
	until      time.Time
}

const (
	rememberFor = 3 * time.Second
	rememberMax = 10_000
	longestName = 255 // of a shop: nothing longer is looked for, nor remembered
)

func newShops(s *store.Store, now func() time.Time) *shops {
	return &shops{store: s, now: now, known: map[[2]string]connected{}}
}

// find is the connection of a platform's shop by its domain or its id. An
// unknown shop is no error: it has an empty id and no secrets.
func (s *shops) find(ctx context.Context, platform, domain string) (connected, error) {
	if len(domain) > longestName {
		return connected{}, nil
	}
	s.mu.Lock()
	c, ok := s.known[[2]string{platform, domain}]
	s.mu.Unlock()
	if ok && s.now().Before(c.until) {
		return c, nil
	}
	return s.look(ctx, platform, domain)
}

// look is find, past what is remembered.
func (s *shops) look(ctx context.Context, platform, domain string) (connected, error) {
	c := connected{until: s.now().Add(rememberFor)}
	shop, err := s.store.ShopOn(ctx, platform, domain)
	switch {
	case errors.Is(err, crm.ErrNotFound):
	case err != nil:
		return c, err
	default:
		settings, err := s.store.Connection(ctx, shop.ID)
		if err != nil {
			return c, err
		}
		c.id, c.connection = shop.ID, integrations.Connection{ShopID: shop.ID, Domain: shop.Domain, Settings: settings}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= rememberMax {
		clear(s.known)
	}
	s.known[[2]string{platform, domain}] = c
	return c, nil
}
