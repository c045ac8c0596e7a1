package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/redis/go-redis/v9"

	"grazie/crm"
	"grazie/internal/needs"
	"grazie/store"
)

// redises are the queue in memory always, and a real one where there is one.
var redises = map[string]func(t *testing.T) redis.UniversalClient{
	"embedded": func(t *testing.T) redis.UniversalClient {
		r, stop := Embedded()
		t.Cleanup(stop)
		return r
	},
	"redis": func(t *testing.T) redis.UniversalClient {
		o, err := redis.ParseURL(needs.Redis(t))
		if err != nil {
			t.Fatal(err)
		}
		r := redis.NewClient(o)
		t.Cleanup(func() { r.Close() })
		return r
	},
}

// installation is a name that nobody else has on a shared Redis; its queues go
// with the test.
func installation(t *testing.T, r redis.UniversalClient) string {
	t.Helper()
	name := store.NewID("test-")
	t.Cleanup(func() {
		i := asynq.NewInspectorFromRedisClient(r)
		for _, q := range []string{"webhooks", "messages", "webhooks_crowd", "messages_crowd"} {
			_ = i.DeleteQueue(name+":"+q, true)
		}
	})
	return name
}

// pending are the tasks that wait in a queue.
func pending(t *testing.T, r redis.UniversalClient, queue string) (tasks []task) {
	t.Helper()
	all, err := asynq.NewInspectorFromRedisClient(r).ListPendingTasks(queue, asynq.PageSize(1000))
	if err != nil && !strings.Contains(err.Error(), "not found") {
		t.Fatal(err)
	}
	for _, a := range all {
		var in task
		if err := json.Unmarshal(a.Payload, &in); err != nil {
			t.Fatal(err)
		}
		tasks = append(tasks, in)
	}
	return tasks
}

// Two installations share a Redis and do not hear each other.
func TestInstallationsAreApart(t *testing.T) {
	for name, open := range redises {
		t.Run(name, func(t *testing.T) {
			r := open(t)
			a, b := newFloor(t, 4), newFloor(t, 4)
			a.queue, b.queue = NewQueue(r, installation(t, r)), NewQueue(r, installation(t, r))
			a.Bell, b.Bell = NewBell(a.queue, a.Log, a.Metrics), NewBell(b.queue, b.Log, b.Metrics)
			b.work()
			waits, done := a.receive(a.order("giulia")), b.receive(b.order("imogen"))
			if err := a.queue.Enqueue(t.Context(), store.KindWebhook, a.shopID, []string{waits}); err != nil {
				t.Fatal(err)
			}
			b.Bell.Ring(store.KindWebhook, b.shopID, done)
			eventually(t, "the other's mail", func() bool { return len(b.messages()) == 1 && b.messages()[0].State == crm.Sent })
			if left := pending(t, r, a.queue.name(lane{kind: store.KindWebhook})); len(left) != 1 || left[0].IDs[0] != waits {
				t.Errorf("its own queue holds %v", left)
			}
			stop := a.work()
			eventually(t, "its own mail", func() bool { return len(a.messages()) == 1 && a.messages()[0].State == crm.Sent })
			stop()
		})
	}
}

