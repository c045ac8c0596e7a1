package store_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// removeApp tells that the app was removed.
func removeApp(t *testing.T, s *store.Store, shopID string, at time.Time) {
	t.Helper()
	apply(t, s, shopID, store.NewID("d"), []crm.Event{{Kind: crm.AppUninstalled, At: at}})
}

func eraseShop(t *testing.T, s *store.Store, r crm.PrivacyRequest) crm.PrivacyRequest {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = s.EraseShop(t.Context(), r.ShopID, r.ID); err != nil {
			t.Fatal(err)
		}
	}
	r, err := s.PrivacyRequest(t.Context(), r.ShopID, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every table that there is, also one that is made tomorrow, is empty of a shop
// that was erased; the others stand as they were.
func TestErasedShopIsNowhere(t *testing.T) {
	eachRaw(t, func(t *testing.T, s *store.Store, c *clock, raw *raw) {
		shop, other := connect(t, s, "demo.myshopify.com"), connect(t, s, "other.myshopify.com")
		newSoul("annamark", "01").live(t, s, c, shop.ID)
		newSoul("annamark", "01").live(t, s, c, other.ID)
		furnish(t, s, raw, shop.ID)
		furnish(t, s, raw, other.ID)
		early := ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseShop, Subject: "webhook:0"})
		if refused := eraseShop(t, s, early); refused.State != crm.PrivacyRefused || refused.Detail == "" || len(refused.Proof) > 0 {
			t.Errorf("while it is connected: %+v", refused)
		}
		c.pass(time.Hour)
		removeApp(t, s, shop.ID, c.Now())
		before := raw.dump()
		holds := map[string]bool{}
		for table, columns := range raw.columns() {
			if columns["shop_id"] != "" && raw.one(`select count(*) from `+table+` where shop_id = $1`, shop.ID) != int64(0) {
				holds[table] = true
			}
		}
		r := ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseShop, Subject: "webhook:1", Source: "shopify"})
		done := eraseShop(t, s, r)
		if done.State != crm.PrivacyDone || done.Proof["shops"] != 1 {
			t.Errorf("%+v", done)
		}
		for table, columns := range raw.columns() {
			if columns["shop_id"] == "" {
				continue
			}
			if !holds[table] {
				t.Errorf("%s held nothing of the shop: this test would see nothing", table)
			}
			if n := raw.one(`select count(*) from `+table+` where shop_id = $1`, shop.ID); n != int64(0) && table != "privacy_requests" {
				t.Errorf("%v rows are left in %s", n, table)
			}
		}
		left := linesWith(raw.dump(), shop.ID, shop.Domain)
		left = slices.DeleteFunc(left, func(l string) bool { // that it was erased is told by its id alone
			return strings.HasPrefix(l, "audit ") && strings.Contains(l, "shops.erased") && len(linesWith([]string{l}, shop.Domain, "annamark")) == 0
		})
		for _, l := range left {
			if !strings.HasPrefix(l, "privacy_requests ") || len(linesWith([]string{l}, shop.Domain, "annamark", "70000000", "45000000")) > 0 || strings.Contains(l, "state=open") {
				t.Errorf("left: %s", l)
			}
		}
		if len(left) != 3 {
			t.Errorf("%d proofs are left", len(left))
		}
		if was, is := linesWith(before, other.ID), linesWith(raw.dump(), other.ID); !slices.Equal(was, is) {
			t.Error("another shop's rows changed")
		}
		if _, err := s.EraseShop(t.Context(), shop.ID, r.ID); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("a second time: %v", err)
		}
		// What was at the door meanwhile goes as well.
		receive(t, s, shop.ID, "late")
		receive(t, s, other.ID, "late")
		for _, id := range []string{shop.ID, other.ID, ""} {
			if err := s.EraseOrphans(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		if a, b := raw.one(`select count(*) from webhooks where shop_id = $1`, shop.ID), raw.one(`select count(*) from webhooks where shop_id = $1 and delivery_id = 'late'`, other.ID); a != int64(0) || b != int64(1) {
			t.Errorf("%v and %v webhooks", a, b)
		}
	})
}

