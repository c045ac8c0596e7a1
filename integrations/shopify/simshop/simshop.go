// Package simshop is a simulated Shopify shop: it remembers its customers,
// orders, returns, discounts and drafts, makes the signed webhooks that a real
// one would send, and answers the Admin API (see Shop.API), for the demo, the
// simulation, the bench and the tests. The shapes follow the fact report
// platforms.md, sections A and C, and recorded exchanges; people, goods and
// texts are invented, and mail domains end in .example.
//
// Everything follows from the seed: two shops with one seed, to which the same
// happens in the same sequence, send the same bytes.
package simshop

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"grazie/integrations/shopify"
)

// Version is the API version that the bodies are written in.
const Version = "2026-10"

// Shop is a simulated shop with goods, customers and a clock of its own. All
// methods may be called concurrently, with one another and with the API; the
// fields may be set only while nothing else uses the shop.
type Shop struct {
	Domain     string
	Secret     string
	Name       string
	Currency   string         // ISO 4217, of prices and of shop money
	Location   *time.Location // the zone in which Shopify writes the shop's times
	Now        time.Time      // the shop's clock; every webhook moves it on by a moment. Beside the API use Clock and MoveTo
	ClientID   string         // of the app that the shop has installed
	ExportTime time.Duration  // how long bulk operations take, by the shop's clock
	Fee        int64          // what sending goods back costs the customer, in minor units

	mu       sync.Mutex // guards all below, and Now
	opened   time.Time
	random   *rand.Rand
	ids      uint64
	number   int
	drafts   int
	bulkOnce sync.Once
	bulk     *bulk
	state
}

// state is what the shop remembers.
type state struct {
	things    map[uint64]any // all that has an id, by it: *person, *Order, *Fulfillment, *Return, ...
	people    []*person
	byKey     map[string]*person
	orders    []*Order
	returns   []*Return
	codes     map[string]*Discount // by code in capitals
	coded     []*Discount
	drafted   []*draft
	exports   exports
	listeners []*listener
	outbox    []Webhook
	access    access
	faults    Faults
	bucket    bucket
	mutations int // answered since Break, for Faults.LoseEvery
}

// firstID makes all ids larger than 2^53, as Shopify's may be: what goes
// through a float comes out changed.
const firstID = 820_982_911_946_154_508

// New opens a shop at a time. Domain, Secret and the other fields may be
// changed before the first webhook.
func New(seed uint64, now time.Time) *Shop {
	s := &Shop{
		Domain:   "bottega-demo.myshopify.com",
		Secret:   "simulated-client-secret",
		Name:     "Bottega Demo",
		Currency: "EUR",
		Location: time.FixedZone("", 3600),
		Now:      now,
		opened:   now,
		random:   rand.New(rand.NewPCG(seed, 0x6772617a6965)),
		number:   1000,
		ClientID: "simulated-client-id",
		state:    state{things: map[uint64]any{}, byKey: map[string]*person{}, codes: map[string]*Discount{}},
	}
	for _, c := range people {
		if c.ID != 0 {
			s.know(c)
		}
	}
	s.access.open(seed)
	return s
}

// Clock is the shop's time.
func (s *Shop) Clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Now
}

// MoveTo moves the shop's clock on to a time; it never goes back.
func (s *Shop) MoveTo(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.After(s.Now) {
		s.Now = t
	}
}

// TakeWebhooks hands over what the shop sends on account of API calls since
// the last time: echoes such as discounts/create and returns/approve, and the
// orders that drafts became.
func (s *Shop) TakeWebhooks() []Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.outbox
	s.outbox = nil
	return out
}

// thing finds what has an id, if it is of the wanted kind.
func thing[T any](s *Shop, id uint64) (T, bool) {
	t, ok := s.things[id].(T)
	return t, ok
}

// Webhook is one delivery, ready to be posted.
type Webhook struct {
	Topic  string
	Header http.Header
	Body   []byte
	Note   string // what it is about, for people
}

// webhook writes, signs and addresses a body. Deliveries that one action
// causes share its event.
func (s *Shop) webhook(topic, event string, body any) Webhook {
	s.Now = s.Now.Add(time.Duration(40+s.random.IntN(900)) * time.Millisecond)
	raw := encode(body)
	return Webhook{Topic: topic, Body: raw, Header: s.header(topic, s.uuid(), event, s.Now, raw)}
}

func (s *Shop) header(topic, delivery, event string, at time.Time, body []byte) http.Header {
	// The keys are in the canonical form of net/http already.
	return http.Header{
		"Content-Type":           {"application/json"},
		"User-Agent":             {"Shopify-Captain-Hook"},
		"X-Shopify-Topic":        {topic},
		"X-Shopify-Shop-Domain":  {s.Domain},
		"X-Shopify-Api-Version":  {Version},
		"X-Shopify-Webhook-Id":   {delivery},
		"X-Shopify-Event-Id":     {event},
		"X-Shopify-Triggered-At": {at.UTC().Format(time.RFC3339Nano)},
		"X-Shopify-Hmac-Sha256":  {shopify.Sign(s.Secret, body)},
	}
}

// Redeliver is the same webhook as Shopify sends it on a retry: same delivery
// id, same bytes.
func (w Webhook) Redeliver() Webhook {
	return Webhook{Topic: w.Topic, Header: w.Header.Clone(), Body: append([]byte(nil), w.Body...), Note: w.Note}
}

// id is a fresh id; the steps between them are uneven, as in a busy shop.
func (s *Shop) id() uint64 {
	s.ids += 1 + s.random.Uint64N(97)
	return firstID + s.ids
}

func (s *Shop) uuid() string {
	a, b := s.random.Uint64(), s.random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}
