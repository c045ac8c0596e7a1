package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations/shopify/simshop"
	"grazie/journeys"
)

// The demo's birthdays and its anniversary must be due at any hour of any day:
// nobody chooses when to try a program for the first time.
func TestDemoAtAnyHour(t *testing.T) {
	shop := demoShop(simshop.New(1, time.Time{}))
	for _, first := range []string{"2026-11-22", "2026-12-31", "2027-02-28", "2027-03-28", "2027-06-20", "2027-10-31", "2028-02-28", "2028-02-29"} {
		begin, err := time.Parse(time.DateOnly, first)
		if err != nil {
			t.Fatal(err)
		}
		for now := begin; now.Before(begin.Add(24 * time.Hour)); now = now.Add(10 * time.Minute) {
			for _, p := range []part{chiara, lovro, crisanto, edith, odile, bence} {
				who := p.at(now)
				c := crm.Customer{ID: strconv.FormatUint(who.ID, 10), Address: &crm.Address{Country: who.Country, ProvinceCode: who.Region, City: who.City}}
				if zone, _ := crm.ZoneOf(c, nil, shop); zone != who.zone.String() {
					t.Fatalf("%s in %s lives in %s, says the server; the demo says %s", p.first, who.City, zone, who.zone)
				}
				e, want := crm.Event{Kind: crm.CustomerChanged, At: now, Customer: &c}, "birthday:"
				if p.key == bence.key {
					e.Kind, e.FirstOrder, want = crm.DayBegan, aYearAgo(who), "anniversary:"
				} else {
					day, err := crm.ParseBirthday(born(who.today))
					if err != nil {
						t.Fatal(err)
					}
					c.Birthday = crm.Birthday{Day: day, At: now.Add(-demoLag)}
				}
				planned := journeys.Plan(e, shop)
				due := slices.ContainsFunc(planned, func(m crm.Message) bool {
					_, reminder := m.Reminder()
					return !reminder && strings.HasPrefix(m.Subject, want) && !m.DueAt.After(now)
				})
				if !due {
					t.Fatalf("at %s %s in %s has nothing that is due: %v", now.Format(time.DateTime), p.first, who.City, planned)
				}
			}
		}
	}
}
