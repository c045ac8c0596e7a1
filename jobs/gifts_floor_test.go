package jobs

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/easypost"
	"grazie/integrations/labeltest"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
	"grazie/internal/needs"
	"grazie/journeys"
	"grazie/store"
)

// gifts is a floor whose worker acts in the simulated shop over its API, and
// buys labels at a stand-in.
type gifts struct {
	*floor
	labels    *labeltest.Desk
	exchanges *atomic.Int64 // of tokens
}

func newGifts(t *testing.T, sending int) *gifts {
	t.Helper()
	return newGiftsOn(t, sending, store.Options{Path: filepath.Join(t.TempDir(), "grazie.db")})
}

func newGiftsOn(t *testing.T, sending int, o store.Options) *gifts {
	t.Helper()
	g := &gifts{newFloorOn(t, sending, o), &labeltest.Desk{Key: "labels", Offers: []labeltest.Offer{{Carrier: "USPS", Amount: "7.20", Currency: "EUR"}}}, new(atomic.Int64)}
	admin := g.shop.API()
	api, seller := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/access_token") {
			g.exchanges.Add(1)
		}
		admin.ServeHTTP(w, r)
	})), httptest.NewServer(g.labels.EasyPost())
	t.Cleanup(api.Close)
	t.Cleanup(seller.Close)
	client := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true})
	t.Cleanup(client.CloseIdleConnections)
	g.Platforms["shopify"] = shopify.Connected(client, g.Now, shopify.App{})
	g.Labels = map[string]integrations.LabelMaker{"easypost": easypost.New(client, g.Now)}
	g.connect(crm.Values{shopify.SettingToken: g.shop.Token(), shopify.SettingAdminURL: api.URL,
		"easypost.key": "labels", "easypost.base_url": seller.URL, "easypost.weight": "500", "easypost.length": "30", "easypost.width": "20", "easypost.height": "10"})
	g.PublicURL = "https://mail.bottega.example"
	g.set("thank_you", "enabled", "false")
	return g
}

// eachEngine runs a test on every engine there is.
func eachEngine(t *testing.T, test func(t *testing.T, o store.Options)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, store.Options{Path: filepath.Join(t.TempDir(), "grazie.db")}) })
	t.Run("postgres", func(t *testing.T) { test(t, store.Options{URL: needs.FreshPostgres(t)}) })
}

// connect changes settings of the shop's connection, as staff does.
func (g *gifts) connect(settings crm.Values) {
	g.t.Helper()
	if _, err := g.Store.ChangeConnection(g.t.Context(), g.shopID, func(_ *crm.Shop, v crm.Values) error {
		for key, value := range settings {
			v[key] = value
		}
		return nil
	}); err != nil {
		g.t.Fatal(err)
	}
}

func (g *gifts) change(fn func(s *crm.Shop)) {
	g.t.Helper()
	if _, err := g.Store.ChangeShop(g.t.Context(), g.shopID, func(s *crm.Shop) error { fn(s); return nil }); err != nil {
		g.t.Fatal(err)
	}
}

// set changes a journey's settings: key, value, key, value.
func (g *gifts) set(journey string, settings ...string) {
	g.t.Helper()
	g.change(func(s *crm.Shop) {
		if s.Journeys[journey] == nil {
			s.Journeys[journey] = crm.Values{}
		}
		for i := 0; i < len(settings); i += 2 {
			s.Journeys[journey][settings[i]] = settings[i+1]
		}
	})
}

func (g *gifts) rule(key, value string) {
	g.t.Helper()
	g.change(func(s *crm.Shop) {
		if s.Rules == nil {
			s.Rules = crm.Values{}
		}
		s.Rules[key] = value
	})
}

// take lets webhooks come in.
func (g *gifts) take(webhooks ...simshop.Webhook) {
	g.t.Helper()
	var ids []string
	for _, w := range webhooks {
		ids = append(ids, g.receive(w))
	}
	if err := g.processWebhooks(g.t.Context(), g.shopID, ids); err != nil {
		g.t.Fatal(err)
	}
	for _, id := range ids {
		if w := g.webhook(id); w.State != store.WebhookProcessed {
			g.t.Fatalf("%s is %s: %s", w.Topic, w.State, w.Reason)
		}
	}
}

