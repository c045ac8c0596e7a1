package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/desk"
)

type bulkInput struct {
	InShop
	Bulk string `path:"bulk" doc:"Its id, blk_..."`
}

type bulkOutput struct{ Body bulkView }

// bulkView is a bulk job and how far it is.
type bulkView struct {
	crm.Bulk
	Waiting  int    `json:"waiting" doc:"Targets that nothing was done about yet."`
	Planned  int    `json:"planned" doc:"Targets that have their mail; its own row tells what became of it."`
	Refused  int    `json:"refused" doc:"Targets that can have none; the result says why."`
	Sentence string `json:"sentence" doc:"How it stands."`
}

func (a api) viewBulk(ctx context.Context, shop crm.Shop, b crm.Bulk) (bulkView, error) {
	n, err := a.Store.CountBulk(ctx, shop.ID, b.ID)
	return bulkView{b, n[crm.BulkWaiting], n[crm.BulkPlanned], n[crm.BulkRefused], desk.ExplainBulk(shop, b, n)}, err
}

func (a api) showBulk(ctx context.Context, who caller, in *bulkInput) (*bulkOutput, error) {
	b, err := a.Store.Bulk(ctx, who.shop.ID, in.Bulk)
	if err != nil {
		return nil, absent(err, "bulk job", in.Bulk)
	}
	view, err := a.viewBulk(ctx, who.shop, b)
	return &bulkOutput{view}, err
}

