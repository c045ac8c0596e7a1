package jobs

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Run works until ctx ends: it answers the queue's bells, as many deliveries at
// a time as told, sweeps, tidies and does what shops need from time to time. What is in the air when ctx ends is
// finished first.
func (w *Worker) Run(ctx context.Context, q *Queue, deliveries int, holder string) error {
	w.recover(ctx) // before any task runs: what is in the air now cannot be ours
	g, ctx := errgroup.WithContext(ctx)
	w.stopping = ctx
	g.Go(func() error { return q.serve(ctx, w, deliveries) })
	g.Go(func() error { w.sweep(ctx, holder); return nil })
	g.Go(func() error { w.tidy(ctx, holder); return nil })
	g.Go(func() error { w.chores(ctx, holder); return nil })
	err := g.Wait()
	w.flying.Wait()
	return err
}
