package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/store"
)

func (o *own) review() *crm.Review {
	o.t.Helper()
	_, r, err := o.store.ReviewOf(o.t.Context(), o.link)
	if err != nil {
		o.t.Fatal(err)
	}
	return r
}

func TestReviewPage(t *testing.T) {
	o := newOwn(t)
	a := o.get(o.path(store.LinkReview))
	root := o.parse("review", a, http.StatusOK)
	if _, goods := all(root, "li"); len(goods) != 1 || goods[0] != `Olive oil <b>"extra"</b>` {
		t.Errorf("goods: %q", goods)
	}
	says(t, a, "Order #2 from Bottega", "there is no reward")
	if form := filled(t, root); len(form) != 0 {
		t.Errorf("something is chosen for her: %v", form) // R5
	}
	inputs, _ := all(root, "input")
	if len(inputs) != 6 || strings.Contains(a.body, "5 stars") {
		t.Errorf("%d inputs", len(inputs))
	}
}

// Whatever the rating, she is thanked in the same words and led to the same places.
func TestNoGating(t *testing.T) {
	bare := regexp.MustCompile(`/[upr]/[\w-]+`)
	var first string
	for _, rating := range []string{"1", "2", "3", "4", "5"} {
		o := newOwn(t)
		o.changeShop(func(s *crm.Shop) { s.Journeys[reviewMail]["review_url"] = "https://reviews.example/bottega" })
		a := o.submit(o.path(store.LinkReview), url.Values{"rating": {rating}, "text": {"It came."}})
		o.parse(rating, a, http.StatusOK)
		says(t, a, `href="https://reviews.example/bottega"`)
		page := bare.ReplaceAllString(a.body, "")
		if first == "" {
			first = page
		}
		if page != first {
			t.Errorf("after a %s\n%s\nafter a 1\n%s", rating, page, first)
		}
		tasks, err := o.store.Tasks(t.Context(), o.shopID, false, 10)
		if err != nil || len(tasks) != map[string]int{"1": 1, "2": 1}[rating] {
			t.Errorf("after a %s there are %d tasks, %v", rating, len(tasks), err)
		}
	}
}

func TestReviewIsKeptAndCorrected(t *testing.T) {
	o := newOwn(t)
	text := "<script>alert(1)</script>  good\r\n\r\n\r\n\r\nsecond\x00\u202e line\t"
	o.parse("thanks", o.submit(o.path(store.LinkReview), url.Values{"rating": {"4"}, "text": {text}, "publish": {"yes"}}), http.StatusOK)
	got := o.review()
	if got == nil || got.Rating != 4 || got.Text != "<script>alert(1)</script> good\n\nsecond line" || !got.Publish || got.OrderID != "2" || got.CustomerID != "77" {
		t.Fatalf("%+v", got)
	}
	for _, m := range o.messages() {
		if waits := m.State == crm.Planned; waits != (m.OrderID != "2") {
			t.Errorf("%s %s is %s", m.Journey, m.Subject, m.State)
		}
	}
	// Opened again, it is there to correct.
	a := o.get(o.path(store.LinkReview))
	root := o.parse("again", a, http.StatusOK)
	says(t, a, "You have reviewed this order already.")
	if form := filled(t, root); form.Get("rating") != "4" || form.Get("publish") != "yes" {
		t.Errorf("%v", form)
	}
	if _, texts := all(root, "textarea"); texts[0] != got.Text {
		t.Errorf("%q", texts)
	}
	o.submit(o.path(store.LinkReview), url.Values{"rating": {"2"}})
	if now := o.review(); now.ID != got.ID || now.Rating != 2 || now.Text != "" || now.Publish {
		t.Errorf("%+v", now)
	}
}

// What is missing or too long is told, nothing is stored, nothing that she wrote is lost.
func TestReviewThatIsNotComplete(t *testing.T) {
	o := newOwn(t)
	before := o.rows()
	for _, rating := range []string{"", "0", "6", "-1", "5.0", "five"} {
		a := o.submit(o.path(store.LinkReview), url.Values{"rating": {rating}, "text": {"It came late."}, "publish": {"yes"}})
		root := o.parse(rating, a, http.StatusUnprocessableEntity)
		says(t, a, "Please choose a rating.")
		if _, texts := all(root, "textarea"); texts[0] != "It came late." || filled(t, root).Get("publish") != "yes" {
			t.Errorf("lost: %q", texts)
		}
	}
	long := strings.Repeat("ž", 2001)
	a := o.submit(o.path(store.LinkReview), url.Values{"rating": {"5"}, "text": {long}})
	root := o.parse("long", a, http.StatusUnprocessableEntity)
	says(t, a, "Please shorten it to 2,000 characters.")
	if _, texts := all(root, "textarea"); texts[0] != long || filled(t, root).Get("rating") != "5" {
		t.Error("the long text is lost")
	}
	if after := o.rows(); after != before {
		t.Errorf("from\n%s\nto\n%s", before, after)
	}
	o.parse("2000", o.submit(o.path(store.LinkReview), url.Values{"rating": {"5"}, "text": {long[2:]}}), http.StatusOK)
}
