package store

import (
	"context"

	"grazie/crm"
)

// Room tells which limit would have no room for what a message wants to give;
// empty: there is room. What is stored of it already has its place, and as with
// PlanEffects there is room for all of the rest or for none. Nothing is kept
// free: PlanEffects looks again.
func (s *Store) Room(ctx context.Context, m crm.Message, wanted []crm.Effect, l crm.Limits) (crm.Reason, error) {
	have, err := rows(ctx, s.read, scanEffect, `select `+effectColumns+` from effects where message_id = $2 and shop_id = $1`, m.ShopID, m.ID)
	if err != nil {
		return "", err
	}
	more := crm.Money{Currency: l.Currency}
	for _, e := range wanted {
		if effectOf(have, e.Kind) == nil {
			more.Minor += e.Worth.Minor
		}
	}
	return s.noRoom(ctx, s.read, m, more, l)
}
