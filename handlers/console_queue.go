package handlers

import (
	"errors"
	"time"

	"grazie/crm"
	"grazie/store"
)

func (d desktop) queueRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("/queue", store.Viewer, "queue", "queue.title", (*seat).showQueue),
	}
}

// queuePage is what is done at this moment: of the shop its own rows, of the
// installation nothing but totals.
type queuePage struct {
	Own     store.Work
	Chores  []crm.Chore
	Queue   *crm.QueueState // nil: it does not answer
	Backlog store.Backlog
	Leaders []store.Leader
	Tasks   queueTotals
}

// queueTotals are sums over all lanes.
type queueTotals struct {
	Waiting, Running, Retrying, GivenUp, Processed, Failed int
	Oldest                                                 time.Duration
	Busy, Places                                           int
}

// showQueue also answers the page's own question how it stands now, with the part
// that changes.
func (v *seat) showQueue() error {
	var p queuePage
	var errs [4]error
	p.Own, errs[0] = v.Store.Work(v.ctx(), v.shop.ID)
	p.Chores, errs[1] = v.Store.Chores(v.ctx(), v.shop.ID)
	p.Backlog, errs[2] = v.Store.Backlog(v.ctx())
	p.Leaders, errs[3] = v.Store.Leaders(v.ctx())
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	if state, ok := v.queueNow(); ok {
		p.Queue = &state
		for _, l := range state.Lanes {
			p.Tasks.Waiting, p.Tasks.Running = p.Tasks.Waiting+l.Waiting, p.Tasks.Running+l.Running
			p.Tasks.Retrying, p.Tasks.GivenUp = p.Tasks.Retrying+l.Retrying, p.Tasks.GivenUp+l.GivenUp
			p.Tasks.Processed, p.Tasks.Failed = p.Tasks.Processed+l.Processed, p.Tasks.Failed+l.Failed
			p.Tasks.Oldest = max(p.Tasks.Oldest, l.Oldest)
		}
		for _, w := range state.Workers {
			p.Tasks.Busy, p.Tasks.Places = p.Tasks.Busy+w.Busy, p.Tasks.Places+w.Places
		}
	}
	if v.QueryParam("part") == "now" {
		return v.part("queue", "now", p)
	}
	return v.show("queue", p)
}

// queueNow looks at the queue, for no longer than readiness waits: a frozen Redis
// must not keep the page.
func (v *seat) queueNow() (crm.QueueState, bool) {
	if v.QueueState == nil {
		return crm.QueueState{}, false
	}
	type answer struct {
		state crm.QueueState
		err   error
	}
	got := make(chan answer, 1)
	look := v.QueueState
	go func() {
		state, err := look()
		got <- answer{state, err}
	}()
	select {
	case a := <-got:
		if a.err != nil {
			v.Log.Debug("the queue could not be looked at", "error", a.err.Error())
		}
		return a.state, a.err == nil
	case <-time.After(queueWait):
		return crm.QueueState{}, false
	case <-v.ctx().Done():
		return crm.QueueState{}, false
	}
}
