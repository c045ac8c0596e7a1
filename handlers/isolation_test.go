package handlers_test

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/handlers"
	"grazie/integrations/outbox"
	"grazie/integrations/shopify"
	"grazie/internal/needs"
	"grazie/store"
)

// neighbours are two shops: whoever belongs to the first asks for what belongs
// to the second.
type neighbours struct {
	*counter
	theirs  crm.Shop
	message string // the second shop's
	task    string
	bulk    string
}

// ofTheirs stands in all that the second shop must keep to itself.
const ofTheirs = "only-of-the-second"

func newNeighbours(t *testing.T) *neighbours {
	t.Helper()
	n := &neighbours{counter: newCounter(t, func(d *door) {
		d.options.PublicURL = public
		d.options.Outbox, d.options.OutboxKey = outbox.New(t.TempDir(), d.Now), "key-of-the-outbox"
	})}
	ctx := t.Context()
	id := n.connect(ofTheirs+".myshopify.com", crm.Values{shopify.SettingSecret: "another secret"})
	var err error
	if n.theirs, err = n.store.ChangeShop(ctx, id, func(s *crm.Shop) error { s.Name = ofTheirs; return nil }); err != nil {
		t.Fatal(err)
	}
	n.of(id, "2002", "88")
	planned, err := n.store.PlanMessages(ctx, id, []crm.Message{{Journey: "review_request", Subject: "order:2002", CustomerID: "88", OrderID: "2002", Purpose: crm.Marketing, DueAt: n.Now()}})
	if err != nil || len(planned) != 1 {
		t.Fatal(planned, err)
	}
	n.message = planned[0]
	if err := n.store.OpenTask(ctx, crm.Task{ShopID: id, Kind: crm.TaskLowRating, Source: "review:1", OrderID: "2002", Detail: ofTheirs}); err != nil {
		t.Fatal(err)
	}
	tasks, err := n.store.Tasks(ctx, id, false, 1)
	if err != nil || len(tasks) != 1 {
		t.Fatal(tasks, err)
	}
	b, err := n.store.CreateBulk(ctx, crm.Bulk{ShopID: id, Journey: "apology"}, []string{"order:" + ofTheirs})
	if err != nil {
		t.Fatal(err)
	}
	n.task, n.bulk = tasks[0].ID, b.ID
	return n
}

// rows are all rows of the second shop, of whatever table.
func (n *neighbours) rows() string {
	n.t.Helper()
	return needs.ShopRows(n.t, n.path, n.theirs.ID)
}

// route is how one route is asked for what is another shop's; or why there is
// nothing of a shop behind it.
type route struct {
	none   string // why nothing of a shop can be asked for
	body   any
	status []int                        // that it may answer
	ask    func(n *neighbours) []answer // nil: as staff of the first shop, with the second one's ids
}

func api(status ...int) route               { return route{status: status} }
func apiWith(body any, status ...int) route { return route{status: status, body: body} }
func (n *neighbours) own(kind string) string {
	return "/" + kind + "/" + n.store.LinkToken(kind, n.shopID, "88", n.message)
}
func (n *neighbours) form(path string) answer {
	return n.posted(path, url.Values{"shop": {n.theirs.ID}, "order": {"2002"}, "rating": {"1"}, "stop": {"on"}, "name": {"changed"}, "do": {"erase"}, "day": {"5"}, "month": {"3"}})
}

func (n *neighbours) posted(path string, values url.Values) answer {
	return n.send(http.MethodPost, path, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, strings.NewReader(values.Encode()))
}

// page is a customer's page behind a link of the first shop that names a
// customer and a mail of the second.
func page(method, kind string, status ...int) route {
	return route{status: status, ask: func(n *neighbours) []answer {
		if method == http.MethodPost {
			return []answer{n.form(n.own(kind))}
		}
		return []answer{n.send(method, n.own(kind), http.Header{}, nil)}
	}}
}

// stranger asks a route of the platform's for the second shop, with nothing that
// the platform signed.
func stranger(method, path string, status ...int) route {
	return route{status: status, ask: func(n *neighbours) []answer {
		at := strings.Replace(path, ":platform", "shopify", 1) + "?" + url.Values{"shop": {n.theirs.Domain}, "user_id": {n.theirs.ID}}.Encode()
		header := http.Header{"Authorization": {"Bearer " + n.tokens["owner"]}, "X-Shopify-Shop-Domain": {n.theirs.Domain}}
		return []answer{n.send(method, at, header, nil)}
	}}
}

