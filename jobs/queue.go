package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
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

// server answers the bells until ctx ends, then lets running tasks finish.
func (q *Queue) serve(ctx context.Context, w *Worker, concurrency int) error {
	mux := asynq.NewServeMux()
	for kind, do := range map[string]func(context.Context, string, []string) error{
		store.KindWebhook: w.processWebhooks,
		store.KindMessage: w.deliverMessages,
	} {
		mux.HandleFunc(kind, func(ctx context.Context, t *asynq.Task) error {
			var in task
			if err := json.Unmarshal(t.Payload(), &in); err != nil {
				return fmt.Errorf("a task of another program: %w: %w", err, asynq.SkipRetry)
			}
			return do(ctx, in.Shop, in.IDs)
		})
	}
	for {
		srv := asynq.NewServerFromRedisClient(q.redis, asynq.Config{
			Concurrency: concurrency,
			Queues:      map[string]int{q.name(store.KindWebhook): 1, q.name(store.KindMessage): 1},
			// An idle worker looks this often; it is the larger part of the
			// time between the shop's webhook and the mail.
			TaskCheckInterval:        20 * time.Millisecond,
			DelayedTaskCheckInterval: 5 * time.Second,
			ShutdownTimeout:          15 * time.Second,
			RetryDelayFunc:           func(int, error, *asynq.Task) time.Duration { return 5 * time.Second },
			Logger:                   quiet{w.Log},
			LogLevel:                 asynq.WarnLevel,
		})
		// Start fails while Redis is away. The rows wait, and so do we.
		err := srv.Start(mux)
		if err == nil {
			<-ctx.Done()
			srv.Shutdown()
			return nil
		}
		w.Log.Error("the queue does not answer; webhooks are still taken in", "error", err.Error())
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(2 * time.Second):
		}
	}
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
