package admin

import (
	"context"
	"sync"
	"time"

	"grazie/integrations"
)

// bucket is what we believe a shop's bucket of points to hold (platforms.md,
// C.3). Every answer tells the truth, with what other processes took; between
// two answers it is reckoned on. It keeps the real time, not the program's
// clock: it is the shop's bucket that fills.
type bucket struct {
	mu        sync.Mutex
	available float64
	max, rate float64       // points, and points restored per second
	spare     float64       // left for what other processes take meanwhile
	at        time.Time     // of available
	underway  float64       // points of calls that were not answered yet
	until     time.Time     // when the shop said to come again
	news      chan struct{} // closed when an answer came
}

// What is believed of a shop that never answered: far less than the smallest
// plan has.
const (
	firstPoints = 100
	firstRate   = 50
)

// maxSpare bounds the points left for others.
const maxSpare = 200

func newBucket() *bucket {
	return &bucket{available: firstPoints, max: firstPoints, rate: firstRate, at: time.Now(), news: make(chan struct{})}
}

// bucket is that of the session's shop.
func (s *session) bucket(base string) *bucket {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := s.conn.ShopID + " " + base
	b := s.shops[key]
	if b == nil {
		b = newBucket()
		s.shops[key] = b
	}
	return b
}

// take waits until there are points for a call, and takes them. It fails with
// RateLimited, and the time by the program's clock, when that would last
// beyond the deadline.
func (b *bucket) take(ctx context.Context, clock func() time.Time, cost float64, deadline time.Time) error {
	for {
		wait, news := b.try(cost)
		if wait <= 0 {
			return nil
		}
		if time.Now().Add(wait).After(deadline) {
			e := fail(integrations.RateLimited, "the shop's limit of calls is reached", nil)
			e.RetryAt = clock().Add(wait)
			return e
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-news:
		case <-ctx.Done():
		}
		timer.Stop()
		if err := ctx.Err(); err != nil {
			return fail(integrations.Temporary, "waited for the shop's limit of calls", err)
		}
	}
}

// try takes the points if they are there; else it says how long to wait, and
// what to watch meanwhile.
func (b *bucket) try(cost float64) (time.Duration, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.available, b.at = min(b.max, b.available+b.rate*now.Sub(b.at).Seconds()), now
	if wait := b.until.Sub(now); wait > 0 {
		return wait, b.news
	}
	if missing := min(cost+b.spare, b.max) - b.available; missing > 0 {
		return max(time.Duration(missing/b.rate*float64(time.Second)), time.Millisecond), b.news
	}
	b.available -= cost
	b.underway += cost
	return 0, nil
}

// settle ends a call that took points, by what its answer told. A call that was
// turned away at the door cost nothing.
func (b *bucket) settle(cost float64, a answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.underway -= cost
	switch c := a.cost; {
	case c.useful():
		b.max, b.rate = c.Throttle.Maximum, c.Throttle.Rate
		b.spare = min(b.max/10, maxSpare)
		b.available, b.at = c.Throttle.Available-b.underway, time.Now() // what is under way may be counted already, or not
	case 400 <= a.status && a.status < 500:
		b.available += cost
	default:
		return
	}
	close(b.news)
	b.news = make(chan struct{})
}

// block lets nothing through for a while.
func (b *bucket) block(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until := time.Now().Add(d); until.After(b.until) {
		b.until = until
	}
}

// cost is what an answer tells of the throttle. Numbers may come as floats.
type cost struct {
	Requested float64  `json:"requestedQueryCost"`
	Throttle  throttle `json:"throttleStatus"`
}

type throttle struct {
	Maximum   float64 `json:"maximumAvailable"`
	Available float64 `json:"currentlyAvailable"`
	Rate      float64 `json:"restoreRate"`
}

// useful tells whether there is something to go by.
func (c *cost) useful() bool { return c != nil && c.Throttle.Maximum > 0 && c.Throttle.Rate > 0 }

// unknownCost is reckoned for an operation that was never answered.
const unknownCost = 50

// cost is what an operation will ask for: it must fit the bucket, and what it
// does not need is given back.
func (c *Client) cost(operation string) float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if points, ok := c.costs[operation]; ok {
		return points
	}
	return unknownCost
}

func (c *Client) learn(operation string, told *cost) {
	if told == nil || told.Requested <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.costs[operation] = told.Requested
}