// forged sends a webhook of the second shop that the first one's secret signed.
func forged(path string) route {
	return route{status: []int{http.StatusUnauthorized}, ask: func(n *neighbours) []answer {
		w := n.paid()
		w.Header.Set("X-Shopify-Shop-Domain", n.theirs.Domain)
		at := strings.NewReplacer(":platform", "shopify", ":shop", n.theirs.ID).Replace(path)
		return []answer{n.send(http.MethodPost, at, w.Header, bytes.NewReader(w.Body))}
	}}
}

const (
	nobodys  = "tells of the program, not of a shop"
	everyone = "whoever has the key in the address runs the installation"
)

// routes has a line for each route that there is.
var routes = map[string]route{
	"GET /healthz":              {none: nobodys},
	"GET /console":              {none: "lists the shops of who is signed in: TestConsoleListsOwnShops"},
	"GET /console/static/:file": {none: nobodys},
	"GET /console/view/:token":  {none: "the token names its shop, and nothing of another's can be named beside it: TestViewTokens"},
	"GET /readyz":               {none: nobodys},
	"GET /style.css":            {none: nobodys},
	"GET /api/v1/openapi.json":  {none: nobodys},
	"GET /api/v1/openapi.yaml":  {none: nobodys},
	"GET /outbox/:key":          {none: everyone},
	"GET /outbox/:key/:id":      {none: everyone},
	"GET /outbox/:key/:id/html": {none: everyone},
	"/feedback/:provider":       {none: "the provider tells of all shops; each event names its own"},

	"POST /webhooks/:platform":                       forged("/webhooks/:platform"),
	"POST /webhooks/:platform/:shop":                 forged("/webhooks/:platform/:shop"),
	"echo_route_not_found /webhooks/:platform":       {none: "refuses every other method"},
	"echo_route_not_found /webhooks/:platform/:shop": {none: "refuses every other method"},
	"GET /auth/:platform":                            stranger("GET", "/auth/:platform", 302, 303, 400, 404),
	"GET /auth/:platform/callback":                   stranger("GET", "/auth/:platform/callback", 400, 401, 403, 404),
	"POST /auth/:platform/callback":                  stranger("POST", "/auth/:platform/callback", 400, 401, 403, 404),
	"GET /app/:platform":                             stranger("GET", "/app/:platform", 302, 303, 400, 401, 403, 404),
	"GET /app/:platform/again":                       stranger("GET", "/app/:platform/again", 200, 400, 401, 403, 404),
	"GET /load/:platform":                            stranger("GET", "/load/:platform", 400, 401, 403, 404),
	"GET /uninstall/:platform":                       stranger("GET", "/uninstall/:platform", 400, 401, 403, 404),
	"GET /remove_user/:platform":                     stranger("GET", "/remove_user/:platform", 400, 401, 403, 404),
	"GET /u/:token":                                  page("GET", store.LinkUnsubscribe, 200, 404),
	"HEAD /u/:token":                                 page("HEAD", store.LinkUnsubscribe, 200, 404),
	"POST /u/:token":                                 page("POST", store.LinkUnsubscribe, 200, 404),
	"GET /p/:token":                                  page("GET", store.LinkPreferences, 404),
	"HEAD /p/:token":                                 page("HEAD", store.LinkPreferences, 404),
	"POST /p/:token":                                 page("POST", store.LinkPreferences, 404),
	"GET /r/:token":                                  page("GET", store.LinkReview, 404),
	"HEAD /r/:token":                                 page("HEAD", store.LinkReview, 404),
	"POST /r/:token":                                 page("POST", store.LinkReview, 404),
	"GET /d/:token":                                  page("GET", store.LinkData, 404),
	"HEAD /d/:token":                                 page("HEAD", store.LinkData, 404),
	"POST /d/:token":                                 page("POST", store.LinkData, 404),
	"GET /s/:token":                                  page("GET", store.LinkReturns, 404),
	"HEAD /s/:token":                                 page("HEAD", store.LinkReturns, 404),
	"POST /s/:token":                                 page("POST", store.LinkReturns, 404),
	"GET /b/:token":                                  page("GET", store.LinkBirthday, 404),
	"HEAD /b/:token":                                 page("HEAD", store.LinkBirthday, 404),
	"POST /b/:token":                                 page("POST", store.LinkBirthday, 404),
	"GET /setup/:token":                              {none: "the token names its shop, and nothing of another's can be named beside it: TestSetupTokens"},
	"HEAD /setup/:token":                             {none: "as GET"},
	"POST /setup/:token":                             {status: []int{200, 303, 400, 422}, ask: func(n *neighbours) []answer { return []answer{n.form("/setup/" + n.store.SetupToken(n.shopID))} }},
	"POST /api/v1/shops/:shop/jobs":                  apiWith(map[string]any{"journey": "thank_you", "order": "2002", "reason": "she asked"}, 404, 422),
	"GET /api/v1/shops/:shop/messages/:message":      api(404),
	"POST /api/v1/shops/:shop/messages/:message/approve": api(404),
	"GET /api/v1/shops/:shop/customers/:customer/why":    api(404),
	"GET /api/v1/shops/:shop/customers/:customer/export": api(404),
	"POST /api/v1/shops/:shop/customers/:customer/erase": apiWith(map[string]any{"reason": "she asked"}, 202, 404), // of an address that is unknown it is written down that she asked
	"GET /api/v1/shops/:shop/tasks":                      api(200),
	"POST /api/v1/shops/:shop/tasks/:task/done":          apiWith(map[string]any{"how": "called her"}, 404),
	"GET /api/v1/shops/:shop/bulks":                      api(200),
	"POST /api/v1/shops/:shop/bulks":                     apiWith(map[string]any{"journey": "apology", "reason": "the strike", "targets": []string{"order:2002"}}, 201, 404, 422),
	"GET /api/v1/shops/:shop/bulks/:bulk":                api(404),
	"POST /api/v1/shops/:shop/bulks/:bulk/start":         api(404),
	"POST /api/v1/shops/:shop/bulks/:bulk/pause":         api(404),
	"POST /api/v1/shops/:shop/bulks/:bulk/resume":        api(404),
	"POST /api/v1/shops/:shop/bulks/:bulk/cancel":        api(404),
	"GET /api/v1/shops/:shop/bulks/:bulk/result":         api(404),
}

