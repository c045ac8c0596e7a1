// Package simstore is a stand-in for one BigCommerce store, for tests: its API
// at the other end of a real connection, with state, and its webhooks. It
// answers as BigCommerce documents; nothing in it was recorded.
package simstore

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"grazie/integrations"
)

// Order is one order. Amounts are texts such as "12.5000".
type Order struct {
	ID, CustomerID                       int
	StatusID                             int
	PaymentStatus, PaymentMethod         string
	Subtotal, Total, Discount, CouponOff string
	Currency                             string // that is paid in; empty: EUR
	ShopCurrency, Rate                   string
	Email, FirstName, LastName, Company  string
	Street, City, Country, Locale        string
	Items                                []Item
	Codes                                []Code
	Shipments                            []Shipment
	Refunds                              []Refund
	Pickup                               bool
	Created, Modified                    time.Time
}

// Item is one line of an order.
type Item struct {
	ID, ProductID, Quantity, Refunded int
	Name, Price, Type, Option         string
	Wrapped                           bool
}

// Code is a coupon on an order, with what it took off.
type Code struct{ Code, Off string }

// Shipment is one parcel.
type Shipment struct {
	ID int
	At time.Time
}

// Refund is money given back.
type Refund struct {
	ID       int
	Amount   float64
	Declined bool
	At       time.Time
}

// Customer is one account.
type Customer struct {
	ID                         int
	Email, FirstName, LastName string
	City, Country              string
	Fields                     map[string]any
	Attributes                 map[int]string // by the ids of AttributeNames
	Created, Modified          time.Time
}

// Subscriber is one address in the list for the newsletter.
type Subscriber struct {
	ID       int
	Email    string
	Consents []string // nil: not told
	Modified time.Time
}

// Hook is a webhook that somebody subscribed to.
type Hook struct {
	ID          int               `json:"id"`
	Scope       string            `json:"scope"`
	Destination string            `json:"destination"`
	Active      bool              `json:"is_active"`
	Headers     map[string]string `json:"headers"`
}

// Faults are ways in which the store fails.
type Faults struct {
	Status  int            // of every answer
	At      map[string]int // of answers to paths that hold the key
	Lose    string         // does what a request of this method asks for, and breaks the connection
	Hang    chan struct{}  // answers nothing before it is closed
	Garbage bool           // answers what is no JSON
}

// Store is one store. What is in it is changed by Change.
type Store struct {
	Hash, Token, Secret string
	Name, Zone, Money   string
	Quota               int           // calls that are left; 0: nothing is told of it
	Least               int           // the fewest that ever were left
	Reset               time.Duration // until the next window

	Orders         map[int]Order
	Customers      map[int]Customer
	Subscribers    map[int]Subscriber
	AttributeNames map[int]string
	Coupons        []map[string]any
	Hooks          []Hook

	Race func() // done once, right before the next coupon is made

	mu     sync.Mutex
	faults Faults
	calls  []string
	nextID int
	told   bool // that there is a quota
}

// New makes an empty store.
func New() *Store {
	return &Store{Hash: "abc123", Token: "token-of-the-store", Secret: "client-secret-of-the-account", Name: "Bottega", Zone: "Europe/Rome", Money: "EUR", Reset: 30 * time.Second,
		Orders: map[int]Order{}, Customers: map[int]Customer{}, Subscribers: map[int]Subscriber{}, AttributeNames: map[int]string{}, nextID: 1000}
}

// Change does something to the store while nobody is served.
func (s *Store) Change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

// Break makes it fail from now on; no faults mend it.
func (s *Store) Break(f Faults) { s.Change(func() { s.faults = f }) }

// Calls are the requests since the last time, as "GET /v2/store".
func (s *Store) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

// Webhook is one of the store, signed at a time: scope, and what data holds
// beside its type.
func (s *Store) Webhook(scope string, at time.Time, data map[string]any) (http.Header, []byte) {
	payload := map[string]any{"type": strings.Split(scope, "/")[1]}
	for k, v := range data {
		payload[k] = v
	}
	body, err := json.Marshal(map[string]any{"scope": scope, "store_id": "1025646", "data": payload,
		"hash": fmt.Sprintf("%x", scope+fmt.Sprint(data)), "created_at": at.Unix(), "producer": "stores/" + s.Hash})
	if err != nil {
		panic(err)
	}
	return integrations.SignStandard([]byte(s.Secret), "msg_"+strconv.FormatInt(at.UnixNano(), 36), at, body), body
}

// ServeHTTP is the API.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ours := strings.CutPrefix(r.URL.Path, "/stores/"+s.Hash)
	s.mu.Lock()
	f := s.faults
	s.calls = append(s.calls, r.Method+" "+path)
	s.mu.Unlock()
	if f.Hang != nil {
		select {
		case <-f.Hang:
		case <-r.Context().Done():
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Quota > 0 || s.told {
		if s.Quota = max(0, s.Quota-1); !s.told || s.Quota < s.Least {
			s.Least = s.Quota
		}
		s.told = true
		w.Header().Set("X-Rate-Limit-Requests-Left", strconv.Itoa(s.Quota))
		w.Header().Set("X-Rate-Limit-Time-Reset-Ms", strconv.Itoa(int(s.Reset/time.Millisecond)))
	}
	status := f.Status
	for part, code := range f.At {
		if strings.Contains(path, part) {
			status = code
		}
	}
	switch {
	case status != 0:
		s.answer(w, status, map[string]any{"status": status, "title": "the store says no to anna@shop.example with " + r.Header.Get("X-Auth-Token")})
	case !ours || r.Header.Get("X-Auth-Token") != s.Token:
		s.answer(w, http.StatusUnauthorized, map[string]any{"status": 401, "title": "Unauthorized"})
	case f.Garbage:
		fmt.Fprint(w, "<html>")
	case f.Lose == r.Method:
		s.serve(discard{w.Header()}, r, path)
		panic(http.ErrAbortHandler)
	default:
		s.serve(w, r, path)
	}
}

// discard takes an answer that nobody hears.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

func (s *Store) answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err)
	}
}
