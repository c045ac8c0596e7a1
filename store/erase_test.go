package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/store"
)

// erase carries a request out as far as the database goes, and settles it.
func erase(t *testing.T, s *store.Store, r crm.PrivacyRequest) crm.PrivacyRequest {
	t.Helper()
	steps(t, s, r)
	if err := s.EndPrivacy(t.Context(), r.ShopID, r.ID, crm.PrivacyDone, "", "", nil); err != nil {
		t.Fatal(err)
	}
	done, err := s.PrivacyRequest(t.Context(), r.ShopID, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func steps(t *testing.T, s *store.Store, r crm.PrivacyRequest) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = s.EraseStep(t.Context(), r.ShopID, r.ID); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever a customer left anywhere is gone, and nobody else lost anything.
func TestErasedCustomerIsNowhere(t *testing.T) {
	eachRaw(t, func(t *testing.T, s *store.Store, c *clock, raw *raw) {
		shop, other := connect(t, s, "demo.myshopify.com"), connect(t, s, "other.myshopify.com")
		anna, bea := newSoul("annamark", "01"), newSoul("beamark", "02")
		anna.live(t, s, c, shop.ID)
		bea.live(t, s, c, shop.ID)
		anna.live(t, s, c, other.ID)
		before := raw.dump()
		tables := map[string]bool{}
		for _, l := range linesWith(before, anna.mark, anna.id) {
			tables[l[:strings.IndexByte(l, ' ')]] = true
		}
		for _, want := range []string{"customers", "orders", "messages", "mails", "effects", "returns", "reviews", "tasks", "bulk_items", "feedback", "webhooks", "rewards", "privacy_requests"} {
			if !tables[want] {
				t.Errorf("nothing of hers was in %s: this test would see nothing", want)
			}
		}
		c.pass(1)
		r := ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseCustomer, Subject: "webhook:1", Source: "shopify", CustomerID: anna.id, Email: anna.email, OrderIDs: []string{anna.order}})
		done := erase(t, s, r)
		after := raw.dump()
		mine := func(l string) bool { return !strings.Contains(l, other.ID) }
		if left := slices.DeleteFunc(linesWith(after, anna.words()...), func(l string) bool { return !mine(l) }); len(left) > 0 {
			t.Errorf("still there:\n%s", strings.Join(left, "\n"))
		}
		for _, whose := range [][]string{{other.ID}, {bea.mark, bea.id, bea.order, bea.guest, bea.back}} {
			was, is := linesWith(before, whose...), linesWith(after, whose...)
			if len(was) < 20 || !slices.Equal(was, is) {
				t.Errorf("rows of %v changed, %d and %d:\n%s\n\n%s", whose, len(was), len(is), strings.Join(was, "\n"), strings.Join(is, "\n"))
			}
		}
		if done.State != crm.PrivacyDone || done.CustomerID != "" || done.Email != "" || done.OrderIDs != nil || done.Proof["customers"] != 1 || done.Proof["orders"] != 2 || done.Proof["webhooks"] < 4 {
			t.Errorf("the proof is %+v", done)
		}
		if n := raw.one(`select count(*) from privacy_requests where shop_id = $1 and email is not null and state <> 'open'`, shop.ID); n != int64(0) {
			t.Errorf("%v settled requests still hold an address", n)
		}
		// Amounts stay for totals.
		o, err := s.Order(t.Context(), shop.ID, anna.order)
		if err != nil || o.Total != euros(1000) || len(o.Items) != 1 || o.Items[0].Quantity != 2 || o.Items[0].Price != euros(500) || len(o.Refunds) != 1 || o.CreatedAt.IsZero() || !o.Counted() {
			t.Errorf("%+v, %v", o, err)
		}
		if _, by, _ := sums(t, s, shop.ID, ""); by[crm.RewardPromised] != 2*(500+700) || by[crm.RewardUsed] != 2*650 {
			t.Errorf("the ledger is %v", by)
		}
		// A second run finds nothing.
		again := erase(t, s, ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseCustomer, Subject: "webhook:2", CustomerID: anna.id, Email: anna.email, OrderIDs: []string{anna.order}}))
		if len(again.Proof) != 0 {
			t.Errorf("a second run found %v", again.Proof)
		}
	})
}

func (r *raw) one(query string, args ...any) any {
	r.Helper()
	rows, _ := r.list(query, args...)
	if len(rows) != 1 {
		r.Fatalf("%d rows of %s", len(rows), query)
	}
	return rows[0][0]
}

