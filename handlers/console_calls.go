package handlers

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
	"grazie/templates/pages"
)

func (d desktop) callRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("/calls", store.Support, "calls", "calls.title", (*seat).listCalls),
		page("/calls/settings", store.Manager, "calls", "calls.settings.title", (*seat).showCallSettings),
		act("/calls/settings", store.Manager, "calls", "calls.settings", (*seat).saveCallSettings),
		look("/calls/:call", store.Support, "calls", "calls.call", (*seat).showCall),
		act("/calls/:call/take", store.Support, "calls", "calls.take", (*seat).takeCall),
		act("/calls/:call/leave", store.Support, "calls", "calls.leave", (*seat).leaveCall),
		act("/calls/:call/finish", store.Support, "calls", "calls.finish", (*seat).finishCall),
	}
}

// callsShown is how many customers to call are shown at once.
const callsShown = 25

type callsPage struct {
	On, MayChange bool
	Days          int
	Left          int
	PerDay        int
	Calls         []store.Callable
	Made          []madeCall
	Outcomes      []outcomeCount // of the last 30 days
	Next          string
	Me            string
	Now           time.Time
}

type madeCall struct {
	crm.CallTry
	Order    crm.Order
	Customer crm.Customer
}

type outcomeCount struct {
	Outcome crm.CallState
	N       int
}

// shopDay is the day by the shop's clock.
func (v *seat) shopDay() (crm.Day, *time.Location) {
	zone := crm.Location(v.shop.Timezone)
	return crm.DayOf(v.Now(), zone), zone
}

// quota is what the shop's settings allow from the beginning of its day and week.
func (v *seat) quota() store.CallQuota {
	today, zone := v.shopDay()
	values, monday := v.shop.CallValues(), (int(v.Now().In(zone).Weekday())+6)%7
	return store.CallQuota{PerDay: values.Int("per_day"), PerWeek: values.Int("per_week"), Day: today.At(0, 0, 0, zone), Week: today.Add(-monday).At(0, 0, 0, zone)}
}

func (v *seat) listCalls() error {
	values, q := v.shop.CallValues(), v.quota()
	p := callsPage{On: values.Bool("enabled"), MayChange: v.may(store.Manager), Days: values.Int("days"), PerDay: q.PerDay, Me: v.staff.ID, Now: v.Now()}
	var err error
	if p.Left, err = v.Store.CallsLeft(v.ctx(), v.shop.ID, q); err != nil {
		return err
	}
	if p.On {
		today, zone := v.shopDay()
		arrived := today.Add(1-p.Days).At(0, 0, 0, zone)
		if p.Calls, err = v.Store.Callables(v.ctx(), v.shop.ID, arrived, values.Money("minimum", v.shop.Currency), callsShown); err != nil {
			return err
		}
	}
	counts, err := v.Store.CallOutcomes(v.ctx(), v.shop.ID, v.Now().AddDate(0, 0, -30))
	if err != nil {
		return err
	}
	for _, o := range crm.CallOutcomes {
		p.Outcomes = append(p.Outcomes, outcomeCount{o, counts[o]})
	}
	if p.Made, p.Next, err = v.madeCalls(); err != nil {
		return err
	}
	return v.show("calls", p)
}

// madeCalls is a page of the calls that were made.
func (v *seat) madeCalls() (made []madeCall, next string, err error) {
	tries, err := v.Store.CallsMade(v.ctx(), v.shop.ID, cursorTime(v.QueryParam("after")), listRows+1)
	if err != nil {
		return nil, "", err
	}
	if len(tries) > listRows {
		tries = tries[:listRows]
		next = timeCursor(tries[listRows-1].At)
	}
	var orders, customers []string
	for _, t := range tries {
		orders, customers = append(orders, t.OrderID), append(customers, t.CustomerID)
	}
	bought, err := v.Store.OrdersByID(v.ctx(), v.shop.ID, orders)
	if err != nil {
		return nil, "", err
	}
	who, err := v.Store.CustomersByID(v.ctx(), v.shop.ID, customers)
	for _, t := range tries {
		made = append(made, madeCall{t, bought[t.OrderID], who[t.CustomerID]})
	}
	return made, next, err
}

type callPage struct {
	Order     crm.Order
	Customer  crm.Customer
	Call      crm.Call
	Tries     []crm.CallTry
	Arrived   time.Time
	OrderPage string
	Platform  string
	Language  string
	Script    string
	Mine      bool
	Held      bool // by somebody else
	Ended     bool
	Later     bool // it is tried again on another day
	On        bool
	Left      int
	Most      int
	Outcomes  []crm.CallState
}

func (v *seat) showCall() error {
	p, err := v.call()
	if err != nil {
		return err
	}
	return v.show("call", p)
}

