package store_test

import (
	"context"

	"grazie/store"
)

type ofShop = map[string]func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error)

// withinConsole and overShopsConsole are within and overShops of what the console
// asks for, an area each.
var (
	withinConsole    = []ofShop{withinStaff, withinAudit, withinToday, withinCustomers, withinMessages, withinLists, withinCards, withinTemplates, withinSettings}
	overShopsConsole = []map[string]string{overShopsStaff, overShopsAudit, overShopsToday, overShopsCustomers, overShopsMessages, overShopsLists, overShopsCards, overShopsTemplates, overShopsSettings}
)