// Nothing that is told later brings her back, and nothing follows from it.
func TestErasedStaysErased(t *testing.T) {
	eachRaw(t, func(t *testing.T, s *store.Store, c *clock, raw *raw) {
		shop := connect(t, s, "demo.myshopify.com")
		anna := newSoul("annamark", "01")
		anna.live(t, s, c, shop.ID)
		late := paidOrder(c, "4700000001", anna.id, anna.email) // placed before, told after
		asGuest := paidOrder(c, "4700000002", "", anna.email)
		unknown := paidOrder(c, "4700000003", "", "other@mail.example") // only the platform knows that it is hers
		erase(t, s, ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseCustomer, CustomerID: anna.id, Email: anna.email, OrderIDs: []string{unknown.ID}}))
		was := raw.one(`select count(*) from messages where shop_id = $1`, shop.ID)
		c.pass(1e9)
		o := paidOrder(c, anna.order, anna.id, anna.email)
		o.CreatedAt, o.Items[0].Title = late.CreatedAt, anna.mark
		for _, order := range []crm.Order{o, late, asGuest, unknown} {
			order.UpdatedAt, order.Shipping = c.Now(), &crm.Address{FirstName: anna.mark}
			who := crm.Customer{ID: anna.id, FirstName: anna.mark, Email: anna.email, EmailKey: anna.email, UpdatedAt: c.Now(), Consent: crm.Consent{State: crm.ConsentSubscribed, At: c.Now()}}
			events := []crm.Event{{Kind: crm.OrderPaid, Order: &order, At: c.Now()}, {Kind: crm.CustomerChanged, Customer: &who, At: c.Now()}}
			m := thankYou(order, c.Now())
			m.Subject += ":anew"
			id := receive(t, s, shop.ID, "late"+order.ID).ID
			if _, err := s.ApplyEvents(t.Context(), shop.ID, []store.Applied{{WebhookID: id, State: store.WebhookProcessed, Events: events}}, planning([]crm.Message{m})); err != nil {
				t.Fatal(err)
			}
			if h, err := s.Webhook(t.Context(), shop.ID, id); err != nil || len(h.Body) > 0 || h.State != store.WebhookProcessed {
				t.Errorf("its webhook holds %q, %s, %v", h.Body, h.State, err)
			}
		}
		returned(t, s, shop.ID, crm.Return{ID: anna.back, Name: anna.mark, OrderID: anna.order, CustomerID: anna.id, Status: crm.ReturnClosed, UpdatedAt: c.Now(), ReadAt: c.Now(), Lines: []crm.ReturnLine{{Title: anna.mark}}})
		link := store.Link{ShopID: shop.ID, CustomerID: anna.id, MessageID: bySubject(t, s, shop.ID, "order:"+anna.order).ID}
		if _, err := s.SaveReview(t.Context(), link, crm.Review{Rating: 3, Text: anna.mark}); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("a review: %v", err)
		}
		if _, err := s.SavePreferences(t.Context(), link, store.Choices{Locale: "de"}, nil); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("preferences: %v", err)
		}
		if err := s.Unsubscribe(t.Context(), link, crm.ScopeMarketing); err != nil { // L2
			t.Errorf("unsubscribing: %v", err)
		}
		if left := linesWith(raw.dump(), anna.mark, "other@mail.example"); len(left) > 0 {
			t.Errorf("came in again:\n%s", strings.Join(left, "\n"))
		}
		if is := raw.one(`select count(*) from messages where shop_id = $1`, shop.ID); is != was {
			t.Errorf("%v messages, were %v", is, was)
		}
		all, err := s.Suppressions(t.Context(), shop.ID, anna.email, 10)
		if err != nil || !slices.ContainsFunc(all, func(x store.Suppressed) bool {
			return x.Scope == crm.ScopeMarketing && x.Reason == crm.SuppressedErased
		}) {
			t.Errorf("suppressed: %+v, %v", all, err)
		}
		// What she buys from now on is a matter of its own, and gets its mail.
		c.pass(1e9)
		fresh := paidOrder(c, "4900000001", "", anna.email)
		if due := apply(t, s, shop.ID, "fresh", paid(fresh), thankYou(fresh, c.Now())); len(due) != 1 {
			t.Errorf("a new order leads to %v", due)
		}
		if got, err := s.Order(t.Context(), shop.ID, fresh.ID); err != nil || got.Email != anna.email {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// Who has only an address is found by it; another account with the same
// address is another customer, where an account is named.
func TestScopeOfErasure(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		buy := func(order, customer, email string) {
			o := paidOrder(c, order, customer, email)
			who := &crm.Customer{ID: customer, Email: "anna@x.example", EmailKey: "anna@x.example", UpdatedAt: c.Now()}
			if customer == "" {
				who = nil
			}
			apply(t, s, shop.ID, "d"+order, []crm.Event{{Kind: crm.OrderPaid, Order: &o, Customer: who}})
		}
		erased := func(order string) bool {
			o, err := s.Order(t.Context(), shop.ID, order)
			if err != nil {
				t.Fatal(err)
			}
			return !o.ErasedAt.IsZero()
		}
		buy("1", "77", "anna@x.example")
		buy("2", "", "Anna@x.example")
		buy("3", "78", "anna@x.example") // shares her address
		buy("4", "77", "husband@x.example")
		buy("5", "", "husband@x.example")
		erase(t, s, ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseCustomer, CustomerID: "77"}))
		if got := []bool{erased("1"), erased("2"), erased("3"), erased("4"), erased("5")}; !slices.Equal(got, []bool{true, true, false, true, false}) {
			t.Errorf("erased by account: %v", got)
		}
		erase(t, s, ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseCustomer, Email: "HUSBAND@x.example"}))
		erase(t, s, ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseCustomer, OrderIDs: []string{"3"}}))
		if !erased("5") || !erased("3") {
			t.Error("not erased by address, or by order")
		}
		if other, err := s.Customer(t.Context(), shop.ID, "78"); err != nil || other.Email == "" {
			t.Errorf("an account was erased because of one order: %+v, %v", other, err)
		}
		nobody := ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseCustomer})
		if nobody.State != crm.PrivacyRefused || nobody.Detail == "" {
			t.Errorf("one that names nobody: %+v", nobody)
		}
	})
}