// call is the page of one call: an order that arrived and that a customer may be
// called about, or was.
func (v *seat) call() (callPage, error) {
	id := plain(v.Param("call"))
	p := callPage{Most: crm.CallTries, Outcomes: crm.CallOutcomes, Platform: v.shop.Platform, On: v.shop.CallValues().Bool("enabled")}
	found, err := v.Store.OrdersByID(v.ctx(), v.shop.ID, []string{id})
	if err != nil {
		return p, err
	}
	p.Order = found[id]
	if p.Arrived = p.Order.Delivered(); p.Arrived.IsZero() || !p.Order.ErasedAt.IsZero() || p.Order.CustomerID == "" {
		return p, crm.ErrNotFound
	}
	if p.Customer, err = v.Store.Customer(v.ctx(), v.shop.ID, p.Order.CustomerID); err != nil {
		return p, err
	}
	if p.Call, err = v.Store.Call(v.ctx(), v.shop.ID, id); err != nil && !errors.Is(err, crm.ErrNotFound) {
		return p, err
	}
	if p.Tries, err = v.Store.CallsAbout(v.ctx(), v.shop.ID, id); err != nil {
		return p, err
	}
	if p.Left, err = v.Store.CallsLeft(v.ctx(), v.shop.ID, v.quota()); err != nil {
		return p, err
	}
	held := p.Call.Held(v.Now())
	p.Mine, p.Held = held && p.Call.HolderID == v.staff.ID, held && p.Call.HolderID != v.staff.ID
	p.Ended = p.Call.State != "" && p.Call.State != crm.CallOpen && p.Call.State != crm.CallAgain
	p.Later = p.Call.State == crm.CallAgain && p.Call.DueAt.After(v.Now())
	p.Language = pages.LanguageOf(p.Customer.Locale, p.Order.Locale, v.shop.Locale)
	p.Script = desk.CallScript(v.shop, p.Language, p.Customer, p.Order, v.name())
	p.OrderPage = v.orderPage(id)
	v.page.Named = p.Order.Name
	return p, nil
}

// takeCall keeps a call for who asks for it first; the second is told who has it.
func (v *seat) takeCall() error {
	if !v.shop.CallValues().Bool("enabled") {
		return crm.ErrConflict
	}
	_, err := v.Store.TakeCall(v.ctx(), v.shop.ID, plain(v.Param("call")), v.staff.ID, v.name(), v.quota())
	switch {
	case errors.Is(err, crm.ErrConflict):
		p, err := v.call()
		if err != nil {
			return err
		}
		return v.render(http.StatusConflict, "call", p)
	case errors.Is(err, store.ErrQuota), errors.Is(err, crm.ErrNotFound):
		return crm.ErrConflict // it was shown when it still could be made
	case err != nil:
		return err
	}
	return v.done(v.path("calls", v.Param("call")), "calls.said.taken")
}

func (v *seat) leaveCall() error {
	if err := v.Store.LeaveCall(v.ctx(), v.shop.ID, plain(v.Param("call")), v.staff.ID); err != nil {
		return err
	}
	return v.done(v.path("calls"), "calls.said.left")
}

// finishCall notes what came of it. A problem becomes a task.
func (v *seat) finishCall() error {
	p, err := v.call()
	if err != nil {
		return err
	}
	if !p.Mine {
		return crm.ErrConflict
	}
	t := crm.CallTry{ShopID: v.shop.ID, OrderID: p.Order.ID, Outcome: crm.CallState(v.typed("outcome")), Note: lines(v.typed("note")), StaffID: v.staff.ID, By: v.name()}
	var wrong []error
	if !slices.Contains(crm.CallOutcomes, t.Outcome) {
		wrong = append(wrong, &crm.Invalid{Field: "outcome", Message: "choose what came of it"})
	}
	if len([]rune(t.Note)) > noteLetters || t.Note == "" && t.Outcome == crm.CallProblem {
		wrong = append(wrong, &crm.Invalid{Field: "note", Message: "say in up to 500 letters what it was"})
	}
	if len(wrong) > 0 {
		return v.again("call", p, errors.Join(wrong...))
	}
	var task *crm.Task
	if t.Outcome == crm.CallProblem {
		task = &crm.Task{Kind: crm.TaskCallProblem, Source: "call:" + p.Order.ID, Detail: "A customer who was called about order " + p.Order.Name + " told of a problem. The call list has the note."}
	}
	v.act.Detail = string(t.Outcome)
	today, zone := v.shopDay()
	if err := v.Store.FinishCall(v.ctx(), t, today.Add(1).At(0, 0, 0, zone), task); err != nil {
		return err
	}
	return v.done(v.path("calls"), "calls.said."+string(t.Outcome))
}
