package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

const (
	newSecret   = "the newer secret key of the tests"
	thirdSecret = "a key that has nothing to do with it"
)

// again opens the same database with other keys.
func (r *raw) again(c *clock, secrets ...string) (*store.Store, error) {
	o := r.at
	o.Secrets, o.Now = secrets, c.Now
	s, err := store.Open(r.Context(), o)
	if err == nil {
		r.Cleanup(func() { s.Close() })
	}
	return s, err
}

func rotate(t *testing.T, s *store.Store) (all store.Rotated) {
	t.Helper()
	if err := s.Rotate(t.Context(), func(r store.Rotated) error { all.Add(r); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

// A key is changed while others write; afterwards the old one is needed for
// nothing, and links in old mails open.
func TestRotate(t *testing.T) {
	eachRaw(t, func(t *testing.T, old *store.Store, c *clock, raw *raw) {
		shops := make([]crm.Shop, 12)
		for i := range shops {
			shops[i] = connect(t, old, fmt.Sprintf("shop%d.myshopify.com", i))
			ask(t, old, crm.PrivacyRequest{ShopID: shops[i].ID, Kind: crm.PrivacyExport, Subject: "1", Email: "anna@x.example"})
		}
		apply(t, old, shops[0].ID, "guest", paid(paidOrder(c, "1001", "", "anna@x.example")))
		kim := hired(t, old, "kim@staff.example")
		if err := old.SetTOTP(t.Context(), kim.ID, "her secret", 1); err != nil {
			t.Fatal(err)
		}
		cookie, err := old.CreateSession(t.Context(), store.Session{StaffID: kim.ID, Stage: "second", Data: []byte("a challenge"), Until: c.Now().Add(time.Hour)}, "")
		if err != nil {
			t.Fatal(err)
		}
		link := store.Link{ShopID: shops[0].ID, CustomerID: "77", MessageID: "msg_1"}
		token := old.LinkToken(store.LinkUnsubscribe, link.ShopID, link.CustomerID, link.MessageID)

		both, err := raw.again(c, newSecret, secret)
		if err != nil {
			t.Fatal(err)
		}
		// Cut short after the first steps, it goes on the next time.
		cut, n := errors.New("cut"), 0
		if err := both.Rotate(t.Context(), func(store.Rotated) error {
			if n++; n == 2 {
				return cut
			}
			return nil
		}); !errors.Is(err, cut) {
			t.Fatal(err)
		}
		// A server that still seals with the old key writes all the while.
		stop := make(chan struct{})
		var writing sync.WaitGroup
		late, err := raw.again(c, secret, newSecret)
		if err != nil {
			t.Fatal(err)
		}
		wrote := make(chan struct{})
		for i, shop := range shops {
			writing.Go(func() {
				for k := 0; ; k++ {
					select {
					case <-stop:
						return
					default:
					}
					err := late.RenewConnection(t.Context(), shop.ID, func(v crm.Values) { v["token"] = fmt.Sprint(i, "/", k) })
					if i == 0 && k == 0 {
						close(wrote)
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		<-wrote
		rotate(t, both)
		close(stop)
		writing.Wait()
		kept := map[string]crm.Values{}
		for _, shop := range shops {
			if kept[shop.ID], err = both.Connection(t.Context(), shop.ID); err != nil {
				t.Fatal(err)
			}
		}
		rotate(t, both) // what the late server wrote
		if r := rotate(t, both); r.Sum() != 0 {
			t.Errorf("once more there was to do: %+v", r)
		}

		fresh, err := raw.again(c, newSecret)
		if err != nil {
			t.Fatal(err)
		}
		for i, shop := range shops {
			if v, err := fresh.Connection(t.Context(), shop.ID); err != nil || v["secret"] != "hush" || v["token"] != kept[shop.ID]["token"] || i == 0 && v["token"] == "" {
				t.Errorf("%v, %v", v, err)
			}
			if open, err := fresh.OpenPrivacyRequests(t.Context(), shop.ID); err != nil || len(open) != 1 || open[0].Email != "anna@x.example" {
				t.Errorf("%+v, %v", open, err)
			}
		}
		if secret, err := fresh.TOTP(t.Context(), kim.ID); secret != "her secret" || err != nil {
			t.Errorf("%q, %v", secret, err)
		}
		if step, err := fresh.Session(t.Context(), cookie); string(step.Data) != "a challenge" || err != nil {
			t.Errorf("%q, %v", step.Data, err)
		}
		if got, err := fresh.OpenLink(store.LinkUnsubscribe, token); err != nil || got != link {
			t.Errorf("an old link: %+v, %v", got, err)
		}
		if _, err := fresh.OpenLink(store.LinkReview, token); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("for another kind: %v", err)
		}
		apply(t, fresh, shops[0].ID, "guest again", paid(paidOrder(c, "1002", "", "anna@x.example")))
		if who, err := fresh.CustomerByEmail(t.Context(), shops[0].ID, "anna@x.example"); err != nil {
			t.Errorf("the key of the hashes is another: %+v, %v", who, err)
		}
		if n := raw.one(`select count(*) from customers where shop_id = $1`, shops[0].ID); n != int64(1) {
			t.Errorf("%v guests of one address", n)
		}
		if _, err := raw.again(c, secret); err == nil {
			t.Error("the old key alone still opens")
		}
		if _, err := raw.again(c, thirdSecret); err == nil {
			t.Error("an unrelated key opens")
		}
		// And once more: links of two keys ago still open.
		next, err := raw.again(c, thirdSecret, newSecret)
		if err != nil {
			t.Fatal(err)
		}
		second := fresh.LinkToken(store.LinkUnsubscribe, link.ShopID, link.CustomerID, link.MessageID)
		rotate(t, next)
		last, err := raw.again(c, thirdSecret)
		if err != nil {
			t.Fatal(err)
		}
		for _, tok := range []string{token, second} {
			if got, err := last.OpenLink(store.LinkUnsubscribe, tok); err != nil || got != link {
				t.Errorf("a link of before: %+v, %v", got, err)
			}
		}
	})
}

// A value that somebody changed is not sealed anew, nor is one of another row.
func TestRotateRefusesWhatWasTamperedWith(t *testing.T) {
	eachRaw(t, func(t *testing.T, s *store.Store, c *clock, raw *raw) {
		a, b := connect(t, s, "a.myshopify.com"), connect(t, s, "b.myshopify.com")
		raw.exec(`update shops set connection = (select connection from shops where id = $1) where id = $2`, a.ID, b.ID)
		both, err := raw.again(c, newSecret, secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := both.Rotate(t.Context(), func(store.Rotated) error { return nil }); err == nil {
			t.Error("a connection that was put into another row was sealed anew")
		}
		raw.exec(`update retired_keys set sealed = $1`, []byte("nonsense that is long enough to be a sealed key"))
		if _, err := raw.again(c, newSecret, secret); err != nil {
			t.Errorf("a spoilt key for old links stops the program: %v", err)
		}
	})
}

// Whatever is sealed is known to Rotate: a new column of bytes is met here. Of these,
// words are folded, mails and bodies of webhooks packed, and signatures pictures.
func TestEverythingSealedIsRotated(t *testing.T) {
	eachRaw(t, func(t *testing.T, _ *store.Store, _ *clock, raw *raw) {
		var bytes []string
		for table, columns := range raw.columns() {
			for name, kind := range columns {
				if kind == "bytea" || kind == "blob" {
					bytes = append(bytes, table+"."+name)
				}
			}
		}
		slices.Sort(bytes)
		want := []string{"customer_words.word", "installation.key_check", "mails.data", "privacy_requests.email", "retired_keys.sealed", "sessions.data", "shops.connection", "shops.hash_key", "signatures.image", "staff.totp", "webhooks.body"}
		if !slices.Equal(bytes, want) {
			t.Errorf("columns of bytes are %v: what is sealed must be rotated too, see sealedColumns", bytes)
		}
	})
}
