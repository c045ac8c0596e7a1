package jobs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hibiken/asynq"

	"grazie/crm"
	"grazie/store"
)

// State looks at the queue: all lanes of this installation, and who works on
// them. A lane that was never used is empty. It takes as long as Redis does: the
// caller minds the time.
func (q *Queue) State() (crm.QueueState, error) {
	var state crm.QueueState
	inspector := asynq.NewInspectorFromRedisClient(q.redis)
	known, err := inspector.Queues()
	if err != nil {
		return state, err
	}
	for _, l := range []lane{{store.KindWebhook, false}, {store.KindWebhook, true}, {store.KindMessage, false}, {store.KindMessage, true}} {
		info := &asynq.QueueInfo{}
		if slices.Contains(known, q.name(l)) {
			if info, err = inspector.GetQueueInfo(q.name(l)); err != nil {
				return state, err
			}
		}
		state.Lanes = append(state.Lanes, crm.QueueLane{Kind: l.kind, Crowd: l.crowd, Waiting: info.Pending, Running: info.Active,
			Retrying: info.Retry + info.Scheduled, GivenUp: info.Archived, Oldest: info.Latency, Processed: info.Processed, Failed: info.Failed})
	}
	servers, err := inspector.Servers()
	if err != nil {
		return state, err
	}
	processes := map[string]crm.QueueWorker{} // each has several servers
	for _, s := range servers {
		if s.Status != "active" || !slices.ContainsFunc(queueNames(s), func(name string) bool { return strings.HasPrefix(name, q.installation+":") }) {
			continue // of another installation on the same Redis
		}
		key := fmt.Sprint(s.Host, " ", s.PID)
		w, known := processes[key]
		if !known || s.Started.Before(w.Since) {
			w.Since = s.Started
		}
		w.Host, w.Busy, w.Places = s.Host, w.Busy+len(s.ActiveWorkers), w.Places+s.Concurrency
		processes[key] = w
	}
	for _, w := range processes {
		state.Workers = append(state.Workers, w)
	}
	slices.SortFunc(state.Workers, func(a, b crm.QueueWorker) int {
		return cmp.Or(strings.Compare(a.Host, b.Host), a.Since.Compare(b.Since))
	})
	return state, nil
}

func queueNames(s *asynq.ServerInfo) (all []string) {
	for name := range s.Queues {
		all = append(all, name)
	}
	return all
}
