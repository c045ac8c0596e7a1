package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"grazie/store"
)

// Queue is asynq on one Redis. It holds bells, not work: losing all of it
// costs the time until the next sweep.
type Queue struct {
	redis        redis.UniversalClient
	client       *asynq.Client
	installation string
}

// NewQueue uses a Redis client that stays the caller's. The installation's name
// stands in front of each queue's, so that several can share a Redis.
func NewQueue(r redis.UniversalClient, installation string) *Queue {
	return &Queue{redis: r, client: asynq.NewClientFromRedisClient(r), installation: installation}
}

// task is the payload: rows of one shop.
type task struct {
	Shop string   `json:"shop"`
	IDs  []string `json:"ids"`
}

// most rows in a task: enough to share queries and commits, few enough to
// spread over the workers.
const mostRows = 32

// name is that of asynq's queue behind a lane.
func (q *Queue) name(l lane) string {
	name := q.installation + ":" + map[string]string{store.KindWebhook: "webhooks", store.KindMessage: "messages"}[l.kind]
	if l.crowd {
		name += "_crowd"
	}
	return name
}

// Enqueue rings for rows of one kind and shop, in the first lane.
func (q *Queue) Enqueue(ctx context.Context, kind, shopID string, ids []string) error {
	return q.enqueue(ctx, lane{kind: kind}, shopID, ids)
}

func (q *Queue) enqueue(ctx context.Context, l lane, shopID string, ids []string) error {
	payload, err := json.Marshal(task{Shop: shopID, IDs: ids})
	if err != nil {
		return err
	}
	// The rows own their retries. asynq's cover a task that could not even
	// write its row; after that the sweep rings again.
	_, err = q.client.EnqueueContext(ctx, asynq.NewTask(l.kind, payload), asynq.Queue(q.name(l)), asynq.MaxRetry(2), asynq.Timeout(5*time.Minute))
	return err
}

// room is how many more tasks the lane for crowds should take. asynq's own count
// asks for much beside it.
func (q *Queue) room(ctx context.Context, kind string) (int, error) {
	waiting, err := q.redis.LLen(ctx, "asynq:{"+q.name(lane{kind, true})+"}:pending").Result()
	return crowdTasks - int(waiting), err
}

// Ping tells whether Redis answers.
func (q *Queue) Ping(ctx context.Context) error { return q.redis.Ping(ctx).Err() }

// webhookWorkers answer the bells of webhooks.
var webhookWorkers = 2 * runtime.NumCPU()

// serve answers the bells until ctx ends, then lets running tasks finish.
// Webhooks and messages have workers of their own: mails that hang must not
// keep a cancellation from being read.
func (q *Queue) serve(ctx context.Context, w *Worker, deliveries int) error {
	for q.Ping(ctx) != nil {
		w.Log.Error("the queue does not answer; webhooks are still taken in")
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(2 * time.Second):
		}
	}
	// A webhook's task waits for nobody but the database, or has one of half of the
	// places for asking its shop: its lanes share their workers. A task of mails waits for room in the air, which a crowd may hold.
	front, crowd := lane{kind: store.KindMessage}, lane{store.KindMessage, true}
	servers := map[*asynq.Server]*asynq.ServeMux{
		q.server(w, webhookWorkers, map[lane]int{{kind: store.KindWebhook}: 6, {store.KindWebhook, true}: 1}): answering(store.KindWebhook, w.processWebhooks),
		q.server(w, deliveries, map[lane]int{front: 1}):                                                       answering(store.KindMessage, w.deliverFirst),
		q.server(w, deliveries, map[lane]int{crowd: 1}):                                                       answering(store.KindMessage, w.deliverMessages),
	}
	var stopping sync.WaitGroup
	defer stopping.Wait()
	for server, mux := range servers {
		if err := server.Start(mux); err != nil {
			return err
		}
		defer func() { stopping.Go(server.Shutdown) }()
	}
	<-ctx.Done()
	return nil
}

// server answers lanes, each the more often the more weight it has.
func (q *Queue) server(w *Worker, concurrency int, weights map[lane]int) *asynq.Server {
	queues := map[string]int{}
	for l, weight := range weights {
		queues[q.name(l)] = weight
	}
	return asynq.NewServerFromRedisClient(q.redis, asynq.Config{
		Concurrency: concurrency,
		Queues:      queues,
		// An idle worker looks this often; it is the larger part of the
		// time between the shop's webhook and the mail.
		TaskCheckInterval:        20 * time.Millisecond,
		DelayedTaskCheckInterval: 5 * time.Second,
		ShutdownTimeout:          sendTime + recordTime,
		RetryDelayFunc:           func(int, error, *asynq.Task) time.Duration { return 5 * time.Second },
		Logger:                   quiet{w.Log},
		LogLevel:                 asynq.WarnLevel,
	})
}

// answering turns the payload of a kind of task into a call.
func answering(kind string, do func(ctx context.Context, shopID string, ids []string) error) *asynq.ServeMux {
	mux := asynq.NewServeMux()
	mux.HandleFunc(kind, func(ctx context.Context, t *asynq.Task) error {
		var in task
		if err := json.Unmarshal(t.Payload(), &in); err != nil || in.Shop == "" || len(in.IDs) == 0 {
			return fmt.Errorf("a task of another program: %w", errors.Join(err, asynq.SkipRetry))
		}
		return do(ctx, in.Shop, in.IDs)
	})
	return mux
}

// quiet is asynq's log in ours.
type quiet struct{ log *slog.Logger }

func (q quiet) Debug(args ...any) { q.log.Debug("queue: " + fmt.Sprint(args...)) }
func (q quiet) Info(args ...any)  { q.log.Debug("queue: " + fmt.Sprint(args...)) }
func (q quiet) Warn(args ...any)  { q.log.Warn("queue: " + fmt.Sprint(args...)) }
func (q quiet) Error(args ...any) { q.log.Error("queue: " + fmt.Sprint(args...)) }
func (q quiet) Fatal(args ...any) { q.log.Error("queue: " + fmt.Sprint(args...)) }

// CheckRedis tells in plain sentences what about a Redis would hurt: an old
// version, or a policy that throws keys away when memory is short. A refusal
// of the question is no finding: hosted servers often do not answer it.
func CheckRedis(ctx context.Context, r redis.UniversalClient) error {
	info, err := r.InfoMap(ctx, "server", "memory").Result()
	if err != nil || len(info) == 0 {
		return r.Ping(ctx).Err()
	}
	var found []error
	var major, minor int
	if _, err := fmt.Sscanf(info["Server"]["redis_version"], "%d.%d", &major, &minor); err == nil && (major < 6 || major == 6 && minor < 2) {
		found = append(found, fmt.Errorf("Redis %d.%d is too old: 6.2 or later is needed", major, minor))
	}
	if policy := info["Memory"]["maxmemory_policy"]; policy != "" && policy != "noeviction" {
		found = append(found, fmt.Errorf("Redis may throw away keys of the queue: its maxmemory-policy is %s; set it to noeviction", policy))
	}
	return errors.Join(found...)
}
