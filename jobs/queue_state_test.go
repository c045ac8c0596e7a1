package jobs

import (
	"testing"

	"grazie/crm"
	"grazie/store"
)

// The state of the queue is that of this installation alone, on either kind of
// Redis, before anything was rung and while it is worked on.
func TestQueueState(t *testing.T) {
	for name, open := range redises {
		t.Run(name, func(t *testing.T) {
			r := open(t)
			mine, other := NewQueue(r, installation(t, r)), NewQueue(r, installation(t, r))
			state, err := mine.State()
			if err != nil || len(state.Lanes) != 4 || len(state.Workers) != 0 || state.Lanes[0] != (crm.QueueLane{Kind: store.KindWebhook}) {
				t.Fatalf("unused: %+v, %v", state, err)
			}
			for range 3 {
				if err := mine.Enqueue(t.Context(), store.KindMessage, "shp_a", []string{"m"}); err != nil {
					t.Fatal(err)
				}
				if err := other.enqueue(t.Context(), lane{store.KindWebhook, true}, "shp_b", []string{"w"}); err != nil {
					t.Fatal(err)
				}
			}
			state, err = mine.State()
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range state.Lanes {
				if want := map[bool]int{true: 3}[l.Kind == store.KindMessage && !l.Crowd]; l.Waiting != want || l.Running != 0 {
					t.Errorf("%+v, want %d waiting", l, want)
				}
			}
		})
	}
}

// Whoever works is counted once, with all the places of its lanes.
func TestQueueStateOfWorker(t *testing.T) {
	f := newFloor(t, 4)
	f.work()
	eventually(t, "the worker", func() bool {
		state, err := f.queue.State()
		return err == nil && len(state.Workers) == 1 && state.Workers[0].Places == webhookWorkers+2*4 && !state.Workers[0].Since.IsZero()
	})
}