// furnish adds rows to the tables that no customer has any in.
func furnish(t *testing.T, s *store.Store, raw *raw, shopID string) {
	t.Helper()
	if err := s.SetPlanned(t.Context(), shopID, crm.Day{Year: 2026, Month: 11, Day: 21}); err != nil {
		t.Fatal(err)
	}
	if err := s.Record(t.Context(), &store.Act{ShopID: shopID, By: "kim", Action: "customers.show"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveTemplate(t.Context(), shopID, crm.Template{Journey: "thank_you", Locale: "en", Text: "Hi"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.CreateToken(t.Context(), store.Token{ShopID: shopID, Role: store.Viewer, Name: "desk of " + shopID}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddStaff(t.Context(), crm.Staff{Name: "Kim"}, store.Member{ShopID: shopID, Role: store.Owner}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Invite(t.Context(), store.Invitation{Email: "kit@staff.example", ShopID: shopID, Role: store.Viewer, Until: farOff}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveDraft(t.Context(), shopID, store.Draft{Template: crm.Template{Journey: "thank_you", Locale: "en", Text: "Hi"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveSignature(t.Context(), shopID, []byte("a picture")); err != nil {
		t.Fatal(err)
	}
	delivers(t, s, shopID, "7777", "called", newClock().Now().AddDate(0, 0, -20), 30)
	if _, err := s.TakeCall(t.Context(), shopID, "7777", "stf_1", "Kim", manyCalls); err != nil {
		t.Fatal(err)
	}
	if err := s.FinishCall(t.Context(), crm.CallTry{ShopID: shopID, OrderID: "7777", StaffID: "stf_1", By: "Kim", Outcome: crm.CallHappy}, farOff, nil); err != nil {
		t.Fatal(err)
	}
	raw.exec(`insert into brakes (shop_id, journey, domain, reason, detail, since, until) values ($1, '', '', 'complaints', '', 1, 0)`, shopID)
}

func TestUninstall(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		access := crm.Values{"secret": "hush", "token": "t", "token_expires": "x", "refresh_token": "r", "refresh_token_expires": "y", "easypost.key": "k"}
		connected := func() {
			t.Helper()
			if _, err := s.ChangeConnection(t.Context(), shop.ID, func(_ *crm.Shop, v crm.Values) error { maps.Copy(v, access); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		connected()
		if _, err := s.ChangeShop(t.Context(), shop.ID, func(s *crm.Shop) error { s.Broken = "401"; s.Rules = crm.Values{"cap_day": "3"}; return nil }); err != nil {
			t.Fatal(err)
		}
		o := paidOrder(c, "1001", "77", "anna@x.example")
		apply(t, s, shop.ID, "d", paid(o), thankYou(o, c.Now().Add(time.Hour)))
		b, err := s.CreateBulk(t.Context(), crm.Bulk{ShopID: shop.ID}, []string{"order:1001"})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.TurnBulk(t.Context(), shop.ID, b.ID, crm.BulkRunning, crm.BulkCounted); err != nil {
			t.Fatal(err)
		}
		removeApp(t, s, shop.ID, shop.Since.Add(-time.Minute))
		if got, _ := s.Shop(t.Context(), shop.ID); got.State != crm.ShopActive || !got.RemovedAt.IsZero() {
			t.Fatalf("an old word counted: %+v", got)
		}
		c.pass(time.Minute)
		removeApp(t, s, shop.ID, c.Now())
		got, err := s.Shop(t.Context(), shop.ID)
		if err != nil || got.State != crm.ShopUninstalled || !got.RemovedAt.Equal(c.Now()) || got.Broken != "" {
			t.Errorf("%+v, %v", got, err)
		}
		if v, err := s.Connection(t.Context(), shop.ID); err != nil || !maps.Equal(v, crm.Values{"secret": "hush", "easypost.key": "k"}) {
			t.Errorf("it still holds %v, %v", slices.Sorted(maps.Keys(v)), err)
		}
		if m := bySubject(t, s, shop.ID, "order:1001"); m.State != crm.Cancelled || m.Reason != crm.ReasonShopUninstalled {
			t.Errorf("%+v", m)
		}
		if b, err := s.Bulk(t.Context(), shop.ID, b.ID); err != nil || b.State != crm.BulkPaused {
			t.Errorf("the bulk job is %s, %v", b.State, err)
		}
		c.pass(time.Minute)
		connected()
		back, err := s.Shop(t.Context(), shop.ID)
		if err != nil || back.State != crm.ShopActive || !back.RemovedAt.IsZero() || back.Rules["cap_day"] != "3" || !back.ConnectedAt.Equal(shop.ConnectedAt) {
			t.Errorf("connected again: %+v, %v", back, err)
		}
		removeApp(t, s, shop.ID, c.Now().Add(-time.Minute))
		if got, _ := s.Shop(t.Context(), shop.ID); got.State != crm.ShopActive {
			t.Error("the word of the removal before counted")
		}
	})
}

// A webhook twice is one request, and its address is sealed.
func TestPrivacyRequests(t *testing.T) {
	eachRaw(t, func(t *testing.T, s *store.Store, c *clock, raw *raw) {
		shop := connect(t, s, "demo.myshopify.com")
		chores := func() (at time.Time) {
			all, err := s.Chores(t.Context(), shop.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, ch := range all {
				if ch.Kind == crm.ChorePrivacy {
					at = ch.DueAt
				}
			}
			return at
		}
		if _, err := s.ClaimChores(t.Context(), "me", time.Minute, 100, len(crm.Chores)); err != nil {
			t.Fatal(err)
		}
		if err := s.EndChore(t.Context(), crm.Chore{ShopID: shop.ID, Kind: crm.ChorePrivacy, DueAt: c.Now().Add(6 * time.Hour)}, "me"); err != nil {
			t.Fatal(err)
		}
		at := c.Now().Add(-time.Minute)
		event := crm.Event{Kind: crm.PrivacyAsked, At: at, Privacy: &crm.PrivacyRequest{Kind: crm.PrivacyExport, Subject: "data_request:9", Source: "shopify", CustomerID: "77", Email: "anna@x.example"}}
		apply(t, s, shop.ID, "d1", []crm.Event{event, event})
		apply(t, s, shop.ID, "d2", []crm.Event{event})
		open, err := s.OpenPrivacyRequests(t.Context(), shop.ID)
		if err != nil || len(open) != 1 || open[0].Email != "anna@x.example" || !open[0].DueAt.Equal(at.Add(crm.PrivacyTime)) || open[0].State != crm.PrivacyOpen {
			t.Fatalf("%+v, %v", open, err)
		}
		if due := chores(); !due.Equal(c.Now()) {
			t.Errorf("its chore is due at %s", due)
		}
		if found := linesWith(raw.dump(), "anna@x.example"); len(found) > 0 {
			t.Errorf("the address stands in plain: %v", found)
		}
		if err := s.OpenTask(t.Context(), crm.Task{ShopID: shop.ID, Kind: crm.TaskPrivacy, Source: store.PrivacyTask(open[0].ID)}); err != nil {
			t.Fatal(err)
		}
		if err := s.EndPrivacy(t.Context(), shop.ID, open[0].ID, crm.PrivacyDone, "kim", "", map[string]int64{"orders": 3}); err != nil {
			t.Fatal(err)
		}
		if tasks, err := s.Tasks(t.Context(), shop.ID, false, 10); err != nil || len(tasks) > 0 {
			t.Errorf("%+v, %v", tasks, err)
		}
		if err := s.EndPrivacy(t.Context(), shop.ID, open[0].ID, crm.PrivacyRefused, "kim", "", nil); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("settled twice: %v", err)
		}
		all, err := s.PrivacyRequests(t.Context(), false, 10)
		if err != nil || len(all) != 1 || all[0].CustomerID != "" || all[0].Email != "" || all[0].Proof["orders"] != 3 || all[0].DoneBy != "kim" {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// Who installs the app again while her shop is being erased gets a new shop: the
// old one has lost its guards already, and goes.
func TestInstalledWhileItIsErased(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		old, _ := install(t, s, store.Installed{Domain: installed})
		tell(t, s, old.ID, paidOrder(c, "1001", "77", "anna@x.example"))
		c.pass(time.Hour)
		removeApp(t, s, old.ID, c.Now())
		r := ask(t, s, crm.PrivacyRequest{ShopID: old.ID, Kind: crm.PrivacyEraseShop, Subject: "webhook:1"})
		if more, err := s.EraseShop(t.Context(), old.ID, r.ID); err != nil || !more {
			t.Fatal(more, err)
		}
		c.pass(time.Minute)
		back, created := install(t, s, store.Installed{Domain: installed})
		if !created || back.ID == old.ID {
			t.Fatalf("she got the shop that is being erased: %+v", back)
		}
		if done := eraseShop(t, s, r); done.State != crm.PrivacyDone {
			t.Errorf("%+v", done)
		}
		if _, err := s.Shop(t.Context(), old.ID); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("the old shop: %v", err)
		}
		if now, err := s.ShopOn(t.Context(), "shopify", installed); err != nil || now.ID != back.ID {
			t.Errorf("the new shop: %+v, %v", now, err)
		}
	})
}
