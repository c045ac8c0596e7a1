package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// A state is good once, for its platform and its browser, and not for long.
func TestStateOfAnInstall(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		begin := func(state string) {
			t.Helper()
			if err := s.BeginInstall(t.Context(), "shopify", "a.myshopify.com", state, "cookie"); err != nil {
				t.Fatal(err)
			}
		}
		for name, end := range map[string]func() (string, error){
			"another browser":  func() (string, error) { return s.EndInstall(t.Context(), "shopify", "n1", "another") },
			"another platform": func() (string, error) { return s.EndInstall(t.Context(), "bigcommerce", "n2", "cookie") },
			"another state":    func() (string, error) { return s.EndInstall(t.Context(), "shopify", "n0", "cookie") },
			"too late": func() (string, error) {
				c.pass(store.InstallTime + time.Second)
				return s.EndInstall(t.Context(), "shopify", "n3", "cookie")
			},
		} {
			begin("n1")
			begin("n2")
			begin("n3")
			if domain, err := end(); domain != "" || !errors.Is(err, crm.ErrNotFound) {
				t.Errorf("%s: %q, %v", name, domain, err)
			}
			for _, state := range []string{"n1", "n2", "n3"} {
				_, _ = s.EndInstall(t.Context(), "shopify", state, "cookie") // for the next case
			}
		}
		begin("seen by another browser")
		_, _ = s.EndInstall(t.Context(), "shopify", "seen by another browser", "another")
		if domain, err := s.EndInstall(t.Context(), "shopify", "seen by another browser", "cookie"); err == nil {
			t.Errorf("a state that another browser showed is good for %q", domain)
		}

		begin("once")
		var won atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if domain, err := s.EndInstall(t.Context(), "shopify", "once", "cookie"); err == nil && domain == "a.myshopify.com" {
					won.Add(1)
				}
			})
		}
		all.Wait()
		if n := won.Load(); n != 1 {
			t.Errorf("a state was good %d times", n)
		}
	})
}

// Anybody may begin with a shop on a platform that vouches for nobody. However
// many do, the merchants of another platform come back to what they began, and
// the rows stay few.
func TestInstallsOfStrangers(t *testing.T) {
	eachRaw(t, func(t *testing.T, s *store.Store, c *clock, raw *raw) {
		for platform, state := range map[string]string{"shopify": "hers", "woocommerce": "first"} {
			if err := s.BeginInstall(t.Context(), platform, "a.shop.example", state, "cookie"); err != nil {
				t.Fatal(err)
			}
		}
		c.pass(time.Minute)
		const most = 10_000
		raw.exec(fmt.Sprintf(`with recursive n (i) as (select 1 union all select i + 1 from n where i < %d)
			insert into installs (state, platform, domain, browser, created_at) select 'made up ' || i, 'woocommerce', 'made.up.example', '', %d + i from n`,
			most+500, c.Now().UnixMicro()))
		c.pass(time.Minute)
		if err := s.BeginInstall(t.Context(), "woocommerce", "b.shop.example", "last", "cookie"); err != nil {
			t.Fatal(err)
		}
		if found, _ := raw.list(`select count(*) from installs`); fmt.Sprint(found[0][0]) != fmt.Sprint(most+2) {
			t.Errorf("%v rows", found[0][0])
		}
		for state, want := range map[string]string{"shopify hers": "a.shop.example", "woocommerce first": "", "woocommerce last": "b.shop.example"} {
			platform, state, _ := strings.Cut(state, " ")
			if domain, err := s.EndInstall(t.Context(), platform, state, "cookie"); domain != want || (err == nil) != (want != "") {
				t.Errorf("%s, %s: %q, %v", platform, state, domain, err)
			}
		}
	})
}
