package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"grazie/crm"
	"grazie/integrations/outbox"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

// stage is where the day plays: the simulated shop on one side, the server's
// door, rows and mails on the other.
type stage struct {
	ctx    context.Context // of the scene that plays
	store  *store.Store
	shop   crm.Shop
	sim    *simshop.Shop
	box    *outbox.Mailer
	client *http.Client
	base   string // the server's address

	delayed    bool // letters wait in this chapter
	firstSent  simshop.Webhook
	customers  map[string]simshop.Customer // who placed an order, by the order's key
	orders     map[string]*simshop.Order
	deliveries []delivery // of the scene that plays

	outboxPath string
	mu         sync.Mutex
	addresses  map[string]string // short address of a mail to its page

	tally
}

func newStage(db *store.Store, shop crm.Shop, box *outbox.Mailer, base, outboxPath string) *stage {
	return &stage{
		store: db, shop: shop, sim: simshop.New(1, time.Now()), box: box, client: &http.Client{Timeout: 10 * time.Second}, base: base,
		customers: map[string]simshop.Customer{}, orders: map[string]*simshop.Order{},
		outboxPath: outboxPath, addresses: map[string]string{},
		tally: tally{told: map[string]bool{}, expected: map[string]int{}},
	}
}

// delivery is one webhook that was posted, and what became of it.
type delivery struct {
	sent   simshop.Webhook
	status int
	row    store.Webhook // as stored; without id when it was refused
	again  bool          // it had been stored before
}

// cart holds one of each.
func (s *stage) cart(goods ...int) simshop.Cart {
	var c simshop.Cart
	for _, g := range goods {
		c.Items = append(c.Items, simshop.Item{Product: s.sim.Products()[g], Quantity: 1})
	}
	return c
}

// place makes an order, a moment ago: what was paid must not lie in the future
// of the server's clock, or its letter would wait for it. Where letters wait
// anyway, now.
func (s *stage) place(key, who string, cart simshop.Cart) *simshop.Order {
	s.sim.Now = time.Now()
	if !s.delayed {
		s.sim.Now = s.sim.Now.Add(-5 * time.Second)
	}
	s.customers[key] = s.sim.Customer(who)
	s.orders[key] = s.sim.Place(s.customers[key], cart)
	return s.orders[key]
}

// news is a webhook of a person's, to be spoilt.
func (s *stage) news(who string) simshop.Webhook {
	s.sim.Now = time.Now()
	return s.sim.CustomerUpdated(s.sim.Customer(who))
}

// post hands a webhook over as the shop would, and waits until it is processed.
func (s *stage) post(w simshop.Webhook) (delivery, error) {
	d := delivery{sent: w}
	if s.firstSent.Topic == "" {
		s.firstSent = w
	}
	req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.base+"/webhooks/shopify", bytes.NewReader(w.Body))
	if err != nil {
		return d, err
	}
	req.Header = w.Header
	res, err := s.client.Do(req)
	if err != nil {
		return d, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	if d.status = res.StatusCode; err != nil || d.status != http.StatusOK {
		return d, err
	}
	err = s.until(func() (bool, error) {
		if d.row.ID == "" {
			if err := s.find(&d); err != nil || d.row.ID == "" {
				return false, err
			}
		}
		var err error
		d.row, err = s.store.Webhook(s.ctx, s.shop.ID, d.row.ID)
		return d.row.State != store.WebhookReceived, err
	})
	return d, err
}

// find looks a delivery up in the database by the id that the shop gave it.
func (s *stage) find(d *delivery) error {
	rows, err := s.store.Webhooks(s.ctx, s.shop.ID, store.WebhookFilter{Limit: 1000})
	for _, w := range rows {
		if w.DeliveryID == d.sent.Header.Get("X-Shopify-Webhook-Id") {
			d.row, d.again = w, w.Duplicates > 0
		}
	}
	return err
}

// message waits until the message of an order came to rest: it was sent or
// not, or waits for a later time where that is wanted. An order without a
// message gives an empty one.
func (s *stage) message(key string, wanted crm.MessageState) (m crm.Message, count int, err error) {
	err = s.until(func() (bool, error) {
		found, err := s.store.Messages(s.ctx, s.shop.ID, store.MessageFilter{OrderID: s.orderID(key), Limit: 10})
		if count = len(found); err != nil || count == 0 {
			return true, err
		}
		m = found[0]
		return m.State != crm.Sending && (m.State != crm.Planned || wanted == crm.Planned), nil
	})
	return m, count, err
}

func (s *stage) orderID(key string) string { return strconv.FormatUint(s.orders[key].ID, 10) }

// stored is an order as the database has it.
func (s *stage) stored(key string) crm.Order {
	o, err := s.store.Order(s.ctx, s.shop.ID, s.orderID(key))
	if err != nil {
		s.tally.that(false, "order "+key+" cannot be read: "+err.Error())
	}
	return o
}

// demoPatience is how long a row may take. Nothing here takes a second, except for
// the sweep that looks every five for letters whose time has come.
const demoPatience = 15 * time.Second

// until asks until the answer is yes. Too long is no error: what is there then
// will not be what is expected.
func (s *stage) until(yes func() (bool, error)) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(demoPatience)
	for {
		if ok, err := yes(); ok || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-late:
			return nil
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
}
