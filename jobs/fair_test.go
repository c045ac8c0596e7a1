package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"grazie/crm"
	"grazie/integrations/mailertest"
	"grazie/internal/needs"
	"grazie/store"
)

// customerOf gives a shop one customer with one order, so that mails about it
// can be written.
func (f *floor) customerOf(shopID string) (order string) {
	f.t.Helper()
	now := f.Now()
	price := crm.Money{Minor: 2500, Currency: "EUR"}
	c := crm.Customer{ID: "77", FirstName: "Anna", Email: "anna@posta.example", EmailKey: "anna@posta.example", Locale: "en", UpdatedAt: now}
	o := crm.Order{ID: "1001", Name: "#1001", CustomerID: c.ID, Email: c.Email, EmailKey: c.EmailKey, Status: crm.Paid, Total: price, Subtotal: price,
		Items: []crm.LineItem{{ID: "1", Title: "Olive soap", Quantity: 1, Price: price}}, CreatedAt: now, PaidAt: now, UpdatedAt: now}
	if _, err := f.Store.ApplyEvents(f.t.Context(), shopID, []store.Applied{{Events: []crm.Event{{Kind: crm.OrderPaid, At: now, Order: &o, Customer: &c}}}}, nil); err != nil {
		f.t.Fatal(err)
	}
	return o.ID
}

// neighbour is another shop on the floor.
func (f *floor) neighbour(domain string) crm.Shop {
	f.t.Helper()
	mine, err := f.Store.Shop(f.t.Context(), f.shopID)
	if err != nil {
		f.t.Fatal(err)
	}
	mine.ID, mine.Domain = "", domain
	other, _, err := f.Store.ConnectShop(f.t.Context(), mine, crm.Values{"secret": "another"})
	if err != nil {
		f.t.Fatal(err)
	}
	return other
}

// due plans mails that are due now; nobody rings for them.
func (f *floor) due(shopID string, n int) (ids []string) {
	f.t.Helper()
	order := f.customerOf(shopID)
	for from := 0; from < n; from += 500 {
		var some []crm.Message
		for i := range min(500, n-from) {
			some = append(some, crm.Message{Journey: "thank_you", Subject: fmt.Sprint("order:", f.Now().UnixMicro(), from+i), CustomerID: "77", OrderID: order, Purpose: crm.Transactional, DueAt: f.Now()})
		}
		planned, err := f.Store.PlanMessages(f.t.Context(), shopID, some)
		if err != nil {
			f.t.Fatal(err)
		}
		ids = append(ids, planned...)
	}
	if len(ids) != n {
		f.t.Fatalf("%d of %d are due", len(ids), n)
	}
	return ids
}

// slow is a provider that takes a mail only when told, and remembers in which
// sequence.
type slow struct {
	one, all chan struct{}
	mu       sync.Mutex
	taken    []string
}

