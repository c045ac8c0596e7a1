package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"grazie/crm"
	"grazie/integrations/shopify/simshop"
)

func readerOf(b []byte) io.Reader { return bytes.NewReader(b) }

// place is where customers live, with the zone that clocks there show: told
// here once more, so that the rules are not checked by themselves.
type place struct {
	city, province, region, country, locale, zone string
}

var places = []place{
	{"Bologna", "Bologna", "BO", "IT", "it-IT", "Europe/Rome"},
	{"Milano", "Milano", "MI", "IT", "it-IT", "Europe/Rome"},
	{"Ljubljana", "", "", "SI", "sl-SI", "Europe/Ljubljana"},
	{"Szeged", "", "", "HU", "hu-HU", "Europe/Budapest"},
	{"Lyon", "", "", "FR", "fr-FR", "Europe/Paris"},
	{"Köln", "", "", "DE", "de-DE", "Europe/Berlin"},
	{"Graz", "", "", "AT", "de-AT", "Europe/Vienna"},
	{"Leeds", "England", "ENG", "GB", "en-GB", "Europe/London"},
	{"Sevilla", "Sevilla", "SE", "ES", "es-ES", "Europe/Madrid"},
	{"Las Palmas", "Las Palmas", "GC", "ES", "es-ES", "Atlantic/Canary"},
	{"New York", "New York", "NY", "US", "en-US", "America/New_York"},
	{"Portland", "Oregon", "OR", "US", "en-US", "America/Los_Angeles"},
	{"Honolulu", "Hawaii", "HI", "US", "en-US", "Pacific/Honolulu"},
	{"Montréal", "Quebec", "QC", "CA", "fr-CA", "America/Toronto"},
	{"Vancouver", "British Columbia", "BC", "CA", "en-CA", "America/Vancouver"},
	{"Cebu City", "Cebu", "PH-CEB", "PH", "fil-PH", "Asia/Manila"},
	{"Kathmandu", "", "", "NP", "en-GB", "Asia/Kathmandu"},
	{"Cairo", "Cairo", "C", "EG", "en-GB", "Africa/Cairo"},
	{"Sydney", "New South Wales", "NSW", "AU", "en-AU", "Australia/Sydney"},
	{"Brisbane", "Queensland", "QLD", "AU", "en-AU", "Australia/Brisbane"},
	{"Auckland", "Auckland", "AUK", "NZ", "en-NZ", "Pacific/Auckland"},
	{"Apia", "", "", "WS", "en-GB", "Pacific/Apia"},
	{"São Paulo", "São Paulo", "SP", "BR", "en-GB", "America/Sao_Paulo"},
}

// citizen is a customer with the truth about her, as nobody but the
// simulation knows it.
type citizen struct {
	simshop.Customer
	zone     *time.Location
	birthday string
	noMore   map[string]time.Time // of one gesture each
	no       time.Time            // since when she wants no marketing; zero: she never said so
	dead     time.Time            // since when her mailbox refuses everything
	angry    time.Time            // when she reported a mail as spam
	gone     time.Time            // when her account was deleted
	codes    []string             // that came by mail and were not tried yet
	orders   []*simshop.Order
	bounces  bool
}

var (
	firstNames = []string{"Ada", "Bruno", "Chiara", "Dana", "Emil", "Fanni", "Gigi", "Hanna", "Ivo", "Jana", "Koloman", "Lea", "Mira", "Nika", "Olga", "Pia", "Rosa", "Sara", "Tina", "Ugo", "Vera", "Živa", "Zoltán", "Ángel", "Chloé"}
	lastNames  = []string{"Albero", "Brook", "Castor", "Dorn", "Ebner", "Fiori", "Grau", "Hladnik", "Ibarra", "Juhász", "Kos", "Lindt", "Moreau", "Novak", "Orsi", "Perko", "Quist", "Reyes", "Santos", "Tóth", "Urban", "Vidmar", "Weiss", "Zajc"}
)

