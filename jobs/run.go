package jobs

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Run works until ctx ends: it answers the queue's bells and sweeps. What is
// in the air when ctx ends is finished first.
func (w *Worker) Run(ctx context.Context, q *Queue, concurrency int, holder string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return q.serve(ctx, w, concurrency) })
	g.Go(func() error { w.sweep(ctx, holder); return nil })
	return g.Wait()
}