// What another program put into our queue is set aside, once, and what comes
// behind it is done.
func TestForeignTasks(t *testing.T) {
	f := newFloor(t, 4)
	queue := f.queue.name(lane{kind: store.KindWebhook})
	payloads := []string{"", "{", "null", "[]", "7", `"x"`, `{}`, `{"shop":"x"}`, `{"shop":"","ids":["x"]}`, `{"shop":7,"ids":"x"}`, "\xff\x00", strings.Repeat("[", 10_000)}
	for _, p := range payloads {
		if _, err := f.queue.client.Enqueue(asynq.NewTask(store.KindWebhook, []byte(p)), asynq.Queue(queue), asynq.MaxRetry(2)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.queue.client.Enqueue(asynq.NewTask("no:such", nil), asynq.Queue(queue), asynq.MaxRetry(0)); err != nil {
		t.Fatal(err)
	}
	id := f.receive(f.order("giulia"))
	if err := f.queue.Enqueue(t.Context(), store.KindWebhook, f.shopID, []string{id}); err != nil {
		t.Fatal(err)
	}
	f.work()
	eventually(t, "the webhook", func() bool { return f.webhook(id).State == store.WebhookProcessed })
	inspector := asynq.NewInspectorFromRedisClient(f.queue.redis)
	eventually(t, "all set aside", func() bool {
		info, err := inspector.GetQueueInfo(queue)
		return err == nil && info.Archived == len(payloads)+1 && info.Retry == 0 && info.Size == info.Archived
	})
	archived, err := inspector.ListArchivedTasks(queue)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range archived {
		if a.Retried != 0 {
			t.Errorf("%q was tried %d times more", a.Payload, a.Retried)
		}
	}
}

func TestBellGroups(t *testing.T) {
	f := newFloor(t, 4)
	ids := func(prefix string, n int) (all []string) {
		for i := range n {
			all = append(all, fmt.Sprint(prefix, i))
		}
		return all
	}
	first, second, mails := ids("a", 100), ids("b", 3), ids("m", mostRows)
	for i, id := range first {
		f.Bell.Ring(store.KindWebhook, "shp_a", id)
		if i < len(second) {
			f.Bell.Ring(store.KindWebhook, "shp_b", second[i])
		}
	}
	f.Bell.Ring(store.KindMessage, "shp_a", mails...)
	f.Bell.Ring(store.KindMessage, "shp_a")
	f.Bell.flush(t.Context())
	got := map[string][]string{}
	tasks := 0
	for _, kind := range []string{store.KindWebhook, store.KindMessage} {
		for _, crowd := range []bool{false, true} {
			for _, in := range pending(t, f.queue.redis, f.queue.name(lane{kind, crowd})) {
				tasks++
				got[kind+in.Shop] = append(got[kind+in.Shop], in.IDs...)
				if len(in.IDs) > mostRows || len(in.IDs) == 0 {
					t.Errorf("a task of %d rows", len(in.IDs))
				}
			}
		}
	}
	for key, want := range map[string][]string{store.KindWebhook + "shp_a": first, store.KindWebhook + "shp_b": second, store.KindMessage + "shp_a": mails} {
		slices.Sort(want)
		slices.Sort(got[key])
		if !slices.Equal(got[key], want) {
			t.Errorf("%s: %v", key, got[key])
		}
	}
	if tasks != 4+1+1 {
		t.Errorf("%d tasks", tasks)
	}
}

// The first row after a silence is rung at once, and every later one too.
func TestBellRings(t *testing.T) {
	f := newFloor(t, 4)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { f.Bell.Run(ctx); close(ended) }()
	for i := range 20 {
		f.Bell.Ring(store.KindWebhook, "shp_a", fmt.Sprint(i))
		eventually(t, "the bell", func() bool { return len(pending(t, f.queue.redis, f.queue.name(lane{kind: store.KindWebhook}))) == i+1 })
	}
	cancel()
	<-ended
}

// While Redis is away, ringing neither waits nor keeps more than it may.
func TestBellWithoutRedis(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := redis.NewClient(&redis.Options{Addr: l.Addr().String(), MaxRetries: -1, ReadTimeout: time.Hour, DialTimeout: time.Hour})
	defer r.Close()
	m := NewMetrics(prometheus.NewRegistry())
	b := NewBell(NewQueue(r, "test"), slog.New(slog.DiscardHandler), m)
	ctx, cancel := context.WithCancel(t.Context())
	go b.Run(ctx)
	defer cancel()
	began := time.Now()
	const rows = 4 * mostAtBell
	for i := range rows {
		b.Ring(store.KindMessage, fmt.Sprint("shp_", i%50), fmt.Sprint("msg_", i))
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("%d rings took %s", rows, took)
	}
	b.mu.Lock()
	waiting := 0
	for _, ids := range b.crowd {
		waiting += len(ids)
	}
	if waiting > mostAtBell || waiting != len(b.known) {
		t.Errorf("%d rows are kept, %d known", waiting, len(b.known))
	}
	b.mu.Unlock()
	// One load may be in hand; all else is left to the sweep, and counted.
	var counted dto.Metric
	if err := m.unrung.Write(&counted); err != nil {
		t.Fatal(err)
	}
	if lost := counted.GetCounter().GetValue(); lost < rows-2*mostAtBell {
		t.Errorf("%v are counted as lost", lost)
	}
}
