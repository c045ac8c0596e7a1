package jobs

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"grazie/crm"
	"grazie/journeys"
)

// What a night may take.
const (
	unprocessedFor = 30 * 24 * time.Hour // webhooks that wait for a replay stay at least so long
	inactivePages  = 40                  // pages of customers that one night looks at
	inactiveAtOnce = 100                 // customers that are erased by one request
)

// retention forgets what was kept as long as the shop's settings say
// (mail-and-domain.md, D5), in the shop's own night. It may be cut short
// anywhere: what is left is older still in the night after.
func (w *Worker) retention(ctx context.Context, c chore) (time.Time, error) {
	rules, now := journeys.RuleValues(c.shop), w.Now().UTC()
	before := func(key string) time.Time { return now.Add(-rules.Duration(key)) }
	at := readPlace(c.Cursor, crm.DayOf(now, crm.Location(c.shop.Timezone)))
	forgotten := map[string]int64{}
	for _, drop := range []struct {
		what string
		some func() (int64, bool, error)
	}{
		{"webhooks", func() (int64, bool, error) {
			return w.Store.DropWebhooks(ctx, c.ShopID, before("retention_webhooks"), now.Add(-unprocessedFor))
		}},
		{"messages", func() (gone int64, more bool, err error) {
			gone, at.message, more, err = w.Store.DropMessages(ctx, c.ShopID, before("retention_messages"), at.message)
			return gone, more, err
		}},
		{"tasks", func() (int64, bool, error) { return w.Store.DropDone(ctx, c.ShopID, before("retention_messages")) }},
		{"feedback", func() (int64, bool, error) { return w.Store.DropFeedback(ctx, c.ShopID, before("retention_feedback")) }},
		{"reviews", w.dropReviews(ctx, c.ShopID, before("retention_reviews"))},
		{"customers", w.dropInactive(ctx, c.shop, before("retention_customers"), &at)},
	} {
		for more := true; more; {
			var gone int64
			var err error
			if gone, more, err = drop.some(); err != nil {
				return time.Time{}, err
			}
			forgotten[drop.what] += gone
			c.Cursor = at.text()
			if err := c.keep(ctx); err != nil {
				return time.Time{}, err
			}
			w.step("some forgotten")
		}
	}
	c.Detail = fmt.Sprintf("forgotten: %d webhooks, %d messages, %d tasks, %d feedback, %d review texts, %d inactive customers",
		forgotten["webhooks"], forgotten["messages"], forgotten["tasks"], forgotten["feedback"], forgotten["reviews"], forgotten["customers"])
	return night(c.shop, now), nil
}

func (w *Worker) dropReviews(ctx context.Context, shopID string, before time.Time) func() (int64, bool, error) {
	after := ""
	return func() (gone int64, more bool, err error) {
		gone, after, more, err = w.Store.DropReviewTexts(ctx, shopID, before, after)
		return gone, more, err
	}
}

// dropInactive asks for the erasure of customers of whom nothing was heard for
// long, and looks at as many as a night may take. What they did before the shop
// was connected is not known for sure: so nobody is inactive until it has been
// connected for that long.
func (w *Worker) dropInactive(ctx context.Context, shop crm.Shop, before time.Time, at *place) func() (int64, bool, error) {
	pages := 0
	return func() (int64, bool, error) {
		if before.Before(shop.ConnectedAt) {
			return 0, false, nil
		}
		ids, next, err := w.Store.Inactive(ctx, shop.ID, before, at.customer)
		if err != nil {
			return 0, false, err
		}
		asked := int64(0)
		for len(ids) > 0 {
			some := ids[:min(len(ids), inactiveAtOnce)]
			ids = ids[len(some):]
			if err := w.Store.ForgetInactive(ctx, shop.ID, some, before); err != nil {
				return asked, false, err
			}
			asked += int64(len(some))
		}
		at.customer = next
		pages++
		return asked, next != "" && pages < inactivePages, nil
	}
}

// place is where the nights go on: behind the last message that was forgotten,
// and the last customer who was looked at.
type place struct{ month, message, customer string }

// readPlace begins anew in each month, for what still waited when it was met.
func readPlace(cursor string, today crm.Day) place {
	at := place{month: today.String()[:len("2027-01")]}
	was := place{}
	if n, err := fmt.Sscanf(cursor, "%q %q %q", &was.month, &was.message, &was.customer); n == 3 && err == nil {
		at.customer = was.customer
		if was.month == at.month {
			at.message = was.message
		}
	}
	return at
}

func (p place) text() string { return fmt.Sprintf("%q %q %q", p.month, p.message, p.customer) }

// night is the next time between one and four by the shop's own clock; each
// shop has its own minute, so that not all come at once.
func night(shop crm.Shop, now time.Time) time.Time {
	h := fnv.New32a()
	h.Write([]byte(shop.ID))
	minute := int(h.Sum32() % 180)
	zone := crm.Location(shop.Timezone)
	today := crm.DayOf(now, zone)
	for {
		if at := today.At(1+minute/60, minute%60, 0, zone); at.After(now) {
			return at
		}
		today = today.Add(1)
	}
}
