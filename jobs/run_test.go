package jobs

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"grazie/crm"
	"grazie/integrations/mailertest"
	"grazie/store"
)

// waiting are the rows that the bell holds; the bell does not run here.
func (f *floor) waiting() (ids []string) {
	f.Bell.mu.Lock()
	defer f.Bell.mu.Unlock()
	for _, rows := range []map[group][]string{f.Bell.first, f.Bell.crowd} {
		for _, some := range rows {
			ids = append(ids, some...)
		}
		clear(rows)
	}
	clear(f.Bell.turns)
	clear(f.Bell.known)
	slices.Sort(ids)
	return ids
}

// The sweep rings for what is due and was not rung lately.
func TestSweep(t *testing.T) {
	f := newFloor(t, 4)
	sweep := func(what string, want ...string) {
		t.Helper()
		if err := f.sweepOnce(t.Context(), f.Now().Add(-store.RingAgain), f.Now(), 0); err != nil {
			t.Fatal(err)
		}
		slices.Sort(want)
		if got := f.waiting(); !slices.Equal(got, want) {
			t.Errorf("%s: rung %v, want %v", what, got, want)
		}
	}
	if _, err := f.Store.ChangeShop(t.Context(), f.shopID, func(s *crm.Shop) error { s.Journeys["thank_you"]["delay"] = "1h"; return nil }); err != nil {
		t.Fatal(err)
	}
	later := f.planned(f.order("giulia"))[0]
	hook := f.receive(f.order("imogen"))
	f.waiting()
	sweep("just rung")
	f.pass(store.RingAgain + time.Second)
	sweep("the bell got lost", hook)
	sweep("rung again just now")
	f.pass(time.Hour)
	sweep("due", hook, later)
	f.deliverAll(later)
	f.pass(time.Hour)
	sweep("sent", hook)
	// A message whose worker stopped is unknown once its lease is over, and not rung.
	lost := f.planned(f.order("reka"))[0]
	f.pass(time.Hour)
	if won, err := f.Store.ClaimMessage(t.Context(), f.message(lost)); !won || err != nil {
		t.Fatal(won, err)
	}
	f.waiting()
	sweep("in the air", hook)
	f.is(lost, crm.Sending, crm.ReasonDelay)
	f.pass(3 * time.Minute)
	sweep("lost", hook)
	f.is(lost, crm.Unknown, crm.ReasonWorkerLost)
}

// More rows than one look takes are all rung.
func TestSweepOfMany(t *testing.T) {
	f := newFloor(t, 4)
	var all sync.WaitGroup
	const rows = 2*sweepRows + 7
	for i := range rows {
		all.Go(func() { f.receive(f.shop.Bulk(i)) })
		if i%64 == 63 {
			all.Wait()
		}
	}
	all.Wait()
	f.pass(time.Second)
	f.recover(t.Context())
	if n := len(slices.Compact(f.waiting())); n != rows {
		t.Errorf("%d of %d were rung", n, rows)
	}
}

// What is found in the air at the start lost its worker. But a mail that this
// worker itself put there must not be called lost: so that is looked at first.
func TestStartLooksFirst(t *testing.T) {
	f := newFloor(t, 4)
	f.Alone = true
	lost, waits := f.planned(f.order("giulia"))[0], f.planned(f.order("imogen"))[0]
	if won, err := f.Store.ClaimMessage(t.Context(), f.message(lost)); !won || err != nil {
		t.Fatal(won, err)
	}
	inTheAir, arrive := make(chan struct{}), make(chan struct{})
	f.mails.Fault = func(string) mailertest.Fault {
		close(inTheAir)
		<-arrive
		return mailertest.Fault{}
	}
	// The look at the start asks for the time first of all. It is kept waiting
	// until a mail is in the air, if that can happen before it.
	var asked atomic.Bool
	f.Worker.Now = func() time.Time {
		if !asked.Swap(true) {
			select {
			case <-inTheAir:
			case <-time.After(300 * time.Millisecond):
			}
		}
		return f.Now()
	}
	if err := f.queue.Enqueue(t.Context(), store.KindMessage, f.shopID, []string{waits}); err != nil {
		t.Fatal(err)
	}
	f.work()
	<-inTheAir
	eventually(t, "the lost one found", func() bool { return f.message(lost).State == crm.Unknown })
	close(arrive)
	eventually(t, "an outcome", func() bool { return f.message(waits).State != crm.Sending })
	f.is(waits, crm.Sent, "")
}

// Run ends with its context and leaves nothing behind, with the queue there or
// away.
func TestRunLeavesNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Run("there", func(t *testing.T) {
		f := newFloor(t, 4)
		f.work()
		id := f.receive(f.order("giulia"))
		f.Bell.Ring(store.KindWebhook, f.shopID, id)
		eventually(t, "the mail", func() bool { return len(f.messages()) == 1 && f.messages()[0].State == crm.Sent })
	})
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
	t.Run("away", func(t *testing.T) {
		f := newFloor(t, 4)
		away := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1})
		t.Cleanup(func() { away.Close() })
		f.queue = NewQueue(away, "test")
		f.Bell = NewBell(f.queue, f.Log, f.Metrics)
		f.Bell.Ring(store.KindWebhook, f.shopID, "whk_1")
		stop := f.work()
		eventually(t, "the bell given up", func() bool { return strings.Contains(f.log.String(), "could not be rung") })
		began := time.Now()
		stop()
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("stopping took %s", took)
		}
	})
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}

func TestEmbeddedEndsWhole(t *testing.T) {
	before := goleak.IgnoreCurrent()
	r, stop := Embedded()
	if err := r.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := r.Ping(t.Context()).Err(); !errors.Is(err, redis.ErrClosed) {
		t.Errorf("after its end: %v", err)
	}
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}

// One worker of many sweeps; when it ends, another follows at once.
func TestSweepsAlone(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "grazie.db"), Secrets: []string{"a secret key for the tests"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, stop := Embedded()
	defer stop()
	log, metrics := slog.New(slog.DiscardHandler), NewMetrics(prometheus.NewRegistry())
	w := New(&Worker{Store: s, Bell: NewBell(NewQueue(r, "test"), log, metrics), Now: time.Now, Log: log, Metrics: metrics}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	if leads, err := s.Lead(ctx, "sweep", "me", time.Hour); !leads || err != nil {
		t.Fatal(leads, err)
	}
	ended := make(chan struct{})
	go func() { w.sweep(ctx, "me"); close(ended) }()
	if leads, err := s.Lead(ctx, "sweep", "another", time.Hour); leads || err != nil {
		t.Fatal(leads, err)
	}
	cancel()
	<-ended
	if leads, err := s.Lead(t.Context(), "sweep", "another", time.Hour); !leads || err != nil {
		t.Errorf("nobody follows: %v %v", leads, err)
	}
}
