package jobs

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// mornings are the days that the calendar planned for a shop, by its log.
func (f *floor) mornings(shopID string) (days []string) {
	for line := range strings.Lines(f.log.String()) {
		if strings.Contains(line, `"day planned"`) && strings.Contains(line, shopID) {
			_, rest, _ := strings.Cut(line, `"day":"`)
			days = append(days, rest[:len("2027-01-01")])
		}
	}
	return days
}

func (g *gifts) plans() {
	g.t.Helper()
	if err := g.calendar(g.t.Context(), g.Now()); err != nil {
		g.t.Fatal(err)
	}
}

// inZone is another shop, in a zone.
func (g *gifts) inZone(zone string) crm.Shop {
	g.t.Helper()
	domain := strings.ToLower(strings.NewReplacer("/", "-", " ", "-").Replace(zone)) + ".myshopify.com"
	shop, _, err := g.Store.ConnectShop(g.t.Context(), crm.Shop{Platform: "shopify", Domain: domain, Name: "Other", Timezone: zone, Currency: "EUR",
		Sender: crm.Mailbox{Name: "Anna", Email: "anna@bottega.example"}}, crm.Values{"secret": "hush"})
	if err != nil {
		g.t.Fatal(err)
	}
	return shop
}

// Each shop is planned in its own morning, once, over days on which clocks
// change too; a zone that nobody knows is UTC.
func TestEveryShopHasItsMorning(t *testing.T) {
	g := newGifts(t, 1)
	zones := map[string]string{ // the instant of its first morning after 2027-03-27T12:00Z
		"Pacific/Kiritimati": "2027-03-27T13:00", "Australia/Lord_Howe": "2027-03-27T16:00", "Asia/Kathmandu": "2027-03-27T21:15",
		"Europe/Rome": "2027-03-28T01:00", "Nowhere/At all": "2027-03-28T03:00", "Local": "2027-03-28T03:00",
		"America/New_York": "2027-03-28T07:00", "Pacific/Honolulu": "2027-03-27T13:00", "Pacific/Pago_Pago": "2027-03-27T14:00",
	}
	g.until(time.Date(2027, 3, 27, 11, 59, 58, 0, time.UTC))
	shops := map[string]crm.Shop{}
	for zone := range zones {
		shops[zone] = g.inZone(zone)
	}
	g.plans() // all days that have begun
	for zone, want := range zones {
		before := len(g.mornings(shops[zone].ID))
		if before != 1 {
			t.Errorf("%s: planned %d times at first", zone, before)
		}
		zones[zone] = want
	}
	seen := map[string]string{}
	for at := g.Now(); at.Before(time.Date(2027, 3, 28, 12, 0, 0, 0, time.UTC)); at = g.Now() {
		g.until(at.Truncate(15 * time.Minute).Add(15*time.Minute - time.Second))
		g.plans()
		for zone, shop := range shops {
			if days := g.mornings(shop.ID); len(days) == 2 && seen[zone] == "" {
				seen[zone] = g.Now().Format("2006-01-02T15:04")
			}
		}
	}
	for zone, want := range zones {
		days := g.mornings(shops[zone].ID)
		if len(days) != 2 || seen[zone] != want {
			t.Errorf("%s: planned %v, in the morning of %s; want %s", zone, days, seen[zone], want)
		}
	}
}

// One shop whose calendar cannot be planned does not take the others' morning.
func TestOneShopsCalendarFails(t *testing.T) {
	g := newGifts(t, 1)
	first, other := g.inZone("aaa"), g.inZone("Europe/Ljubljana") // they are gone through by their names
	g.AtStep = func(string) {
		if len(g.mornings(first.ID)) == 1 && len(g.mornings(other.ID)) == 0 {
			panic("a fault in this calendar")
		}
	}
	err := g.calendar(t.Context(), g.Now())
	if err == nil || !strings.Contains(err.Error(), first.ID) {
		t.Errorf("told %v", err)
	}
	if days := g.mornings(other.ID); len(days) != 1 {
		t.Errorf("the others are planned %d times", len(days))
	}
}

