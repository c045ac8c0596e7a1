package labeltest

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"grazie/crm"
)

// Step is one kind of request to a label service.
type Step string

const (
	Prepare Step = "prepare" // makes a shipment
	Read    Step = "read"    // reads what was bought
	Buy     Step = "buy"
	Look    Step = "look" // reads a shipment for its addresses; not every service is asked
)

// Fault is how one request fails. The zero value is no fault.
type Fault struct {
	Act    bool // do what was asked all the same
	Reset  bool // break the connection instead of an answer
	Status int  // answer this
	Header http.Header
	Body   string
	Cut    bool // announce more than Body, and hang up
}

// Offer is a rate that a carrier has for every shipment.
type Offer struct{ Carrier, Amount, Currency string }

// Sale is one label that was bought.
type Sale struct{ ID, ShipmentID, RateID string }

// Shipment is one as the service keeps it.
type Shipment struct {
	ID        string
	From, To  crm.PostalAddress // as they were sent: of the way out
	IsReturn  bool
	Parcel    map[string]any
	Reference string
	Format    string // of the label, if it was asked for
	Rates     []string
}

// Desk is a label service that keeps state; its EasyPost and Shippo are two ways
// to talk to it. Fields are set before the first request.
type Desk struct {
	Key    string
	Offers []Offer
	Says   string                // what the carriers say about each shipment
	Pass   func(s Step)          // called for each request before it is looked at; may block
	Refund string                // the state of refund of all that is bought
	Later  func(id string) bool  // tells which sales are still under way; nil: none
	Refuse func(*Shipment) error // refuses a shipment, in words

	mu        sync.Mutex
	faults    map[Step][]Fault
	calls     map[Step]int
	shipments []*Shipment
	sales     []Sale
}

// Fail makes the next request of a step fail, after those said before.
func (d *Desk) Fail(s Step, f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.faults == nil {
		d.faults = map[Step][]Fault{}
	}
	d.faults[s] = append(d.faults[s], f)
}

// Sales are the labels bought so far; Shipments the shipments made; Calls how
// often a step was asked for.
func (d *Desk) Sales() []Sale {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Sale(nil), d.sales...)
}

func (d *Desk) Shipments() []*Shipment {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]*Shipment(nil), d.shipments...)
}

func (d *Desk) Calls(s Step) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls[s]
}

// answer is a status with what becomes JSON.
type answer struct {
	status int
	body   any
}

// serve carries out a request under the lock, with the fault that is due.
func (d *Desk) serve(w http.ResponseWriter, s Step, act func() answer) {
	if d.Pass != nil {
		d.Pass(s)
	}
	d.mu.Lock()
	var f Fault
	if due := d.faults[s]; len(due) > 0 {
		f, d.faults[s] = due[0], due[1:]
	}
	if d.calls == nil {
		d.calls = map[Step]int{}
	}
	d.calls[s]++
	var a answer
	failing := f.Reset || f.Status != 0
	if !failing || f.Act {
		a = act()
	}
	d.mu.Unlock()
	switch {
	case f.Reset:
		hangUp(w)
	case f.Cut:
		w.Header().Set("Content-Length", "1000000")
		w.WriteHeader(f.Status)
		io.WriteString(w, f.Body)
		http.NewResponseController(w).Flush()
		hangUp(w)
	case failing:
		for name, values := range f.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(f.Status)
		io.WriteString(w, f.Body)
	default:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(a.status)
		json.NewEncoder(w).Encode(a.body)
	}
}

func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

// ship keeps a new shipment; the lock is held.
func (d *Desk) ship(s *Shipment) {
	s.ID = fmt.Sprintf("shp_%d", len(d.shipments)+1)
	for i := range d.Offers {
		s.Rates = append(s.Rates, fmt.Sprintf("rate_%d_%d", len(d.shipments)+1, i))
	}
	d.shipments = append(d.shipments, s)
}

func (d *Desk) shipment(id string) *Shipment {
	for _, s := range d.shipments {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// offer finds a rate and its shipment.
func (d *Desk) offer(rateID string) (*Shipment, Offer, bool) {
	for _, s := range d.shipments {
		for i, id := range s.Rates {
			if id == rateID {
				return s, d.Offers[i], true
			}
		}
	}
	return nil, Offer{}, false
}

func (d *Desk) sell(s *Shipment, rateID string) Sale {
	sale := Sale{ID: fmt.Sprintf("lbl_%d", len(d.sales)+1), ShipmentID: s.ID, RateID: rateID}
	d.sales = append(d.sales, sale)
	return sale
}

// link is where the label of a sale lies.
func link(sale Sale, format string) string {
	return "https://labels.example/" + sale.ID + "." + strings.ToLower(format) + "?signature=a%2Bb"
}

func tracking(sale Sale) string { return "9400" + strings.TrimPrefix(sale.ID, "lbl_") }