// What is in the air is waited for, and what was not read yet is read first.
func TestErasureWaits(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		o := paidOrder(c, "1001", "7000000077", "anna@x.example")
		apply(t, s, shop.ID, "d", paid(o), thankYou(o, c.Now()))
		m := bySubject(t, s, shop.ID, "order:1001")
		if won, err := s.ClaimMessage(t.Context(), m); !won || err != nil {
			t.Fatal(won, err)
		}
		r := ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseCustomer, CustomerID: "7000000077"})
		until := func() error {
			for {
				if more, err := s.EraseStep(t.Context(), shop.ID, r.ID); err != nil || !more {
					return err
				}
			}
		}
		if err := until(); !errors.Is(err, store.ErrErasing) {
			t.Fatalf("while a mail is in the air: %v", err)
		}
		m.State, m.Attempt = crm.Sending, 1
		if ok, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: crm.Sent, SentAt: c.Now(), Detail: "anna"}); !ok || err != nil {
			t.Fatal(ok, err)
		}
		unread, err := s.ReceiveWebhook(t.Context(), store.Webhook{ShopID: shop.ID, DeliveryID: "unread", Topic: "orders/updated", Headers: "{}", Body: []byte(`{"id":1001,"email":"anna@x.example"}`)})
		if err != nil {
			t.Fatal(err)
		}
		if err := until(); !errors.Is(err, store.ErrErasing) {
			t.Fatalf("while a webhook waits: %v", err)
		}
		if err := s.FailWebhook(t.Context(), shop.ID, unread.ID, "cannot be read"); err != nil {
			t.Fatal(err)
		}
		if err := until(); err != nil {
			t.Fatal(err)
		}
		if h, err := s.Webhook(t.Context(), shop.ID, unread.ID); err != nil || len(h.Body) > 0 {
			t.Errorf("%q, %v", h.Body, err)
		}
		if m, err := s.Message(t.Context(), shop.ID, m.ID); err != nil || m.State != crm.Sent || m.Detail != "" || m.CustomerID != "" {
			t.Errorf("%+v, %v", m, err)
		}
	})
}

// Several requests about one customer: each erasure ends by itself, and what is
// to be shown of her is not there any more.
func TestRequestsAboutOneCustomer(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		apply(t, s, shop.ID, "d", paid(paidOrder(c, "1001", "77", "anna@x.example")))
		again := func(kind crm.PrivacyKind, subject, id string) crm.PrivacyRequest {
			return ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: kind, Subject: subject, CustomerID: id})
		}
		first, second := again(crm.PrivacyEraseCustomer, "1", "77"), again(crm.PrivacyEraseCustomer, "2", "77")
		show, other := again(crm.PrivacyExport, "3", "77"), again(crm.PrivacyExport, "4", "78")
		erase(t, s, first)
		for want, r := range map[crm.PrivacyState]crm.PrivacyRequest{crm.PrivacyRefused: show, crm.PrivacyOpen: other} {
			if got, err := s.PrivacyRequest(t.Context(), shop.ID, r.ID); err != nil || got.State != want || want == crm.PrivacyRefused && (got.CustomerID != "" || got.Detail == "") {
				t.Errorf("%+v, %v, want it %s", got, err, want)
			}
		}
		if done := erase(t, s, second); done.State != crm.PrivacyDone || len(done.Proof) != 0 {
			t.Errorf("%+v", done)
		}
	})
}
