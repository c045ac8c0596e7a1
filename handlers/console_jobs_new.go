package handlers

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/journeys"
	"grazie/store"
	"grazie/templates/console"
)

// jobPage is the form of a gesture by hand, and below it what it would lead to.
type jobPage struct {
	Journeys []string
	Journey  string
	Target   *jobTarget // nil: it is looked for
	Query    string
	Found    []jobTarget
	Offers   []console.Option
	Shown    *shownJob // nil: nothing was asked for yet
}

// jobTarget is whom or what a gesture is for.
type jobTarget struct {
	Kind   string // order, customer, return
	ID     string
	Title  string
	Detail string
}

// newJob asks which gesture, for whom, and why. Links may fill it in.
func (v *seat) newJob() error {
	p := v.jobPage()
	p.Journey = v.QueryParam("journey")
	var err error
	for _, kind := range targetKinds {
		if id := v.QueryParam(kind); id != "" && p.Target == nil {
			if p.Target, err = v.jobTarget(kind, id); err != nil && !errors.Is(err, crm.ErrNotFound) {
				return err
			}
			p.Query = id
		}
	}
	if p.Target == nil {
		p.Query = cmp.Or(strings.TrimSpace(v.QueryParam("q")), p.Query)
		if p.Found, err = v.findTargets(p.Query); err != nil {
			return err
		}
	}
	return v.show("job_new", p)
}

var targetKinds = []string{"return", "order", "customer"}

func (v *seat) jobPage() jobPage {
	p := jobPage{Offers: []console.Option{{Value: "", Label: v.say("jobs.offer.auto")}}}
	for _, j := range journeys.All {
		p.Journeys = append(p.Journeys, j.Key)
	}
	for _, o := range desk.Offers {
		p.Offers = append(p.Offers, console.Option{Value: string(o), Label: v.say("jobs.offer." + string(o))})
	}
	return p
}

// jobTarget is what a link or the form before names.
func (v *seat) jobTarget(kind, id string) (*jobTarget, error) {
	var t jobTarget
	switch kind {
	case "order":
		o, err := v.Store.Order(v.ctx(), v.shop.ID, id)
		if err != nil {
			return nil, err
		}
		t = v.orderTarget(o)
	case "return":
		r, err := v.Store.Return(v.ctx(), v.shop.ID, id)
		if err != nil {
			return nil, err
		}
		t = v.returnTarget(r)
	default:
		c, err := v.Store.Customer(v.ctx(), v.shop.ID, id)
		if err != nil {
			return nil, err
		}
		t = v.customerTarget(c)
	}
	return &t, nil
}

func (v *seat) orderTarget(o crm.Order) jobTarget {
	var goods []string
	for _, it := range o.Goods() {
		goods = append(goods, it.Title)
	}
	return jobTarget{"order", o.ID, v.say("jobs.order", "order", cmp.Or(o.Name, o.ID)), clip(strings.Join(slices.Compact([]string{v.page.Day(o.CreatedAt), v.page.Money(o.Total), o.Email}), " · "), 200) + detailOf(goods)}
}

func detailOf(goods []string) string {
	if len(goods) == 0 {
		return ""
	}
	return " · " + clip(strings.Join(goods, ", "), 160)
}

func (v *seat) returnTarget(r crm.Return) jobTarget {
	var goods []string
	for _, l := range r.Lines {
		goods = append(goods, l.Title)
	}
	return jobTarget{"return", r.ID, v.say("jobs.return", "return", cmp.Or(r.Name, r.ID)), v.say("returns.status."+statusOf(r)) + detailOf(goods)}
}

func (v *seat) customerTarget(c crm.Customer) jobTarget {
	return jobTarget{"customer", c.ID, v.callHer(c), strings.Join(slices.DeleteFunc([]string{c.Email, c.ID}, func(s string) bool { return s == "" }), " · ")}
}

// mostFound bounds what a search shows; who finds more types more.
const mostFound = 10

