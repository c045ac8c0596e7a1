package main

import (
	"errors"
	"time"

	"grazie/crm"
	"grazie/integrations/shopify/simshop"
)

// home is where somebody lives, and the zone that clocks there show: told here
// once more, so that the server's own table is not checked by itself.
type home struct {
	street, zip, city, province, region, country, zone string
}

// The homes of those who have a day of their own.
var (
	ferrara   = home{"Via dei Pioppi 3", "44121", "Ferrara", "Ferrara", "FE", "IT", "Europe/Rome"}
	kranj     = home{"Jesenova ulica 5", "4000", "Kranj", "", "", "SI", "Europe/Ljubljana"}
	pecs      = home{"Mandula utca 8.", "7621", "Pécs", "", "", "HU", "Europe/Budapest"}
	nantes    = home{"3 rue des Aubépines", "44000", "Nantes", "", "", "FR", "Europe/Paris"}
	york      = home{"9 Rowan Terrace", "YO31 7QT", "York", "England", "ENG", "GB", "Europe/London"}
	davao     = home{"22 Narra Street", "8000", "Davao City", "Davao del Sur", "PH-DAS", "PH", "Asia/Manila"}
	fremantle = home{"6 Banksia Lane", "6160", "Fremantle", "Western Australia", "WA", "AU", "Australia/Perth"}
	nagoya    = home{"楓町4-5-6", "450-0000", "Nagoya", "Aichi", "JP-23", "JP", "Asia/Tokyo"}
)

// part is somebody whose day comes. A birthday that is told when it is as good
// as over is for next year, so the demo lets the person live where it is day:
// at home, or else on the other side of the world.
type part struct {
	id                                       uint64
	key, first, last, email, locale, consent string
	homes                                    [2]home
}

var (
	chiara   = part{115310627314723309, "chiara", "Chiara", "Montefusco", "chiara.montefusco@posta.example", "it-IT", "subscribed", [2]home{ferrara, nagoya}}
	lovro    = part{115310627314723316, "lovro", "Lovro", "Hrastnik", "lovro.hrastnik@posta.example", "sl-SI", "not_subscribed", [2]home{kranj, davao}}
	crisanto = part{115310627314723323, "crisanto", "Crisanto", "Balagtas", "crisanto@sulat.example", "fil-PH", "subscribed", [2]home{davao, york}}
	edith    = part{115310627314723330, "edith", "Edith", "Ravensworth", "edith.ravensworth@letters.example", "en-GB", "subscribed", [2]home{york, fremantle}}
	odile    = part{115310627314723337, "odile", "Odile", "Kermadec", "odile.kermadec@courriel.example", "fr-FR", "subscribed", [2]home{nantes, nagoya}}
	bence    = part{115310627314723344, "bence", "Bence", "Hajnóczy", "bence.hajnoczy@level.example", "hu-HU", "subscribed", [2]home{pecs, fremantle}}
)

// person is somebody of the cast on the demo's day.
type person struct {
	simshop.Customer
	zone  *time.Location
	today crm.Day // as her clock has it
}

// at lets the part be played at a time.
func (p part) at(now time.Time) person {
	h := p.homes[1]
	if daytime(now, p.homes[0].zone) {
		h = p.homes[0]
	}
	zone := crm.Location(h.zone)
	return person{
		Customer: simshop.Customer{Key: p.key, ID: p.id, FirstName: p.first, LastName: p.last, Email: p.email, Locale: p.locale, Language: p.locale, Consent: p.consent, Days: 370,
			Street: h.street, Zip: h.zip, City: h.city, Province: h.province, Region: h.region, Country: h.country},
		zone: zone, today: crm.DayOf(now, zone),
	}
}

// daytime tells whether clocks in a zone are, for the whole demo, after the hour in
// which mails of the calendar go out and before a birthday counts as over.
func daytime(now time.Time, zone string) bool {
	for _, t := range []time.Time{now.Add(-2 * demoLag), now.Add(2 * demoLag)} {
		if h := t.In(crm.Location(zone)).Hour(); h < 1 || h > 22 {
			return false
		}
	}
	return true
}

// born is a birthday as the shop writes it, in a year that has every day.
func born(d crm.Day) string { return crm.Day{Year: 1988, Month: d.Month, Day: d.Day}.String() }

// aYearAgo is when Bence ordered for the first time: noon of the same day, or
// of the last of February where that year had no 29th.
func aYearAgo(p person) time.Time {
	return crm.MonthDayOf(p.today).In(p.today.Year-1, crm.LeapFeb28).At(12, 0, 0, p.zone)
}

// history is what the shop told before the day: Bence's first order a year ago,
// a birthday of Crisanto's in another half of the year, and an order of each of
// the others, which says what language they read. It turns the shop's clock back.
func history(now time.Time) func(*simshop.Shop) ([]simshop.Webhook, error) {
	return func(sim *simshop.Shop) (hooks []simshop.Webhook, err error) {
		changes, first := crisanto.at(now), bence.at(now)
		sim.Now = aYearAgo(first)
		hooks = append(hooks, sim.SetBirthday(changes.Customer, born(changes.today.Add(180))))
		buy := func(who simshop.Customer, product int) {
			_, bought, failed := sim.Buy(who, simshop.Cart{Items: []simshop.Item{{Product: sim.Products()[product], Quantity: 1}}})
			hooks, err = append(hooks, bought...), errors.Join(err, failed)
		}
		buy(first.Customer, cup)
		sim.Now = now.AddDate(0, 0, -100)
		for _, p := range []part{chiara, lovro, crisanto, edith, odile} {
			buy(p.at(now).Customer, candle)
		}
		return hooks, err
	}
}
