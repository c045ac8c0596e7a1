package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
)

const (
	choreEvery = time.Second     // a look costs next to nothing
	choreLease = 2 * time.Minute // from one sign of life to the next
	choreBeat  = choreLease / 4  // how often the sign of life comes
	choreTurn  = 2 * time.Minute // after which a long one lets others go before it
	choresAt   = 4               // chores that one process does at once
	choresOf   = 2               // those of one shop that all processes do at once
)

// choreWaits are the pauses after failures in a row.
var choreWaits = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour}

// chore is one run of a work that a shop needs from time to time. It may be cut
// short at any point: the next run goes on behind what keep stored last.
type chore struct {
	*crm.Chore
	shop crm.Shop
	keep func(context.Context) error // stores how far it came
}

// errLost says that a chore took too long between two signs of life, and that
// another worker has it.
var errLost = errors.New("another worker took over")

// chores does what shops need from time to time, several shops at once, until
// ctx ends. Any number of processes may do so: each chore has one lease.
func (w *Worker) chores(ctx context.Context, holder string) {
	var running sync.WaitGroup
	defer running.Wait()
	free := make(chan struct{}, choresAt)
	tick := time.NewTicker(choreEvery)
	defer tick.Stop()
	for {
		if n := cap(free) - len(free); n > 0 {
			claimed, holder, err := w.claimChores(ctx, holder, n)
			if err != nil && ctx.Err() == nil {
				w.Log.Error("chores could not be claimed; the next look follows", "error", err.Error())
			}
			for _, c := range claimed {
				free <- struct{}{}
				running.Go(func() {
					defer func() { <-free }()
					w.doChore(ctx, c, holder)
				})
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// DoChores does what is due now, one after the other, for whom no loop runs.
func (w *Worker) DoChores(ctx context.Context, holder string) error {
	for {
		claimed, holder, err := w.claimChores(ctx, holder, choresAt)
		if err != nil || len(claimed) == 0 {
			return err
		}
		for _, c := range claimed {
			w.doChore(ctx, c, holder)
		}
	}
}

// claimChores claims chores under a name of this once: what this process lost
// and took again is another's, like what another process took.
func (w *Worker) claimChores(ctx context.Context, holder string, limit int) ([]crm.Chore, string, error) {
	holder = store.NewID(holder + "_")
	claimed, err := w.Store.ClaimChores(ctx, holder, choreLease, limit, choresOf)
	return claimed, holder, err
}

// holdOn keeps a chore while it is done, however long the shop takes for one
// answer: each beat prolongs its lease. Once it is lost, the context ends with
// errLost as its cause. It must be released.
func (w *Worker) holdOn(ctx context.Context, c crm.Chore, holder string, beat <-chan time.Time) (held context.Context, release func()) {
	held, stop := context.WithCancelCause(ctx)
	var beating sync.WaitGroup
	beating.Go(func() {
		for {
			select {
			case <-held.Done():
				return
			case <-beat:
			}
			kept, err := w.Store.HoldChore(held, c.ShopID, c.Kind, holder, choreLease)
			if err == nil && !kept {
				stop(errLost)
			}
		}
	})
	return held, func() { stop(nil); beating.Wait() }
}

// doChore runs one claimed chore and writes down how it ended.
func (w *Worker) doChore(ctx context.Context, c crm.Chore, holder string) {
	beat := time.NewTicker(choreBeat)
	defer beat.Stop()
	held, release := w.holdOn(ctx, c, holder, beat.C)
	defer release()
	began := w.Now().UTC()
	if c.StartedAt.IsZero() || c.EndedAt.After(c.StartedAt) {
		c.StartedAt = began
	}
	next, err := time.Time{}, error(nil)
	shop, err := w.Store.Shop(held, c.ShopID)
	if err == nil {
		run := chore{Chore: &c, shop: shop, keep: func(ctx context.Context) error {
			kept, err := w.Store.KeepChore(ctx, c, holder, choreLease)
			if err == nil && !kept {
				err = errLost
			}
			return err
		}}
		err = w.guarded("a shop's "+string(c.Kind), c.ShopID, func() (err error) { next, err = w.runChore(held, run); return err })
	}
	switch {
	case errors.Is(err, errLost), errors.Is(context.Cause(held), errLost):
		return
	case errors.Is(err, crm.ErrNotFound): // the shop is forgotten, and this row with it
		next, err = time.Time{}, nil
	case ctx.Err() != nil:
		next, err = began, nil // at the next start, where it stopped
	case err != nil:
		next = began.Add(choreWaits[min(c.Attempt, len(choreWaits)-1)])
		if at := retryAt(err); !at.IsZero() { // the platform is not ready, or asks to be left alone
			next = at
		} else {
			c.Attempt++
			c.Detail = detail(err)
			w.Log.Warn("a shop's "+string(c.Kind)+" failed and is tried again", "shop", c.ShopID, "error", err.Error(), "at", next)
		}
	default:
		c.Attempt, c.EndedAt = 0, w.Now().UTC()
	}
	c.DueAt = next
	last, cancel := lasting(ctx)
	defer cancel()
	if err := w.Store.EndChore(last, c, holder); err != nil {
		w.Log.Error("how a shop's "+string(c.Kind)+" ended could not be stored; it comes again", "shop", c.ShopID, "error", err.Error())
	}
}

// runChore does one chore and tells when it is due again; zero: when asked for.
func (w *Worker) runChore(ctx context.Context, c chore) (time.Time, error) {
	platform, ok := w.Platforms[c.shop.Platform]
	if !ok {
		return time.Time{}, fmt.Errorf("no adapter for the platform %s", c.shop.Platform)
	}
	switch {
	case c.Kind == crm.ChoreRetention:
		return w.retention(ctx, c)
	case c.Kind == crm.ChorePrivacy:
		return w.privacy(ctx, c)
	case c.Kind == crm.ChoreSearch:
		return w.search(ctx, c)
	case c.shop.State == crm.ShopUninstalled: // all are due again once it is connected
		return time.Time{}, nil
	case c.shop.Broken != "" && c.Kind == crm.ChoreToken:
		return w.Now().Add(tokenEvery), w.tellBroken(ctx, c.shop)
	case c.shop.Broken != "":
		return time.Time{}, nil
	}
	conn, err := w.connection(ctx, c.shop)
	if err != nil {
		return time.Time{}, err
	}
	if can, ok := platform.(integrations.Credentialed); ok && !can.CanAct(conn) {
		c.Detail = "the connection only takes webhooks in: connect the shop with credentials that let Grazie act"
		return w.Now().Add(24 * time.Hour), nil
	}
	switch c.Kind {
	case crm.ChoreHistory:
		return w.history(ctx, c, platform, conn)
	case crm.ChoreReconcile:
		return w.reconcile(ctx, c, platform)
	case crm.ChoreSubscriptions:
		return w.subscribe(ctx, c, platform, conn)
	case crm.ChoreToken:
		return w.keepToken(ctx, c, platform, conn)
	}
	return time.Time{}, fmt.Errorf("no chore %q", c.Kind)
}

// asked makes the errors of a platform count for the shop: credentials that it
// refuses for good mark the connection as broken.
func (w *Worker) asked(ctx context.Context, c chore, used integrations.Connection, err error) error {
	if err != nil && integrations.KindOf(err) == integrations.Unauthorized {
		w.broken(ctx, c.shop, used.Settings, detail(err))
	}
	return err
}
