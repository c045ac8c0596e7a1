package store

import (
	"context"
	"errors"
	"sync"
	"time"
)

// batcher lets many callers share one transaction: what arrives while the
// database commits is written together next. A caller alone waits for nobody.
// This is the whole cost of "committed before the answer": a commit is shared
// by as many requests as came in during the one before.
type batcher[In, Out any] struct {
	calls chan call[In, Out]
	done  chan struct{}
	wg    sync.WaitGroup
}

type call[In, Out any] struct {
	ctx    context.Context
	in     In
	answer chan answer[Out]
}

type answer[Out any] struct {
	out Out
	err error
}

// newBatcher starts as many committers as the engine can use side by side.
// run writes a batch and answers for each of its members, in order.
func newBatcher[In, Out any](committers, most int, run func(context.Context, []In) ([]Out, error)) *batcher[In, Out] {
	b := &batcher[In, Out]{calls: make(chan call[In, Out], most), done: make(chan struct{})}
	for range committers {
		b.wg.Go(func() { b.loop(most, run) })
	}
	return b
}

// batchTime is the most that a batch may take. A batch that a silent line left
// in doubt is safe to write again: the rows guard themselves.
const batchTime = 10 * time.Second

var errClosed = errors.New("store: closed")

// do returns when the batch that holds in is committed. When ctx ends first,
// in may still be written.
func (b *batcher[In, Out]) do(ctx context.Context, in In) (Out, error) {
	c := call[In, Out]{ctx: ctx, in: in, answer: make(chan answer[Out], 1)}
	var none Out
	select {
	case b.calls <- c:
	case <-ctx.Done():
		return none, ctx.Err()
	case <-b.done:
		return none, errClosed
	}
	select {
	case a := <-c.answer:
		return a.out, a.err
	case <-ctx.Done():
		return none, ctx.Err()
	case <-b.done:
		return none, errClosed
	}
}

func (b *batcher[In, Out]) loop(most int, run func(context.Context, []In) ([]Out, error)) {
	batch := make([]call[In, Out], 0, most)
	for {
		batch = batch[:0]
		select {
		case c := <-b.calls:
			batch = append(batch, c)
		case <-b.done:
			return
		}
	fill:
		for len(batch) < most {
			select {
			case c := <-b.calls:
				batch = append(batch, c)
			default:
				break fill
			}
		}
		b.write(batch, run)
	}
}

// write runs one batch. When the engine refuses a value in it, each member is
// tried alone, so that one bad row does not take its neighbours with it.
func (b *batcher[In, Out]) write(batch []call[In, Out], run func(context.Context, []In) ([]Out, error)) {
	ins := make([]In, len(batch))
	for i, c := range batch {
		ins[i] = c.in
	}
	// The batch belongs to many callers: no single one may cancel it. But a line
	// that went silent must not hold the committer for ever.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(batch[0].ctx), batchTime)
	defer cancel()
	outs, err := run(ctx, ins)
	if err != nil && len(batch) > 1 && badValue(err) {
		for i := range batch {
			b.write(batch[i:i+1], run)
		}
		return
	}
	for i, c := range batch {
		a := answer[Out]{err: err}
		if err == nil {
			a.out = outs[i]
		}
		c.answer <- a
	}
}

func (b *batcher[In, Out]) close() {
	close(b.done)
	b.wg.Wait()
}
