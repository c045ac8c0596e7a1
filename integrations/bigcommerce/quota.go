package bigcommerce

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"grazie/integrations"
)

// BigCommerce counts the calls of all apps at a store in windows of 30 s, and
// says with each answer how many are left and when the next window begins
// (platforms.md, E.2).
const (
	window = 30 * time.Second
	spare  = 30 // calls of a window that what can wait leaves to what cannot
)

// quotas are what was told last, by store.
type quotas struct {
	mu     sync.Mutex
	stores map[string]quotaLeft
}

type quotaLeft struct {
	calls int
	ends  time.Time
}

// room fails when no call is left in this window.
func (q *quotas) room(store string, now time.Time) error { return q.leaves(store, now, 0) }

// leaves fails when no more than so many calls are left in this window.
func (q *quotas) leaves(store string, now time.Time, calls int) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if left, told := q.stores[store]; told && left.calls <= calls && now.Before(left.ends) {
		e := fail(integrations.RateLimited, "the store's quota of calls is used up")
		e.RetryAt = left.ends
		return e
	}
	return nil
}

// learn reads what an answer says of the quota.
func (q *quotas) learn(store string, resp *http.Response, now time.Time) {
	calls, err := strconv.Atoi(resp.Header.Get("X-Rate-Limit-Requests-Left"))
	ms, bad := strconv.Atoi(resp.Header.Get("X-Rate-Limit-Time-Reset-Ms"))
	ends := now.Add(min(time.Duration(max(ms, 0))*time.Millisecond, 10*window)).UTC()
	switch refused := resp.StatusCode == http.StatusTooManyRequests; {
	case refused && bad != nil:
		calls, ends = 0, now.Add(window).UTC()
	case refused:
		calls = 0
	case err != nil || bad != nil || ms > int(time.Hour/time.Millisecond):
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stores == nil {
		q.stores = map[string]quotaLeft{}
	}
	q.stores[store] = quotaLeft{calls, ends}
}

// patient does one call, and again once a new window has begun. It is for what
// cannot go on later from where it stopped.
func (p *Platform) patient(ctx context.Context, call func() error) error {
	for {
		err := call()
		var e *integrations.Error
		if !errors.As(err, &e) || e.Kind != integrations.RateLimited {
			return err
		}
		wait := time.NewTimer(min(max(e.RetryAt.Sub(p.now()), time.Millisecond), window))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return err
		}
	}
}

// until is when the store may be called again.
func (q *quotas) until(store string, now time.Time) time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	if ends := q.stores[store].ends; ends.After(now) {
		return ends
	}
	return now.Add(window).UTC()
}