type bulksInput struct {
	InShop
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"At most so many, the newest first."`
}

type bulksOutput struct {
	Body struct {
		Bulks []bulkView `json:"bulks" nullable:"false"`
	}
}

func (a api) listBulks(ctx context.Context, who caller, in *bulksInput) (*bulksOutput, error) {
	all, err := a.Store.Bulks(ctx, who.shop.ID, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &bulksOutput{}
	out.Body.Bulks = []bulkView{}
	for _, b := range all {
		view, err := a.viewBulk(ctx, who.shop, b)
		if err != nil {
			return nil, err
		}
		out.Body.Bulks = append(out.Body.Bulks, view)
	}
	return out, nil
}

type createBulkInput struct {
	InShop
	Body struct {
		Asked
		PerMinute int      `json:"per_minute,omitempty" minimum:"1" maximum:"6000" default:"60" doc:"At most so many a minute."`
		Targets   []string `json:"targets,omitempty" nullable:"false" maxItems:"20000" doc:"Whom it is for: order:1001, customer:77, return:5 or a mail address. Or name a segment."`
		Segment   *segment `json:"segment,omitempty" doc:"Or everybody who bought and whom all of this is true of."`
	}
}

type segment struct {
	Orders    bool   `json:"orders,omitempty" doc:"The segment's orders instead of its customers."`
	Country   string `json:"country,omitempty" pattern:"^[A-Za-z]{2}$" doc:"Customers who live there, ISO 3166-1 alpha-2."`
	Since     string `json:"since,omitempty" format:"date" doc:"Ordered since this day, by the shop's clock."`
	Until     string `json:"until,omitempty" format:"date" doc:"Ordered before this day, by the shop's clock."`
	MinOrders int    `json:"min_orders,omitempty" minimum:"0" doc:"With at least so many orders."`
}

type createBulkOutput struct {
	Status   int
	Location string `header:"Location" doc:"Where the bulk job is told of."`
	Body     bulkView
}

// createBulk gathers and counts. Nothing runs until it is started.
func (a api) createBulk(ctx context.Context, who caller, in *createBulkInput) (*createBulkOutput, error) {
	b := in.Body
	ask, err := desk.Ask(crm.Ask{By: who.token.Name, Reason: b.Reason, Note: b.Note, Offer: b.Offer})
	if err != nil {
		return nil, err
	}
	targets, err := a.targets(ctx, who.shop, b.Targets, b.Segment)
	if err != nil {
		return nil, err
	}
	who.act.Detail = string(b.Journey)
	made, err := a.Store.CreateBulk(ctx, crm.Bulk{ShopID: who.shop.ID, Journey: string(b.Journey), Ask: ask, PerMinute: b.PerMinute}, targets)
	if err != nil {
		return nil, err
	}
	view, err := a.viewBulk(ctx, who.shop, made)
	return &createBulkOutput{http.StatusCreated, apiPath + "/shops/" + who.shop.ID + "/bulks/" + made.ID, view}, err
}

func (a api) targets(ctx context.Context, shop crm.Shop, named []string, s *segment) ([]string, error) {
	if (len(named) > 0) == (s != nil) {
		return nil, &crm.Invalid{Message: "name either targets or a segment"}
	}
	if s == nil {
		return desk.Targets(named)
	}
	t := crm.BulkTarget{Orders: s.Orders, Country: s.Country, MinOrders: s.MinOrders}
	var err error
	if t.Since, err = desk.Morning(shop, s.Since); err != nil {
		return nil, &crm.Invalid{Field: "segment.since", Message: err.Error()}
	}
	if t.Until, err = desk.Morning(shop, s.Until); err != nil {
		return nil, &crm.Invalid{Field: "segment.until", Message: err.Error()}
	}
	return a.Desk.Segment(ctx, shop, t)
}

// turn lets a bulk job go from one of some states to another.
func (a api) turn(to crm.BulkState, from ...crm.BulkState) func(context.Context, caller, *bulkInput) (*bulkOutput, error) {
	return func(ctx context.Context, who caller, in *bulkInput) (*bulkOutput, error) {
		b, err := a.Store.Bulk(ctx, who.shop.ID, in.Bulk)
		if err != nil {
			return nil, absent(err, "bulk job", in.Bulk)
		}
		err = a.Store.TurnBulk(ctx, who.shop.ID, b.ID, to, from...)
		if errors.Is(err, crm.ErrNotFound) {
			return nil, echo.NewHTTPError(http.StatusConflict, fmt.Sprintf("%s is %s: that cannot be done with it now", b.ID, b.State))
		}
		if err != nil {
			return nil, err
		}
		return a.showBulk(ctx, who, in)
	}
}

type resultInput struct {
	InShop
	Bulk   string `path:"bulk" doc:"The bulk job's id, blk_..."`
	Format string `query:"format" enum:"jsonl,csv" default:"jsonl" doc:"One JSON object a line, or CSV with a heading."`
}

// bulkResult writes as it reads: a result may be long. What breaks off in the
// middle ends the connection, so that nobody takes it for the whole.
func (a api) bulkResult(ctx context.Context, who caller, in *resultInput) (*huma.StreamResponse, error) {
	if _, err := a.Store.Bulk(ctx, who.shop.ID, in.Bulk); err != nil {
		return nil, absent(err, "bulk job", in.Bulk)
	}
	kind, write := "application/jsonl", a.Desk.ResultJSON
	if in.Format == "csv" {
		kind, write = "text/csv; charset=utf-8", a.Desk.ResultCSV
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		c := humaecho.Unwrap(ctx)
		c.Response().Header().Set("Content-Type", kind)
		c.Response().Header().Set("Content-Disposition", `attachment; filename="`+in.Bulk+"."+in.Format+`"`)
		if err := write(ctx.Context(), patient{c.Response()}, who.shop.ID, in.Bulk); err != nil {
			if !c.Response().Committed {
				answerError(a.Log)(a.awayOr(ctx.Context(), err), c)
				return
			}
			a.Log.Error("a result could not be written to its end", "route", c.Path(), "error", err.Error())
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// patient gives each piece of an answer the time that a whole one has.
type patient struct{ http.ResponseWriter }

func (p patient) Write(b []byte) (int, error) {
	if err := http.NewResponseController(p.ResponseWriter).SetWriteDeadline(time.Now().Add(apiPatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return p.ResponseWriter.Write(b)
}
