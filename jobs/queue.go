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

func (q *Queue) name(kind string) string {
	return q.installation + ":" + map[string]string{store.KindWebhook: "webhooks", store.KindMessage: "messages"}[kind]
}

// Enqueue rings for rows of one kind and shop.
func (q *Queue) Enqueue(ctx context.Context, kind, shopID string, ids []string) error {
	payload, err := json.Marshal(task{Shop: shopID, IDs: ids})
	if err != nil {
		return err
	}
	// The rows own their retries. asynq's cover a task that could not even
	// write its row; after that the sweep rings again.
	_, err = q.client.EnqueueContext(ctx, asynq.NewTask(kind, payload), asynq.Queue(q.name(kind)), asynq.MaxRetry(2), asynq.Timeout(5*time.Minute))
	return err
}

// Ping tells whether Redis answers.
func (q *Queue) Ping(ctx context.Context) error { return q.redis.Ping(ctx).Err() }

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
	webhooks := q.server(w, store.KindWebhook, 2*runtime.NumCPU())
	messages := q.server(w, store.KindMessage, deliveries)
	if err := webhooks.Start(answering(store.KindWebhook, w.processWebhooks)); err != nil {
		return err
	}
	if err := messages.Start(answering(store.KindMessage, w.deliverMessages)); err != nil {
		webhooks.Shutdown()
		return err
	}
	<-ctx.Done()
	var both sync.WaitGroup
	both.Go(webhooks.Shutdown)
	both.Go(messages.Shutdown)
	both.Wait()
	return nil
}

func (q *Queue) server(w *Worker, kind string, concurrency int) *asynq.Server {
	return asynq.NewServerFromRedisClient(q.redis, asynq.Config{
		Concurrency: concurrency,
		Queues:      map[string]int{q.name(kind): 1},
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
