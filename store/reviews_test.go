package store_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

func (p *person) review(said crm.Review) crm.Review {
	p.t.Helper()
	r, err := p.s.SaveReview(p.t.Context(), p.link, said)
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

func (p *person) tasks() []crm.Task {
	p.t.Helper()
	all, err := p.s.Tasks(p.t.Context(), p.shop.ID, false, 10)
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

func TestReviewIsOnePerOrder(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		if o, said, err := s.ReviewOf(t.Context(), p.link); err != nil || o.ID != "2" || said != nil {
			t.Fatalf("%+v, %+v, %v", o, said, err)
		}
		at := c.Now()
		first := p.review(crm.Review{Rating: 5, Text: "Lovely", Publish: true, OrderID: "1", ShopID: "shp_x", ID: "rev_x"})
		want := crm.Review{ID: first.ID, ShopID: p.shop.ID, CustomerID: "77", OrderID: "2", MessageID: p.link.MessageID, Rating: 5, Text: "Lovely", Publish: true, CreatedAt: at, UpdatedAt: at}
		if first != want || first.ID == "rev_x" {
			t.Errorf("%+v", first)
		}
		c.pass(time.Hour)
		if again := p.review(crm.Review{Rating: 5, Text: "Lovely", Publish: true}); again != first {
			t.Errorf("twice: %+v", again)
		}
		second := p.review(crm.Review{Rating: 4})
		want.Rating, want.Text, want.Publish, want.UpdatedAt = 4, "", false, c.Now()
		if second != want {
			t.Errorf("corrected: %+v", second)
		}
		if _, said, err := s.ReviewOf(t.Context(), p.link); err != nil || said == nil || *said != want {
			t.Errorf("read: %+v, %v", said, err)
		}
		if n := len(p.tasks()); n != 0 {
			t.Errorf("%d tasks", n)
		}
	})
}

// Once she has reviewed the order, nothing asks her about it again.
func TestReviewCancelsItsReminder(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		if _, err := s.PlanMessages(t.Context(), p.shop.ID, []crm.Message{{CustomerID: "77", OrderID: "2", Journey: review, Purpose: crm.Marketing,
			Subject: crm.ReminderOf("order:2"), DueAt: c.Now().Add(time.Hour)}}); err != nil {
			t.Fatal(err)
		}
		p.review(crm.Review{Rating: 3})
		for _, m := range messages(t, s, p.shop.ID) {
			want := crm.Planned
			if m.OrderID == "2" && m.Journey == review {
				want = crm.Cancelled
			}
			if m.State != want || (want == crm.Cancelled && m.Reason != crm.ReasonReviewed) {
				t.Errorf("%s %s is %s because of %s", m.Journey, m.Subject, m.State, m.Reason)
			}
		}
	})
}

// A low rating is staff's to look after: one task, again only when there is
// something new.
func TestLowRatingOpensOneTask(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		p.review(crm.Review{Rating: 3})
		if n := len(p.tasks()); n != 0 {
			t.Fatalf("%d tasks for a 3", n)
		}
		r := p.review(crm.Review{Rating: 2, Text: "Broken"})
		if n := len(p.tasks()); n != 1 {
			t.Fatalf("%d tasks for a 2", n)
		}
		p.review(crm.Review{Rating: 1, Text: "Broken, and cold"})
		tasks := p.tasks()
		if len(tasks) != 1 || tasks[0].Kind != crm.TaskLowRating || tasks[0].Source != "review:"+r.ID || tasks[0].OrderID != "2" || tasks[0].CustomerID != "77" {
			t.Fatalf("%+v", tasks)
		}
		if err := s.FinishTask(t.Context(), p.shop.ID, tasks[0].ID, "Rosa wrote to her"); err != nil {
			t.Fatal(err)
		}
		p.review(crm.Review{Rating: 1, Text: "Broken, and cold"}) // the page was sent twice
		if n := len(p.tasks()); n != 0 {
			t.Errorf("%d tasks after nothing new", n)
		}
		p.review(crm.Review{Rating: 1, Text: "Nobody wrote"})
		if n := len(p.tasks()); n != 1 {
			t.Errorf("%d tasks after something new", n)
		}
	})
}

func TestReviewThatCannotBe(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		for _, rating := range []int{-1, 0, 6} {
			var bad *crm.Invalid
			if _, err := s.SaveReview(t.Context(), p.link, crm.Review{Rating: rating}); !errors.As(err, &bad) {
				t.Errorf("a rating of %d: %v", rating, err)
			}
		}
		gifts := p.link
		for _, m := range messages(t, s, p.shop.ID) {
			if m.Journey == gift {
				gifts.MessageID = m.ID // a mail about no order
			}
		}
		for _, l := range []store.Link{gifts, {ShopID: p.shop.ID, CustomerID: "77", MessageID: "msg_gone"}, {ShopID: p.shop.ID, CustomerID: "77"}, {ShopID: "shp_other", CustomerID: "77", MessageID: p.link.MessageID}} {
			if _, err := s.SaveReview(t.Context(), l, crm.Review{Rating: 5}); !errors.Is(err, crm.ErrNotFound) {
				t.Errorf("%+v: %v", l, err)
			}
			if _, _, err := s.ReviewOf(t.Context(), l); !errors.Is(err, crm.ErrNotFound) {
				t.Errorf("reading %+v: %v", l, err)
			}
		}
		if kept := p.review(crm.Review{Rating: 5, Text: "a\x00b\xff"}); kept.Text != "ab\uFFFD" {
			t.Errorf("text: %q", kept.Text)
		}
	})
}

// A page that is sent twice at once makes one review.
func TestReviewsMeet(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		var mu sync.Mutex
		ids := map[string]bool{}
		var ready, wg sync.WaitGroup
		start := make(chan struct{})
		const tabs = 8
		ready.Add(tabs)
		for range tabs {
			wg.Go(func() {
				_, _, err := s.ReviewOf(t.Context(), p.link) // its connection is open now
				ready.Done()
				<-start
				if err != nil {
					t.Error(err)
				}
				r, err := s.SaveReview(t.Context(), p.link, crm.Review{Rating: 1})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				ids[r.ID] = true
			})
		}
		ready.Wait()
		close(start)
		wg.Wait()
		if len(ids) != 1 || len(p.tasks()) != 1 {
			t.Errorf("reviews %v, %d tasks", ids, len(p.tasks()))
		}
	})
}
