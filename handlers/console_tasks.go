package handlers

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
)

func (d desktop) taskRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("/tasks", store.Viewer, "tasks", "tasks.title", (*seat).listTasks),
		act("/tasks/:task/take", store.Support, "tasks", "tasks.take", (*seat).takeTask),
		act("/tasks/:task/leave", store.Support, "tasks", "tasks.leave", (*seat).leaveTask),
		act("/tasks/:task/done", store.Support, "tasks", "tasks.finish", (*seat).finishTask),
	}
}

// listRows is how many rows a page of a list has.
const listRows = 50

type tasksPage struct {
	Done   bool
	Kind   crm.TaskKind
	Kinds  []kindCount // of open tasks
	Open   int
	Tasks  []taskRow
	Next   string
	Wrong  string // id of the task whose form was not taken
	MayAct bool
	Me     string
}

type kindCount struct {
	Kind crm.TaskKind
	N    int
}

// taskRow is a task with what it is about, as far as that is still there.
type taskRow struct {
	crm.Task
	Order     crm.Order
	OrderPage string // in the shop's own admin
	Customer  crm.Customer
	Message   string
	Return    string
	Call      string // order of the call that it came of
	Seen      string
}

func (v *seat) listTasks() error {
	p, err := v.tasks()
	if err != nil {
		return err
	}
	return v.show("tasks", p)
}

// tasks is the list as its address asks for it.
func (v *seat) tasks() (tasksPage, error) {
	p := tasksPage{Done: v.QueryParam("state") == "done", Kind: crm.TaskKind(v.QueryParam("kind")), MayAct: v.may(store.Support), Me: v.staff.ID}
	if !slices.Contains(crm.TaskKinds, p.Kind) {
		p.Kind = ""
	}
	counts, err := v.Store.TaskCounts(v.ctx(), v.shop.ID)
	if err != nil {
		return p, err
	}
	for _, kind := range crm.TaskKinds {
		if n := counts[kind]; n > 0 || kind == p.Kind {
			p.Kinds = append(p.Kinds, kindCount{kind, n})
		}
		p.Open += counts[kind]
	}
	var found []crm.Task
	if after := v.QueryParam("after"); p.Done {
		found, err = v.Store.DoneTasks(v.ctx(), v.shop.ID, cursorTime(after), listRows+1)
	} else {
		found, err = v.Store.OpenTasks(v.ctx(), v.shop.ID, p.Kind, plain(after), listRows+1)
	}
	if err != nil {
		return p, err
	}
	if len(found) > listRows {
		found = found[:listRows]
		last := found[listRows-1]
		if p.Next = last.ID; p.Done {
			p.Next = timeCursor(last.DoneAt)
		}
	}
	p.Tasks, err = v.taskRows(found)
	return p, err
}

// A cursor that is a time is its microseconds.
func timeCursor(t time.Time) string { return strconv.FormatInt(t.UnixMicro(), 10) }

func cursorTime(after string) time.Time {
	us, err := strconv.ParseInt(after, 10, 64)
	if err != nil || us <= 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func (v *seat) taskRows(found []crm.Task) ([]taskRow, error) {
	var orders, customers []string
	for _, t := range found {
		orders, customers = append(orders, t.OrderID), append(customers, t.CustomerID)
	}
	bought, err := v.Store.OrdersByID(v.ctx(), v.shop.ID, orders)
	if err != nil {
		return nil, err
	}
	who, err := v.Store.CustomersByID(v.ctx(), v.shop.ID, customers)
	if err != nil {
		return nil, err
	}
	rows := make([]taskRow, len(found))
	for i, t := range found {
		r := taskRow{Task: t, Order: bought[t.OrderID], Customer: who[t.CustomerID], Seen: seenTask(t)}
		if !r.Customer.ErasedAt.IsZero() {
			r.Customer = crm.Customer{}
		}
		if r.Order.ID != "" && r.Order.ErasedAt.IsZero() {
			r.OrderPage = v.orderPage(r.Order.ID)
			if t.Kind == crm.TaskCallProblem && v.may(store.Support) && !r.Order.Delivered().IsZero() && r.Customer.ID != "" {
				r.Call = r.Order.ID
			}
		}
		if t.MessageID != "" {
			m, err := v.Store.Message(v.ctx(), v.shop.ID, t.MessageID)
			if err != nil && !errors.Is(err, crm.ErrNotFound) {
				return nil, err
			}
			r.Message, r.Return = m.ID, m.ReturnID
		}
		if r.Return != "" {
			if _, err := v.Store.Return(v.ctx(), v.shop.ID, r.Return); errors.Is(err, crm.ErrNotFound) {
				r.Return = ""
			} else if err != nil {
				return nil, err
			}
		}
		rows[i] = r
	}
	return rows, nil
}

// orderPage is where the shop's own staff looks at an order; empty: not known.
func (v *seat) orderPage(orderID string) string {
	if p, ok := v.Platforms[v.shop.Platform].(integrations.OrderPager); ok {
		return p.OrderPage(v.shop.Domain, orderID)
	}
	return ""
}

// seenTask is how a task stands, for fresh.
func seenTask(t crm.Task) string {
	state := "open " + t.TakenID
	if !t.DoneAt.IsZero() {
		state = "done"
	}
	return seen(state, t.CreatedAt)
}

// task is the one that a form is about, as its page showed it.
func (v *seat) task() (crm.Task, error) {
	t, err := v.Store.Task(v.ctx(), v.shop.ID, plain(v.Param("task")))
	if err != nil {
		return t, err
	}
	return t, v.fresh(seenTask(t))
}

func (v *seat) takeTask() error  { return v.assignTask(v.staff.ID, v.name(), "tasks.said.taken") }
func (v *seat) leaveTask() error { return v.assignTask("", "", "tasks.said.left") }

func (v *seat) assignTask(id, name, said string) error {
	t, err := v.task()
	if err != nil {
		return err
	}
	if err := v.Store.TakeTask(v.ctx(), v.shop.ID, t.ID, t.TakenID, id, name); err != nil {
		return err
	}
	return v.done(v.path("tasks"), said)
}

// noteLetters is how long staff's own words may be.
const noteLetters = 500

// finishTask notes that it was done, by whom and how.
func (v *seat) finishTask() error {
	t, err := v.task()
	if err != nil {
		return err
	}
	how := lines(v.typed("how"))
	if how == "" || len([]rune(how)) > noteLetters {
		p, err := v.tasks()
		if err != nil {
			return err
		}
		p.Wrong = t.ID
		return v.again("tasks", p, &crm.Invalid{Field: "how", Message: "say in up to 500 letters what was done"})
	}
	err = v.Store.FinishTask(v.ctx(), v.shop.ID, t.ID, v.name()+": "+how)
	if errors.Is(err, crm.ErrNotFound) {
		err = crm.ErrConflict // somebody did it in this very moment
	}
	if err != nil {
		return err
	}
	return v.done(v.path("tasks"), "tasks.said.done")
}
