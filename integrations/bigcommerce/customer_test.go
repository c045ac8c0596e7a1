package bigcommerce_test

import (
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations/bigcommerce"
	"grazie/integrations/bigcommerce/simstore"
)

// Only the newsletter is a permission; a customer's own field for reviews and
// carts, which every customer of the stand-in has set, is none.
func TestConsent(t *testing.T) {
	for name, c := range map[string]struct {
		in   *simstore.Subscriber
		want crm.ConsentState
	}{
		"newsletter":      {&simstore.Subscriber{Consents: []string{"abandoned_cart", "marketing_newsletter"}}, crm.ConsentSubscribed},
		"carts only":      {&simstore.Subscriber{Consents: []string{"abandoned_cart"}}, crm.ConsentNone},
		"unsubscribed":    {&simstore.Subscriber{Consents: []string{}}, crm.ConsentUnsubscribed},
		"nothing told":    {&simstore.Subscriber{}, crm.ConsentUnknown},
		"not in the list": {nil, crm.ConsentNone},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, bigcommerce.App{})
			fill(s.Store)
			s.Change(func() {
				delete(s.Subscribers, 7)
				if c.in != nil {
					c.in.ID, c.in.Email, c.in.Modified = 8, "giulia@casa.example", start
					s.Subscribers[8] = *c.in
				}
			})
			events, err := s.read(t, "store/customer/updated", map[string]any{"id": 32})
			if err != nil || len(events) != 1 || events[0].Customer.Consent.State != c.want {
				t.Fatalf("%+v, %v; want %q", events, err, c.want)
			}
			// Whoever is not in the list decided nothing there: her own decision anywhere since stays.
			own := crm.Consent{State: crm.ConsentSubscribed, Source: "form", At: start.Add(-time.Hour)}
			if got := own.Apply(events[0].Customer.Consent); c.in == nil && got != own {
				t.Errorf("her own decision became %+v", got)
			}
		})
	}
}

// A subscriber's change is her consent's, if she has an account.
func TestSubscriberIsACustomer(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	fill(s.Store)
	s.Change(func() {
		s.Subscribers[7] = simstore.Subscriber{ID: 7, Email: "giulia@casa.example", Consents: []string{}, Modified: start}
		s.Subscribers[9] = simstore.Subscriber{ID: 9, Email: "nobody@else.example", Consents: []string{"marketing_newsletter"}, Modified: start}
	})
	events, err := s.read(t, "store/subscriber/updated", map[string]any{"id": 7})
	if err != nil || len(events) != 1 || events[0].Kind != crm.ConsentChanged || events[0].Customer.ID != "32" || events[0].Customer.Consent.State != crm.ConsentUnsubscribed {
		t.Errorf("%+v, %v", events, err)
	}
	for _, id := range []int{9, 77} {
		if events, err := s.read(t, "store/subscriber/created", map[string]any{"id": id}); err != nil || events != nil {
			t.Errorf("subscriber %d: %+v, %v", id, events, err)
		}
	}
}

func TestBirthdays(t *testing.T) {
	for name, c := range map[string]struct {
		fields map[string]any
		own    string // name that the merchant gave
		want   crm.MonthDay
	}{
		"a date":          {map[string]any{"Birthday": "1990-03-05"}, "", "03-05"},
		"with midnight":   {map[string]any{"Date of Birth": "1990-03-05T00:00:00+00:00"}, "", "03-05"},
		"the shop's name": {map[string]any{"Born": "1990-03-05", "Birthday": "1991-04-06"}, "born", "03-05"},
		"no day":          {map[string]any{"Birthday": "1990-02-30"}, "", ""},
		"a list":          {map[string]any{"Birthday": []string{"1990-03-05"}}, "", ""},
		"something else":  {map[string]any{"Wedding": "1990-03-05"}, "", ""},
		"as people write": {map[string]any{"Birthday": "5 March"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, bigcommerce.App{})
			fill(s.Store)
			s.Change(func() { c2 := s.Customers[32]; c2.Fields = c.fields; s.Customers[32] = c2 })
			if c.own != "" {
				s.conn.Settings[bigcommerce.SettingBirthday] = c.own
			}
			events, err := s.read(t, "store/customer/updated", map[string]any{"id": 32})
			if err != nil || len(events) != 1 || events[0].Customer.Birthday.Day != c.want {
				t.Errorf("%+v, %v; want %q", events, err, c.want)
			}
		})
	}
	t.Run("attribute", func(t *testing.T) {
		s := newStand(t, bigcommerce.App{})
		fill(s.Store)
		s.Change(func() { c := s.Customers[33]; c.Attributes = map[int]string{4: "1984-02-29"}; s.Customers[33] = c })
		events, err := s.read(t, "store/customer/created", map[string]any{"id": 33})
		if err != nil || len(events) != 1 || events[0].Customer.Birthday.Day != "02-29" {
			t.Errorf("%+v, %v", events, err)
		}
	})
}
