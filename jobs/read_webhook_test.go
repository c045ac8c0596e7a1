package jobs

import (
	"context"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/bigcommerce"
	"grazie/integrations/bigcommerce/simstore"
	"grazie/internal/needs"
	"grazie/store"
)

// counter is a worker for a shop whose webhooks only name what changed.
type counter struct {
	*floor
	shop *simstore.Store
	conn crm.Values
}

// eachCounter runs a test on both engines.
func eachCounter(t *testing.T, test func(t *testing.T, c *counter)) {
	t.Helper()
	for name, options := range map[string]func(t *testing.T) store.Options{
		"sqlite":   func(t *testing.T) store.Options { return store.Options{Path: filepath.Join(t.TempDir(), "grazie.db")} },
		"postgres": func(t *testing.T) store.Options { return store.Options{URL: needs.FreshPostgres(t)} },
	} {
		t.Run(name, func(t *testing.T) { test(t, newCounter(t, options(t))) })
	}
}

func newCounter(t *testing.T, o store.Options) *counter {
	t.Helper()
	c := &counter{floor: newFloorOn(t, 4, o), shop: simstore.New()}
	server := httptest.NewServer(c.shop)
	t.Cleanup(server.Close)
	client := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true, Timeout: 250 * time.Millisecond})
	c.Platforms["bigcommerce"] = bigcommerce.New(client, c.Now, bigcommerce.App{})
	c.conn = crm.Values{bigcommerce.SettingToken: c.shop.Token, bigcommerce.SettingSecret: c.shop.Secret, bigcommerce.SettingAPIURL: server.URL}
	c.connect()
	c.pass(time.Minute)
	return c
}

// connect makes the shop, or gives it its credentials anew.
func (c *counter) connect() {
	c.t.Helper()
	shop, _, err := c.Store.ConnectShop(c.t.Context(), crm.Shop{Platform: "bigcommerce", Domain: c.shop.Hash, Name: "Bottega", Sender: crm.Mailbox{Name: "Anna", Email: "anna@bottega.example"},
		LegalName: "Bottega Srl", PostalAddress: "Via Roma 1, Bologna", Timezone: "Europe/Rome", Locale: "en", Currency: "EUR", Journeys: map[string]crm.Values{"thank_you": {"delay": "1h"}}}, c.conn)
	if err != nil {
		c.t.Fatal(err)
	}
	c.shopID = shop.ID
}

// place puts a paid order into the shop, or changes it.
func (c *counter) place(id int, change func(*simstore.Order)) {
	c.shop.Change(func() {
		o, ok := c.shop.Orders[id]
		if !ok {
			o = simstore.Order{ID: id, StatusID: 11, PaymentStatus: "captured", Subtotal: "25.0000", Total: "25.0000", Email: fmt.Sprintf("buyer%d@casa.example", id), FirstName: "Giulia",
				City: "Bologna", Country: "IT", Items: []simstore.Item{{ID: 1, ProductID: 87, Quantity: 1, Name: "Sapone", Price: "25"}}, Created: c.Now()}
		}
		o.Modified = c.Now()
		if change != nil {
			change(&o)
		}
		c.shop.Orders[id] = o
	})
}

// tells stores a webhook of the shop.
func (c *counter) tells(scope string, id int, at time.Time) string {
	c.t.Helper()
	header, body := c.shop.Webhook(scope, at, map[string]any{"id": id})
	e, err := c.Platforms["bigcommerce"].Envelope(header, body)
	if err != nil {
		c.t.Fatal(err)
	}
	r, err := c.Store.ReceiveWebhook(c.t.Context(), store.Webhook{ShopID: c.shopID, DeliveryID: e.DeliveryID, Topic: e.Topic, TriggeredAt: e.TriggeredAt, Headers: "{}", Body: body})
	if err != nil {
		c.t.Fatal(err)
	}
	return r.ID
}

func (c *counter) process(ids ...string) {
	c.t.Helper()
	if err := c.processWebhooks(c.t.Context(), c.shopID, ids); err != nil {
		c.t.Fatal(err)
	}
}

