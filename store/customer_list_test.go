package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"grazie/crm"
	"grazie/internal/needs"
	"grazie/store"
)

func foundIDs(t *testing.T, s *store.Store, shopID string, f store.CustomerFilter) (ids []string) {
	t.Helper()
	if f.Limit == 0 {
		f.Limit = 50
	}
	all, err := s.Customers(t.Context(), shopID, f)
	if err != nil {
		t.Fatalf("%+v: %v", f, err)
	}
	for _, l := range all {
		ids = append(ids, l.ID)
	}
	return ids
}

func findsOnly(t *testing.T, s *store.Store, shopID string, f store.CustomerFilter, want ...string) {
	t.Helper()
	if got := foundIDs(t, s, shopID, f); !slices.Equal(got, want) {
		t.Errorf("%+v finds %v, want %v", f, got, want)
	}
}

func namedSo(id, first, last string) crm.Customer {
	return crm.Customer{ID: id, FirstName: first, LastName: last}
}

// Staff finds a customer by whatever she says of herself on the phone.
func TestCustomersAreFound(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, other := connect(t, s, "demo.myshopify.com"), connect(t, s, "other.myshopify.com")
		for i, p := range []crm.Customer{
			namedSo("1", "Ângela", "D’Angelo"), namedSo("2", "Anna", "Annabella Rossi"), namedSo("3", "ANNA", "Straße-Łukasz"),
			namedSo("4", "محمد", "علي"), namedSo("5", "Ioanna", "<script>"), namedSo("6", "🌷", ""), namedSo("7", "İbrahim", "Øster"),
		} {
			p.CreatedAt = c.Now().Add(time.Duration(i) * time.Hour)
			known(t, s, c, shop.ID, p)
		}
		known(t, s, c, other.ID, namedSo("1", "Anna", "Other"))
		for q, want := range map[string][]string{
			"angela": {"1"}, "ANGEL": {"1"}, "dangelo": {"1"}, "d'angelo": {"1"}, "d’angelo ang": {"1"},
			"anna": {"3", "2"}, "rossi an": {"2"}, "anna strasse": {"3"}, "lukasz": {"3"}, "straße-ł": {"3"}, "nna": nil,
			"محمد": {"4"}, "عل": {"4"}, "script": {"5"}, "ioa": {"5"}, "ibra": {"7"}, "oster": {"7"},
			"2@x.example": {"2"}, "2@X": {"2"}, "@x.example": nil, "anna rossi nobody": nil, "%": nil, "'": nil, "\x00\xff": nil, "\x01": nil,
			strings.Repeat("anna ", 100): {"3", "2"}, strings.Repeat("a", 5000): nil,
		} {
			findsOnly(t, s, shop.ID, store.CustomerFilter{Query: q}, want...)
		}
		// What she is called now counts.
		c.pass(time.Hour)
		p := namedSo("2", "Bea", "Rossi")
		p.CreatedAt = c.Now().Add(-time.Minute)
		known(t, s, c, shop.ID, p)
		findsOnly(t, s, shop.ID, store.CustomerFilter{Query: "anna"}, "3")
		findsOnly(t, s, shop.ID, store.CustomerFilter{Query: "bea ros"}, "2")
		findsOnly(t, s, other.ID, store.CustomerFilter{}, "1")
	})
}

