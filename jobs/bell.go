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
	mostAtBell = 50_000                // rows of crowds that wait to be rung; beyond, the sweep rings
)

// Bell rings the queue for rows that were just committed, outside of the
// request that committed them and for many rows at once. Losing a ring is
// harmless: the sweep rings again.
type Bell struct {
	queue *Queue
	log   *slog.Logger
	m     *Metrics

	mu    sync.Mutex
	quick quick
	first map[group][]string // rung at once
	crowd map[group][]string // rung while their lane has room
	turns map[string][]group // by kind, the shops of crowd: the first one is next
	known map[row]struct{}   // of crowd: rung twice, a row waits once
	wake  chan struct{}
}

type group struct{ kind, shop string }

type row struct {
	group
	id string
}

// NewBell makes a bell that rings while Run runs.
func NewBell(q *Queue, log *slog.Logger, m *Metrics) *Bell {
	return &Bell{queue: q, log: log, m: m, quick: quick{}, first: map[group][]string{}, crowd: map[group][]string{},
		turns: map[string][]group{}, known: map[row]struct{}{}, wake: make(chan struct{}, 1)}
}

// Ring asks for rows to be looked at soon. It never waits.
func (b *Bell) Ring(kind, shopID string, ids ...string) {
	if len(ids) == 0 {
		return
	}
	g, now := group{kind, shopID}, time.Now()
	b.mu.Lock()
	for _, id := range ids {
		if len(b.crowd[g]) == 0 && b.quick.may(g, now) {
			b.first[g] = append(b.first[g], id)
		} else {
			b.join(g, id)
		}
	}
	b.mu.Unlock()
	b.rouse()
}

// ringCrowd rings for rows that came by the first lane and do not belong there.
func (b *Bell) ringCrowd(kind, shopID string, ids []string) {
	b.mu.Lock()
	for _, id := range ids {
		b.join(group{kind, shopID}, id)
	}
	b.mu.Unlock()
	b.rouse()
}

// ringAll rings for rows of any shop.
func (b *Bell) ringAll(rows []store.Waiting) {
	for key, ids := range byShop(rows) {
		b.Ring(key.Kind, key.ShopID, ids...)
	}
}

// join puts a row behind the others of its shop's crowd.
func (b *Bell) join(g group, id string) {
	if _, ok := b.known[row{g, id}]; ok {
		return
	}
	if len(b.known) >= mostAtBell {
		b.m.unrung.Inc()
		return
	}
	if len(b.crowd[g]) == 0 {
		b.turns[g.kind] = append(b.turns[g.kind], g)
	}
	b.known[row{g, id}] = struct{}{}
	b.crowd[g] = append(b.crowd[g], id)
}

func (b *Bell) rouse() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// low waits until the bell holds so few rows that the sweep should go on, or
// until the end, and tells which.
func (b *Bell) low(ctx context.Context, end <-chan time.Time) bool {
	tick := time.NewTicker(gap)
	defer tick.Stop()
	for {
		b.mu.Lock()
		rows := len(b.known)
		b.mu.Unlock()
		if rows < mostSwept {
			return ctx.Err() == nil
		}
		select {
		case <-ctx.Done():
			return false
		case <-end:
			return false
		case <-tick.C:
		}
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
		if b.flush(ctx) {
			b.rouse()
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(gap):
		}
	}
}

// flush rings, and tells whether rows still wait for room in their lane.
func (b *Bell) flush(ctx context.Context) (left bool) {
	b.mu.Lock()
	first := b.first
	b.first = map[group][]string{}
	b.mu.Unlock()
	for g, ids := range first {
		for len(ids) > 0 {
			n := min(len(ids), mostRows)
			b.ring(ctx, g, false, ids[:n])
			ids = ids[n:]
		}
	}
	for _, kind := range []string{store.KindWebhook, store.KindMessage} {
		left = b.fill(ctx, kind) || left
	}
	return left
}

// fill puts rows of crowds into their lane as long as it is short, a task of
// each shop in turn, and tells whether rows are left.
func (b *Bell) fill(ctx context.Context, kind string) (left bool) {
	b.mu.Lock()
	left = len(b.turns[kind]) > 0
	b.mu.Unlock()
	if !left {
		return false
	}
	room, err := b.queue.room(ctx, kind)
	if err != nil {
		b.drop(kind, err)
		return false
	}
	for ; left && room > 0; room-- {
		var g group
		var ids []string
		g, ids, left = b.next(kind)
		b.ring(ctx, g, true, ids)
	}
	return left
}

// ring enqueues one task.
func (b *Bell) ring(ctx context.Context, g group, crowd bool, ids []string) {
	if err := b.queue.enqueue(ctx, lane{g.kind, crowd}, g.shop, ids); err != nil {
		b.unrung(g.kind, len(ids), err)
	}
}

func (b *Bell) unrung(kind string, rows int, err error) {
	b.m.unrung.Add(float64(rows))
	b.log.Warn("the queue could not be rung; the sweep will", "kind", kind, "rows", rows, "error", err.Error())
}

// drop forgets what waits of a kind: of a queue that does not answer, nothing
// is kept.
func (b *Bell) drop(kind string, err error) {
	b.mu.Lock()
	rows := 0
	for _, g := range b.turns[kind] {
		rows += len(b.crowd[g])
		for _, id := range b.crowd[g] {
			delete(b.known, row{g, id})
		}
		delete(b.crowd, g)
	}
	delete(b.turns, kind)
	b.mu.Unlock()
	b.unrung(kind, rows, err)
}

// next takes the rows of a task from the shop whose turn it is, and tells
// whether any other rows of the kind wait.
func (b *Bell) next(kind string) (g group, ids []string, left bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.turns[kind]) == 0 {
		return g, nil, false
	}
	g, b.turns[kind] = b.turns[kind][0], b.turns[kind][1:]
	all := b.crowd[g]
	ids = all[:min(len(all), mostRows)]
	for _, id := range ids {
		delete(b.known, row{g, id})
	}
	if rest := all[len(ids):]; len(rest) > 0 {
		b.crowd[g] = rest
		b.turns[kind] = append(b.turns[kind], g)
	} else {
		delete(b.crowd, g)
	}
	return g, ids, len(b.turns[kind]) > 0
}
