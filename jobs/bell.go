package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"grazie/store"
)

const (
	gap        = 16 * time.Millisecond // between two rings: what comes meanwhile shares a task
	mostAtBell = 50_000                // rows that wait to be rung while Redis is away; beyond, the sweep rings
)

// Bell rings the queue for rows that were just committed, outside of the
// request that committed them and for many rows at once. Losing a ring is
// harmless: the sweep rings again.
type Bell struct {
	queue *Queue
	log   *slog.Logger
	m     *Metrics

	mu      sync.Mutex
	waiting map[group][]string
	count   int
	wake    chan struct{}
}

type group struct{ kind, shop string }

// NewBell makes a bell that rings while Run runs.
func NewBell(q *Queue, log *slog.Logger, m *Metrics) *Bell {
	return &Bell{queue: q, log: log, m: m, waiting: map[group][]string{}, wake: make(chan struct{}, 1)}
}

// Ring asks for rows to be looked at soon. It never waits.
func (b *Bell) Ring(kind, shopID string, ids ...string) {
	if len(ids) == 0 {
		return
	}
	b.mu.Lock()
	if b.count < mostAtBell {
		g := group{kind, shopID}
		b.waiting[g] = append(b.waiting[g], ids...)
		b.count += len(ids)
	} else {
		b.m.unrung.Add(float64(len(ids)))
	}
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Run rings until ctx ends, and then for what came last. The first row after a
// silence is rung at once.
func (b *Bell) Run(ctx context.Context) {
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		b.flush(last)
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		}
		b.flush(ctx)
		select {
		case <-ctx.Done():
			return
		case <-time.After(gap):
		}
	}
}

func (b *Bell) flush(ctx context.Context) {
	b.mu.Lock()
	waiting := b.waiting
	b.waiting, b.count = map[group][]string{}, 0
	b.mu.Unlock()
	for g, ids := range waiting {
		for len(ids) > 0 {
			n := min(len(ids), mostRows)
			if err := b.queue.Enqueue(ctx, g.kind, g.shop, ids[:n]); err != nil {
				b.m.unrung.Add(float64(n))
				b.log.Warn("the queue could not be rung; the sweep will", "kind", g.kind, "rows", n, "error", err.Error())
			}
			ids = ids[n:]
		}
	}
}

// ringAll rings for rows of any shop.
func (b *Bell) ringAll(rows []store.Waiting) {
	for _, r := range rows {
		b.Ring(r.Kind, r.ShopID, r.ID)
	}
}
