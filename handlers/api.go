package handlers

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/store"
)

// api is what staff asks for over HTTP. Who asks shows a bearer token. There
// is no cookie and nothing else that a browser would send along by itself, so
// no other site can ask in somebody's name.
type api struct{ Options }

// routes are all of them. The role is the least that may ask; what a gesture
// gives may ask for more, see createJob. To add one, add its line.
func (a api) routes() []apiRoute {
	return []apiRoute{
		at(store.Support, "POST /jobs", "create-job", "Run a gesture by hand, or see what would happen", a.createJob).answering(http.StatusAccepted),

		at(store.Viewer, "GET /messages/{message}", "show-message", "Tell how a mail stands, and why", a.showMessage),
		at(store.Manager, "POST /messages/{message}/approve", "approve-message", "Say yes to a gesture that is above the limit", a.approveMessage),
		at(store.Viewer, "GET /customers/{customer}/why", "why-customer", "Tell of every gesture what a customer got, will get, or why not", a.whyCustomer).looking(),
		at(store.Manager, "GET /customers/{customer}/export", "export-customer", "Tell all that is known of a customer, for her", a.exportCustomer).looking(),
		at(store.Manager, "POST /customers/{customer}/erase", "erase-customer", "Forget a customer for good, or see what would be forgotten", a.eraseCustomer).answering(http.StatusAccepted),

		at(store.Viewer, "GET /tasks", "list-tasks", "List what staff should do", a.listTasks),
		at(store.Support, "POST /tasks/{task}/done", "finish-task", "Say that a task is done", a.finishTask),

		at(store.Viewer, "GET /bulks", "list-bulks", "List the bulk jobs", a.listBulks),
		at(store.Manager, "POST /bulks", "create-bulk", "Gather the targets of a bulk job and count them; nothing runs yet", a.createBulk).answering(http.StatusCreated).upTo(bulkBody),
		at(store.Viewer, "GET /bulks/{bulk}", "show-bulk", "Tell how far a bulk job is", a.showBulk),
		at(store.Manager, "POST /bulks/{bulk}/start", "start-bulk", "Let a counted bulk job run", a.turn(crm.BulkRunning, crm.BulkCounted)),
		at(store.Manager, "POST /bulks/{bulk}/pause", "pause-bulk", "Let a bulk job wait", a.turn(crm.BulkPaused, crm.BulkRunning)),
		at(store.Manager, "POST /bulks/{bulk}/resume", "resume-bulk", "Let a paused bulk job go on", a.turn(crm.BulkRunning, crm.BulkPaused)),
		at(store.Manager, "POST /bulks/{bulk}/cancel", "cancel-bulk", "End a bulk job; what it planned stays planned", a.turn(crm.BulkCancelled, crm.BulkCounted, crm.BulkRunning, crm.BulkPaused)),
		at(store.Viewer, "GET /bulks/{bulk}/result", "show-bulk-result", "Write what became of each target, as JSON lines or CSV", a.bulkResult),
	}
}

// Where the API lives, and the shop that every route is about.
const (
	apiPath  = "/api/v1"
	shopPath = apiPath + "/shops/{shop}"
)

// Bounds of a request.
const (
	apiPatience = 10 * time.Second
	apiBody     = 64 << 10
	bulkBody    = 4 << 20 // as many targets as one request may name, with some air
)

// InShop is in every request: the router needs it, and admit has read it.
type InShop struct {
	Shop string `path:"shop" doc:"The shop, by domain or id." example:"demo.myshopify.com"`
}

// caller is who asks, and about which shop.
type caller struct {
	token store.Token
	shop  crm.Shop
	act   *store.Act // the line that this will have in the audit log; of a GET that is no look, an empty one
}

type callerKey struct{}

// apiRoute is one route, ready to be added.
type apiRoute struct {
	op    huma.Operation
	least store.Role
	most  int64 // of the body
	looks bool  // a GET that shows one customer's data
	add   func(a api, h huma.API, op huma.Operation)
}

func (r apiRoute) answering(status int) apiRoute { r.op.DefaultStatus = status; return r }
func (r apiRoute) upTo(most int64) apiRoute      { r.most = most; return r }
func (r apiRoute) looking() apiRoute             { r.looks = true; return r }

// acts tells whether the audit log has a line for each request that is done.
func (r apiRoute) acts() bool { return r.looks || r.op.Method != http.MethodGet }

// action is the name of such a line.
func (r apiRoute) action() string { return "api." + r.op.OperationID }

// at is a route at a method and a path below the shop.
func at[I, O any](least store.Role, where, id, summary string, do func(context.Context, caller, *I) (*O, error)) apiRoute {
	method, path, _ := strings.Cut(where, " ")
	return apiRoute{least: least, most: apiBody, op: huma.Operation{Method: method, Path: shopPath + path, OperationID: id, Summary: summary},
		add: func(a api, h huma.API, op huma.Operation) {
			huma.Register(h, op, func(ctx context.Context, in *I) (*O, error) {
				ctx, cancel := context.WithTimeout(ctx, apiPatience)
				defer cancel()
				who := ctx.Value(callerKey{}).(caller)
				if who.act.Action != "" {
					ctx = store.Acting(ctx, who.act)
				}
				out, err := do(ctx, who, in)
				if err = a.record(ctx, who.act, err); err != nil {
					return nil, a.answer(ctx, op.Path, err)
				}
				return out, nil
			})
		}}
}