// findTargets looks for an order by its number, a return, and customers by mail,
// id or name. An order brings its returns along, a customer her newest orders.
func (v *seat) findTargets(q string) (found []jobTarget, err error) {
	if q == "" {
		return nil, nil
	}
	keep := func(t jobTarget) {
		if !slices.ContainsFunc(found, func(have jobTarget) bool { return have.Kind == t.Kind && have.ID == t.ID }) {
			found = append(found, t)
		}
	}
	if o, err := v.Store.Order(v.ctx(), v.shop.ID, q); err == nil {
		keep(v.orderTarget(o))
		returns, err := v.Store.Returns(v.ctx(), v.shop.ID, o.ID, mostFound)
		if err != nil {
			return nil, err
		}
		for _, r := range returns {
			keep(v.returnTarget(r))
		}
	} else if !errors.Is(err, crm.ErrNotFound) {
		return nil, err
	}
	if r, err := v.Store.Return(v.ctx(), v.shop.ID, q); err == nil {
		keep(v.returnTarget(r))
	} else if !errors.Is(err, crm.ErrNotFound) {
		return nil, err
	}
	people, err := v.findPeople(q)
	for _, c := range people {
		keep(v.customerTarget(c))
	}
	if err != nil || len(people) != 1 {
		return found, err
	}
	orders, err := v.Store.OrdersOf(v.ctx(), v.shop.ID, people[0], mostFound/2)
	for _, o := range orders {
		keep(v.orderTarget(o))
	}
	return found, err
}

func (v *seat) findPeople(q string) ([]crm.Customer, error) {
	var people []crm.Customer
	find := func() (crm.Customer, error) { return v.Store.Customer(v.ctx(), v.shop.ID, q) }
	if strings.Contains(q, "@") {
		_, key := integrations.Email(q)
		find = func() (crm.Customer, error) { return v.Store.CustomerByEmail(v.ctx(), v.shop.ID, key) }
	}
	if c, err := find(); err == nil {
		return append(people, c), nil
	} else if !errors.Is(err, crm.ErrNotFound) {
		return nil, err
	}
	listed, err := v.Store.Customers(v.ctx(), v.shop.ID, store.CustomerFilter{Query: q, Limit: mostFound})
	for _, l := range listed {
		people = append(people, l.Customer)
	}
	return people, err
}

// ask is what she typed, with who she is and what she may give.
func (v *seat) ask() (crm.Ask, error) {
	a, err := desk.Ask(crm.Ask{By: clip(crm.Clean(v.name()), 80), Reason: v.typed("reason"), Note: v.typed("note"), Again: v.typed("again"), Offer: crm.Offer(v.typed("offer"))})
	a.Staff, a.Limit = v.staff.ID, v.member.GiftLimit
	if j, _ := journeys.Find(v.typed("journey")); j.Offer == nil {
		a.Offer = "" // the form offers it of apologies alone
	}
	return a, err
}

// jobRequest is the form as a request, with the target that it names.
func (v *seat) jobRequest(p *jobPage) (desk.Request, error) {
	r := desk.Request{Journey: v.typed("journey")}
	p.Journey = r.Journey
	for _, kind := range targetKinds {
		id := v.typed(kind)
		if id == "" || p.Target != nil {
			continue
		}
		t, err := v.jobTarget(kind, id)
		if err != nil {
			return r, err
		}
		p.Target = t
	}
	switch t := p.Target; {
	case t == nil:
		return r, &crm.Invalid{Field: "target", Message: "choose whom it is for"}
	case t.Kind == "order":
		r.Order = t.ID
	case t.Kind == "return":
		r.Return = t.ID
	default:
		r.Customer = t.ID
	}
	var wrong error
	if _, ok := journeys.Find(r.Journey); !ok {
		wrong = &crm.Invalid{Field: "journey", Message: "choose a gesture"}
	}
	ask, err := v.ask()
	r.Ask = ask
	if err == nil {
		return r, wrong
	}
	return r, errors.Join(append(parts(err), wrong)...)
}

// parts are the errors that one joins.
func parts(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()
	}
	return []error{err}
}

// readReturn reads a return whole from the shop, if that was not done just now:
// webhooks tell little of it, and she is shown what is true. What cannot be read
// is decided by what is known.
func (v *seat) readReturn(id string) error {
	r, err := v.Store.Return(v.ctx(), v.shop.ID, id)
	can, ok := v.Platforms[v.shop.Platform].(integrations.ReturnReader)
	if err != nil || !ok || v.Now().Sub(r.ReadAt) < readReturnAgain {
		return err
	}
	settings, err := v.Store.Connection(v.ctx(), v.shop.ID)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(v.ctx(), readReturnPatience)
	defer cancel()
	read, err := can.Return(ctx, integrations.Connection{ShopID: v.shop.ID, Domain: v.shop.Domain, Settings: settings}, id)
	if err != nil {
		v.Log.Info("a return could not be read", "shop", v.shop.ID, "return", id, "error", err.Error())
		return nil
	}
	read.ReadAt = v.Now()
	return v.Store.ApplyReturn(context.WithoutCancel(store.Acting(v.ctx(), nil)), v.shop.ID, read)
}
