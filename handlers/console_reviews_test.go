package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/store"
)

// handReview is what a customer says about her order.
func (s *scene) handReview(order string, said crm.Review) crm.Review {
	s.t.Helper()
	m := s.handPlanned(crm.Message{Journey: "review_request", Purpose: crm.Marketing, CustomerID: order, OrderID: order, Subject: "order:" + order})
	r, err := s.store.SaveReview(s.t.Context(), store.Link{ShopID: s.shopID, CustomerID: order, MessageID: m.ID}, said)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// stageReviews puts something on each page of its area.
func stageReviews(s *scene) {
	for i, name := range byHandNames {
		id := "740" + string(rune('1'+i))
		s.handBuyer(id, name[0], name[1])
		r := s.handReview(id, []crm.Review{
			{Rating: 5, Text: "Lovely!\nIt smells of my grandmother's kitchen, and the parcel was wrapped as if it were a present.", Publish: true},
			{Rating: 1, Text: `<img src=x onerror=alert(1)> הגיע שבור 💔`},
			{Rating: 3}}[i])
		if i == 1 {
			s.ids["review"] = r.ID
		}
	}
}

// What she said is shown as text, whatever it is; a bad one leads to an apology by
// hand, for who may.
func TestConsoleReviews(t *testing.T) {
	s := newScene(t)
	s.shows(s.see("viewer", "/reviews"), "Nobody said anything yet.")
	stageReviews(s)
	list := s.see("viewer", "/reviews")
	s.shows(list, "Lovely!", "&lt;img src=x onerror=alert(1)&gt;", "No words, only stars.", "may be shown", `aria-label="1 star"`, "★★★★★")
	if strings.Contains(list.body, "<img") {
		t.Error("her words are no text")
	}
	if a := s.see("viewer", "/reviews?rating=1"); strings.Contains(a.body, "Lovely!") || !strings.Contains(a.body, "onerror") {
		t.Errorf("%s", a.body)
	}
	one := s.see("support", "/reviews/"+s.ids["review"])
	s.shows(one, "#7402", "Olive soap", "She did not agree to have it shown.", "/jobs/new?journey=apology&amp;order=7402")
	if l := s.logged(); l.Action != "reviews.one" || l.Target != s.ids["review"] {
		t.Errorf("%+v", l)
	}
	if a := s.see("viewer", "/reviews/"+s.ids["review"]); strings.Contains(a.body, "/jobs/new") {
		t.Error("a viewer is shown what she may not do")
	}
	if a := s.see("viewer", "/reviews/rev_none"); a.status != http.StatusNotFound {
		t.Errorf("%d", a.status)
	}
}
