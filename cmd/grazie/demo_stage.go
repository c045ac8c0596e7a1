package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"grazie/crm"
	"grazie/desk"
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
	second *simshop.Shop // another merchant's
	box    *outbox.Mailer
	client *http.Client
	base   string // the server's address

	ring func(messageID string) // asks the workers to look at a message now
	desk *desk.Desk
	hush *atomic.Bool // says that what goes wrong is meant to

	firstSent  simshop.Webhook
	customers  map[string]simshop.Customer // whom an order or an occasion belongs to, by its key
	orders     map[string]*simshop.Order
	occasions  map[string]occasion // but for the thank-yous of orders
	deliveries []delivery          // of the scene that plays
	ended      ending              // what came of it
	said       []string            // what it has to tell beside that
	back       *simshop.Return     // Imogen's
	asked      simshop.Webhook     // that told of it

	outboxPath string
	mu         sync.Mutex
	addresses  map[string]string // short address of a mail to its page

	tally
}

func newStage(p *program, sim *simshop.Shop, shop crm.Shop, box *outbox.Mailer, outboxPath string) *stage {
	base := p.cfg.PublicURL
	return &stage{
		store: p.store, shop: shop, sim: sim, box: box, client: &http.Client{Timeout: 10 * time.Second}, base: base,
		ring:      func(id string) { p.bell.Ring(store.KindMessage, shop.ID, id) },
		desk:      &desk.Desk{Store: p.store, Templates: p.worker.Templates, PublicURL: base, Now: time.Now},
		customers: map[string]simshop.Customer{}, orders: map[string]*simshop.Order{}, occasions: map[string]occasion{},
		outboxPath: outboxPath, addresses: map[string]string{},
		tally: tally{told: map[string]bool{}, expected: map[string]int{}},
	}
}

// occasion is what a gesture may happen only once for.
type occasion struct{ journey, subject string }

// occasion names, under a key, what a gesture of a customer's is about.
func (s *stage) occasion(key, journey, subject string, whose simshop.Customer) {
	s.occasions[key], s.customers[key] = occasion{journey, subject}, whose
}

// say adds a few words to what is told of the scene that plays.
func (s *stage) say(format string, v ...any) { s.said = append(s.said, fmt.Sprintf(format, v...)) }

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

// place makes an order, kept under a key.
func (s *stage) place(key, who string, cart simshop.Cart) *simshop.Order {
	s.customers[key] = s.sim.Customer(who)
	s.orders[key] = s.sim.Place(s.customers[key], cart)
	return s.orders[key]
}

// news is a webhook of a person's, to be spoilt.
func (s *stage) news(who string) simshop.Webhook { return s.sim.CustomerUpdated(s.sim.Customer(who)) }

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

// message waits until the message about an order or another occasion came to
// rest: it was sent or not, or waits for a later time where that is wanted.
// What has no message gives an empty one.
func (s *stage) message(key string, w want) (m crm.Message, count int, err error) {
	err = s.until(func() (bool, error) {
		found, err := s.about(key)
		if count = len(found); err != nil || count == 0 {
			return w.message == "" || err != nil, err
		}
		m = found[0]
		return m.State != crm.Sending && (m.State != crm.Planned || w.message == crm.Planned && m.Reason == w.reason), nil
	})
	return m, count, err
}

// about lists the messages about an order, or the one about another occasion.
func (s *stage) about(key string) ([]crm.Message, error) {
	o, other := s.occasions[key]
	if !other && s.orders[key] == nil {
		return nil, nil // there was no such order
	} else if !other {
		return s.store.Messages(s.ctx, s.shop.ID, store.MessageFilter{Journey: "thank_you", OrderID: s.orderID(key), Limit: 10})
	}
	m, err := s.store.MessageAbout(s.ctx, s.shop.ID, o.journey, o.subject)
	if errors.Is(err, crm.ErrNotFound) {
		return nil, nil
	}
	return []crm.Message{m}, err
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