// rung are the webhooks that the sweep rings for now.
func (c *counter) rung() (ids []string) {
	c.t.Helper()
	all, err := c.Store.Ring(c.t.Context(), c.Now().Add(-store.RingAgain), 1000)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, w := range all {
		if w.Kind == store.KindWebhook && w.ShopID == c.shopID {
			ids = append(ids, w.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// stands checks where a webhook stands; reason is part of why.
func (c *counter) stands(id string, state store.WebhookState, reason string) {
	c.t.Helper()
	if w := c.webhook(id); w.State != state || !strings.Contains(w.Reason, reason) || (reason == "") != (w.Reason == "") {
		c.t.Errorf("%s is %s: %q; want %s: %q", w.Topic, w.State, w.Reason, state, reason)
	}
}

func (c *counter) reads(path string) int {
	n := 0
	for _, call := range c.shop.Calls() {
		if call == "GET "+path {
			n++
		}
	}
	return n
}

// What several webhooks of one batch are about is read once, and told once.
func TestReadOnceForABatch(t *testing.T) {
	eachCounter(t, func(t *testing.T, c *counter) {
		c.place(250, nil)
		c.place(251, nil)
		created, updated, other := c.tells("store/order/created", 250, c.Now()), c.tells("store/order/updated", 250, c.Now().Add(time.Second)), c.tells("store/order/updated", 251, c.Now())
		product := c.tells("store/product/updated", 9, c.Now())
		c.process(created, updated, other, product)
		if n := c.reads("/v2/orders/250"); n != 1 {
			t.Errorf("read %d times", n)
		}
		c.stands(created, store.WebhookProcessed, "a newer webhook")
		c.stands(updated, store.WebhookProcessed, "")
		c.stands(other, store.WebhookProcessed, "")
		c.stands(product, store.WebhookIgnored, "no interest")
		if n := len(c.messages()); n != 2 {
			t.Errorf("%d messages", n)
		}
	})
}

// While the shop does not answer a webhook waits, for longer each time; when it
// answers again nothing is missing.
func TestShopIsAwayAndComesBack(t *testing.T) {
	eachCounter(t, func(t *testing.T, c *counter) {
		c.place(250, nil)
		id := c.tells("store/order/created", 250, c.Now())
		c.shop.Break(simstore.Faults{Status: 503})
		var pauses []time.Duration
		last := c.Now()
		c.process(id)
		for len(pauses) < 8 {
			c.stands(id, store.WebhookReceived, "waits for the shop: 503")
			for len(c.rung()) == 0 {
				c.pass(5 * time.Second)
			}
			pauses = append(pauses, c.Now().Sub(last))
			last = c.Now()
			c.process(id)
		}
		if pauses[0] < 30*time.Second || pauses[0] > time.Minute || pauses[7] < 2*pauses[3] {
			t.Errorf("the pauses are %v", pauses)
		}
		c.shop.Break(simstore.Faults{})
		c.pass(6 * time.Hour)
		c.process(c.rung()...)
		c.stands(id, store.WebhookProcessed, "")
		if len(c.messages()) != 1 {
			t.Errorf("%d messages", len(c.messages()))
		}
	})
}

// After three days it has failed, with the reason, and can be replayed.
func TestShopStaysAway(t *testing.T) {
	eachCounter(t, func(t *testing.T, c *counter) {
		c.place(250, nil)
		id := c.tells("store/order/created", 250, c.Now())
		c.shop.Break(simstore.Faults{Status: 500})
		c.process(id)
		tries := 1
		for until := c.Now().Add(4 * 24 * time.Hour); c.Now().Before(until) && c.webhook(id).State == store.WebhookReceived; c.pass(10 * time.Minute) {
			if len(c.rung()) > 0 {
				c.process(id)
				tries++
			}
		}
		c.stands(id, store.WebhookFailed, "for three days: 500")
		if tries < 10 || tries > 40 {
			t.Errorf("%d tries", tries)
		}
		c.shop.Break(simstore.Faults{})
		if err := c.Store.ReplayWebhook(t.Context(), c.shopID, id); err != nil {
			t.Fatal(err)
		}
		c.process(c.rung()...)
		c.stands(id, store.WebhookProcessed, "")
		// A replay has a try to spare even then.
		late := c.tells("store/order/updated", 250, c.Now())
		c.pass(5 * 24 * time.Hour)
		c.shop.Break(simstore.Faults{Status: 500})
		c.process(late)
		c.stands(late, store.WebhookReceived, "waits for the shop")
	})
}

// A worker that is lost after it read, or before, leaves all as it was.
func TestReaderIsLost(t *testing.T) {
	for _, step := range []string{"subject read", "webhook read"} {
		t.Run(step, func(t *testing.T) {
			eachCounter(t, func(t *testing.T, c *counter) {
				c.place(250, nil)
				c.place(251, nil)
				ids := []string{c.tells("store/order/created", 250, c.Now()), c.tells("store/order/created", 251, c.Now())}
				c.AtStep = func(s string) {
					if s == step {
						runtime.Goexit()
					}
				}
				lost := make(chan struct{})
				go func() {
					defer close(lost)
					_ = c.processWebhooks(context.Background(), c.shopID, ids)
					t.Error("it was not lost")
				}()
				<-lost
				c.AtStep = nil
				for _, id := range ids {
					c.stands(id, store.WebhookReceived, "")
				}
				c.pass(store.RingAgain + time.Second)
				if rung := c.rung(); !slices.Equal(rung, ids) {
					t.Fatalf("rung: %v", rung)
				}
				c.process(ids...)
				if len(c.messages()) != 2 {
					t.Errorf("%d messages", len(c.messages()))
				}
			})
		})
	}
}

// Two workers with one webhook do no more than one.
func TestTwoReaders(t *testing.T) {
	eachCounter(t, func(t *testing.T, c *counter) {
		var ids []string
		for id := range 5 {
			c.place(250+id, nil)
			ids = append(ids, c.tells("store/order/created", 250+id, c.Now()))
		}
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				if err := c.processWebhooks(t.Context(), c.shopID, ids); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		for _, id := range ids {
			c.stands(id, store.WebhookProcessed, "")
		}
		if len(c.messages()) != 5 {
			t.Errorf("%d messages", len(c.messages()))
		}
	})
}

// An old webhook that comes late tells the newest state too: nothing goes back.
func TestOldWebhookComesLate(t *testing.T) {
	eachCounter(t, func(t *testing.T, c *counter) {
		c.place(250, nil)
		placed := c.Now()
		late := c.tells("store/order/created", 250, placed)
		c.pass(time.Minute)
		c.place(250, func(o *simstore.Order) { o.StatusID = 5 })
		c.process(c.tells("store/order/statusUpdated", 250, c.Now()))
		c.process(late)
		o, err := c.Store.Order(t.Context(), c.shopID, "250")
		if err != nil || !o.Cancelled() {
			t.Errorf("the order: %+v, %v", o, err)
		}
		for _, m := range c.messages() {
			if m.State == crm.Planned {
				t.Errorf("%s waits for an order that was cancelled", m.ID)
			}
		}
	})
}

func TestWhatIsGoneIsLetGo(t *testing.T) {
	eachCounter(t, func(t *testing.T, c *counter) {
		id := c.tells("store/order/updated", 999, c.Now())
		c.process(id)
		c.stands(id, store.WebhookIgnored, "nothing of it any more")
	})
}

// Refused credentials break the shop once; what waits is not tried one by one,
// and goes on when the shop is connected again.
func TestReaderIsRefused(t *testing.T) {
	eachCounter(t, func(t *testing.T, c *counter) {
		var ids []string
		for id := range 6 {
			c.place(250+id, nil)
			ids = append(ids, c.tells("store/order/created", 250+id, c.Now()))
		}
		c.shop.Break(simstore.Faults{Status: 401})
		c.process(ids...)
		if calls := c.shop.Calls(); len(calls) != 1 {
			t.Errorf("asked %v", calls)
		}
		for _, id := range ids {
			c.stands(id, store.WebhookReceived, "waits for the shop: 401")
		}
		if shop, err := c.Store.Shop(t.Context(), c.shopID); err != nil || shop.Broken == "" || strings.Contains(shop.Broken, c.shop.Token) {
			t.Errorf("the shop: %q, %v", shop.Broken, err)
		}
		c.pass(4 * 24 * time.Hour)
		c.process(ids...)
		c.stands(ids[0], store.WebhookReceived, "waits for the shop: 401")
		c.shop.Break(simstore.Faults{})
		c.connect()
		if rung := c.rung(); !slices.Equal(rung, ids) {
			t.Fatalf("rung: %v", rung)
		}
		c.process(ids...)
		if len(c.messages()) != 6 {
			t.Errorf("%d messages", len(c.messages()))
		}
	})
}

// A shop that asks to be left alone is asked again at its time, not before.
func TestQuotaOfReadings(t *testing.T) {
	c := newCounter(t, store.Options{Path: filepath.Join(t.TempDir(), "grazie.db")})
	var ids []string
	for id := range 4 {
		c.place(250+id, nil)
		ids = append(ids, c.tells("store/order/created", 250+id, c.Now()))
	}
	c.shop.Change(func() { c.shop.Quota, c.shop.Reset = 5, 40*time.Second })
	c.process(ids...)
	if len(c.messages()) == 0 || len(c.messages()) == 4 {
		t.Fatalf("%d messages", len(c.messages()))
	}
	c.stands(ids[3], store.WebhookReceived, "quota")
	c.shop.Change(func() { c.shop.Quota = 100 })
	c.shop.Calls()
	c.pass(39 * time.Second)
	if rung := c.rung(); len(rung) != 0 {
		t.Errorf("rung: %v", rung)
	}
	c.pass(2 * time.Second)
	c.process(c.rung()...)
	if len(c.messages()) != 4 {
		t.Errorf("%d messages", len(c.messages()))
	}
}

// One thing that cannot be read does not hold up the others; a shop that
// answers nothing is not asked for each of them.
func TestOneThingCannotBeRead(t *testing.T) {
	c := newCounter(t, store.Options{Path: filepath.Join(t.TempDir(), "grazie.db")})
	var ids []string
	for id := range 6 {
		c.place(250+id, nil)
		ids = append(ids, c.tells("store/order/created", 250+id, c.Now()))
	}
	c.place(255, func(o *simstore.Order) { o.Total = "a lot" })
	c.shop.Break(simstore.Faults{At: map[string]int{"/orders/251": 500}})
	c.process(ids...)
	c.stands(ids[1], store.WebhookReceived, "500")
	c.stands(ids[5], store.WebhookFailed, "total_inc_tax")
	if len(c.messages()) != 4 {
		t.Errorf("%d messages", len(c.messages()))
	}
	hang := make(chan struct{})
	c.shop.Break(simstore.Faults{Hang: hang})
	t.Cleanup(func() { close(hang) })
	var more []string
	for id := range 6 {
		more = append(more, c.tells("store/order/updated", 250+id, c.Now()))
	}
	c.shop.Calls()
	c.process(more...)
	if calls := c.shop.Calls(); len(calls) != readFails {
		t.Errorf("asked %v", calls)
	}
	for _, id := range more {
		c.stands(id, store.WebhookReceived, "no answer")
	}
}

// broken is a platform with a fault in what reads, or in what tells what to read.
type faultyReader struct {
	*bigcommerce.Platform
	at string
}

func (p faultyReader) About(e integrations.Envelope, body []byte) string {
	if p.at == "about" {
		panic("a fault")
	}
	return p.Platform.About(e, body)
}

func (p faultyReader) ReadWebhook(context.Context, integrations.Connection, integrations.Envelope, []byte) ([]crm.Event, error) {
	panic("a fault")
}

func TestPanicOfAReader(t *testing.T) {
	for at, state := range map[string]store.WebhookState{"read": store.WebhookFailed, "about": store.WebhookIgnored} {
		c := newCounter(t, store.Options{Path: filepath.Join(t.TempDir(), "grazie.db")})
		c.Platforms["bigcommerce"] = faultyReader{c.Platforms["bigcommerce"].(*bigcommerce.Platform), at}
		id := c.tells("store/order/updated", 250, c.Now())
		c.process(id)
		if w := c.webhook(id); w.State != state || w.Reason == "" || !strings.Contains(c.log.String(), "read_webhook_test.go") {
			t.Errorf("%s: %s, %q", at, w.State, w.Reason)
		}
	}
}

// Without credentials, and after the app was removed, nothing is asked.
func TestNobodyIsAskedWithoutCredentials(t *testing.T) {
	c := newCounter(t, store.Options{Path: filepath.Join(t.TempDir(), "grazie.db")})
	c.place(250, nil)
	token := c.conn[bigcommerce.SettingToken]
	delete(c.conn, bigcommerce.SettingToken)
	c.connect()
	id := c.tells("store/order/updated", 250, c.Now())
	c.process(id)
	c.stands(id, store.WebhookIgnored, "no interest")
	c.conn[bigcommerce.SettingToken] = token
	c.connect()
	c.pass(time.Second)
	c.process(c.tells("store/app/uninstalled", 1, c.Now()))
	late := c.tells("store/order/updated", 250, c.Now().Add(time.Second))
	c.process(late)
	c.stands(late, store.WebhookIgnored, "no interest")
	if calls := c.shop.Calls(); len(calls) != 0 {
		t.Errorf("asked %v", calls)
	}
	if shop, err := c.Store.Shop(t.Context(), c.shopID); err != nil || shop.State != crm.ShopUninstalled || shop.Broken != "" {
		t.Errorf("the shop: %+v, %v", shop, err)
	}
}

// Shops that hang are asked by one task each, and leave places to others; what
// found no place is rung when one is left.
func TestSlowShopsLeavePlaces(t *testing.T) {
	r := newReaders(2)
	if !r.enter("slow", []string{"1"}) || r.enter("slow", []string{"2"}) || r.enter("slow", []string{"2", "3"}) {
		t.Fatal("one shop has more than one place")
	}
	if !r.enter("other", []string{"4"}) || r.enter("third", []string{"5"}) {
		t.Fatal("all places are taken by shops that are asked")
	}
	if got := r.leave("other"); len(got) != 1 || !slices.Equal(got["third"], []string{"5"}) {
		t.Errorf("left by another: %v", got)
	}
	if got := r.leave("slow"); len(got) != 1 || !slices.Equal(got["slow"], []string{"2", "3"}) {
		t.Errorf("left by itself: %v", got)
	}
	if got := r.leave("slow"); len(got) != 0 || !r.enter("third", []string{"5"}) {
		t.Errorf("noted for ever: %v", got)
	}
}

// While a shop hangs, its other webhooks keep no worker: they stay received, and
// come once it answers.
func TestShopIsAskedByOneTask(t *testing.T) {
	eachCounter(t, func(t *testing.T, c *counter) {
		c.place(250, nil)
		c.place(251, nil)
		first, second := c.tells("store/order/created", 250, c.Now()), c.tells("store/order/created", 251, c.Now())
		product := c.tells("store/product/updated", 9, c.Now())
		held, goOn, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
		c.AtStep = func(step string) {
			if step == "subject read" {
				close(held)
				<-goOn
			}
		}
		go func() {
			defer close(done)
			if err := c.processWebhooks(context.Background(), c.shopID, []string{first}); err != nil {
				t.Error(err)
			}
		}()
		<-held
		c.process(second, product)
		if n := c.reads("/v2/orders/251"); n != 0 {
			t.Errorf("asked %d times while it hung", n)
		}
		c.stands(second, store.WebhookReceived, "")
		c.stands(product, store.WebhookIgnored, "no interest")
		close(goOn)
		<-done
		c.AtStep = nil
		c.stands(first, store.WebhookProcessed, "")
		c.process(second)
		c.stands(second, store.WebhookProcessed, "")
	})
}
