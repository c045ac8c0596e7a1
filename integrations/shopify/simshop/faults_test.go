package simshop_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"grazie/integrations/shopify/simshop"
)

const who = "query Who { shop { name } }"

func TestThrottle(t *testing.T) {
	s := simshop.New(1, start)
	now := start
	s.BucketClock(func() time.Time { return now })
	c := open(t, s)
	r := makeCode(c, "COST", nil)
	c.hold(r, map[string]string{"/extensions.cost.requestedQueryCost": "10", "/extensions.cost.actualQueryCost": "10", "/extensions.cost.throttleStatus": `{"currentlyAvailable":1990,"maximumAvailable":2000,"restoreRate":100}`})
	if want := `"maximumAvailable":2000.0,"currentlyAvailable":1990.0,"restoreRate":100.0`; !contains(r.raw, want) {
		t.Errorf("no floats in %s", r.raw)
	}
	// What was not there is given back: ten returns were reckoned with, none came.
	r = c.ask(`query ($n: Int) { orders(first: $n) { nodes { id name } } }`, map[string]any{"n": 10})
	c.hold(r, map[string]string{"/extensions.cost.requestedQueryCost": "12", "/extensions.cost.actualQueryCost": "2", "/extensions.cost.throttleStatus.currentlyAvailable": "1988"})

	s.Drain()
	now = now.Add(90 * time.Millisecond)
	throttled, err := c.try(basic, map[string]any{"d": terms("LATER", nil)})
	if err != nil || throttled.status != 200 || throttled.at("/data") != nil {
		t.Fatalf("%v, HTTP %d %s", err, throttled.status, throttled.raw)
	}
	c.hold(throttled, map[string]string{"/errors": `[{"extensions":{"code":"THROTTLED"},"message":"Throttled"}]`, "/extensions.cost.requestedQueryCost": "10", "/extensions.cost.actualQueryCost": "null",
		"/extensions.cost.throttleStatus.currentlyAvailable": "9"})
	if _, made := s.Discount("LATER"); made {
		t.Error("a throttled mutation was done")
	}
	now = now.Add(10 * time.Millisecond)
	makeCode(c, "LATER", nil)
	now = now.Add(time.Hour)
	c.hold(c.ask(who, nil), map[string]string{"/extensions.cost.throttleStatus.currentlyAvailable": "1999"})

	big, _ := c.try(`{ a: orders(first: 250) { nodes { fulfillments(first: 10) { originAddress { city } } } } }`, nil)
	c.hold(big, map[string]string{"/errors.0.extensions.code": `"MAX_COST_EXCEEDED"`, "/errors.0.extensions.maxCost": "1000"})
}

// TestThrottleByShop holds that the bucket fills up by the shop's clock unless
// it is given another.
func TestThrottleByShop(t *testing.T) {
	s := simshop.New(1, start)
	c := open(t, s)
	s.Drain()
	if r, _ := c.try(who, nil); r.text("/errors.0.extensions.code") != "THROTTLED" {
		t.Errorf("an empty bucket gives %s", r.raw)
	}
	s.MoveTo(s.Clock().Add(time.Second))
	c.hold(c.ask(who, nil), map[string]string{"/extensions.cost.throttleStatus.currentlyAvailable": "99"})
}

// TestLostAnswers holds that what a lost answer was about is done.
func TestLostAnswers(t *testing.T) {
	s := simshop.New(1, start)
	c := open(t, s)
	s.Break(simshop.Faults{LoseEvery: 3})
	var lost []int
	for i := range 7 {
		if _, err := c.try(basic, map[string]any{"d": terms(fmt.Sprint("CODE", i), nil)}); err != nil {
			lost = append(lost, i)
		}
		c.ask(who, nil) // queries are neither lost nor counted
	}
	if fmt.Sprint(lost) != "[2 5]" || len(s.Discounts()) != 7 {
		t.Errorf("lost %v, %d codes were made", lost, len(s.Discounts()))
	}
	s.Break(simshop.Faults{})
	c.hold(makeCode(c, "CODE2", nil), map[string]string{"made.userErrors.0.code": `"TAKEN"`})
}