// A restart between the plan and its mark plans again and changes nothing; two
// leaders at once neither.
func TestCalendarTwice(t *testing.T) {
	eachEngine(t, func(t *testing.T, o store.Options) {
		g := newGiftsOn(t, 1, o)
		g.set("birthday_coupon", "enabled", "true")
		c := g.shop.AddCustomer(g.shop.Customer("giulia"))
		g.take(g.shop.CustomerCreated(c), g.shop.SetBirthday(c, "1988-12-24"))
		if n := len(g.messages()); n != 0 {
			t.Fatalf("%d messages a month ahead", n)
		}
		g.until(time.Date(2026, 12, 23, 6, 0, 0, 0, time.UTC))
		today := crm.DayOf(g.Now(), time.UTC)
		if err := g.planDay(t.Context(), g.stored(), today, g.Now()); err != nil { // and is lost before the mark
			t.Fatal(err)
		}
		before := g.messages()
		if len(before) != 2 {
			t.Fatalf("%d messages; want the mail and its reminder", len(before))
		}
		var both sync.WaitGroup
		for _, w := range []*Worker{g.Worker, g.second(), g.second()} {
			both.Go(func() {
				if err := w.calendar(t.Context(), g.Now()); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if after := g.messages(); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("after: %v\nbefore: %v", after, before)
		}
		if planned, err := g.Store.Planned(t.Context(), g.shopID); err != nil || planned != today {
			t.Errorf("marked %s (%v)", planned, err)
		}
	})
}

// After an outage birthdays of up to three days ago are caught up, older ones
// are let go.
func TestCalendarAfterAnOutage(t *testing.T) {
	for days, want := range map[int]bool{0: true, 1: true, 3: true, 4: false, 5: false} {
		t.Run(fmt.Sprint(days), func(t *testing.T) {
			g := newGifts(t, 1)
			g.set("birthday_coupon", "enabled", "true", "reminder", "false")
			c := g.shop.AddCustomer(g.shop.Customer("giulia"))
			g.take(g.shop.CustomerCreated(c), g.shop.SetBirthday(c, "1988-12-10"))
			g.until(time.Date(2026, 12, 10+days, 10, 0, 0, 0, time.UTC))
			g.plans()
			g.later(time.Minute) // nobody heard the bell
			g.rung()
			all := g.messages()
			if got := len(all) == 1 && all[0].State == crm.Sent; got != want {
				t.Errorf("%d messages: %v", len(all), all)
			}
			if len(all) == 1 {
				g.oneCode(all[0].ID)
			}
		})
	}
}

// A clock that was wrong for once does not silence the calendar for years.
func TestClockWasWrong(t *testing.T) {
	g := newGifts(t, 1)
	if err := g.calendar(t.Context(), g.Now().AddDate(4, 0, 0)); err != nil {
		t.Fatal(err)
	}
	g.plans()
	if days := g.mornings(g.shopID); !slices.Equal(days, []string{"2030-11-21", "2026-11-21"}) {
		t.Errorf("planned %v", days)
	}
	g.plans()
	if n := len(g.mornings(g.shopID)); n != 2 {
		t.Errorf("planned %d times", n)
	}
}

// Leaplings have their day on 29 February 2028, and on the 28th, or as the shop
// says on 1 March, in other years.
func TestLeapDay(t *testing.T) {
	for _, c := range []struct {
		year int
		rule string
		want string
	}{{2027, "", "2027-02-28"}, {2027, "mar_01", "2027-03-01"}, {2028, "", "2028-02-29"}, {2028, "mar_01", "2028-02-29"}, {2029, "", "2029-02-28"}} {
		g := newGifts(t, 1)
		g.set("birthday_coupon", "enabled", "true", "reminder", "false")
		if c.rule != "" {
			g.rule("leap_birthday", string(crm.LeapMar01))
		}
		p := g.shop.AddCustomer(g.shop.Customer("giulia"))
		g.take(g.shop.CustomerCreated(p), g.shop.SetBirthday(p, "1988-02-29"))
		for day := 25; day < 35; day++ {
			g.until(time.Date(c.year, 2, day, 6, 0, 0, 0, time.UTC))
			g.plans()
		}
		all := g.messages()
		if len(all) != 1 || !strings.HasSuffix(all[0].Subject, c.want) || crm.DayOf(all[0].DueAt, time.UTC).String() != c.want {
			t.Errorf("%d %s: %v", c.year, c.rule, all)
		}
	}
}

// A thousand customers with one birthday are planned in pages, each once; and an
// import that stamped them all with one day gives nobody an anniversary.
func TestManyCustomersOfOneDay(t *testing.T) {
	eachEngine(t, func(t *testing.T, o store.Options) {
		g := newGiftsOn(t, 1, o)
		g.set("birthday_coupon", "enabled", "true", "reminder", "false")
		g.set("anniversary_coupon", "enabled", "true", "reminder", "false")
		g.change(func(s *crm.Shop) { s.Since, s.ConnectedAt = s.Since.AddDate(0, -1, 0), s.ConnectedAt.AddDate(0, -1, 0) })
		const many = 1000
		var events []crm.Event
		joined := g.Now().Add(-time.Hour)
		for i := range many {
			c := crm.Customer{ID: fmt.Sprint(1000 + i), Email: fmt.Sprintf("c%d@posta.example", i), CreatedAt: joined, UpdatedAt: joined}
			c.EmailKey = crm.EmailKey(c.Email)
			c.Birthday = crm.Birthday{Day: "12-24", At: joined}
			events = append(events, crm.Event{Kind: crm.CustomerChanged, At: joined, Customer: &c})
		}
		hook := g.receive(g.order("reka"))
		if _, err := g.Store.ApplyEvents(t.Context(), g.shopID, []store.Applied{{WebhookID: hook, Events: events, State: store.WebhookProcessed}}, nil); err != nil {
			t.Fatal(err)
		}
		g.until(time.Date(2026, 12, 24, 6, 0, 0, 0, time.UTC))
		g.plans()
		subjects := map[string]bool{}
		for _, m := range g.messages() {
			subjects[m.Subject] = true
		}
		if len(subjects) != many {
			t.Errorf("%d of %d are planned", len(subjects), many)
		}
		if waiting := g.waiting(); len(waiting) != 0 {
			t.Errorf("%d are rung before they are due", len(waiting))
		}
		g.until(joined.AddDate(1, 0, 0))
		g.plans()
		for _, m := range g.messages() {
			if m.Journey == "anniversary_coupon" && !strings.Contains(m.Subject, "reka") {
				t.Fatalf("an import is taken for a day of joining: %s", m.Subject)
			}
		}
	})
}
