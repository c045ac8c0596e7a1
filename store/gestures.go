package store

import (
	"context"
	"database/sql"
	"time"
)

// Bounds of what is counted for the page of the gestures: nobody waits for a
// number that only says "many".
const (
	MostSentCounted    = 2000 // of each gesture
	MostWaitingCounted = 5000 // of all together, those that are due first
)

// Doing is what a gesture did and is about to do.
type Doing struct {
	Sent    int // since the time that was asked for; MostSentCounted: so many or more
	Waiting int // planned
}

// Doings are those of some journeys. more tells that more waits than was counted.
func (s *Store) Doings(ctx context.Context, shopID string, journeys []string, since time.Time) (all map[string]Doing, more bool, err error) {
	all = map[string]Doing{}
	for _, j := range journeys {
		n, err := one(rows(ctx, s.read, wholeNumber, `select count(*) from (select 1 from messages
			where shop_id = $1 and journey = $2 and sent_at <> 0 and sent_at >= $3 limit $4) as sent`, shopID, j, micros(since), MostSentCounted))
		if err != nil {
			return nil, false, err
		}
		all[j] = Doing{Sent: n}
	}
	counted := 0
	_, err = rows(ctx, s.read, func(r *sql.Rows) (none struct{}, err error) {
		var journey string
		var n int
		err = r.Scan(&journey, &n)
		d := all[journey]
		d.Waiting, counted = n, counted+n
		all[journey] = d
		return none, err
	}, `select journey, count(*) from (select journey from messages where `+upcoming+` order by due_at limit $2) as waiting group by journey`, shopID, MostWaitingCounted)
	return all, counted >= MostWaitingCounted, err
}
