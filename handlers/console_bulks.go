package handlers

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"grazie/crm"
	"grazie/desk"
	"grazie/journeys"
	"grazie/store"
)

func (d desktop) bulkRoutes() []ConsoleRoute {
	make := act("/bulks", store.Manager, "bulks", "bulks.make", (*seat).makeBulk)
	make.Most = bulkUpload
	return []ConsoleRoute{
		page("/bulks", store.Viewer, "bulks", "bulks.title", (*seat).listBulks),
		page("/bulks/new", store.Manager, "bulks", "bulks.new", (*seat).newBulk),
		make,
		look("/bulks/:bulk", store.Viewer, "bulks", "bulks.one", (*seat).showBulk),
		page("/bulks/:bulk/progress", store.Viewer, "bulks", "bulks.one", (*seat).showProgress),
		look("/bulks/:bulk/result", store.Viewer, "bulks", "bulks.result", (*seat).bulkResult),
		act("/bulks/:bulk/start", store.Manager, "bulks", "bulks.start", turnBulk(crm.BulkRunning, crm.BulkCounted)),
		act("/bulks/:bulk/pause", store.Manager, "bulks", "bulks.pause", turnBulk(crm.BulkPaused, crm.BulkRunning)),
		act("/bulks/:bulk/resume", store.Manager, "bulks", "bulks.resume", turnBulk(crm.BulkRunning, crm.BulkPaused)),
		act("/bulks/:bulk/cancel", store.Manager, "bulks", "bulks.cancel", turnBulk(crm.BulkCancelled, crm.BulkCounted, crm.BulkRunning, crm.BulkPaused)),
	}
}

// Bounds of a new bulk job.
const (
	bulkUpload  = 8 << 20   // of a file with as many targets as there may be, with some air
	typedAgain  = 256 << 10 // of a file that is wrong, as much as is put back into the form
	perMinute   = 60
	mostAMinute = 6000
)

type bulksPage struct {
	Bulks []crm.Bulk
	Next  string
}

func (v *seat) listBulks() error {
	all, err := v.Store.BulkPage(v.ctx(), v.shop.ID, v.QueryParam("after"), listPage+1)
	if err != nil {
		return err
	}
	p := bulksPage{}
	p.Bulks, p.Next = cutPage(all, func(b crm.Bulk) string { return b.ID })
	return v.show("bulks", p)
}

// bulkForm is the form of a new bulk job.
type bulkForm struct {
	jobPage
	Means     []string // by which its targets are told
	Mean      string
	PerMinute int
	Limit     string // above which each gift waits for a yes
}

var bulkMeans = []string{"customers", "orders", "list"}

func (v *seat) bulkForm() bulkForm {
	return bulkForm{jobPage: v.jobPage(), Means: bulkMeans, Mean: bulkMeans[0], PerMinute: perMinute, Limit: v.member.GiftLimit}
}

func (v *seat) newBulk() error {
	f := v.bulkForm()
	f.Journey = v.QueryParam("journey")
	return v.show("bulk_new", f)
}

// makeBulk gathers the targets and counts them. Nothing runs until it is started.
func (v *seat) makeBulk() error {
	f := v.bulkForm()
	f.Mean = v.typed("mean")
	if _, ok := journeys.Find(v.typed("journey")); !ok {
		return v.again("bulk_new", f, &crm.Invalid{Field: "journey", Message: "choose a gesture"})
	}
	ask, err := v.ask()
	ask.Again = ""
	wrong := []error{err}
	pace, err := strconv.Atoi(cmp.Or(v.typed("per_minute"), strconv.Itoa(perMinute)))
	if err != nil || pace < 1 || pace > mostAMinute {
		wrong = append(wrong, &crm.Invalid{Field: "per_minute", Message: "write a number from 1 to 6000"})
	}
	targets, err := v.bulkTargets()
	if err := errors.Join(append(flat(wrong), v.named(err)...)...); err != nil {
		return v.again("bulk_new", f, err)
	}
	b, err := v.Store.CreateBulk(v.ctx(), crm.Bulk{ShopID: v.shop.ID, Journey: v.typed("journey"), Ask: ask, PerMinute: pace}, targets)
	if err != nil {
		return err
	}
	return v.done(v.path("bulks", b.ID), "bulks.said.counted")
}

