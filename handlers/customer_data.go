package handlers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/store"
	"grazie/templates/pages"
)

// dataRows is how many of each kind the page of her data shows; the file has all.
const dataRows = 50

// ways are the addresses of her other pages, but for the one that she is on.
func (p customerPages) ways(l store.Link, but string) pages.Ways {
	to := func(kind string) string {
		if kind == but {
			return ""
		}
		return "/" + kind + "/" + p.Store.LinkToken(kind, l.ShopID, l.CustomerID, l.MessageID)
	}
	return pages.Ways{Preferences: to(store.LinkPreferences), Data: to(store.LinkData), Returns: to(store.LinkReturns)}
}

// showData shows what is kept about her, or hands it over as a file.
func (p customerPages) showData(c echo.Context, v visit) error {
	x, own, err := p.Store.DataOf(c.Request().Context(), v.link)
	if err != nil {
		return err
	}
	if own && c.QueryParam("file") == "json" {
		return p.dataFile(c, x)
	}
	page, err := p.data(c, v, x, own)
	if err != nil {
		return err
	}
	return p.dataPage(c, http.StatusOK, page)
}

func (p customerPages) dataFile(c echo.Context, x store.Export) error {
	b, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		return err
	}
	protect(c, "default-src 'none'; frame-ancestors 'none'")
	h := c.Response().Header()
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Content-Disposition", `attachment; filename="my-data.json"`)
	return c.Blob(http.StatusOK, "application/json; charset=utf-8", b)
}

// eraseData is her wish to be forgotten. What carries it out are the workers, at
// once (docs/privacy.md).
func (p customerPages) eraseData(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	if c.Request().PostForm.Get("do") == "erase" {
		if _, err := p.Store.AskErasure(ctx, v.link); err != nil && !errors.Is(err, crm.ErrConflict) {
			return err
		}
	}
	x, own, err := p.Store.DataOf(ctx, v.link)
	if err != nil {
		return err
	}
	page, err := p.data(c, v, x, own)
	if err != nil {
		return err
	}
	return p.dataPage(c, http.StatusOK, page)
}

// data is the page, of the newest rows of each kind.
func (p customerPages) data(c echo.Context, v visit, x store.Export, own bool) (pages.Data, error) {
	page := pages.Data{Visit: v.page, Ways: p.ways(v.link, store.LinkData), Zone: crm.Location(v.shop.Timezone), Elsewhere: !own}
	if !own {
		return page, nil
	}
	asked, err := p.Store.ErasureOf(c.Request().Context(), v.link)
	if err != nil {
		return page, err
	}
	if asked != nil {
		page.AskedAt, page.DueAt = asked.RequestedAt, asked.DueAt
	}
	page.File = "?file=json"
	for _, who := range x.Customers {
		if who.ID == v.customer.ID {
			about(&page, v.shop, who)
		}
	}
	p.dataRows(&page, v, x)
	return page, nil
}

func about(page *pages.Data, shop crm.Shop, c crm.Customer) {
	page.Name, page.Email = crm.Clean(strings.TrimSpace(c.FirstName+" "+c.LastName)), c.Email
	if a := c.Address; a != nil {
		page.Place = crm.Clean(strings.Trim(a.City+", "+a.Country, ", "))
	}
	page.Birthday = c.Birthday.Day
	if c.Consent.State == crm.ConsentSubscribed {
		page.Agreed = c.Consent.At
	}
	language := pages.LanguageOf(c.Locale, shop.Locale)
	for _, l := range (pages.Preferences{}).Languages() {
		if l.Tag == language {
			page.Speaks = l.Name
		}
	}
}

func (p customerPages) dataRows(page *pages.Data, v visit, x store.Export) {
	names, subjects := map[string]string{}, map[string]string{}
	for _, o := range x.Orders {
		names[o.ID] = cmp.Or(o.Name, o.ID)
		row := pages.DataOrder{Name: names[o.ID], At: o.CreatedAt, Total: o.Total}
		for _, it := range o.Goods() {
			row.Goods = append(row.Goods, crm.Clean(it.Title))
		}
		page.Orders = append(page.Orders, row)
	}
	for _, m := range x.Mails {
		subjects[m.MessageID] = m.Subject
	}
	for _, m := range x.Messages {
		row := pages.DataMail{Subject: cmp.Or(subjects[m.ID], streamName(v.page, m.Journey)), At: m.SentAt, Said: "data.not_sent"}
		switch {
		case !m.SentAt.IsZero():
			row.Said = "data.sent"
		case m.State == crm.Planned || m.State == crm.Sending || m.State == crm.Unknown:
			row.Said, row.At = "data.planned", m.DueAt
		default:
			row.At = m.UpdatedAt
		}
		page.Mails = append(page.Mails, row)
	}
	now := p.Now()
	for _, e := range x.Effects {
		if c := e.Code; c != nil && e.State != crm.EffectFailed && e.State != crm.EffectPlanned {
			row := pages.DataCode{Code: c.Code, Until: c.EndsAt, Said: "data.over"}
			if c.Used() {
				row.Said = "data.used"
			} else if c.Works(now) {
				row.Said = "data.until"
			}
			page.Codes = append(page.Codes, row)
		}
	}
	for _, r := range x.Reviews {
		page.Reviews = append(page.Reviews, pages.DataReview{Order: cmp.Or(names[r.OrderID], r.OrderID), Rating: r.Rating, Text: r.Text})
	}
	slices.SortFunc(page.Orders, func(a, b pages.DataOrder) int { return b.At.Compare(a.At) })
	slices.SortFunc(page.Mails, func(a, b pages.DataMail) int { return b.At.Compare(a.At) })
	page.More = len(page.Orders) > dataRows || len(page.Mails) > dataRows || len(page.Codes) > dataRows || len(page.Reviews) > dataRows
	page.Orders, page.Mails = page.Orders[:min(len(page.Orders), dataRows)], page.Mails[:min(len(page.Mails), dataRows)]
	page.Codes, page.Reviews = page.Codes[:min(len(page.Codes), dataRows)], page.Reviews[:min(len(page.Reviews), dataRows)]
}

