package handlers

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/desk"
	"grazie/journeys"
	"grazie/store"
)

func (d desktop) jobRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("/jobs", store.Support, "jobs", "jobs.title", (*seat).listJobs),
		page("/jobs/new", store.Support, "jobs", "jobs.new", (*seat).newJob),
		act("/jobs/preview", store.Support, "jobs", "jobs.preview", (*seat).previewJob),
		act("/jobs", store.Support, "jobs", "jobs.run", (*seat).runJob),
		act("/jobs/:job/approve", store.Manager, "jobs", "jobs.approve", (*seat).approveJob),
		act("/jobs/:job/decline", store.Manager, "jobs", "jobs.decline", (*seat).declineJob),
	}
}

// Bounds of lists.
const (
	listPage      = 50
	mostApprovals = 20 // what waits for a yes is told with its worth, which takes its facts
)

// jobLine is one gesture by hand in a list.
type jobLine struct {
	crm.Message
	For     string // whom it is for, by name
	Effects []effectLine
	Worth   crm.Money
	Own     bool // who looks asked for it herself
	Above   bool // it is worth more than who looks may give
	Seen    string
}

type jobsPage struct {
	Waiting []jobLine
	More    bool // more wait than are shown
	Jobs    []jobLine
	Next    string
}

// listJobs shows what waits for somebody's yes, and below it what staff asked for.
func (v *seat) listJobs() error {
	waiting, err := v.Store.ForApproval(v.ctx(), v.shop.ID, mostApprovals+1)
	if err != nil {
		return err
	}
	all, err := v.Store.ByHand(v.ctx(), v.shop.ID, v.QueryParam("after"), listPage+1)
	if err != nil {
		return err
	}
	p := jobsPage{}
	if p.More = len(waiting) > mostApprovals; p.More {
		waiting = waiting[:mostApprovals]
	}
	all, p.Next = cutPage(all, func(m crm.Message) string { return m.ID })
	names, err := v.customerNames(slices.Concat(waiting, all))
	if err != nil {
		return err
	}
	gifts, err := v.Desk.Gifts(v.ctx(), v.shop, waiting)
	if err != nil {
		return err
	}
	for i, m := range waiting {
		line := jobLine{Message: m, For: names[m.CustomerID], Effects: v.effectLines(gifts[i]), Worth: worthOf(v.shop, gifts[i]), Seen: seen(string(m.State), m.UpdatedAt)}
		line.Own = m.Ask != nil && (m.Ask.Staff == v.staff.ID || m.Ask.Staff == "" && strings.EqualFold(m.Ask.By, v.name()))
		line.Above = journeys.Above(line.Worth, v.member.GiftLimit)
		p.Waiting = append(p.Waiting, line)
	}
	for _, m := range all {
		p.Jobs = append(p.Jobs, jobLine{Message: m, For: names[m.CustomerID]})
	}
	return v.show("jobs", p)
}

// cutPage takes off a list of one more than a page the one too many, and tells
// where the next page begins; empty: there is none.
func cutPage[T any](all []T, cursor func(T) string) ([]T, string) {
	if len(all) <= listPage {
		return all, ""
	}
	return all[:listPage], cursor(all[listPage-1])
}

// customerNames are what the customers of messages are called, by id.
func (v *seat) customerNames(all []crm.Message) (map[string]string, error) {
	ids := make([]string, len(all))
	for i, m := range all {
		ids[i] = m.CustomerID
	}
	return v.namesOf(ids)
}

func (v *seat) namesOf(ids []string) (map[string]string, error) {
	found, err := v.Store.CustomersByID(v.ctx(), v.shop.ID, ids)
	names := map[string]string{}
	for id, c := range found {
		names[id] = v.callHer(c)
	}
	return names, err
}

// callHer is what a customer is called: her name, else her address, else her id.
func (v *seat) callHer(c crm.Customer) string {
	if !c.ErasedAt.IsZero() {
		return v.say("jobs.erased")
	}
	return cmp.Or(crm.Clean(c.FirstName+" "+c.LastName), c.Email, c.ID)
}

// effectLine is an effect in words, in the language of the page.
type effectLine struct {
	crm.Effect
	Text string
}

func (v *seat) effectLines(all []crm.Effect) (lines []effectLine) {
	for _, e := range all {
		lines = append(lines, effectLine{e, v.tellEffect(e)})
	}
	return lines
}

func (v *seat) tellEffect(e crm.Effect) string {
	s := v.say("effects.kind." + string(e.Kind))
	if c := e.Code; c != nil {
		s += ": " + v.tellCode(*c)
	}
	if l := e.Label; l != nil && l.By != "" && l.By != "merchant" {
		s += " (" + l.By + ")"
	}
	return s
}

// tellCode tells what a code gives and until when.
func (v *seat) tellCode(c crm.DiscountCode) string {
	s := v.say("effects.gives."+string(c.Kind), "percent", c.Percent, "amount", v.page.Money(c.Amount), "product", c.Product)
	if !c.EndsAt.IsZero() {
		s += ", " + v.say("jobs.until", "day", v.page.Day(c.EndsAt))
	}
	return s
}

func worthOf(shop crm.Shop, all []crm.Effect) crm.Money {
	worth := crm.Money{Currency: shop.Currency}
	for _, e := range all {
		worth.Minor += e.Worth.Minor
	}
	return worth
}

// asked is a message that waits for somebody's yes, as the page showed it.
func (v *seat) asked() (crm.Message, error) {
	m, err := v.Store.Message(v.ctx(), v.shop.ID, plain(v.Param("job")))
	if err == nil {
		err = v.fresh(seen(string(m.State), m.UpdatedAt))
	}
	if err == nil && (m.State != crm.Planned || m.Reason != crm.ReasonNeedsApproval) {
		err = crm.ErrConflict
	}
	return m, err
}

// approveJob is her yes. Who may not give so much herself cannot say it.
func (v *seat) approveJob() error {
	m, err := v.asked()
	if err != nil {
		return err
	}
	gifts, err := v.Desk.Gifts(v.ctx(), v.shop, []crm.Message{m})
	if err != nil {
		return err
	}
	worth := worthOf(v.shop, gifts[0])
	if journeys.Above(worth, v.member.GiftLimit) {
		return &crm.Invalid{Field: "limit", Message: "the gift is worth more than you may give: somebody else must say yes"}
	}
	v.act.Detail = m.Journey + ", " + worth.String()
	if err := v.Store.ApproveMessage(v.ctx(), v.shop.ID, m.ID, v.name()); err != nil {
		return err
	}
	v.Ring(store.KindMessage, v.shop.ID, m.ID)
	return v.done(v.path("jobs"), "jobs.said.approved")
}

// declineJob is her no: the mail is cancelled, and the reason stands with it.
func (v *seat) declineJob() error {
	m, err := v.asked()
	if err != nil {
		return err
	}
	why, err := desk.Line(v.typed("reason"), 200)
	if err != nil || why == "" {
		return &crm.Invalid{Field: "reason", Message: "say why, for whoever looks later"}
	}
	v.act.Detail = m.Journey
	if err := v.Store.CancelMessage(v.ctx(), v.shop.ID, m.ID, v.name()+": "+why); err != nil {
		return gone(err)
	}
	return v.done(v.path("jobs"), "jobs.said.declined")
}

// gone is what it means that a row that was just read cannot be changed: somebody
// else did.
func gone(err error) error {
	if errors.Is(err, crm.ErrNotFound) {
		return crm.ErrConflict
	}
	return err
}