// newPerson makes somebody up.
func (w *world) newPerson() *citizen {
	r, n := w.random, len(w.people)
	at := places[r.IntN(len(places))]
	zone, err := time.LoadLocation(at.zone)
	if err != nil {
		panic("simulate: " + err.Error())
	}
	p := &citizen{noMore: map[string]time.Time{}, zone: zone, bounces: chance(r, 10), birthday: someBirthday(r)}
	p.Customer = simshop.Customer{
		FirstName: firstNames[r.IntN(len(firstNames))], LastName: lastNames[r.IntN(len(lastNames))], Email: fmt.Sprintf("person%d@post%d.example", n, n%7),
		Locale: at.locale, Language: at.locale, Street: fmt.Sprintf("Street %d", 1+r.IntN(99)), Zip: "10000",
		City: at.city, Province: at.province, Region: at.region, Country: at.country, Consent: "subscribed",
		Days: -int(w.now().Sub(w.opened) / (24 * time.Hour)), // she joins today
	}
	if chance(r, 250) {
		p.Consent = "not_subscribed"
	}
	w.people = append(w.people, p)
	return p
}

// someBirthday is a date as people and programs write it: some none, some that
// is no date, more leap days than there are.
func someBirthday(r *rand.Rand) string {
	switch {
	case chance(r, 300):
		return ""
	case chance(r, 10):
		return "1988-02-29"
	case chance(r, 5):
		return "0000-00-00"
	case chance(r, 5):
		return "1990-02-31"
	}
	return crm.Day{Year: 1950, Month: 1, Day: 1}.Add(r.IntN(50 * 365)).String()
}

// populate tells the server of the customers that the shop has on the first
// day, and of what some of them bought in the years before.
func (w *world) populate(ctx context.Context) error {
	first := w.now()
	began := first.AddDate(0, 0, -connectedBefore)
	var hooks []simshop.Webhook
	for i := range w.Customers {
		w.clock.Store(began.Add(time.Duration(i+1) * time.Duration(connectedBefore) * 24 * time.Hour / time.Duration(w.Customers+2)).UnixNano())
		w.sim.MoveTo(w.now())
		p := w.newPerson()
		p.Customer = w.sim.AddCustomer(p.Customer)
		hooks = append(hooks, w.sim.CustomerCreated(p.Customer))
		if p.birthday != "" {
			hooks = append(hooks, w.sim.SetBirthday(p.Customer, p.birthday))
		}
		if chance(w.random, 500) {
			hooks = append(hooks, w.buy(p)...)
		}
	}
	w.clock.Store(first.UnixNano())
	for len(hooks) > 0 {
		some := hooks[:min(len(hooks), 1000)]
		hooks = hooks[len(some):]
		if err := w.deliver(ctx, some); err != nil {
			return err
		}
		if err := w.program.worker.Drain(ctx); err != nil {
			return err
		}
	}
	return nil
}

// cart is some goods.
func (w *world) cart() simshop.Cart {
	var c simshop.Cart
	goods := w.sim.Products()
	for range 1 + w.random.IntN(3) {
		c.Items = append(c.Items, simshop.Item{Product: goods[w.random.IntN(len(goods)-1)], Quantity: 1 + w.random.IntN(2)})
	}
	return c
}

// buy is a customer who orders, with the codes that she got by mail, if the
// checkout takes them.
func (w *world) buy(p *citizen) []simshop.Webhook {
	cart, codes := w.cart(), p.codes
	p.codes = nil
	o, hooks, err := w.sim.Buy(p.Customer, cart, codes...)
	if err != nil {
		o, hooks, err = w.sim.Buy(p.Customer, cart)
	}
	if err != nil {
		panic("simulate: " + err.Error()) // a cart without codes is always taken
	}
	p.orders = append(p.orders, o)
	return hooks
}