// until moves both clocks on to a time, and a second beyond: due is what was
// due before.
func (g *gifts) until(at time.Time) {
	at = at.Add(time.Second)
	if d := at.Sub(g.Now()); d > 0 {
		g.pass(d)
	}
	g.shop.MoveTo(g.Now())
}

func (g *gifts) later(d time.Duration) { g.until(g.Now().Add(d)) }

// born makes customers known whose birthday is tomorrow.
func (g *gifts) born(keys ...string) {
	g.t.Helper()
	for _, key := range keys {
		c := g.shop.AddCustomer(g.shop.Customer(key))
		g.take(g.shop.CustomerCreated(c), g.shop.SetBirthday(c, "1988-"+g.Now().AddDate(0, 0, 1).Format("01-02")))
	}
}

// birthdays are the messages for the birthdays of customers, which are due now.
func (g *gifts) birthdays(keys ...string) (ids []string) {
	g.t.Helper()
	g.set("birthday_coupon", "enabled", "true", "reminder", "false")
	g.born(keys...)
	tomorrow := g.Now().AddDate(0, 0, 1)
	g.until(time.Date(tomorrow.Year(), tomorrow.Month(), tomorrow.Day(), 9, 30, 0, 0, time.UTC))
	for _, m := range g.messages() {
		if m.Journey == "birthday_coupon" {
			ids = append(ids, m.ID)
		}
	}
	if len(ids) != len(keys) {
		g.t.Fatalf("%d messages for %d birthdays", len(ids), len(keys))
	}
	return ids
}

// returned is the message for a return that a customer asks for, and the return.
func (g *gifts) returned(key string) (id string, back *simshop.Return) {
	g.t.Helper()
	g.set("return_upgrade", "enabled", "true")
	order, bought, err := g.shop.Buy(g.shop.AddCustomer(g.shop.Customer(key)), simshop.Cart{Items: []simshop.Item{{Product: g.shop.Products()[0], Quantity: 1}}})
	if err != nil {
		g.t.Fatal(err)
	}
	_, sent := g.shop.Fulfill(order)
	back, asked, err := g.shop.RequestReturn(order, "too small")
	if err != nil {
		g.t.Fatal(err)
	}
	before := len(g.messages())
	g.take(append(append(bought, sent...), asked)...)
	all := g.messages()
	if len(all) != before+1 || all[before].Journey != "return_upgrade" {
		g.t.Fatalf("%d messages follow from a return", len(all)-before)
	}
	g.later(time.Second)
	return all[before].ID, back
}

// rung does what is due as the queue would, and tells what was.
func (g *gifts) rung() (ids []string) {
	g.t.Helper()
	rows, err := g.Store.Ring(g.t.Context(), g.Now().Add(-store.RingAgain), 1000)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, r := range rows {
		if r.Kind == store.KindMessage {
			ids = append(ids, r.ID)
		}
	}
	g.deliverAll(ids...)
	return ids
}

func (g *gifts) keeps(id string) []crm.Effect {
	g.t.Helper()
	all, err := g.Store.EffectsOf(g.t.Context(), g.shopID, id)
	if err != nil {
		g.t.Fatal(err)
	}
	return all
}

// effect is the message's effect of a kind.
func (g *gifts) effect(id string, kind crm.EffectKind) crm.Effect {
	g.t.Helper()
	for _, e := range g.keeps(id) {
		if e.Kind == kind {
			return e
		}
	}
	g.t.Fatalf("message %s has no %s", id, kind)
	return crm.Effect{}
}

// tasks are the kinds of what staff should do, with the details.
func (g *gifts) tasks() []crm.Task {
	g.t.Helper()
	all, err := g.Store.Tasks(g.t.Context(), g.shopID, false, 100)
	if err != nil {
		g.t.Fatal(err)
	}
	return all
}

