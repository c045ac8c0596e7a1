package store_test

import (
	"context"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// app is what belongs to a shop as such.
type app struct {
	worker string // who does its chores
}

// ownApp lets a worker take the first shop's chores.
func ownApp(t *testing.T, s *store.Store, mine string) app {
	t.Helper()
	a := app{worker: "worker-" + mine}
	claimed, err := s.ClaimChores(t.Context(), a.worker, time.Minute, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range claimed {
		if c.ShopID != mine {
			if err := s.EndChore(t.Context(), c, a.worker); err != nil {
				t.Fatal(err)
			}
		}
	}
	return a
}

// keepsApp are the rows of a shop as such.
func keepsApp(t *testing.T, s *store.Store, shopID string) []any {
	t.Helper()
	chores, err := s.Chores(t.Context(), shopID)
	if err != nil {
		t.Fatal(err)
	}
	return []any{chores}
}

// withinApp is within, for what belongs to shops as such.
var withinApp = map[string]func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error){
	"AskChore": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return nil, s.AskChore(ctx, shopID, crm.ChoreHistory, time.UnixMicro(1), false)
	},
	"Chores": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.Chores(ctx, shopID)
	},
	"DeferWebhook": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.DeferWebhook(ctx, shopID, b.webhook, "changed", time.Now().AddDate(1, 0, 0))
	},
	"EndChore": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.EndChore(ctx, crm.Chore{ShopID: shopID, Kind: crm.ChoreHistory, Detail: "changed"}, b.worker)
	},
	"KeepChore": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.KeepChore(ctx, crm.Chore{ShopID: shopID, Kind: crm.ChoreHistory, Detail: "changed"}, b.worker, time.Minute)
	},
	"NewestOrders": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.NewestOrders(ctx, shopID, 10)
	},
	"Knows": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.Knows(ctx, shopID, "order", "1002", time.UnixMicro(1), "")
	},
}

// overShopsApp is overShops, for the same.
var overShopsApp = map[string]string{
	"BeginInstall":  "a shop that is installed is not here yet",
	"EndInstall":    "a shop that is installed is not here yet",
	"TakeInstall":   "a shop that is installed is not here yet",
	"ReturnInstall": "a shop that is installed is not here yet",
	"InstallShop":   "makes the shop, or finds it by its own domain",
	"ClaimChores":   "workers do the chores of all shops",
	"ShopOn":        "finds the shop itself",
	"SetupToken":    "only seals what it is given",
	"OpenSetup":     "tells which shop a sealed token is of; the rows are asked for with that",
}
