package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// history is what became of a consent in short, the newest first.
func history(t *testing.T, s *store.Store, shopID, id string) (all []string) {
	t.Helper()
	found, err := s.ConsentsOf(t.Context(), shopID, id, 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range found {
		all = append(all, fmt.Sprintf("%s: %s to %s %s", c.Source, c.Old, c.New, c.Level))
	}
	return all
}

// Whoever changes what a customer allows, it is noted: the platform, she herself,
// the mail provider, staff.
func TestEveryChangeOfConsentIsNoted(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		id, shopID := p.link.CustomerID, p.shop.ID
		want := []string{}
		noted := func(line string) {
			t.Helper()
			want = append([]string{line}, want...)
			if got := history(t, s, shopID, id); !slices.Equal(got, want) {
				t.Errorf("the history is %q, want %q", got, want)
			}
		}
		noted("platform:  to subscribed single_opt_in")
		c.pass(time.Hour)
		known(t, s, c, shopID, crm.Customer{ID: "80"})
		known(t, s, c, shopID, crm.Customer{ID: "80", Consent: crm.Consent{State: crm.ConsentNone, At: c.Now()}})
		if got := history(t, s, shopID, "80"); got != nil {
			t.Errorf("who was never asked has a history: %q", got)
		}
		if err := s.Unsubscribe(t.Context(), p.link, crm.ScopeMarketing); err != nil {
			t.Fatal(err)
		}
		noted("page: subscribed to unsubscribed ")
		c.pass(time.Hour)
		if err := s.Unsubscribe(t.Context(), p.link, crm.ScopeMarketing); err != nil { // twice changes nothing
			t.Fatal(err)
		}
		if _, err := s.SavePreferences(t.Context(), p.link, store.Choices{Shown: []string{gift}, Want: []string{gift}, Wording: "v1"}, nil); err != nil {
			t.Fatal(err)
		}
		noted("page: unsubscribed to subscribed single_opt_in") // the mail went to another address of hers
		c.pass(time.Hour)
		ada, err := s.Customer(t.Context(), shopID, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.EditCustomer(t.Context(), shopID, id, store.CustomerEdit{Consent: &crm.Consent{State: crm.ConsentNone}, By: "Kim", Evidence: "on the phone", Seen: ada}, nil); err != nil {
			t.Fatal(err)
		}
		noted("staff: subscribed to not_subscribed ")
		if all, err := s.ConsentsOf(t.Context(), shopID, id, 1); err != nil || all[0].By != "Kim" || all[0].Evidence != "on the phone" || !all[0].ToldAt.Equal(c.Now()) {
			t.Errorf("%+v, %v", all, err)
		}
		c.pass(time.Hour)
		all := messages(t, s, shopID)
		if _, err := s.ApplyFeedback(t.Context(), []crm.Feedback{{ID: "e1", ShopID: shopID, MessageID: all[0].ID, Kind: crm.FeedbackUnsubscribed, EmailKey: "ada@x.example", At: c.Now()}}); err != nil {
			t.Fatal(err)
		}
		noted("provider: not_subscribed to unsubscribed ")
	})
}