func (p customerPages) dataPage(c echo.Context, status int, page pages.Data) error {
	return p.show(c, status, func(b *bytes.Buffer) error { return pages.WriteData(b, page) })
}

// showReturns tells how her returns stand.
func (p customerPages) showReturns(c echo.Context, v visit) error {
	x, own, err := p.Store.DataOf(c.Request().Context(), v.link)
	if err != nil {
		return err
	}
	if !own {
		return p.dataPage(c, http.StatusOK, pages.Data{Visit: v.page, Elsewhere: true})
	}
	page := pages.Returns{Visit: v.page, Ways: p.ways(v.link, store.LinkReturns), Zone: crm.Location(v.shop.Timezone), All: backs(x)}
	return p.show(c, http.StatusOK, func(b *bytes.Buffer) error { return pages.WriteReturns(b, page) })
}

// backs are the returns of an export, the newest first, with what was done for them.
func backs(x store.Export) (all []pages.Back) {
	names := map[string]string{}
	for _, o := range x.Orders {
		names[o.ID] = o.Name
	}
	at := func(r crm.Return) time.Time { return cmp.Or(r.RequestedAt, r.UpdatedAt) }
	sorted := slices.Clone(x.Returns)
	slices.SortFunc(sorted, func(a, b crm.Return) int { return cmp.Or(at(b).Compare(at(a)), strings.Compare(b.ID, a.ID)) })
	of := map[string]string{} // return of a message
	for _, m := range x.Messages {
		of[m.ID] = m.ReturnID
	}
	for _, r := range sorted[:min(len(sorted), dataRows)] {
		b := pages.Back{Name: r.Name, Order: names[r.OrderID], At: at(r), Status: r.Status}
		if b.Name != "" && b.Order != "" && strings.HasPrefix(b.Name, b.Order) {
			b.Order = ""
		}
		for _, l := range r.Lines {
			if title := crm.Clean(l.Title); title != "" {
				b.Goods = append(b.Goods, title)
			}
		}
		for _, e := range x.Effects {
			if of[e.MessageID] != r.ID || e.State != crm.EffectDone {
				continue
			}
			switch {
			case e.Kind == crm.ReturnFeeWaived:
				b.Free = true
			case e.Replacement != nil && e.Replacement.OrderID != "":
				b.Replaced = true
			case e.Label != nil && r.Pending():
				b.Label, b.Tracking, b.TrackingPlain = web(e.Label.URL), web(e.Label.TrackingURL), e.Label.Tracking
			}
		}
		all = append(all, b)
	}
	return all
}

// web is an address if it is one of the web, else nothing.
func web(address string) string {
	if strings.HasPrefix(address, "https://") {
		return address
	}
	return ""
}

// showBirthday asks for a birthday and nothing else.
func (p customerPages) showBirthday(c echo.Context, v visit) error {
	page, err := p.birthdayOf(c, v)
	if err != nil {
		return err
	}
	return p.birthdayPage(c, http.StatusOK, page)
}

func (p customerPages) birthdayOf(c echo.Context, v visit) (pages.Preferences, error) {
	chosen, err := p.Store.Preferences(c.Request().Context(), v.link)
	if err != nil {
		return pages.Preferences{}, err
	}
	page, err := p.preferences(c.Request().Context(), v, chosen)
	page.Ways = p.ways(v.link, "")
	return page, err
}

func (p customerPages) saveBirthday(c echo.Context, v visit) error {
	ctx, form := c.Request().Context(), c.Request().PostForm
	page, err := p.birthdayOf(c, v)
	if err != nil {
		return err
	}
	if !page.AskBirthday { // without a purpose none is taken
		return p.birthdayPage(c, http.StatusOK, page)
	}
	if form.Has("day") || form.Has("month") {
		born, err := birthday(&page, form.Get("day"), form.Get("month"))
		if err != nil {
			page.BadBirthday, page.BirthdayWas = true, crm.MonthDay(form.Get("birthday_was"))
			return p.birthdayPage(c, http.StatusUnprocessableEntity, page)
		}
		if err := p.choose(ctx, v, store.Choices{Birthday: born}); err != nil {
			return err
		}
		page.Saved, page.BirthdayWas = true, *born
	}
	return p.birthdayPage(c, http.StatusOK, page)
}

func (p customerPages) birthdayPage(c echo.Context, status int, page pages.Preferences) error {
	return p.show(c, status, func(b *bytes.Buffer) error { return pages.WriteBirthday(b, page) })
}