// A page of the list follows the other: each customer stands on one of them, once.
func TestCustomersByPages(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		var newest []string
		for i := range 23 {
			p := namedSo(fmt.Sprint(i), "Anna", fmt.Sprintf("Annalisa%d", i))
			p.CreatedAt = c.Now().Add(time.Duration(i/2) * time.Minute) // pairs at one time
			if i%3 == 0 {
				p.Birthday = crm.Birthday{Day: "03-05", At: c.Now()}
			}
			if i%2 == 0 {
				p.Consent = crm.Consent{State: crm.ConsentSubscribed, At: c.Now()}
			}
			known(t, s, c, shop.ID, p)
			if i%4 == 0 {
				if err := s.Suppress(t.Context(), shop.ID, p.ID+"@x.example", crm.ScopeMarketing, "kim: asked", time.Time{}); err != nil {
					t.Fatal(err)
				}
				if err := s.Suppress(t.Context(), shop.ID, p.ID+"@x.example", crm.ScopeAll, crm.SuppressedFull, c.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
			}
			newest = append([]string{p.ID}, newest...)
		}
		agreed := crm.ConsentSubscribed
		for _, f := range []store.CustomerFilter{
			{}, {Query: "anna"}, {Query: "anna annalisa"}, {Birthday: true}, {Consent: &agreed}, {Suppressed: true}, {Suppressed: true, Birthday: true},
			{Query: "annalisa", Suppressed: true}, {Query: "ann", Birthday: true, Consent: &agreed}, {Birthday: true, Consent: &agreed, Suppressed: true},
		} {
			var want, got []string
			for _, id := range newest {
				n := 0
				_, _ = fmt.Sscan(id, &n)
				if (!f.Birthday || n%3 == 0) && (f.Consent == nil || n%2 == 0) && (!f.Suppressed || n%4 == 0) {
					want = append(want, id)
				}
			}
			f.Limit = 4
			for page := 0; page < 20; page++ {
				some, err := s.Customers(t.Context(), shop.ID, f)
				if err != nil {
					t.Fatal(err)
				}
				for _, l := range some {
					got, f.After = append(got, l.ID), l.Cursor
				}
				if len(some) < f.Limit {
					break
				}
			}
			if f.Query == "" && len(want) > 1 && slices.IndexFunc(got, func(id string) bool { return id == want[0] || id == want[1] }) != 0 {
				t.Errorf("%+v begins with %v, not with the newest", f, got[:1])
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%+v lists %v, want %v", f, got, want)
			}
		}
		if _, err := s.Customers(t.Context(), shop.ID, store.CustomerFilter{After: "x", Limit: 5}); err == nil || !strings.Contains(err.Error(), "begin the list again") {
			t.Errorf("a cursor that was cut off: %v", err)
		}
		c.pass(2 * time.Hour) // the full mailboxes are over
		for _, l := range foundIDs(t, s, shop.ID, store.CustomerFilter{Suppressed: true}) {
			if !slices.Contains(newest, l) {
				t.Error(l)
			}
		}
	})
}

// What is told of each customer in the list.
func TestCustomersAtAGlance(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		known(t, s, c, p.shop.ID, crm.Customer{ID: "78", FirstName: "Bea", Email: "bea@x.example", EmailKey: "bea@x.example", CreatedAt: c.Now()})
		for i := range 25 {
			o := paidOrder(c, fmt.Sprint("b", i), "78", "bea@x.example")
			o.Subtotal, o.CreatedAt = euros(500), c.Now().Add(time.Duration(i)*time.Minute)
			apply(t, s, p.shop.ID, o.ID, paid(o))
		}
		if err := s.Suppress(t.Context(), p.shop.ID, "bea@x.example", gift, "kim: asked", time.Time{}); err != nil {
			t.Fatal(err)
		}
		all, err := s.Customers(t.Context(), p.shop.ID, store.CustomerFilter{Limit: 10})
		if err != nil || len(all) != 2 {
			t.Fatal(all, err)
		}
		ada, bea := all[0], all[1]
		if ada.ID != "77" {
			ada, bea = bea, ada
		}
		if bea.Orders != 20 || !bea.More || bea.Spent != euros(20*500) || !bea.LastOrder.Equal(c.Now().Add(24*time.Minute)) || len(bea.Next) != 0 || !slices.Equal(bea.Suppressed, []string{gift}) {
			t.Errorf("%+v", bea)
		}
		if ada.Orders != 2 || ada.More || len(ada.Next) != 4 || ada.Next[0].DueAt.After(ada.Next[1].DueAt) || len(ada.Suppressed) != 0 {
			t.Errorf("%+v", ada)
		}
	})
}

// Who was erased, or forgotten, is found no more; nor is a trace of how she was
// looked for, or of what she allowed.
func TestErasedCustomersAreNotFound(t *testing.T) {
	eachRaw(t, func(t *testing.T, s *store.Store, c *clock, raw *raw) {
		shop := connect(t, s, "demo.myshopify.com")
		for _, id := range []string{"1", "2"} {
			p := namedSo(id, "Anna", "Rossi")
			p.CreatedAt, p.Consent = c.Now(), crm.Consent{State: crm.ConsentSubscribed, At: c.Now()}
			known(t, s, c, shop.ID, p)
		}
		for _, table := range []string{"customer_words", "consents"} {
			if n := raw.one(`select count(*) from ` + table + ` where customer_id = '1'`); n == int64(0) {
				t.Fatalf("nothing of hers is in %s: this test would see nothing", table)
			}
		}
		erase(t, s, ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseCustomer, Source: "kim: asked", CustomerID: "1"}))
		findsOnly(t, s, shop.ID, store.CustomerFilter{Query: "anna"}, "2")
		known(t, s, c, shop.ID, namedSo("1", "Anna", "Rossi")) // told of too late
		findsOnly(t, s, shop.ID, store.CustomerFilter{}, "2")
		c.pass(4 * 365 * 24 * time.Hour)
		if err := s.ForgetInactive(t.Context(), shop.ID, []string{"2"}, c.Now().AddDate(-1, 0, 0)); err != nil {
			t.Fatal(err)
		}
		open, err := s.OpenPrivacyRequests(t.Context(), shop.ID)
		if err != nil || len(open) != 1 {
			t.Fatal(open, err)
		}
		erase(t, s, open[0])
		findsOnly(t, s, shop.ID, store.CustomerFilter{})
		for _, table := range []string{"customer_words", "consents"} {
			if n := raw.one(`select count(*) from ` + table); n != int64(0) {
				t.Errorf("%v rows are left in %s", n, table)
			}
		}
	})
}

