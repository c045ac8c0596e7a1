package journeys

import (
	"fmt"
	"time"

	"grazie/crm"
)

// Horizon is between which days, counted from today, a customer's own day may
// lie so that the calendar of today must look at it: from late to far ahead.
func Horizon(shop crm.Shop) (from, to int) {
	ahead := 0
	for _, j := range All {
		ahead = max(ahead, j.Values(shop).Int("lead_days"))
	}
	return -4, ahead + 3
}

// Limits are the shop's bounds for gifts, of the year that a time lies in.
func Limits(f crm.Facts, now time.Time) (crm.Limits, error) {
	zone, err := time.LoadLocation(f.Shop.Timezone)
	if err != nil {
		zone = time.UTC
	}
	l := crm.Limits{Since: crm.Day{Year: now.In(zone).Year(), Month: time.January, Day: 1}.At(0, 0, 0, zone), Currency: f.Shop.Currency}
	for _, rule := range []struct {
		key  string
		into **int64
	}{{"reward_budget", &l.Shop}, {"customer_ceiling", &l.Customer}} {
		text := f.Rules[rule.key]
		if text == "" {
			continue
		}
		m, err := crm.ParseMoney(text, f.Shop.Currency)
		if err != nil {
			return l, fmt.Errorf("the rule %s: %w", rule.key, err)
		}
		*rule.into = &m.Minor
	}
	return l, nil
}
