package simshop

import "time"

// Day is a day in the shop: the webhooks in the sequence in which they are
// sent, each with a note on what it shows. It moves the shop's clock on by
// about 31 hours. It ends well: nobody uninstalls.
func (s *Shop) Day() []Webhook {
	var day []Webhook
	send := func(note string, w Webhook) {
		w.Note = note
		day = append(day, w)
	}
	goods := s.Products()
	mug, apron, board, honey, candle, card := goods[0], goods[1], goods[2], goods[3], goods[4], goods[5]
	buy := func(key, note string, cart Cart) *Order {
		s.pass(3, 23)
		o := s.Place(s.Customer(key), cart)
		send(note, s.OrderCreated(o))
		if !cart.Pending {
			send(note+" (the payment's own webhook)", s.OrderPaid(o))
		}
		return o
	}
	one := func(p Product) Cart { return Cart{Items: []Item{{p, 1}}} }

	send("A new account in Bologna", s.CustomerCreated(s.Customer("giulia")))
	first := buy("giulia", "Giulia's first order", Cart{Items: []Item{{mug, 2}, {honey, 1}, {candle, 1}}})
	day = append(day, first.again(day[len(day)-1]))
	buy("neza", "From Ljubljana, in Slovene", Cart{Items: []Item{{board, 1}, {honey, 2}}})
	buy("reka", "From Szeged: the family name goes first", one(apron))
	buy("liezel", "From Cebu City, far ahead of the shop's clock", one(mug))
	waiting := buy("johanna", "From Vienna, to be paid by bank transfer", Cart{Items: []Item{{apron, 1}}, Pending: true})
	buy("joerg", "To a parcel locker in Münster, domain with an umlaut", one(candle))
	buy("aurelie", "From Lyon, a present with a message", Cart{Items: []Item{{board, 1}}, Gift: true})
	buy("ximena", "From Guadalajara; she unsubscribed from marketing", one(honey))
	buy("dale", "To a post box in Portland, in dollars", one(mug))
	buy("imogen", "From Leeds, in pounds", one(candle))
	buy("bronte", "From Brunswick, where November is spring", one(apron))
	buy("mio", "From Kyōto, in yen without decimals", Cart{Items: []Item{{mug, 1}, {board, 1}}})
	buy("nameless", "A customer who left no name", one(honey))
	buy("impossible", "An address that cannot exist", one(candle))
	buy("guest", "A guest without an account", one(mug))
	buy("marco", "Collected at the shop in Bologna", Cart{Items: []Item{{apron, 1}}, Pickup: true})
	buy("marco", "Nothing but a gift card", one(card))
	buy("imogen", "The merchant tries the checkout", Cart{Items: []Item{{mug, 1}}, Test: true})
	buy("neza", "Bought by a company", Cart{Items: []Item{{candle, 12}}, Company: "Pisarna Podgoršek d.o.o."})

	send("Johanna's transfer arrived", s.OrderPaid(waiting))
	back := buy("giulia", "Giulia is back", one(board))
	send("Her order gets a tag", s.OrderUpdated(back, "fragile, returning"))
	send("Her first parcel leaves", s.OrderFulfilled(first))
	send("The parcel by itself", s.ParcelCreated(first))
	s.MoveTo(s.Clock().Add(26 * time.Hour))
	send("Her first parcel arrives", s.ParcelDelivered(first))

	regret := buy("aurelie", "Aurélie changes her mind", Cart{Items: []Item{{apron, 1}}, Pending: true})
	send("She cancels before she paid", s.OrderCancelled(regret))
	returned := buy("bronte", "Bronte's order will go back", one(candle))
	send("Bronte gets her money back", s.Refunded(returned))
	send("The order says so too", s.OrderUpdated(returned, ""))

	send("Marco agrees to mail", s.ConsentChanged(s.Customer("marco"), "subscribed"))
	send("Réka wants no more of it", s.ConsentChanged(s.Customer("reka"), "unsubscribed"))
	moved := s.Customer("neza")
	moved.City, moved.Zip, moved.Street = "Koper", "6000", "Pristaniška pot 5"
	send("Neža moved to Koper", s.CustomerUpdated(moved))
	send("Dale closes his account", s.CustomerDeleted(s.Customer("dale")))
	return day
}

// pass lets a random number of minutes go by.
func (s *Shop) pass(from, to int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Now = s.Now.Add(time.Duration(from+s.random.IntN(to-from)) * time.Minute)
}

// again is the last webhook once more, as when the first answer got lost.
func (o *Order) again(w Webhook) Webhook {
	w = w.Redeliver()
	w.Note = o.Name() + " once more: the same delivery, as on a retry"
	return w
}