// flat are all errors with those apart that one of them joins.
func flat(all []error) (each []error) {
	for _, err := range all {
		if err != nil {
			each = append(each, parts(err)...)
		}
	}
	return each
}

// named are mistakes in a list by its lines, as what stands beside its field.
func (v *seat) named(err error) []error {
	if err == nil {
		return nil
	}
	var said []string
	for _, e := range parts(err) {
		one, ok := errors.AsType[*crm.Invalid](e)
		n, line := "", false
		if ok {
			n, line = strings.CutPrefix(one.Field, "line ")
		}
		switch {
		case line && strings.Contains(one.Message, "too long"):
			said = append(said, v.say("bulks.line.long", "n", n))
		case line:
			said = append(said, v.say("bulks.line", "n", n))
		case !ok && len(said) > 0:
			said = append(said, v.say("bulks.line.more"))
		default:
			return flat([]error{err})
		}
	}
	v.page.Wrong["targets"] = strings.Join(said, " ")
	return []error{&crm.Invalid{Field: "listed", Message: "some lines name no target"}}
}

// bulkTargets are those that the form names: a segment, what was typed, or a file.
func (v *seat) bulkTargets() ([]string, error) {
	mean := v.typed("mean")
	if mean == "list" {
		text, err := v.listed()
		if err != nil {
			return nil, err
		}
		v.form().Set("targets", clip(text, typedAgain))
		return desk.ReadTargets(strings.NewReader(text))
	}
	t := crm.BulkTarget{Orders: mean == "orders", Country: strings.ToUpper(v.typed("country"))}
	if t.Country != "" && (len(t.Country) != 2 || strings.Trim(t.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		return nil, &crm.Invalid{Field: "country", Message: "write two letters, such as IT"}
	}
	var wrong []error
	var err error
	if t.Since, err = desk.Morning(v.shop, v.typed("since")); err != nil {
		wrong = append(wrong, &crm.Invalid{Field: "since", Message: err.Error()})
	}
	if t.Until, err = desk.Morning(v.shop, v.typed("until")); err != nil {
		wrong = append(wrong, &crm.Invalid{Field: "until", Message: err.Error()})
	}
	if n := v.typed("min_orders"); n != "" {
		if t.MinOrders, err = strconv.Atoi(n); err != nil || t.MinOrders < 0 || t.MinOrders > 1_000_000 {
			wrong = append(wrong, &crm.Invalid{Field: "min_orders", Message: "write a whole number"})
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return v.Desk.Segment(v.ctx(), v.shop, t)
}

// listed is the list of targets: the file, if there is one, else what was typed.
func (v *seat) listed() (string, error) {
	file, err := v.FormFile("file")
	if err != nil || file.Size == 0 {
		return v.form().Get("targets"), nil
	}
	f, err := file.Open()
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	return strings.ToValidUTF8(string(b), "\uFFFD"), err
}

// bulkPage is a bulk job, how far it is, and what became of its targets.
type bulkPage struct {
	progress
	Items []crm.BulkItem
	State crm.BulkItemState // of the items that are shown; empty: all
	Next  string
}

// progress is how far a bulk job is.
type progress struct {
	Bulk                                     crm.Bulk
	Through, Waiting, Planned, Refused, Part int
	Rests                                    bool   // the shop is not active: it waits for that
	Left                                     string // how long it takes, in words
	Seen                                     string
}

// Live tells whether it moves by itself.
func (p progress) Live() bool { return p.Bulk.State == crm.BulkRunning }

func (v *seat) bulk() (p progress, err error) {
	if p.Bulk, err = v.Store.Bulk(v.ctx(), v.shop.ID, plain(v.Param("bulk"))); err != nil {
		return p, err
	}
	n, err := v.Store.CountBulk(v.ctx(), v.shop.ID, p.Bulk.ID)
	p.Waiting, p.Planned, p.Refused = n[crm.BulkWaiting], n[crm.BulkPlanned], n[crm.BulkRefused]
	p.Through, p.Rests, p.Seen = p.Bulk.Total-p.Waiting, v.shop.State != crm.ShopActive, string(p.Bulk.State)
	if p.Bulk.Total > 0 {
		p.Part = 100 * p.Through / p.Bulk.Total
	}
	minutes := (p.Waiting + p.Bulk.PerMinute - 1) / max(1, p.Bulk.PerMinute)
	key, many := "bulks.minutes", minutes
	if minutes >= 120 {
		key, many = "bulks.hours", (minutes+59)/60
	}
	if err == nil {
		p.Left, err = v.page.Count(key, max(many, 1))
	}
	return p, err
}

func (v *seat) showBulk() error {
	p, err := v.bulk()
	if err != nil {
		return err
	}
	page := bulkPage{progress: p, State: crm.BulkItemState(v.QueryParam("state"))}
	after, _ := strconv.Atoi(v.QueryParam("after"))
	if page.State == "" {
		page.Items, err = v.Store.BulkItems(v.ctx(), v.shop.ID, p.Bulk.ID, after, listPage+1)
	} else {
		page.Items, err = v.Store.BulkItemsIn(v.ctx(), v.shop.ID, p.Bulk.ID, page.State, after, listPage+1)
	}
	if err != nil {
		return err
	}
	page.Items, page.Next = cutPage(page.Items, func(i crm.BulkItem) string { return strconv.Itoa(i.Position) })
	return v.show("bulk", page)
}

// showProgress is the part of the page that moves, for scripts; whoever comes by a
// link sees the whole page.
func (v *seat) showProgress() error {
	p, err := v.bulk()
	if err != nil {
		return err
	}
	if v.Request().Header.Get("HX-Request") == "" {
		v.protect()
		return v.Redirect(http.StatusSeeOther, v.path("bulks", p.Bulk.ID))
	}
	return v.part("bulk", "progress", bulkPage{progress: p})
}

// turnBulk lets a bulk job go from one of some states to another, if it still is
// as the page showed it.
func turnBulk(to crm.BulkState, from ...crm.BulkState) func(*seat) error {
	return func(v *seat) error {
		b, err := v.Store.Bulk(v.ctx(), v.shop.ID, plain(v.Param("bulk")))
		if err != nil {
			return err
		}
		if err := v.fresh(string(b.State)); err != nil {
			return err
		}
		v.act.Detail = string(b.State) + " → " + string(to)
		if err := v.Store.TurnBulk(v.ctx(), v.shop.ID, b.ID, to, from...); err != nil {
			return gone(err)
		}
		return v.done(v.path("bulks", b.ID), "bulks.said."+string(to))
	}
}

// bulkResult is what became of each target, as a file to save. What breaks off in
// the middle ends the connection, so that nobody takes it for the whole.
func (v *seat) bulkResult() error {
	b, err := v.Store.Bulk(v.ctx(), v.shop.ID, plain(v.Param("bulk")))
	if err != nil {
		return err
	}
	if err := v.looked(); err != nil {
		return err
	}
	v.protect()
	h := v.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+b.ID+`.csv"`) // an id of ours: letters and digits
	if err := v.Desk.ResultCSV(v.ctx(), patient{v.Response()}, v.shop.ID, b.ID); err != nil {
		if !v.Response().Committed {
			h.Del("Content-Disposition")
			return err
		}
		v.Log.Error("a result could not be written to its end", "route", v.Path(), "error", err.Error())
		panic(http.ErrAbortHandler)
	}
	return nil
}
