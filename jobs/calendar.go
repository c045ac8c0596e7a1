package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"grazie/crm"
	"grazie/journeys"
	"grazie/store"
)

// morning is the hour of a shop's own day at which its occasions are planned:
// before any customer's hour, west of it too.
const morning = 3

// calendar plans the occasions of every shop whose morning has come and was
// not planned yet. The days around it are planned too, so that an outage of up
// to three days is caught up; what is planned already stays as it is.
func (w *Worker) calendar(ctx context.Context, now time.Time) error {
	shops, err := w.Store.Shops(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, shop := range shops {
		if shop.State == crm.ShopUninstalled {
			continue
		}
		if err := w.guarded("a shop's calendar", shop.ID, func() error { return w.shopDay(ctx, shop, now) }); err != nil {
			errs = append(errs, fmt.Errorf("the calendar of shop %s: %w", shop.ID, err)) // the others have their morning
		}
	}
	return errors.Join(errs...)
}

// shopDay plans a shop's day, if its morning has come and it was not planned.
func (w *Worker) shopDay(ctx context.Context, shop crm.Shop, now time.Time) error {
	zone := crm.Location(shop.Timezone)
	today := crm.DayOf(now, zone)
	if now.Before(today.At(morning, 0, 0, zone)) {
		today = today.Add(-1)
	}
	planned, err := w.Store.Planned(ctx, shop.ID)
	if err != nil {
		return err
	}
	// A day or two ahead is another zone's; beyond, the clock was wrong once.
	if ahead := planned.Sub(today); !planned.IsZero() && 0 <= ahead && ahead <= 2 {
		return nil
	}
	if shop, err = w.imports(ctx, shop); err != nil {
		return err
	}
	if err := w.planDay(ctx, shop, today, now); err != nil {
		return err
	}
	if err := w.Store.SetPlanned(ctx, shop.ID, today); err != nil {
		return err
	}
	w.step("day planned")
	return nil
}

// imports notes on which days an import stamped customers.
func (w *Worker) imports(ctx context.Context, shop crm.Shop) (crm.Shop, error) {
	days, err := w.Store.Imports(ctx, shop.ID)
	if err != nil || slices.Equal(days, shop.Imports) {
		return shop, err
	}
	return w.Store.ChangeShop(ctx, shop.ID, func(s *crm.Shop) error { s.Imports = days; return nil })
}

// together is how many customers are planned in one transaction.
const together = 200

// planDay plans what the calendar brings to a shop's customers around a day.
func (w *Worker) planDay(ctx context.Context, shop crm.Shop, today crm.Day, now time.Time) error {
	count := 0
	plan := func(all []store.Occasioned) error {
		var messages []crm.Message
		for _, o := range all {
			messages = append(messages, journeys.Plan(crm.Event{Kind: crm.DayBegan, At: now, Customer: &o.Customer, FirstOrder: o.FirstOrder}, shop)...)
		}
		count += len(messages)
		for len(messages) > 0 {
			some := messages[:min(len(messages), together)]
			messages = messages[len(some):]
			due, err := w.Store.PlanMessages(ctx, shop.ID, some)
			if err != nil {
				return err
			}
			w.Bell.Ring(store.KindMessage, shop.ID, due...)
		}
		return nil
	}
	from, to := journeys.Horizon(shop)
	if err := w.birthdays(ctx, shop, today.Add(from), today.Add(to), plan); err != nil {
		return err
	}
	if err := w.anniversaries(ctx, shop, today.Add(from), today.Add(to), plan); err != nil {
		return err
	}
	w.Log.Info("day planned", "shop", shop.ID, "day", today.String(), "occasions", count)
	return nil
}

func (w *Worker) birthdays(ctx context.Context, shop crm.Shop, from, to crm.Day, plan func([]store.Occasioned) error) error {
	days := []crm.MonthDay{"02-29"} // where it falls in a common year is the journey's to say
	for d := from; !to.Before(d); d = d.Add(1) {
		days = append(days, crm.MonthDay(d.String()[len("2027-"):]))
	}
	for after := ""; ; {
		some, err := w.Store.BornOn(ctx, shop.ID, days, after, together)
		if err != nil || len(some) == 0 {
			return err
		}
		if err := plan(some); err != nil {
			return err
		}
		after = some[len(some)-1].Customer.ID
	}
}

// anniversaries looks at the same days of every year since the shop's first
// order. Customers' days differ from the shop's by up to one.
func (w *Worker) anniversaries(ctx context.Context, shop crm.Shop, from, to crm.Day, plan func([]store.Occasioned) error) error {
	first, err := w.Store.FirstOrdered(ctx, shop.ID)
	if err != nil || first.IsZero() {
		return err
	}
	for years := 1; ; years++ {
		begin, end := yearsBefore(from, years).Add(-1), yearsBefore(to, years).Add(2)
		if end.At(0, 0, 0, time.UTC).Before(first) {
			return nil
		}
		some, err := w.Store.FirstOrdersBetween(ctx, shop, begin.At(0, 0, 0, time.UTC), end.At(0, 0, 0, time.UTC))
		if err != nil {
			return err
		}
		if err := plan(some); err != nil {
			return err
		}
	}
}

// yearsBefore is the same day some years earlier; the 29th of February is the
// 28th where there is none.
func yearsBefore(d crm.Day, years int) crm.Day {
	earlier := crm.Day{Year: d.Year - years, Month: d.Month, Day: d.Day}
	if d.Month == time.February && d.Day == 29 && crm.DayOf(time.Date(earlier.Year, 2, 29, 0, 0, 0, 0, time.UTC), time.UTC) != earlier {
		earlier.Day = 28
	}
	return earlier
}