func (s *slow) fault(id string) mailertest.Fault {
	select {
	case <-s.one:
	case <-s.all:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = append(s.taken, id)
	return mailertest.Fault{}
}

func (s *slow) rank(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Index(s.taken, id)
}

// The bar: a mail of one shop does not wait for the crowd of another, whatever
// became due first, and whether a bell rang for it or all bells were lost.
func TestCrowdDelaysNobody(t *testing.T) {
	const crowd, bar = 5_000, 100 // mails of the crowd; how many of them may go out before another shop's
	for name, base := range map[string]struct {
		store func(t *testing.T) store.Options
		redis string
	}{
		"sqlite, embedded": {func(t *testing.T) store.Options { return store.Options{Path: t.TempDir() + "/grazie.db"} }, "embedded"},
		"postgres, redis":  {func(t *testing.T) store.Options { return store.Options{URL: needs.FreshPostgres(t)} }, "redis"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFloorOn(t, 8, base.store(t))
			over := func(r redis.UniversalClient) {
				f.queue = NewQueue(r, installation(t, r))
				f.Worker.Bell = NewBell(f.queue, f.Log, f.Metrics)
			}
			other := f.neighbour("single.myshopify.com")
			f.due(f.shopID, crowd)
			for _, start := range []string{"first start", "start after all of the queue was lost"} {
				f.pass(time.Minute)
				waits := f.due(other.ID, 1)[0] // became due last, and nobody rang
				f.pass(time.Minute)
				provider := &slow{one: make(chan struct{}), all: make(chan struct{})}
				f.mails.Fault = provider.fault
				over(redises[base.redis](t))
				f.Worker = New(f.Worker, 8)
				stop := f.work()
				end := sync.OnceFunc(func() { close(provider.all); stop() })
				t.Cleanup(end)
				gone := func(what, id string) {
					t.Helper()
					for n := range bar {
						select {
						case provider.one <- struct{}{}:
						case <-time.After(20 * time.Second):
							t.Fatalf("%s: the workers stand still", what)
						}
						if provider.rank(id) >= 0 {
							t.Logf("%s: number %d", what, n)
							return
						}
					}
					t.Errorf("%s: %d mails of the crowd went out before it", what, bar)
				}
				gone(start+", by the look at it", waits)
				f.pass(time.Second)
				rung := f.due(other.ID, 1)
				f.Bell.Ring(store.KindMessage, other.ID, rung...)
				gone(start+", by the bell", rung[0])
				end()
			}
		})
	}
}

// One shop's crowd takes turns with the others' in a short lane, and what is
// rung again and again waits once.
func TestBellTakesTurns(t *testing.T) {
	for name, open := range redises {
		t.Run(name, func(t *testing.T) {
			r := open(t)
			q := NewQueue(r, installation(t, r))
			b := NewBell(q, slog.New(slog.DiscardHandler), NewMetrics(prometheus.NewRegistry()))
			ids := func(prefix string, n int) (all []string) {
				for i := range n {
					all = append(all, fmt.Sprint(prefix, i))
				}
				return all
			}
			rows := func(l lane, shop string) (n int) {
				for _, in := range pending(t, r, q.name(l)) {
					if in.Shop == shop {
						n += len(in.IDs)
					}
				}
				return n
			}
			for _, kind := range []string{store.KindWebhook, store.KindMessage} {
				first, crowd := lane{kind: kind}, lane{kind, true}
				for range 5 {
					b.Ring(kind, "crowd", ids("a", 20_000)...)
					b.flush(t.Context())
				}
				b.Ring(kind, "single", "b")
				b.Ring(kind, "small", ids("c", firstRows+2*mostRows)...)
				if left := b.flush(t.Context()); !left {
					t.Errorf("%s: no rows are left for later", kind)
				}
				if n := rows(first, "crowd"); n < firstRows || n > 2*firstRows {
					t.Errorf("%s: %d rows of the crowd are in the first lane", kind, n)
				}
				if n := rows(first, "single"); n != 1 {
					t.Errorf("%s: the single row is not in the first lane", kind)
				}
				if n := len(pending(t, r, q.name(crowd))); n != crowdTasks {
					t.Errorf("%s: %d tasks are in the lane for crowds", kind, n)
				}
				if n := rows(crowd, "small"); n != 0 {
					t.Errorf("%s: %d rows of the small shop found room in a full lane", kind, n)
				}
				// Workers take four tasks: two are of the small shop's next.
				for range 4 {
					if err := r.RPop(t.Context(), "asynq:{"+q.name(crowd)+"}:pending").Err(); err != nil {
						t.Fatal(err)
					}
				}
				b.flush(t.Context())
				if n := rows(crowd, "small"); n != 2*mostRows {
					t.Errorf("%s: %d rows of the small shop had their turn", kind, n)
				}
				// All are there once: what is in the lanes, and what waits at the bell.
				n := rows(first, "crowd") + crowdTasks*mostRows + 2*mostRows // of the crowd: those in the lane, and the two tasks taken
				b.mu.Lock()
				n += len(b.crowd[group{kind, "crowd"}])
				b.mu.Unlock()
				if most := 20_000 + firstRows + crowdTasks*mostRows; n > most {
					t.Errorf("%s: %d rows of the crowd's 20000 are on their way, more than %d", kind, n, most)
				}
			}
		})
	}
}

