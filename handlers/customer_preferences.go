package handlers

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/journeys"
	"grazie/store"
	"grazie/templates/pages"
)

// birthdayJourney is the journey for which a birthday is asked: without a
// purpose none is (mail-and-domain.md, rule D2).
const birthdayJourney = "birthday_coupon"

func (p customerPages) showPreferences(c echo.Context, v visit) error {
	chosen, err := p.Store.Preferences(c.Request().Context(), v.link)
	if err != nil {
		return err
	}
	page, err := p.preferences(c.Request().Context(), v, chosen)
	if err != nil {
		return err
	}
	return p.preferencesPage(c, http.StatusOK, page)
}

// savePreferences takes over what she changed, by what the page showed her.
func (p customerPages) savePreferences(c echo.Context, v visit) error {
	ctx, form := c.Request().Context(), c.Request().PostForm
	chosen, err := p.Store.Preferences(ctx, v.link)
	if err != nil {
		return err
	}
	page, err := p.preferences(ctx, v, chosen)
	if err != nil {
		return err
	}
	sent := store.Choices{Stop: form.Get("do") == "stop", Wording: pages.Wording}
	if !sent.Stop {
		for i := range page.Choices {
			choice := &page.Choices[i] // also what the shop began since: she has no tick there
			sent.Shown = append(sent.Shown, choice.Key)
			if choice.Was = slices.Contains(form["was"], choice.Key); choice.Was {
				sent.Was = append(sent.Was, choice.Key)
			}
			if choice.On = slices.Contains(form["want"], choice.Key); choice.On {
				sent.Want = append(sent.Want, choice.Key)
			}
		}
		if l := form.Get("language"); l != "" && l != form.Get("language_was") {
			if !pages.Speaks(l) {
				return &crm.Invalid{Field: "language", Message: "choose one of those on the page"}
			}
			sent.Locale, page.Language, page.LanguageWas = l, l, form.Get("language_was")
		}
		if form.Has("birthday_was") {
			if sent.Birthday, err = birthday(&page, form.Get("day"), form.Get("month")); err != nil {
				page.BadBirthday, page.BirthdayWas = true, crm.MonthDay(form.Get("birthday_was"))
				return p.preferencesPage(c, http.StatusUnprocessableEntity, page)
			}
			if string(*sent.Birthday) == form.Get("birthday_was") {
				sent.Birthday = nil
			}
		}
	}
	if err := p.choose(ctx, v, sent); err != nil {
		return err
	}
	// From here on it is saved: what goes wrong now must not say otherwise.
	if sent.Locale != "" {
		v.page.Locale = sent.Locale
	}
	if chosen, err := p.Store.Preferences(ctx, v.link); err == nil {
		if stored, err := p.preferences(ctx, v, chosen); err == nil {
			page = stored
		}
	}
	page.Saved = true
	if sent.Stop {
		page.Stopped = pages.StoppedAll
	}
	return p.preferencesPage(c, http.StatusOK, page)
}

// choose stores what she chose, and rings for what follows from it at once.
func (p customerPages) choose(ctx context.Context, v visit, sent store.Choices) error {
	due, err := p.Store.SavePreferences(ctx, v.link, sent, func(e crm.Event) []crm.Message { return journeys.Plan(e, v.shop) })
	if err == nil && len(due) > 0 {
		p.Ring(store.KindMessage, v.link.ShopID, due...)
	}
	return err
}

// birthday reads day and month, and keeps on the page what was sent.
func birthday(page *pages.Preferences, day, month string) (*crm.MonthDay, error) {
	var none crm.MonthDay
	page.Day, _ = strconv.Atoi(day)
	page.Month, _ = strconv.Atoi(month)
	if day == "" && month == "" {
		return &none, nil
	}
	born, err := crm.ParseBirthday(fmt.Sprintf("%02d-%02d", page.Month, page.Day))
	return &born, err
}

// preferences are what the page shows of what she chose. A kind of mail has a
// tick if she would get it: because she agreed, or because the law of her
// country lets the shop write until she objects. That a tick stays is no
// consent, only that she makes a new one is.
func (p customerPages) preferences(ctx context.Context, v visit, chosen store.Preferences) (pages.Preferences, error) {
	c, now := chosen.Customer, p.Now()
	language := pages.LanguageOf(c.Locale, v.shop.Locale)
	page := pages.Preferences{Visit: v.page, Ways: p.ways(v.link, store.LinkPreferences), Language: language, LanguageWas: language, BirthdayWas: c.Birthday.Day, AskBirthday: c.Birthday.Day != ""}
	if d := c.Birthday.Day.In(2000, crm.LeapFeb28); !d.IsZero() {
		page.Day, page.Month = d.Day, int(d.Month)
	}
	facts, err := p.Store.FactsOf(ctx, v.shop.ID, []crm.Message{{ShopID: v.shop.ID, CustomerID: c.ID, Purpose: crm.Marketing}})
	if err != nil {
		return page, err
	}
	f := facts[0]
	f.Rules = journeys.RuleValues(v.shop)
	for _, j := range journeys.All {
		f.Message.Journey, f.Settings = j.Key, j.Values(v.shop)
		if j.Purpose != crm.Marketing || !f.Settings.Bool("enabled") {
			continue
		}
		page.AskBirthday = page.AskBirthday || j.Key == birthdayJourney
		_, no := journeys.Lawful(j, f, now)
		on := no == "" && !stopped(chosen.Suppressions, j.Key, now)
		page.Choices = append(page.Choices, pages.Choice{Key: j.Key, Name: streamName(v.page, j.Key), On: on, Was: on})
	}
	page.Blocked = slices.ContainsFunc(chosen.Suppressions, func(s crm.Suppression) bool {
		hers := s.Reason == crm.SuppressedUnsubscribed || s.Reason == crm.SuppressedComplained
		return holds(s, now) && (s.Scope == crm.ScopeAll || !hers)
	})
	return page, nil
}

func holds(s crm.Suppression, now time.Time) bool { return s.Until.IsZero() || now.Before(s.Until) }

// stopped tells whether an address does not get the mails of a journey.
func stopped(all []crm.Suppression, journey string, now time.Time) bool {
	return slices.ContainsFunc(all, func(s crm.Suppression) bool {
		return holds(s, now) && slices.Contains([]string{crm.ScopeAll, crm.ScopeMarketing, journey}, s.Scope)
	})
}

func (p customerPages) preferencesPage(c echo.Context, status int, page pages.Preferences) error {
	return p.show(c, status, func(b *bytes.Buffer) error { return pages.WritePreferences(b, page) })
}
