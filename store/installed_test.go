package store_test

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

const installed = "new.myshopify.com"

func install(t *testing.T, s *store.Store, in store.Installed) (crm.Shop, bool) {
	t.Helper()
	in.Platform = "shopify"
	shop, created, err := s.InstallShop(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := s.Shop(t.Context(), shop.ID)
	if err != nil || !reflect.DeepEqual(stored, shop) {
		t.Fatalf("returned\n%+v\nstored\n%+v, %v", shop, stored, err)
	}
	return shop, created
}

func choresOf(t *testing.T, s *store.Store, shopID string) []crm.Chore {
	t.Helper()
	all, err := s.Chores(t.Context(), shopID)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func credentials(t *testing.T, s *store.Store, shopID string) crm.Values {
	t.Helper()
	v, err := s.Connection(t.Context(), shopID)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A new shop is paused until its first steps; it finds all of that again.
func TestInstallShop(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, created := install(t, s, store.Installed{Domain: "NEW.myshopify.com", Credentials: crm.Values{"token": "one", "refresh": "r"}, Scopes: []string{"write_orders"},
			About: crm.Shop{Name: "Bottega", Owner: "anna@bottega.example", Timezone: "Europe/Rome", Domain: "other", ID: "shp_other", State: crm.ShopActive}})
		if !created || shop.Domain != installed || shop.State != crm.ShopPaused || !shop.App || !shop.SetUpAt.IsZero() || shop.Name != "Bottega" || shop.ID == "shp_other" ||
			shop.Owner != "anna@bottega.example" || !slices.Equal(shop.Scopes, []string{"write_orders"}) || !shop.ConnectedAt.Equal(c.Now()) || !shop.Since.Equal(c.Now()) {
			t.Errorf("%+v", shop)
		}
		if chores := choresOf(t, s, shop.ID); len(chores) != len(crm.Chores) {
			t.Errorf("chores %v", chores)
		}

		// Not set up yet: a second installation changes nothing of that.
		c.pass(time.Hour)
		if again, created := install(t, s, store.Installed{Domain: installed, Credentials: crm.Values{"token": "two"}}); created || again.ID != shop.ID || again.State != crm.ShopPaused {
			t.Errorf("%+v", again)
		}
		// Its past is not read again, unless more is allowed now, or something was missed.
		due := func(name string, want bool, in store.Installed) {
			t.Helper()
			for _, chore := range choresOf(t, s, shop.ID) {
				if err := s.EndChore(t.Context(), crm.Chore{ShopID: shop.ID, Kind: chore.Kind}, ""); err != nil {
					t.Fatal(err)
				}
			}
			in.Domain, in.Credentials = installed, crm.Values{"token": "two"}
			install(t, s, in)
			for _, chore := range choresOf(t, s, shop.ID) {
				if chore.DueAt.IsZero() == want {
					t.Errorf("%s: %s is due %s", name, chore.Kind, chore.DueAt)
				}
			}
		}
		due("the same again", false, store.Installed{})
		due("more scopes", true, store.Installed{Scopes: []string{"write_orders", "read_products"}})
		due("the same in another sequence", false, store.Installed{Scopes: []string{"read_products", "write_orders"}})
		if _, err := s.ChangeShop(t.Context(), shop.ID, func(shop *crm.Shop) error { shop.Broken = "refused"; return nil }); err != nil {
			t.Fatal(err)
		}
		due("after a refusal", true, store.Installed{Scopes: []string{"read_products", "write_orders"}})
		was, err := s.ChangeConnection(t.Context(), shop.ID, func(shop *crm.Shop, v crm.Values) error {
			shop.State, shop.SetUpAt, shop.Name, shop.Sender = crm.ShopActive, c.Now(), "Hers", crm.Mailbox{Name: "Anna", Email: "anna@hers.example"}
			shop.Journeys, shop.Rules = map[string]crm.Values{"thank_you": {"enabled": "true"}}, crm.Values{"cap": "3"}
			shop.Areas, shop.Imports = []crm.Area{{Country: "IT", Text: map[string]string{"it": "Ciao"}}}, []string{"2026-11-20"}
			v["easypost.api_key"] = "hers"
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		m := waits(t, s, was)
		uninstall(t, s, shop.ID, c.Now().Add(time.Second))
		if _, err := s.ChangeShop(t.Context(), shop.ID, func(shop *crm.Shop) error {
			shop.Broken, shop.BrokenAt, shop.RemovedAt = "refused", c.Now(), c.Now()
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		c.pass(time.Hour)
		back, created := install(t, s, store.Installed{Domain: installed, Credentials: crm.Values{"token": "three"}, Scopes: []string{"write_discounts"}, About: crm.Shop{Name: "Theirs", Locale: "it"}})
		want := was
		want.Since, want.Scopes, want.Locale = c.Now(), []string{"write_discounts"}, "it"
		if created || !reflect.DeepEqual(back, want) {
			t.Errorf("back\n%+v\nwant\n%+v", back, want)
		}
		if v := credentials(t, s, shop.ID); !reflect.DeepEqual(v, crm.Values{"token": "three", "easypost.api_key": "hers"}) {
			t.Errorf("connection %v", v)
		}
		if after, err := s.Message(t.Context(), shop.ID, m); err != nil || after.State != crm.Cancelled {
			t.Errorf("what the removal cancelled: %s, %v", after.State, err)
		}
		// The removal before comes late, and is void.
		uninstall(t, s, shop.ID, c.Now().Add(-time.Minute))
		if after, err := s.Shop(t.Context(), shop.ID); err != nil || after.State != crm.ShopActive {
			t.Errorf("an old removal: %s, %v", after.State, err)
		}

		// What staff paused stays paused, and what staff connected is set up.
		if _, err := s.ChangeShop(t.Context(), shop.ID, func(shop *crm.Shop) error { shop.State = crm.ShopPaused; return nil }); err != nil {
			t.Fatal(err)
		}
		if again, _ := install(t, s, store.Installed{Domain: installed, Credentials: crm.Values{}}); again.State != crm.ShopPaused {
			t.Errorf("staff's pause: %s", again.State)
		}
		custom := connect(t, s, "custom.myshopify.com")
		if taken, created := install(t, s, store.Installed{Domain: custom.Domain, Credentials: crm.Values{"token": "four"}}); created || taken.State != crm.ShopActive || taken.SetUpAt.IsZero() || !taken.App {
			t.Errorf("a shop that staff connected: %+v", taken)
		} else if v := credentials(t, s, custom.ID); v["secret"] != "" {
			t.Errorf("the custom app's secret is there still: %v", v)
		}
	})
}

// waits makes one message wait.
func waits(t *testing.T, s *store.Store, shop crm.Shop) string {
	t.Helper()
	n, err := s.PlanMessages(t.Context(), shop.ID, []crm.Message{{CustomerID: "7", Journey: "birthday_coupon", Purpose: crm.Marketing, Subject: "birthday:7:2027-03-05", DueAt: shop.Since.AddDate(0, 1, 0)}})
	all, errs := s.Messages(t.Context(), shop.ID, store.MessageFilter{Limit: 5})
	if err != nil || errs != nil || len(all) != 1 {
		t.Fatal(n, err, errs, all)
	}
	return all[0].ID
}

func uninstall(t *testing.T, s *store.Store, shopID string, at time.Time) {
	t.Helper()
	if _, err := s.ApplyEvents(t.Context(), shopID, []store.Applied{{State: store.WebhookProcessed, Events: []crm.Event{{Kind: crm.AppUninstalled, At: at}}}}, nil); err != nil {
		t.Fatal(err)
	}
}

// What staff stopped, no merchant starts by removing the app and coming back.
func TestHeldShopStaysHeld(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, _ := install(t, s, store.Installed{Domain: installed})
		if _, err := s.ChangeShop(t.Context(), shop.ID, func(shop *crm.Shop) error {
			shop.SetUpAt, shop.State, shop.Held = c.Now(), crm.ShopPaused, true
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		c.pass(time.Hour)
		uninstall(t, s, shop.ID, c.Now())
		c.pass(time.Hour)
		if back, _ := install(t, s, store.Installed{Domain: installed}); back.State != crm.ShopPaused {
			t.Errorf("a shop that staff holds came back %s", back.State)
		}
	})
}

// However many install a shop at once, it is one shop, with the credentials of one of them.
func TestInstallsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		const many = 8
		var all sync.WaitGroup
		var fresh [many]bool
		var ids [many]string
		for i := range many {
			all.Go(func() {
				n := strconv.Itoa(i)
				shop, created, err := s.InstallShop(t.Context(), store.Installed{Platform: "shopify", Domain: installed, Credentials: crm.Values{"token": n, "refresh": n}})
				if err != nil {
					t.Error(err)
				}
				fresh[i], ids[i] = created, shop.ID
			})
		}
		all.Wait()
		news := 0
		for i := range many {
			if ids[i] != ids[0] {
				t.Errorf("shops %v", ids)
			}
			if fresh[i] {
				news++
			}
		}
		shops, err := s.Shops(t.Context())
		if v := credentials(t, s, ids[0]); err != nil || len(shops) != 1 || news != 1 || v["token"] == "" || v["token"] != v["refresh"] {
			t.Errorf("%d shops, %d new, %v, %v", len(shops), news, v, err)
		}
	})
}

// A state is good once: for its platform, its browser, and its time.
func TestInstallStates(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		ctx := t.Context()
		begin := func(state string) {
			t.Helper()
			if err := s.BeginInstall(ctx, "shopify", installed, state, "browser"); err != nil {
				t.Fatal(err)
			}
		}
		refused := func(name string, err error) {
			t.Helper()
			if !errors.Is(err, crm.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		end := func(platform, state, browser string) error {
			_, err := s.EndInstall(ctx, platform, state, browser)
			return err
		}
		begin("good")
		if domain, err := s.EndInstall(ctx, "shopify", "good", "browser"); err != nil || domain != installed {
			t.Errorf("%q, %v", domain, err)
		}
		refused("used", end("shopify", "good", "browser"))
		refused("unknown", end("shopify", "never", "browser"))
		for name, ask := range map[string][2]string{"platform": {"woocommerce", "browser"}, "browser": {"shopify", "other"}} {
			begin("s")
			refused("another "+name, end(ask[0], "s", ask[1]))
			refused("after another "+name, end("shopify", "s", "browser"))
		}
		begin("late")
		c.pass(store.InstallTime + time.Second)
		refused("late", end("shopify", "late", "browser"))

		// A shop brings the state; the browser comes back for it once.
		begin("posted")
		if _, err := s.TakeInstall(ctx, "woocommerce", "posted"); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("of another platform: %v", err)
		}
		begin("posted")
		b, err := s.TakeInstall(ctx, "shopify", "posted")
		if err != nil || b.Domain != installed {
			t.Fatalf("%+v, %v", b, err)
		}
		_, err = s.TakeInstall(ctx, "shopify", "posted")
		refused("posted twice", err)
		refused("before the credentials are stored", end("shopify", "back", "browser"))
		for _, browser := range []string{"other", "browser"} {
			if err := s.ReturnInstall(ctx, b, "back"); err != nil {
				t.Fatal(err)
			}
			err := end("shopify", "back", browser)
			if (err == nil) != (browser == "browser") {
				t.Errorf("%s comes back: %v", browser, err)
			}
		}
	})
}