// Whatever route somebody of one shop asks, she neither sees nor changes what
// belongs to another. A new route needs a line above before this passes. What a
// token may ask of another's shop itself is held by TestWhoMayAskWhat.
func TestRoutesKeepShopsApart(t *testing.T) {
	n := newNeighbours(t)
	there := map[string]bool{}
	for _, r := range handlers.New(n.options).(*echo.Echo).Routes() {
		name := r.Method + " " + r.Path
		if strings.HasPrefix(r.Path, "/feedback/") {
			name = r.Path // by any method
		}
		if strings.HasPrefix(r.Path, "/console/:shop") {
			continue // TestConsoleKeepsShopsApart walks those
		}
		if first, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/console/"), "/"); slices.Contains([]string{"sign-in", "sign-out", "account", "welcome"}, first) {
			continue // about a person: no id of a shop is taken there, and what is hers is found by her session
		}
		there[name] = true
		if _, ok := routes[name]; !ok {
			t.Errorf("%s: say how another shop's things are asked for, or why there are none", name)
		}
	}
	before := n.rows()
	fill := strings.NewReplacer("/api/v1/shops/:shop", "", ":message", n.message, ":customer", "88", ":task", n.task, ":bulk", n.bulk)
	for name, r := range routes {
		if !there[name] {
			t.Errorf("%s is listed here and does not exist", name)
		}
		if r.none != "" {
			continue
		}
		var answers []answer
		if r.ask == nil {
			answers = append(answers, n.ask("owner", fill.Replace(name), r.body))
		} else {
			answers = r.ask(n)
		}
		for _, a := range answers {
			if !slices.Contains(r.status, a.status) {
				t.Errorf("%s: answered %d, want one of %v: %s", name, a.status, r.status, a.body)
			}
			told := strings.ReplaceAll(a.body, n.theirs.Domain, "") // a stranger named it herself
			if strings.Contains(told, ofTheirs) || strings.Contains(a.body, n.theirs.ID) || strings.Contains(a.body, "anna88") {
				t.Errorf("%s tells what is another shop's: %s", name, a.body)
			}
		}
		if after := n.rows(); after != before {
			t.Errorf("%s changed\n%s\nto\n%s", name, before, after)
			before = after
		}
	}
	// The ids are good, or all this says nothing: their own staff finds them.
	n.token("theirs", store.Owner, n.theirs.ID)
	for _, where := range []string{"/messages/" + n.message, "/customers/88/why", "/bulks/" + n.bulk, "/tasks"} {
		a := n.ask("theirs", "GET /api/v1/shops/"+n.theirs.ID+where, nil)
		if a.status != http.StatusOK || where == "/tasks" && !strings.Contains(a.body, ofTheirs) {
			t.Errorf("%s for their own staff: %d %s", where, a.status, a.body)
		}
	}
}
