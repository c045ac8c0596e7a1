package admin_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"

	"grazie/integrations"
	"grazie/integrations/shopify/admin"
)

// throttled is a shop's bucket of points, as Shopify keeps it.
type throttled struct {
	mu        sync.Mutex
	available float64
	at        time.Time
	codes     map[string]int
	calls     int
	refused   int
	took      time.Duration // of an exchange
}

const price = 10 // points of a code

func (s *throttled) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(s.took / 2)
	defer time.Sleep(s.took / 2)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	s.available, s.at = min(2000, s.available+100*time.Since(s.at).Seconds()), time.Now()
	if s.available < price {
		s.refused++
		return httpmock.NewStringResponse(200, `{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],`+cost(price, s.available)+`}`), nil
	}
	s.available -= price
	var sent struct {
		Variables struct{ Discount struct{ Code string } }
	}
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
		return nil, err
	}
	s.codes[sent.Variables.Discount.Code]++
	return httpmock.NewStringResponse(200, `{"data":{"discountCodeBasicCreate":{"codeDiscountNode":{"id":"gid://shopify/DiscountCodeNode/1"},"userErrors":[]}},`+cost(price, s.available)+`}`), nil
}

// TestThousandCodes is reliability.md, 8, 17: two processes of 16 workers make
// 1,000 codes, which the shop's bucket allows in 80 s. The time is made up.
func TestThousandCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := &throttled{available: 2000, at: time.Now(), codes: map[string]int{}, took: 120 * time.Millisecond}
		begin := time.Now()
		jobs := make(chan string, 1000)
		for i := range 1000 {
			jobs <- fmt.Sprint("CODE-", i)
		}
		close(jobs)
		var all sync.WaitGroup
		for range 2 {
			client := admin.NewClient(&http.Client{Transport: shop}, time.Now)
			for range 16 {
				all.Go(func() {
					for code := range jobs {
						create(t, client, code)
					}
				})
			}
		}
		all.Wait()
		for code, times := range shop.codes {
			if times != 1 {
				t.Errorf("%s was made %d times", code, times)
			}
		}
		took := time.Since(begin)
		t.Logf("%v, %d calls, %d of them throttled", took, shop.calls, shop.refused)
		if len(shop.codes) != 1000 || took > 90*time.Second || shop.refused*20 > shop.calls {
			t.Errorf("%d codes in %v, %d of %d calls throttled; want 1000 in 90 s and less than 5 %%", len(shop.codes), took, shop.refused, shop.calls)
		}
	})
}

// create makes one code, and waits as the row of an effect does.
func create(t *testing.T, c *admin.Client, code string) {
	for {
		_, err := admin.CreateBasicCode(t.Context(), c.On(connection()), admin.DiscountCodeBasicInput{Code: &code})
		if err == nil {
			return
		}
		var e *integrations.Error
		if !errors.As(err, &e) || e.Kind != integrations.RateLimited || !e.RetryAt.After(time.Now()) {
			t.Errorf("%s: %v, want it made or RateLimited with a later time", code, err)
			return
		}
		time.Sleep(time.Until(e.RetryAt))
	}
}

// answers is a shop that answers in turn, and then as the last time.
func answers(all ...httpmock.Responder) (c *admin.Client, calls *int) {
	calls = new(int)
	return api(func(r *http.Request) (*http.Response, error) {
		*calls++
		return all[min(*calls, len(all))-1](r)
	}), calls
}

func refusedWith(requested, available float64) httpmock.Responder {
	return says(200, `{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],`+cost(requested, available)+`}`)
}

// TestThrottled: a refusal waits as long as it takes to have the points, and
// what would take too long says when.
func TestThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		c, calls := answers(refusedWith(50, 20), says(200, shopAnswer))
		if _, err := admin.Shop(t.Context(), c.On(connection())); err != nil || *calls != 2 {
			t.Fatalf("%v after %d calls, want it to come through the second time", err, *calls)
		}
		if took := time.Since(begin); took < 300*time.Millisecond || took > admin.MaxWait {
			t.Errorf("it waited %v, the shop needed 300 ms", took)
		}

		c, calls = answers(refusedWith(900, 20))
		_, err := admin.Shop(t.Context(), c.On(connection()))
		check(t, "9 s too few points", err, integrations.RateLimited, "limit of calls")
		if at := err.(*integrations.Error).RetryAt.Sub(now); at < 8800*time.Millisecond || at > 12*time.Second {
			t.Errorf("again after %v, want the time that it takes to have the points", at)
		}
		if *calls != 1 {
			t.Errorf("%d calls, want one", *calls)
		}
	})
}

// TestThrottledForNothing: a shop that refuses and does not say why is not
// asked in circles.
func TestThrottledForNothing(t *testing.T) {
	for name, answer := range map[string]httpmock.Responder{
		"no points told":    says(200, `{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}]}`),
		"points enough":     refusedWith(10, 1500),
		"a nonsense bucket": says(200, `{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],"extensions":{"cost":{"requestedQueryCost":-1,"throttleStatus":{"maximumAvailable":0,"currentlyAvailable":-5,"restoreRate":0}}}}`),
	} {
		synctest.Test(t, func(t *testing.T) {
			c, calls := answers(answer)
			_, err := admin.Shop(t.Context(), c.On(connection()))
			check(t, name, err, integrations.RateLimited, "limit of calls")
			if *calls > 5 {
				t.Errorf("%s: %d calls in %v", name, *calls, admin.MaxWait)
			}
		})
	}
}

// TestTooMany: after a 429 the shop is left alone by everybody until the time
// that it named.
func TestTooMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := httpmock.NewStringResponder(429, `{"errors":"Exceeded 2 calls per second"}`).HeaderSet(http.Header{"Retry-After": {"30.0"}})
		c, calls := answers(busy, says(200, shopAnswer))
		for name, want := range map[string]int{"first": 1, "second": 1} {
			_, err := admin.Shop(t.Context(), c.On(connection()))
			check(t, name, err, integrations.RateLimited, "")
			if err.(*integrations.Error).RetryAt.Sub(now).Round(time.Second) != 30*time.Second || *calls != want {
				t.Errorf("%s call: again at %v after %d exchanges", name, err.(*integrations.Error).RetryAt, *calls)
			}
		}
		time.Sleep(30 * time.Second)
		if _, err := admin.Shop(t.Context(), c.On(connection())); err != nil {
			t.Error(err)
		}
	})
}

// TestOtherShop: what one shop refuses holds up no other.
func TestOtherShop(t *testing.T) {
	c, _ := answers(httpmock.NewStringResponder(429, ``).HeaderSet(http.Header{"Retry-After": {"30"}}), says(200, shopAnswer))
	if _, err := admin.Shop(t.Context(), c.On(connection())); integrations.KindOf(err) != integrations.RateLimited {
		t.Fatal(err)
	}
	other := connection()
	other.ShopID = "shp_2"
	if _, err := admin.Shop(t.Context(), c.On(other)); err != nil {
		t.Error(err)
	}
}

// TestTurnedAway: what a shop turns away at the door costs no points.
func TestTurnedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		c, _ := answers(says(403, ``))
		for range 50 {
			_, err := admin.Shop(t.Context(), c.On(connection()))
			check(t, "forbidden", err, integrations.Unauthorized, "403")
		}
		if took := time.Since(begin); took > 0 {
			t.Errorf("it waited %v for points that nobody took", took)
		}
	})
}