// asks checks that staff has these open tasks and no others.
func (g *gifts) asks(kinds ...crm.TaskKind) {
	g.t.Helper()
	var have []crm.TaskKind
	for _, t := range g.tasks() {
		have = append(have, t.Kind)
		if t.Detail == "" {
			g.t.Errorf("the task %s tells nothing", t.Kind)
		}
	}
	if len(have) != len(kinds) {
		g.t.Errorf("staff is asked %v; want %v", have, kinds)
		return
	}
	for i := range kinds {
		if have[i] != kinds[i] {
			g.t.Errorf("staff is asked %v; want %v", have, kinds)
		}
	}
}

// letter is the text of the one mail of a message.
func (g *gifts) letter(id string) string {
	g.t.Helper()
	if n := g.mails.Count(id); n != 1 {
		g.t.Fatalf("%s went out %d times", id, n)
	}
	for _, m := range g.mails.Mails() {
		a, err := m.Arrived()
		if err != nil {
			g.t.Fatal(err)
		}
		if a.ID == id {
			return a.Parts[0].Text
		}
	}
	return ""
}

// oneCode checks that the message went out once with the one code that works
// for her at the shop, and returns that.
func (g *gifts) oneCode(id string) string {
	g.t.Helper()
	e := g.effect(id, crm.DiscountCodeMade)
	if e.State != crm.EffectDone || e.Receipt.ID == "" || e.Code.PlatformID != e.Receipt.ID {
		g.t.Errorf("the effect is %s (%s), receipt %q, at the shop %q", e.State, e.Detail, e.Receipt.ID, e.Code.PlatformID)
	}
	var of []simshop.Discount
	for _, d := range g.shop.Discounts() {
		if strings.Contains(g.message(id).CustomerID, number(d.Customers)) {
			of = append(of, d)
		}
	}
	if len(of) != 1 || of[0].Code != e.Code.Code || of[0].Status(g.Now()) != "ACTIVE" {
		g.t.Errorf("the shop has %+v for her; want %s", of, e.Code.Code)
	}
	if text := g.letter(id); !strings.Contains(text, e.Code.Code) {
		g.t.Errorf("the code %s is not in the mail: %s", e.Code.Code, text)
	}
	return e.Code.Code
}

// hold makes every operation at the shop wait after it was done. next lets all
// go on up to one of a name; free lets all go on.
func (g *gifts) hold() (next func(name string), free func()) {
	held, on := make(chan string, 100), make(chan struct{})
	g.shop.Break(simshop.Faults{Held: held, Go: on})
	free = sync.OnceFunc(func() { close(on); g.shop.Break(simshop.Faults{}) })
	g.t.Cleanup(free)
	return func(name string) {
		g.t.Helper()
		for {
			select {
			case was := <-held:
				if was == name {
					return
				}
				on <- struct{}{}
			case <-time.After(20 * time.Second):
				g.t.Fatalf("the shop is not asked for %s", name)
			}
		}
	}, free
}

// second is another worker on the same database, as another process has it.
func (g *gifts) second() *Worker {
	w := g.Worker
	client := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true})
	g.t.Cleanup(client.CloseIdleConnections)
	return New(&Worker{Store: w.Store, Bell: w.Bell, Platforms: map[string]integrations.Platform{"shopify": shopify.Connected(client, g.Now, shopify.App{})}, Mailer: w.Mailer,
		Connection: w.Connection, Templates: w.Templates, Labels: w.Labels, PublicURL: w.PublicURL, Now: w.Now, Log: w.Log, Metrics: w.Metrics}, cap(w.air))
}

// number is the one id in a list, as text.
func number(ids []uint64) string {
	if len(ids) != 1 {
		return "nobody"
	}
	return strconv.FormatUint(ids[0], 10)
}

func journeyOf(t *testing.T, key string) journeys.Journey {
	t.Helper()
	j, ok := journeys.Find(key)
	if !ok {
		t.Fatalf("no journey %s", key)
	}
	return j
}