// record writes the line of what changed nothing, or was not done though something
// before it was stored. What was done has its line already, see store.Acting.
func (a api) record(ctx context.Context, act *store.Act, err error) error {
	ctx = context.WithoutCancel(ctx)
	switch {
	case act.Action == "":
	case err == nil && !act.Written():
		return a.Store.Record(ctx, act)
	case err != nil && act.Written():
		return errors.Join(err, a.Store.Record(ctx, &store.Act{ShopID: act.ShopID, By: act.By, Action: act.Action, Target: act.Target, Why: act.Why, Detail: "not done"}))
	}
	return err
}

// answer is an error as it is answered.
func (a api) answer(ctx context.Context, route string, err error) error {
	p := problemOf(a.awayOr(ctx, err))
	if p.Status < http.StatusInternalServerError {
		return p
	}
	a.Log.Error("a request failed", "route", route, "error", err.Error())
	if p.Status == http.StatusServiceUnavailable {
		return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {retryAfter}})
	}
	return p
}

// awayOr tells a database that does not answer from a fault of our own: what
// nobody knows is asked again of the database itself.
func (a api) awayOr(ctx context.Context, err error) error {
	if problemOf(err).Status != http.StatusInternalServerError {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if a.Store.Ping(ctx) != nil {
		return errors.Join(errAway, err)
	}
	return err
}

// admit lets in who has a token that may, for a shop of his, with a body that
// is no larger than allowed. Only then is the body read. What is asked for goes on
// with the line that it will have in the audit log.
func (a api) admit(route apiRoute) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c := humaecho.Unwrap(ctx)
		h := c.Response().Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		soon, cancel := context.WithTimeout(ctx.Context(), apiPatience)
		who, err := a.caller(soon, c, route.least)
		cancel()
		if err == nil {
			err = bounded(c, route.most)
		}
		if err == nil {
			who.act, err = route.act(c, who)
		}
		if err != nil {
			answerError(a.Log)(a.awayOr(ctx.Context(), err), c)
			return
		}
		if c.Request().Method != http.MethodGet {
			a.Log.Info("api", "route", c.Path(), "shop", who.shop.ID, "token", who.token.ID)
		}
		next(huma.WithValue(ctx, callerKey{}, who))
	}
}

// act is that line: the reason in the body is its why, and ids in the address are
// its target. An address of a customer is none.
func (r apiRoute) act(c echo.Context, who caller) (*store.Act, error) {
	act := &store.Act{}
	if !r.acts() {
		return act, nil
	}
	act.ShopID, act.By, act.Action = who.shop.ID, who.token.Name, r.action()
	var ids []string
	for i, name := range c.ParamNames() {
		if id := plain(c.ParamValues()[i]); name != "shop" && !strings.Contains(id, "@") {
			ids = append(ids, id)
		}
	}
	act.Target = clip(strings.Join(ids, " "), 200)
	body, err := io.ReadAll(c.Request().Body) // of memory
	c.Request().Body = io.NopCloser(bytes.NewReader(body))
	var said struct {
		Reason, How string
		DryRun      bool `json:"dry_run"`
	}
	if json.Unmarshal(body, &said) == nil { // else it is refused later
		act.Why = clip(cmp.Or(said.Reason, said.How), 200)
		if said.DryRun {
			act.Detail = "dry run"
		}
	}
	return act, err
}

var (
	noToken  = echo.NewHTTPError(http.StatusUnauthorized, `send a token as "Authorization: Bearer grz_..."; "grazie token create" makes one`)
	badToken = echo.NewHTTPError(http.StatusUnauthorized, "the token is unknown or was revoked")
	noShop   = echo.NewHTTPError(http.StatusNotFound, "there is no such shop, or the token is not for it")
)

// caller is who asks. A shop that the token is not for looks like one that is
// not there.
func (a api) caller(ctx context.Context, c echo.Context, least store.Role) (caller, error) {
	refuse := func(why, challenge string, err error) (caller, error) {
		a.Metrics.refused.WithLabelValues(why).Inc()
		if challenge != "" {
			c.Response().Header().Set("WWW-Authenticate", challenge)
		}
		return caller{}, err
	}
	scheme, secret, _ := strings.Cut(c.Request().Header.Get("Authorization"), " ")
	if secret = strings.TrimSpace(secret); !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return refuse("no_token", `Bearer realm="grazie"`, noToken)
	}
	token, err := a.Store.Token(ctx, secret)
	if errors.Is(err, crm.ErrNotFound) {
		return refuse("bad_token", `Bearer realm="grazie", error="invalid_token"`, badToken)
	} else if err != nil {
		return caller{}, err
	}
	shop, err := a.Store.Shop(ctx, plain(c.Param("shop")))
	if errors.Is(err, crm.ErrNotFound) || err == nil && token.ShopID != "" && token.ShopID != shop.ID {
		return refuse("other_shop", "", noShop)
	} else if err != nil {
		return caller{}, err
	}
	if !token.Role.May(least) {
		return refuse("role", `Bearer realm="grazie", error="insufficient_scope"`, forbidden(token.Role, least))
	}
	return caller{token: token, shop: shop}, nil
}

func forbidden(have, need store.Role) error {
	return echo.NewHTTPError(http.StatusForbidden, "the token's role, "+string(have)+", may not do this: it takes "+string(need)+" or more")
}

// bounded reads the whole body, up to a size.
func bounded(c echo.Context, most int64) error {
	r := c.Request()
	large := echo.NewHTTPError(http.StatusRequestEntityTooLarge, "the body may have up to "+strconv.FormatInt(most>>10, 10)+" KiB")
	if r.ContentLength > most {
		return large
	}
	body, err := readAll(http.MaxBytesReader(c.Response(), r.Body, most), min(max(r.ContentLength, 0), 16<<10))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return large
	case err != nil:
		return echo.NewHTTPError(http.StatusBadRequest, "the body broke off")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}
