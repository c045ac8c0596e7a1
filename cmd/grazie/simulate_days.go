package main

import (
	"context"
	"time"

	"grazie/crm"
	"grazie/integrations/shopify/simshop"
)

// dawn thinks up what will happen on a day.
func (w *world) dawn(day crm.Day) {
	r, n := w.random, day.Sub(w.From)
	begin := day.At(0, 0, 0, time.UTC)
	when := func() time.Time { return begin.Add(time.Duration(r.IntN(24*60)) * time.Minute) }
	someone := func() *citizen { return w.people[r.IntN(len(w.people))] }
	of := func(perThousand float64) int { // of all customers
		expected := perThousand / 1000 * float64(len(w.people))
		count := int(expected)
		if r.Float64() < expected-float64(count) {
			count++
		}
		return count
	}
	for range of(3) {
		p, at := someone(), when()
		w.at(at, func() []simshop.Webhook { return w.order(p, at) })
	}
	for range of(0.4) {
		w.at(when(), w.birthdayTold(someone()))
	}
	for range of(0.4) {
		w.at(when(), w.leaves(someone()))
	}
	for range of(0.1) {
		w.at(when(), w.returnsTo(someone()))
	}
	for range of(0.3) {
		w.at(when(), w.joins)
	}
	for range of(0.04) {
		w.at(when(), w.deleted(someone()))
	}
	w.special(n, begin)
}

// special are the days on which more than life happens.
func (w *world) special(n int, begin time.Time) {
	switch n {
	case 20: // an import stamps hundreds of customers with one day
		for range max(30, len(w.people)/15) {
			w.at(begin.Add(10*time.Hour), w.joins)
		}
	case 150: // the workers are away for a day and a half
		w.at(begin.Add(2*time.Hour), func() []simshop.Webhook { w.outage = true; return nil })
		w.at(begin.Add(38*time.Hour), func() []simshop.Webhook { w.outage = false; return nil })
	case 200: // staff pauses the shop for two days
		w.at(begin.Add(9*time.Hour), w.state(crm.ShopPaused))
		w.at(begin.Add(57*time.Hour), w.state(crm.ShopActive))
	}
}

// order is an order and what becomes of it.
func (w *world) order(p *citizen, at time.Time) []simshop.Webhook {
	if !p.gone.IsZero() {
		return nil
	}
	r := w.random
	hooks := w.buy(p)
	o := p.orders[len(p.orders)-1]
	day := 24 * time.Hour
	if chance(r, 20) {
		w.at(at.Add(40*time.Minute), func() []simshop.Webhook {
			w.post.void(o)
			return []simshop.Webhook{w.sim.OrderCancelled(o)}
		})
		return hooks
	}
	if chance(r, 15) {
		w.at(at.Add(20*time.Hour), func() []simshop.Webhook {
			w.post.void(o)
			return w.sim.Refund(o)
		})
		return hooks
	}
	w.at(at.Add(day), func() []simshop.Webhook {
		parcel, hooks := w.sim.Fulfill(o)
		if parcel != nil && !chance(r, 150) { // some carriers never tell
			arrived := at.Add(time.Duration(2+r.IntN(8)) * day)
			w.at(arrived, func() []simshop.Webhook {
				if chance(r, 60) {
					w.at(arrived.Add(time.Duration(1+r.IntN(20))*day), func() []simshop.Webhook { return w.sendBack(o) })
				}
				if chance(r, 300) {
					return []simshop.Webhook{w.sim.DeliverByUpdate(parcel)}
				}
				return []simshop.Webhook{w.sim.Deliver(parcel)}
			})
		}
		return hooks
	})
	return hooks
}

// sendBack asks to return an order; two weeks later the goods are there.
func (w *world) sendBack(o *simshop.Order) []simshop.Webhook {
	back, hook, err := w.sim.RequestReturn(o, "it does not fit")
	if err != nil {
		return nil
	}
	w.at(w.now().Add(14*24*time.Hour), func() []simshop.Webhook {
		closed, err := w.sim.CloseReturn(back)
		if err != nil {
			return nil // nobody approved it
		}
		return append(w.sim.RefundReturn(back), closed)
	})
	return []simshop.Webhook{hook}
}

func (w *world) birthdayTold(p *citizen) func() []simshop.Webhook {
	return func() []simshop.Webhook {
		if !p.gone.IsZero() {
			return nil
		}
		p.birthday = someBirthday(w.random)
		return []simshop.Webhook{w.sim.SetBirthday(p.Customer, p.birthday)}
	}
}

func (w *world) leaves(p *citizen) func() []simshop.Webhook {
	return func() []simshop.Webhook {
		if !p.gone.IsZero() {
			return nil
		}
		p.no = w.now()
		return []simshop.Webhook{w.sim.Unsubscribe(p.Customer)}
	}
}

func (w *world) returnsTo(p *citizen) func() []simshop.Webhook {
	return func() []simshop.Webhook {
		if !p.gone.IsZero() || !p.angry.IsZero() {
			return nil
		}
		p.no = time.Time{}
		return []simshop.Webhook{w.sim.Subscribe(p.Customer)}
	}
}

func (w *world) joins() []simshop.Webhook {
	p := w.newPerson()
	p.Customer = w.sim.AddCustomer(p.Customer)
	hooks := []simshop.Webhook{w.sim.CustomerCreated(p.Customer)}
	if p.birthday != "" {
		hooks = append(hooks, w.sim.SetBirthday(p.Customer, p.birthday))
	}
	return hooks
}

func (w *world) deleted(p *citizen) func() []simshop.Webhook {
	return func() []simshop.Webhook {
		if !p.gone.IsZero() {
			return nil
		}
		p.gone = w.now()
		return []simshop.Webhook{w.sim.CustomerDeleted(p.Customer)}
	}
}

// state is staff who pauses the shop, or lets it go on.
func (w *world) state(to crm.ShopState) func() []simshop.Webhook {
	return func() []simshop.Webhook {
		_, err := w.program.store.ChangeShop(context.Background(), w.shop.ID, func(s *crm.Shop) error { s.State = to; return nil })
		if err != nil {
			panic("simulate: " + err.Error())
		}
		return nil
	}
}
