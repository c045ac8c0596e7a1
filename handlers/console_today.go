package handlers

import (
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"grazie/crm"
	"grazie/journeys"
	"grazie/store"
	"grazie/templates/console"
)

func (d desktop) todayRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("", store.Viewer, "today", "today.title", (*seat).showToday),
		act("/brakes/lift", store.Manager, "today", "today.lift", (*seat).liftBrake),
	}
}

const (
	chartDays   = 30 // of the chart, with today
	comingDays  = 7  // that are looked ahead, with today
	troubleDays = 7  // for which something that failed is trouble
	todayRows   = 6  // of what goes out next, and went out last
	mostOrders  = 300
)

// todayPage is what the first page of a shop shows.
type todayPage struct {
	Troubles []alarm
	Today    store.DayCount
	Glance   store.Glance
	Chart    console.Chart
	Past     []pastDay // for who does not see the chart, the newest first
	Sum      store.DayCount
	Coming   []comingDay
	Next     []store.Addressed
	Last     []store.Addressed
}

type pastDay struct {
	At time.Time
	store.DayCount
}

// comingDay is one of the next days.
type comingDay struct {
	At        time.Time
	Birthdays int64
	Plans     []store.DayPlan
}

// todayData is what the page is made of: one look at the database each.
type todayData struct {
	past, coming []time.Time // where the days begin, and the last ends
	counts       []store.DayCount
	plans        []store.DayPlan
	birthdays    map[crm.MonthDay]int64
	glance       store.Glance
	next, last   []store.Addressed
	brakes       []crm.Brake
	requests     []crm.PrivacyRequest
	silence      crm.Silence
}

// showToday tells at a glance what was done, what will be, and, before all, what
// is wrong.
func (v *seat) showToday() error {
	page, err := v.today()
	if err != nil {
		return err
	}
	return v.show("today", page)
}

func (v *seat) today() (todayPage, error) {
	d, err := v.lookAround()
	if err != nil {
		return todayPage{}, err
	}
	page := todayPage{Troubles: v.troubles(d), Today: d.counts[chartDays-1], Glance: d.glance, Next: d.next, Last: d.last}
	var titles []string
	var values [][]int64
	for i, c := range d.counts {
		titles = append(titles, v.say("today.chart.day", "day", v.page.Day(d.past[i]), "sent", c.Sent, "failed", c.Failed))
		values = append(values, []int64{c.Sent, c.Failed})
		page.Sum = store.DayCount{Sent: page.Sum.Sent + c.Sent, Skipped: page.Sum.Skipped + c.Skipped, Failed: page.Sum.Failed + c.Failed}
		page.Past = append([]pastDay{{d.past[i], c}}, page.Past...)
	}
	page.Chart = console.NewChart([]string{"sent", "failed"}, titles, values)
	for i := range comingDays {
		page.Coming = append(page.Coming, comingDay{At: d.coming[i], Birthdays: d.birthdays[v.monthDay(d.coming[i])]})
	}
	for _, p := range d.plans {
		page.Coming[p.Day].Plans = append(page.Coming[p.Day].Plans, p)
	}
	return page, nil
}

func (v *seat) monthDay(at time.Time) crm.MonthDay {
	return crm.MonthDayOf(crm.DayOf(at, v.page.Zone))
}

// lookAround asks for everything at once.
func (v *seat) lookAround() (todayData, error) {
	now, zone := v.Now(), v.page.Zone
	today := crm.DayOf(now, zone)
	var d todayData
	var born []crm.MonthDay
	for i := 1 - chartDays; i <= 1; i++ {
		d.past = append(d.past, today.Add(i).At(0, 0, 0, zone))
	}
	for i := range comingDays + 1 {
		d.coming = append(d.coming, today.Add(i).At(0, 0, 0, zone))
		born = append(born, crm.MonthDayOf(today.Add(i)))
	}
	g, ctx := errgroup.WithContext(v.ctx())
	g.Go(func() (err error) { d.counts, err = v.Store.DayCounts(ctx, v.shop.ID, d.past); return err })
	g.Go(func() (err error) { d.plans, err = v.Store.DayPlans(ctx, v.shop.ID, d.coming); return err })
	g.Go(func() (err error) { d.birthdays, err = v.Store.Birthdays(ctx, v.shop.ID, born); return err })
	g.Go(func() (err error) { d.next, err = v.Store.NextDue(ctx, v.shop.ID, todayRows); return err })
	g.Go(func() (err error) { d.last, err = v.Store.LastSent(ctx, v.shop.ID, todayRows); return err })
	g.Go(func() (err error) { d.brakes, err = v.Store.Brakes(ctx, v.shop.ID); return err })
	g.Go(func() (err error) { d.requests, err = v.Store.OpenPrivacyRequests(ctx, v.shop.ID); return err })
	var unanswered int
	g.Go(func() (err error) {
		if j, ok := journeys.Find("thank_you"); ok && j.Values(v.shop).Bool("enabled") {
			unanswered, err = v.Store.Unanswered(ctx, v.shop.ID, j.Key, crm.AnswersSince(v.shop, j.Key, now), now, mostOrders)
		}
		return err
	})
	var heard time.Time
	var placed []int
	g.Go(func() (err error) {
		if heard, err = v.Store.LastWebhook(ctx, v.shop.ID); err == nil {
			placed, err = v.Store.Placed(ctx, v.shop.ID, crm.UsualHours(heard, now), crm.UsualOrders)
		}
		return err
	})
	g.Go(func() (err error) {
		d.glance, err = v.Store.Glance(ctx, v.shop.ID, now.AddDate(0, 0, -troubleDays), crm.OverdueBefore(now))
		return err
	})
	err := g.Wait()
	d.silence = crm.Listen(v.shop, unanswered, d.glance.Overdue, heard, placed, now)
	return d, err
}

// liftBrake lets marketing go on, on somebody's word.
func (v *seat) liftBrake() error {
	journey, domain := v.typed("journey"), v.typed("domain")
	brakes, err := v.Store.Brakes(v.ctx(), v.shop.ID)
	if err != nil {
		return err
	}
	now := ""
	for _, b := range brakes {
		if b.Journey == journey && b.Domain == domain {
			now = seen("", b.Since)
		}
	}
	if err := v.fresh(now); err != nil || now == "" {
		return crm.ErrConflict // it was lifted, or is another by now
	}
	if v.act.Why == "" {
		page, err := v.today()
		if err != nil {
			return err
		}
		return v.again("today", page, &crm.Invalid{Field: "reason", Message: v.say("today.wrong.reason")})
	}
	v.act.Target, v.act.Detail = strings.TrimSpace(journey+" "+domain), now
	if err := v.Store.LiftBrake(v.ctx(), v.shop.ID, journey, domain, v.name()+": "+v.act.Why); err != nil {
		return err
	}
	return v.done(v.path(), "today.said.lifted")
}