// A lane's length is read as asynq keeps it.
func TestRoomIsAsynqs(t *testing.T) {
	for name, open := range redises {
		t.Run(name, func(t *testing.T) {
			r := open(t)
			q := NewQueue(r, installation(t, r))
			for n := range 3 {
				if room, err := q.room(t.Context(), store.KindMessage); room != crowdTasks-n || err != nil {
					t.Errorf("with %d tasks there is room for %d, %v", n, room, err)
				}
				if err := q.enqueue(t.Context(), lane{store.KindMessage, true}, "shp_a", []string{"x"}); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// While the queue holds a crowd that nobody works on, sweeping on does not
// multiply it.
func TestSweepsDoNotMultiply(t *testing.T) {
	f := newFloor(t, 4)
	f.due(f.shopID, 4*sweepRows)
	for range 5 {
		f.pass(store.RingAgain + time.Second)
		if err := f.sweepOnce(t.Context(), f.Now().Add(-store.RingAgain), f.Now(), 0); err != nil {
			t.Fatal(err)
		}
		for f.flushes(3) {
		}
	}
	first, crowd := pending(t, f.queue.redis, f.queue.name(lane{kind: store.KindMessage})), pending(t, f.queue.redis, f.queue.name(lane{store.KindMessage, true}))
	if len(first) > 2*firstRows/mostRows || len(crowd) != crowdTasks {
		t.Errorf("%d tasks in the first lane, %d in the one for crowds", len(first), len(crowd))
	}
	if n := len(f.Bell.known); n > 4*sweepRows {
		t.Errorf("%d rows wait at the bell for %d mails", n, 4*sweepRows)
	}
}

// flushes rings a few times; it is always done.
func (f *floor) flushes(n int) bool {
	for range n {
		f.Bell.flush(context.Background())
	}
	return false
}

// A shop that hangs keeps nobody else waiting, and loses nothing by it.
func TestShopThatHangs(t *testing.T) {
	const sending = 16
	f := newFloor(t, sending)
	other := f.neighbour("healthy.myshopify.com")
	hanging := f.due(f.shopID, 200)
	healthy := f.due(other.ID, 30)
	let, inTheAir := make(chan struct{}), make(chan string, 1000)
	f.mails.Fault = func(id string) mailertest.Fault {
		if slices.Contains(hanging, id) {
			inTheAir <- id
			<-let
		}
		return mailertest.Fault{}
	}
	f.pass(time.Minute)
	f.Bell.Ring(store.KindMessage, f.shopID, hanging...)
	f.work()
	answer := sync.OnceFunc(func() { close(let) })
	t.Cleanup(answer) // or no mail in the air would come to its end
	// As many as it may have in the air: what is left free, and its share of that.
	for range cap(f.crowd) + f.most {
		<-inTheAir
	}
	f.Bell.Ring(store.KindMessage, other.ID, healthy...)
	all := func(shopID string, n int) func() bool {
		return func() bool {
			sent, err := f.Store.Messages(t.Context(), shopID, store.MessageFilter{State: crm.Sent, Limit: 1000})
			return err == nil && len(sent) == n
		}
	}
	eventually(t, "the other shop's mails", all(other.ID, len(healthy)))
	select {
	case id := <-inTheAir:
		t.Errorf("%s came into the air beyond the shop's share", id)
	default:
	}
	answer()
	eventually(t, "its own mails", all(f.shopID, len(hanging)))
	for _, id := range append(hanging, healthy...) {
		if n := f.mails.Count(id); n != 1 {
			t.Errorf("%s went out %d times", id, n)
		}
	}
	for _, m := range f.messages() {
		if m.Attempt != 1 {
			t.Errorf("%s took %d tries", m.ID, m.Attempt)
		}
	}
	if strings.Contains(f.log.String(), `"level":"ERROR"`) {
		t.Error(f.log.String())
	}
}
