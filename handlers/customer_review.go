package handlers

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/journeys"
	"grazie/templates/pages"
)

// reviewJourney is the journey whose settings say where else reviews are written.
const reviewJourney = "review_request"

func (p customerPages) showReview(c echo.Context, v visit) error {
	order, said, err := p.Store.ReviewOf(c.Request().Context(), v.link)
	if err != nil {
		return err
	}
	return p.reviewPage(c, http.StatusOK, reviewOf(v, order, said))
}

// saveReview stores what she says. The page that follows is the same for
// every rating (mail-and-domain.md, rules R1 and R2).
func (p customerPages) saveReview(c echo.Context, v visit) error {
	ctx, form := c.Request().Context(), c.Request().PostForm
	order, said, err := p.Store.ReviewOf(ctx, v.link)
	if err != nil {
		return err
	}
	page := reviewOf(v, order, said)
	page.Rating, _ = strconv.Atoi(form.Get("rating"))
	page.Text, page.Publish = lines(form.Get("text")), form.Get("publish") == "yes"
	page.NoRating = page.Rating < 1 || page.Rating > 5
	page.TooLong = utf8.RuneCountInString(page.Text) > pages.LongestText
	if page.Bad() {
		return p.reviewPage(c, http.StatusUnprocessableEntity, page)
	}
	if _, err := p.Store.SaveReview(ctx, v.link, crm.Review{Rating: page.Rating, Text: page.Text, Publish: page.Publish}); err != nil {
		return err
	}
	page.Thanks = true
	return p.reviewPage(c, http.StatusOK, page)
}

// reviewOf names the goods of this order and of no other, and the merchant's
// other place for reviews, if there is one, to everybody.
func reviewOf(v visit, order crm.Order, said *crm.Review) pages.Review {
	page := pages.Review{Visit: v.page, Order: order.Name}
	if j, ok := journeys.Find(reviewJourney); ok {
		page.Elsewhere = j.Values(v.shop)["review_url"]
	}
	for _, item := range order.Goods() {
		if title := crm.Clean(item.Title); title != "" {
			page.Goods = append(page.Goods, title)
		}
	}
	if said != nil {
		page.Again, page.Rating, page.Text, page.Publish = true, said.Rating, said.Text, said.Publish
	}
	return page
}

// lines cleans a text of several lines: no controls or hidden marks, and no
// more than one empty line at a time.
func lines(text string) string {
	var kept []string
	for _, line := range strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n") {
		line = crm.Clean(strings.ToValidUTF8(line, "\uFFFD"))
		if line != "" || len(kept) > 0 && kept[len(kept)-1] != "" {
			kept = append(kept, line)
		}
	}
	return strings.TrimRight(strings.Join(kept, "\n"), "\n")
}

func (p customerPages) reviewPage(c echo.Context, status int, page pages.Review) error {
	return p.show(c, status, func(b *bytes.Buffer) error { return pages.WriteReview(b, page) })
}
