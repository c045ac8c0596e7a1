package handlers

import (
	"cmp"
	"errors"
	"strconv"

	"grazie/crm"
	"grazie/store"
)

func (d desktop) reviewRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("/reviews", store.Viewer, "reviews", "reviews.title", (*seat).listReviews),
		look("/reviews/:review", store.Viewer, "reviews", "reviews.one", (*seat).showReview),
	}
}

// badReview is the highest rating at which somebody should write to her.
const badReview = 2

type reviewsPage struct {
	Reviews []reviewLine
	Ratings []int
	Rating  int // 0: all
	Next    string
}

type reviewLine struct {
	crm.Review
	For   string
	Order string
	Bad   bool
}

// listReviews lists what customers said, the newest first.
func (v *seat) listReviews() error {
	p := reviewsPage{Ratings: []int{5, 4, 3, 2, 1}}
	if n, err := strconv.Atoi(v.QueryParam("rating")); err == nil && n >= 1 && n <= 5 {
		p.Rating = n
	}
	all, err := v.Store.ReviewPage(v.ctx(), v.shop.ID, p.Rating, v.QueryParam("after"), listPage+1)
	if err != nil {
		return err
	}
	all, p.Next = cutPage(all, func(r crm.Review) string { return r.ID })
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.CustomerID
	}
	names, err := v.namesOf(ids)
	if err != nil {
		return err
	}
	for _, r := range all {
		p.Reviews = append(p.Reviews, reviewLine{Review: r, For: names[r.CustomerID], Bad: r.Rating <= badReview})
	}
	return v.show("reviews", p)
}

type reviewPage struct {
	reviewLine
	Bought *crm.Order
}

// showReview shows one review with its order. Nothing of it can be changed.
func (v *seat) showReview() error {
	r, err := v.Store.Review(v.ctx(), v.shop.ID, plain(v.Param("review")))
	if err != nil {
		return err
	}
	names, err := v.namesOf([]string{r.CustomerID})
	if err != nil {
		return err
	}
	p := reviewPage{reviewLine: reviewLine{Review: r, For: names[r.CustomerID], Order: r.OrderID, Bad: r.Rating <= badReview}}
	if o, err := v.Store.Order(v.ctx(), v.shop.ID, r.OrderID); err == nil {
		p.Bought, p.Order = &o, cmp.Or(o.Name, o.ID)
	} else if !errors.Is(err, crm.ErrNotFound) {
		return err
	}
	return v.show("review", p)
}
