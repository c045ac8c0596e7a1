package shopify

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/Khan/genqlient/graphql"

	"grazie/integrations"
	"grazie/integrations/shopify/admin"
)

var _ integrations.Historian = (*Platform)(nil)

const (
	exportWait   = 30 * time.Second // until a bulk operation is looked at again
	exportTries  = 3                // times that one is begun again soon
	portion      = 200              // things that are handed over at once
	maxLine      = 1 << 20          // bytes of a line that is read at all
	maxChildren  = 10_000           // lines of one order
	aliveEvery   = 64 << 20         // bytes passed over between two signs of life
	exportNeeded = "the app needs the permissions read_customers and read_orders to read the shop's past"
)

// phases are what is told of a shop's past, one bulk operation each.
var phases = []phase{
	{"customers", "AllCustomers", false, readCustomerLine},
	// An order's lines are of another connection, and come in any place of the
	// file unless the platform is asked to group them. The schema of 2026-10
	// warns that this is slower and may time out; the other way is to keep all
	// orders in memory until the last line came.
	{"orders", "AllOrders", true, readOrderLine},
}

type phase struct {
	name    string
	query   string // in admin/raw
	grouped bool
	read    func(r *reader, line []byte) thing
}

// place is how far the past was told: the cursor, as JSON.
type place struct {
	Phase  string `json:"phase"`
	Export string `json:"export,omitempty"` // id of the bulk operation; empty: not begun
	Tries  int    `json:"tries,omitempty"`  // bulk operations that came to nothing
	Byte   int64  `json:"byte,omitempty"`   // of the file, behind what was handed over
	Line   int64  `json:"line,omitempty"`
	Things int64  `json:"things,omitempty"` // handed over in this phase,
	Before int64  `json:"before,omitempty"` // and in those before
}

func (at place) String() string {
	text, _ := json.Marshal(at) // texts and numbers: it cannot fail
	return string(text)
}

// told is a portion that ends at a place.
func (at place) told(total int64) integrations.Portion {
	return integrations.Portion{Cursor: at.String(), Done: at.Before + at.Things, Total: total}
}

// History tells customers, with their consent and birthday, then orders. Each
// kind is exported by a bulk operation, whose file is read as it comes: however
// long it is, no more than a portion of it is in memory. A cursor holds no link
// and nothing personal.
func (p *Platform) History(ctx context.Context, c integrations.Connection, cursor string, each func(integrations.Portion) error) error {
	shop, err := p.on(c)
	if err != nil {
		return err
	}
	var at place
	first := -1
	if json.Unmarshal([]byte(cursor), &at) == nil {
		first = slices.IndexFunc(phases, func(ph phase) bool { return ph.name == at.Phase })
	}
	if first < 0 { // the beginning; or a cursor of another version: what is told again changes nothing
		first, at = 0, place{Phase: phases[0].name}
	}
	for i, ph := range phases[first:] {
		if err := p.export(ctx, shop, ph, &at, each); err != nil {
			return err
		}
		if next := first + i + 1; next < len(phases) {
			at = place{Phase: phases[next].name, Before: at.Before + at.Things}
			if err := each(at.told(0)); err != nil {
				return err
			}
		}
	}
	return nil
}

// export tells one phase from at on, which it moves.
func (p *Platform) export(ctx context.Context, shop graphql.Client, ph phase, at *place, each func(integrations.Portion) error) error {
	if at.Export == "" {
		id, err := p.beginExport(ctx, shop, ph)
		if err != nil {
			return err
		}
		at.Export = id
		if err := each(at.told(0)); err != nil {
			return err
		}
	}
	told, err := admin.BulkOperation(ctx, shop, at.Export)
	if err != nil {
		return err
	}
	op := told.BulkOperation
	if op == nil {
		return p.again(at, each, "the shop does not know it any more")
	}
	switch op.Status {
	case admin.BulkOperationStatusCreated, admin.BulkOperationStatusRunning, admin.BulkOperationStatusCanceling:
		return p.later("the shop is still collecting its " + ph.name)
	case admin.BulkOperationStatusCompleted:
	default:
		why := strings.ToLower(string(op.Status))
		if op.ErrorCode != nil {
			why += ", " + string(*op.ErrorCode)
			if *op.ErrorCode == admin.BulkOperationErrorCodeAccessDenied {
				why += ": " + exportNeeded
			}
		}
		return p.again(at, each, why)
	}
	objects, _ := op.ObjectCount.Int64()
	roots, _ := op.RootObjectCount.Int64()
	switch {
	case op.Url == nil && objects == 0: // there are none
		return nil
	case op.Url == nil:
		return p.again(at, each, "it has no file")
	}
	f := &export{phase: ph, at: at, each: each, objects: objects, total: at.Before + roots}
	if op.FileSize != nil {
		f.size, _ = op.FileSize.Int64()
	}
	err = p.readExport(ctx, *op.Url, f)
	if errors.Is(err, admin.ErrLinkEnded) || errors.Is(err, errFewer) {
		return p.again(at, each, err.Error())
	}
	return err
}

// beginExport begins a bulk operation. Up to five of an app run at once; one
// whose id got lost ends by itself.
func (p *Platform) beginExport(ctx context.Context, shop graphql.Client, ph phase) (string, error) {
	products, _, err := mayRead(ctx, shop)
	if err != nil {
		return "", err
	}
	told, err := admin.RunBulkQuery(ctx, shop, admin.Bulk(ph.query, map[string]bool{"products": products}), ph.grouped)
	if err != nil {
		return "", repeatable(err)
	}
	run := told.BulkOperationRunQuery
	if run == nil || len(run.UserErrors) == 0 && run.BulkOperation == nil {
		return "", odd("a bulk operation")
	}
	if len(run.UserErrors) > 0 {
		e := run.UserErrors[0]
		if e.Code != nil && (*e.Code == admin.BulkOperationUserErrorCodeOperationInProgress || *e.Code == admin.BulkOperationUserErrorCodeLimitReached) {
			return "", p.later("five bulk operations of the app run already")
		}
		return "", fail(integrations.Rejected, "the shop refuses to collect its "+ph.name+": "+integrations.Quote(e.Message))
	}
	return run.BulkOperation.Id, nil
}

// again lets the phase begin anew, with what was told of it told again: that
// changes nothing.
func (p *Platform) again(at *place, each func(integrations.Portion) error, why string) error {
	*at = place{Phase: at.Phase, Tries: at.Tries + 1, Before: at.Before}
	if err := each(at.told(0)); err != nil {
		return err
	}
	e := fail(integrations.Temporary, "the bulk operation over the shop's "+at.Phase+" came to nothing and begins anew: "+why)
	if at.Tries <= exportTries {
		e.RetryAt = p.now().Add(exportWait)
	}
	return e
}

func (p *Platform) later(why string) error {
	e := fail(integrations.Temporary, why)
	e.RetryAt = p.now().Add(exportWait)
	return e
}
