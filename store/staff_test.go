package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

func TestChangeConnection(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		pause := func(state crm.ShopState) {
			t.Helper()
			if _, err := s.ChangeShop(t.Context(), shop.ID, func(shop *crm.Shop) error { shop.State = state; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		for before, want := range map[crm.ShopState]crm.ShopState{
			crm.ShopActive: crm.ShopActive, crm.ShopPaused: crm.ShopPaused, crm.ShopUninstalled: crm.ShopActive,
		} {
			pause(before)
			got, err := s.ChangeConnection(t.Context(), shop.ID, func(shop *crm.Shop, v crm.Values) error {
				shop.Name, v["previous_secret"], v["secret"] = "New", v["secret"], "hush hush"
				return nil
			})
			if err != nil || got.State != want || got.Name != "New" {
				t.Errorf("%s became %s (%q), want %s: %v", before, got.State, got.Name, want, err)
			}
		}
		if v, err := s.Connection(t.Context(), shop.ID); err != nil || v["secret"] != "hush hush" {
			t.Errorf("the connection is %v, %v", v, err)
		}

		// An error leaves shop and connection as they were.
		stop := errors.New("stop")
		_, err := s.ChangeConnection(t.Context(), shop.ID, func(shop *crm.Shop, v crm.Values) error {
			shop.Name, v["secret"] = "Half", "half"
			return stop
		})
		if !errors.Is(err, stop) {
			t.Errorf("got %v", err)
		}
		v, _ := s.Connection(t.Context(), shop.ID)
		if have, _ := s.Shop(t.Context(), shop.ID); have.Name != "New" || v["secret"] != "hush hush" {
			t.Errorf("half a change was kept: %q, %q", have.Name, v["secret"])
		}
		if _, err := s.ChangeConnection(t.Context(), "shp_none", func(*crm.Shop, crm.Values) error { return nil }); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("no shop: %v", err)
		}
	})
}

// A person is found by her account and by her address, within her shop.
func TestMessagesOf(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, other := connect(t, s, "demo.myshopify.com"), connect(t, s, "other.myshopify.com")
		due := c.Now().Add(time.Hour)
		add := func(shopID string, o crm.Order) {
			events := paid(o)
			if o.CustomerID != "" {
				events[0].Customer = &crm.Customer{ID: o.CustomerID, Email: o.Email, EmailKey: o.EmailKey, UpdatedAt: c.Now()}
			}
			apply(t, s, shopID, "d-"+o.ID, events, thankYou(o, due))
		}
		add(shop.ID, paidOrder(c, "1", "", "anna@mail.example")) // as a guest, before she had an account
		add(shop.ID, paidOrder(c, "2", "7", "anna@mail.example"))
		add(shop.ID, paidOrder(c, "3", "7", "anna@work.example"))
		add(shop.ID, paidOrder(c, "4", "8", "bea@mail.example"))
		add(other.ID, paidOrder(c, "5", "7", "anna@mail.example"))

		anna, err := s.Customer(t.Context(), shop.ID, "7")
		if err != nil {
			t.Fatal(err)
		}
		anna.EmailKey = "anna@mail.example"
		found, err := s.MessagesOf(t.Context(), shop.ID, anna, 10)
		if err != nil {
			t.Fatal(err)
		}
		var subjects []string
		for _, m := range found {
			subjects = append(subjects, m.Subject)
		}
		if want := []string{"order:3", "order:2", "order:1"}; !slices.Equal(subjects, want) {
			t.Errorf("got %v, want %v", subjects, want)
		}
		if some, _ := s.MessagesOf(t.Context(), shop.ID, anna, 2); len(some) != 2 {
			t.Errorf("the limit gave %d", len(some))
		}
	})
}

func TestCondition(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		is, err := s.Condition(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if is.Engine != s.Engine() || is.Version == "" || is.Schema < 1 || is.Settings == "" {
			t.Errorf("%+v", is)
		}
		// Ours is always durable; whether a server is, is for it to say.
		if want := is.Engine == "sqlite" || strings.Contains(is.Settings, "fsync=on"); is.Durable != want {
			t.Errorf("%+v", is)
		}
		now := time.Now()
		if is.Engine == "sqlite" {
			now = c.Now()
		}
		if is.Clock.Sub(now).Abs() > time.Minute {
			t.Errorf("the clock is at %s, here it is %s", is.Clock, now)
		}
	})
}

// Staff plans beside the server, whose bell she cannot ring: the next sweep
// must take the message up, whether its row is new or was there before.
func TestPlannedByHandIsSwept(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		m := thankYou(paidOrder(c, "1", "7", "anna@mail.example"), c.Now())
		m.ShopID, m.ByHand = shop.ID, true
		for range 2 {
			planned, err := s.PlanByHand(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			rung, err := s.Ring(t.Context(), c.Now().Add(-30*time.Second), 10)
			if err != nil || len(rung) != 1 || rung[0].ID != planned.ID {
				t.Errorf("rung %v, %v", rung, err)
			}
		}
	})
}
