package simshop

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// bulk is one paid order of three lines as a template: places of a fixed width
// hold what differs from order to order.
type bulk struct {
	body   []byte
	fields []place
}

type place struct {
	at, width int
	value     func(i int) uint64
}

// Bulk is the i-th of very many orders/paid webhooks, each of another customer
// and with ids of its own, for load tests. It is cheap: the body is written
// once, then only ids are changed and the whole is signed. The i-th is always
// the same. Bulk may be called concurrently while nothing else uses the shop.
func (s *Shop) Bulk(i int) Webhook {
	s.bulkOnce.Do(func() { s.bulk = s.newBulk() })
	body := bytes.Clone(s.bulk.body)
	for _, f := range s.bulk.fields {
		digits(body[f.at:f.at+f.width], f.value(i))
	}
	delivery := []byte("b0000000-0000-4000-8000-000000000000")
	digits(delivery[len(delivery)-12:], uint64(i))
	event := []byte("e0000000-0000-4000-8000-000000000000")
	digits(event[len(event)-12:], uint64(i))
	at := s.Now.Add(time.Duration(i%1_000_000) * time.Microsecond)
	return Webhook{Topic: "orders/paid", Body: body, Header: s.header("orders/paid", string(delivery), string(event), at, body)}
}

// Bases of the ids in bulk orders; all have 18 digits and exceed 2^53.
const (
	bulkOrders    = 700_000_000_000_000_000
	bulkCustomers = 300_000_000_000_000_000
	bulkLines     = 500_000_000_000_000_000
)

// newBulk writes the order once with marks in the places that differ. It uses
// a shop of its own, so that a bulk does not change what this one sends next.
func (s *Shop) newBulk() *bulk {
	own := New(1, s.Now)
	own.Domain, own.Secret, own.Currency, own.Name, own.Location = s.Domain, s.Secret, s.Currency, s.Name, s.Location
	const (
		orderMark    = 799_999_999_999_999_999
		customerMark = 399_999_999_999_999_999
		lineMark     = 599_999_999_999_999_990
		nameMark     = 99_999_999
	)
	c := own.Customer("giulia")
	c.ID, c.Email = customerMark, fmt.Sprintf("giulia.%d@posta.example", nameMark)
	goods := own.Products()
	o := own.Place(c, Cart{Items: []Item{{goods[0], 2}, {goods[1], 1}, {goods[3], 1}}})
	o.ID = orderMark
	for l := range o.lines {
		o.lines[l].id = lineMark + uint64(l)
	}
	body := own.body(o)
	body.Name = fmt.Sprintf("#%d", nameMark)
	body.ClientDetails, body.Customer.DefaultAddress = nil, nil // about 5 kB, the size that loads are reckoned in

	b := &bulk{body: encode(body)}
	mark := func(mark uint64, value func(i int) uint64) {
		text := strconv.AppendUint(nil, mark, 10)
		for from := 0; ; {
			n := bytes.Index(b.body[from:], text)
			if n < 0 {
				return
			}
			b.fields = append(b.fields, place{at: from + n, width: len(text), value: value})
			digits(b.body[from+n:from+n+len(text)], 0) // so that no shorter mark is found within
			from += n + len(text)
		}
	}
	mark(orderMark, func(i int) uint64 { return bulkOrders + uint64(i) })
	mark(customerMark, func(i int) uint64 { return bulkCustomers + uint64(i) })
	for l := range o.lines {
		mark(lineMark+uint64(l), func(i int) uint64 { return bulkLines + uint64(i*10+l) })
	}
	mark(nameMark, func(i int) uint64 { return uint64(i) % 100_000_000 })
	return b
}

// digits fills a place with a number and leading zeros.
func digits(place []byte, n uint64) {
	for i := len(place) - 1; i >= 0; i-- {
		place[i] = '0' + byte(n%10)
		n /= 10
	}
}