// Customers who were here before customers could be looked for are made findable
// in small steps, and whoever changes meanwhile is found as she is now.
func TestCustomersOfBeforeAreFound(t *testing.T) {
	c := newClock()
	for name, engine := range map[string]struct {
		driver  string
		dialect goose.Dialect
		options func(t *testing.T) (o store.Options, dsn string)
	}{
		"sqlite": {"sqlite", goose.DialectSQLite3, func(t *testing.T) (store.Options, string) {
			path := filepath.Join(t.TempDir(), "grazie.db")
			return store.Options{Path: path}, "file:" + path
		}},
		"postgres": {"pgx", goose.DialectPostgres, func(t *testing.T) (store.Options, string) {
			url := needs.FreshPostgres(t)
			return store.Options{URL: url}, url
		}},
	} {
		t.Run(name, func(t *testing.T) {
			o, dsn := engine.options(t)
			o.Secrets, o.Now = []string{secret}, c.Now
			old := firstRelease(t, engine.driver, engine.dialect, dsn)
			beside := open(t, store.Options{Path: filepath.Join(t.TempDir(), "beside.db"), Secrets: []string{secret}, Now: c.Now})
			shop := connect(t, beside, "demo.myshopify.com")
			copyRows(t, store.Database(beside), old, "installation", "id, key_check, created_at")
			copyRows(t, store.Database(beside), old, "shops", "id, platform, domain, state, data, connection, hash_key, created_at, updated_at")
			fillOld(t, old, shop.ID)
			if err := old.Close(); err != nil {
				t.Fatal(err)
			}
			s := open(t, o)
			findsOnly(t, s, shop.ID, store.CustomerFilter{Query: "anna"})
			chores, err := s.Chores(t.Context(), shop.ID)
			if err != nil || !slices.ContainsFunc(chores, func(c crm.Chore) bool { return c.Kind == crm.ChoreSearch && !c.DueAt.IsZero() }) {
				t.Fatalf("nobody is asked to make them findable: %+v, %v", chores, err)
			}
			known(t, s, c, shop.ID, crm.Customer{ID: "c0500", FirstName: "Bea", Email: "bea@x.example", EmailKey: "bea@x.example"})
			findsOnly(t, s, shop.ID, store.CustomerFilter{Query: "bea"}, "c0500")
			steps, after := 0, ""
			for {
				n, next, err := s.IndexCustomers(t.Context(), shop.ID, after)
				if err != nil || n > 300 {
					t.Fatal(n, err)
				}
				if steps++; next == "" {
					break
				}
				after = next
			}
			if steps != 3 {
				t.Errorf("%d steps for 700 customers", steps)
			}
			if n := len(foundIDs(t, s, shop.ID, store.CustomerFilter{Query: "anna", Limit: 1000})); n != 699 {
				t.Errorf("%d of 699 are found", n)
			}
			findsOnly(t, s, shop.ID, store.CustomerFilter{Query: "bea"}, "c0500")
			if _, _, err := s.IndexCustomers(t.Context(), shop.ID, ""); err != nil { // again: nothing changes
				t.Error(err)
			}
			findsOnly(t, s, shop.ID, store.CustomerFilter{Query: "c0699@"}, "c0699")
		})
	}
}

func fillOld(t *testing.T, old *sql.DB, shopID string) {
	t.Helper()
	tx, err := old.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 700 {
		id := fmt.Sprintf("c%04d", i)
		if _, err := tx.Exec(`insert into customers (shop_id, id, email_key, revision, data) values ($1, $2, $3, 1, $4)`, shopID, id, id+"@x.example",
			`{"id":"`+id+`","first_name":"Anna","email":"`+id+`@x.example","email_key":"`+id+`@x.example","consent":{},"updated_at":"2026-01-01T00:00:00Z"}`); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}