// What staff changes holds at once, for what was shown, and of nobody who is not
// there any more.
func TestStaffEditsACustomer(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		shopID := p.shop.ID
		ada, err := s.Customer(t.Context(), shopID, "77")
		if err != nil {
			t.Fatal(err)
		}
		c.pass(time.Hour)
		day, none := crm.MonthDay("02-29"), crm.MonthDay("")
		planned := crm.Message{Journey: gift, Purpose: crm.Marketing, Subject: "birthday:77:2028-02-29", CustomerID: "77", DueAt: c.Now()}
		due, err := s.EditCustomer(t.Context(), shopID, "77", store.CustomerEdit{Birthday: &day, By: "Kim", Seen: ada}, func(e crm.Event) []crm.Message {
			if e.Customer.Birthday.Day != day {
				t.Errorf("planned by %+v", e.Customer.Birthday)
			}
			return []crm.Message{planned}
		})
		if err != nil || len(due) != 1 {
			t.Fatal(due, err)
		}
		now, err := s.Customer(t.Context(), shopID, "77")
		if b := now.Birthday; err != nil || b.Day != day || b.Source != "staff" || b.FirstDay != day || !b.At.Equal(c.Now()) {
			t.Errorf("%+v, %v", b, err)
		}
		if _, err := s.EditCustomer(t.Context(), shopID, "77", store.CustomerEdit{Birthday: &none, By: "Lea", Seen: ada}, nil); !errors.Is(err, crm.ErrConflict) {
			t.Errorf("over somebody's change: %v", err)
		}
		if _, err := s.EditCustomer(t.Context(), shopID, "77", store.CustomerEdit{Birthday: &none, By: "Lea", Seen: now}, nil); err != nil {
			t.Error(err)
		}
		if now, err = s.Customer(t.Context(), shopID, "77"); err != nil || now.Birthday.Day != "" || now.Birthday.FirstDay != "" || now.Birthday.At.IsZero() {
			t.Errorf("%+v, %v", now.Birthday, err)
		}
		// Her no on the phone stops what waits, marketing alone.
		if _, err := s.EditCustomer(t.Context(), shopID, "77", store.CustomerEdit{Consent: &crm.Consent{State: crm.ConsentUnsubscribed}, By: "Kim", Seen: now}, nil); err != nil {
			t.Fatal(err)
		}
		if got := p.waits(); !slices.Equal(got, []string{"thank_you order:1"}) {
			t.Errorf("still waiting: %q", got)
		}
		if _, err := s.EditCustomer(t.Context(), shopID, "77", store.CustomerEdit{Consent: &crm.Consent{State: crm.ConsentSubscribed}, Seen: now}, nil); !errors.Is(err, crm.ErrConflict) {
			t.Errorf("over somebody's no: %v", err)
		}
		erase(t, s, ask(t, s, crm.PrivacyRequest{ShopID: shopID, Kind: crm.PrivacyEraseCustomer, Source: "kim: asked", CustomerID: "77"}))
		for _, id := range []string{"77", "nobody"} {
			if _, err := s.EditCustomer(t.Context(), shopID, id, store.CustomerEdit{Birthday: &day, Seen: now}, nil); !errors.Is(err, crm.ErrNotFound) {
				t.Errorf("%s: %v", id, err)
			}
		}
	})
}

// All that happened with a customer is there, of a guest with her address too,
// and of thousands only the newest are read.
func TestStoryOfACustomer(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		shopID := p.shop.ID
		guest := paidOrder(c, "g1", "", "guest@x.example")
		apply(t, s, shopID, "g", paid(guest))
		c.pass(time.Hour)
		known(t, s, c, shopID, crm.Customer{ID: "77", Email: "guest@x.example", EmailKey: "guest@x.example"})
		if _, err := s.SaveReview(t.Context(), p.link, crm.Review{Rating: 1, Text: "broken"}); err != nil {
			t.Fatal(err)
		}
		known(t, s, c, shopID, crm.Customer{ID: "77", Email: "guest@x.example", EmailKey: "guest@x.example"})
		apply(t, s, shopID, "r", []crm.Event{{Kind: crm.ReturnChanged, Return: &crm.Return{ID: "r1", OrderID: "2", Status: crm.ReturnRequested}}})
		if err := s.Record(t.Context(), &store.Act{ShopID: shopID, By: "Kim", Action: "customers.birthday", Target: "77"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Record(t.Context(), &store.Act{ShopID: shopID, By: "Kim", Action: "customers.one", Target: "77"}); err != nil {
			t.Fatal(err)
		}
		ada, err := s.Customer(t.Context(), shopID, "77")
		if err != nil {
			t.Fatal(err)
		}
		y, err := s.StoryOf(t.Context(), shopID, ada, 5)
		if err != nil || len(y.Orders) != 3 || len(y.Messages) != 4 || len(y.Reviews) != 1 || len(y.Tasks) != 1 || len(y.Returns) != 1 || len(y.Consents) != 1 || len(y.Edits) != 1 || y.More {
			t.Errorf("%d orders, %d messages, %d reviews, %d tasks, %d returns, %d consents, %d edits, %v: %v", len(y.Orders), len(y.Messages), len(y.Reviews), len(y.Tasks), len(y.Returns), len(y.Consents), len(y.Edits), y.More, err)
		}
		for i := range 20 {
			o := paidOrder(c, fmt.Sprint("n", i), "77", "ada@x.example")
			o.CreatedAt = c.Now().Add(time.Duration(i) * time.Hour)
			apply(t, s, shopID, o.ID, paid(o))
		}
		if y, err = s.StoryOf(t.Context(), shopID, ada, 5); err != nil || len(y.Orders) != 6 || !y.More || y.Orders[0].ID != "n19" {
			t.Errorf("%d orders, %v, %v", len(y.Orders), y.More, err)
		}
	})
}
