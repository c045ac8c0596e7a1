package desk

import (
	"context"
	"time"

	"grazie/crm"
	"grazie/journeys"
)

// decide tells what a worker would come to now, and what would be done before
// the mail: beside what is decided of the facts, a return is read whole first,
// and a gift needs room in the shop's limits.
func (d *Desk) decide(ctx context.Context, j journeys.Journey, f crm.Facts, now time.Time) (crm.Decision, []crm.Effect, error) {
	decision := journeys.Decide(j, f, now)
	if r := f.Return(); decision.Reason == crm.ReasonReturnUnknown && r != nil && r.ReadAt.IsZero() {
		return crm.DeferUntil(now, crm.ReasonReadsReturn), nil, nil
	}
	if decision.Verdict != crm.Send || j.Effects == nil {
		return decision, nil, nil
	}
	wanted := j.Effects(f, now)
	limits, err := journeys.Limits(f, now)
	if err != nil {
		return crm.DeferUntil(now.Add(time.Hour), crm.ReasonRule), nil, nil
	}
	for _, e := range wanted {
		if c := e.Code; c != nil && c.Amount.Minor > 0 && c.Amount.Currency != f.Shop.Currency {
			return crm.SkipFor(crm.ReasonCurrency), nil, nil
		}
	}
	full, err := d.Store.Room(ctx, f.Message, wanted, limits)
	if full != "" {
		return crm.SkipFor(full), nil, err
	}
	return decision, wanted, err
}