func TestRefusals(t *testing.T) {
	s := simshop.New(1, start)
	c := open(t, s)
	mutate := func() reply {
		t.Helper()
		r, err := c.try(basic, map[string]any{"d": terms("NEVER", nil)})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	s.Break(simshop.Faults{Status: 503, Times: 2})
	if a, b := mutate().status, mutate().status; a != 503 || b != 503 {
		t.Errorf("HTTP %d and %d", a, b)
	}
	c.ask(who, nil)
	s.Break(simshop.Faults{Status: 429, RetryAfter: 1500 * time.Millisecond})
	if r := mutate(); r.status != 429 || r.header.Get("Retry-After") != "2" {
		t.Errorf("HTTP %d, Retry-After %q", r.status, r.header.Get("Retry-After"))
	}
	s.Break(simshop.Faults{Frozen: true})
	if r := mutate(); r.status != 402 {
		t.Errorf("frozen: HTTP %d", r.status)
	}
	s.Break(simshop.Faults{DeadToken: true})
	if r := mutate(); r.status != 401 {
		t.Errorf("dead token: HTTP %d", r.status)
	}
	s.Break(simshop.Faults{Denied: []string{"discountCodeBasicCreate"}})
	c.hold(mutate(), map[string]string{"made": "null", "/errors.0.extensions.code": `"ACCESS_DENIED"`, "/errors.0.path": `["made"]`})
	c.ask(who, nil)
	if n := len(s.Discounts()); n != 0 {
		t.Errorf("%d refused mutations were done", n)
	}
	s.Break(simshop.Faults{})
	for _, token := range []string{"", "shpat_wrong"} {
		c.token = token
		if r := mutate(); r.status != 401 {
			t.Errorf("token %q: HTTP %d", token, r.status)
		}
	}
}

// TestHeld holds that a slow answer keeps nobody else waiting, and that what it
// is about is done before it comes.
func TestHeld(t *testing.T) {
	s := simshop.New(1, start)
	c := open(t, s)
	held, release, done := make(chan string), make(chan struct{}), make(chan error)
	s.Break(simshop.Faults{Held: held, Go: release})
	go func() {
		_, err := c.try("mutation Slow "+basic[len("mutation "):], map[string]any{"d": terms("SLOW", nil)})
		done <- err
	}()
	select {
	case name := <-held:
		if name != "Slow" {
			t.Errorf("%q waits", name)
		}
	case err := <-done:
		t.Fatalf("the answer did not wait: %v", err)
	}
	if _, made := s.Discount("SLOW"); !made {
		t.Error("the answer waits before anything was done")
	}
	s.Break(simshop.Faults{})
	c.ask(who, nil)
	select {
	case err := <-done:
		t.Errorf("the answer did not wait: %v", err)
	default:
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestRace has two workers ask for one code while the story goes on: one makes
// it, one is told that it is taken.
func TestRace(t *testing.T) {
	s := simshop.New(1, start)
	c := open(t, s)
	ret := returned(t, s)
	var wait sync.WaitGroup
	results := make(chan string, 4)
	for range 2 {
		wait.Go(func() {
			for query, variables := range map[string]map[string]any{basic: {"d": terms("RACED", nil)}, approve: {"input": map[string]any{"id": gid("Return", ret.ID)}}} {
				r, err := c.try(query, variables)
				switch {
				case err != nil:
					results <- err.Error()
				case query == basic:
					results <- "code " + r.text("made.userErrors.0.code")
				default:
					results <- "return " + r.text("returnApproveRequest.userErrors.0.code")
				}
			}
		})
	}
	wait.Go(func() {
		for range 20 {
			o := s.Place(s.Customer("neza"), simshop.Cart{Items: []simshop.Item{{Product: s.Products()[0], Quantity: 1}}})
			s.OrderCreated(o)
			s.Unsubscribe(s.Customer("neza"))
			s.MoveTo(s.Clock().Add(time.Minute))
		}
	})
	wait.Wait()
	close(results)
	count := map[string]int{}
	for r := range results {
		count[r]++
	}
	if count["code "] != 1 || count["code TAKEN"] != 1 || count["return "] != 1 || count["return INVALID_STATE"] != 1 {
		t.Errorf("the workers were told %v", count)
	}
	if s.ReturnState(ret).Status != "open" || len(s.Discounts()) != 1 {
		t.Errorf("%d codes, the return is %s", len(s.Discounts()), s.ReturnState(ret).Status)
	}
}
