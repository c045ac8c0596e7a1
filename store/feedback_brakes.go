package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"grazie/crm"
)

// Alarm is a circuit breaker that warned, or stopped something.
type Alarm struct {
	ShopID string
	Stops  bool
	Brake  crm.Brake
}

// limit is a circuit breaker of mail-and-domain.md, 1.8: from how many mails
// on a share counts, and at which share, in millionths, it warns and stops.
type limit struct {
	window     time.Duration
	least      int64
	warn, stop int64
	few        [2]int64 // below least: how many of them warn and stop; 0: nothing does
	lasts      time.Duration
	reason     crm.Reason
	says       string
}

var (
	complaints = limit{window: 7 * 24 * time.Hour, least: 500, warn: 800, stop: 2000, few: [2]int64{1, 3},
		reason: crm.ReasonComplained, says: "%d spam complaints about %d delivered mails in 7 days"}
	hardBounces = limit{window: 24 * time.Hour, least: 100, warn: 20_000, stop: 50_000,
		reason: crm.ReasonBounced, says: "%d of %d mails in 24 hours went to mailboxes that are not there"}
	// Below so many mails a share says nothing: two of five that are greylisted stop no shop.
	refusals = limit{window: time.Hour, least: 20, warn: 100_000, stop: 300_000, lasts: time.Hour,
		reason: crm.ReasonBlocked, says: "%d of %d mails in an hour were put off or blocked"}
)

// judge tells whether a share is too large.
func (l limit) judge(bad, all int64) (warns, stops bool) {
	switch {
	case bad == 0:
	case all >= l.least:
		return bad*1_000_000 >= l.warn*all, bad*1_000_000 >= l.stop*all
	case l.few[0] > 0:
		return bad >= l.few[0], bad >= l.few[1]
	}
	return false, false
}

// stream is what a breaker counts, and what it stops: one marketing journey,
// all mails of a purpose, or all to one domain. Order mail that is complained of
// stops marketing too: both leave from the same sender.
type stream struct {
	column, value string    // of the rows that are counted
	brake         crm.Brake // its key
	whose         string    // in words
}

// checkBrakes counts again what the new events changed.
func (f *feeding) checkBrakes(ctx context.Context, fresh []fed) error {
	type place struct {
		shopID, column, value string
		of                    crm.Reason
	}
	var places []place
	suspended := ""
	for _, e := range fresh {
		if e.Kind == crm.FeedbackAccountSuspended {
			suspended = e.Detail
		}
		if e.message == nil {
			continue
		}
		var reason crm.Reason
		switch {
		case e.Kind == crm.FeedbackComplained:
			reason = crm.ReasonComplained
		case e.Kind == crm.FeedbackBounced && e.Class.Suppresses():
			reason = crm.ReasonBounced
		case (e.Kind == crm.FeedbackDeferred || e.Kind == crm.FeedbackBlocked) && e.EmailKey != "":
			places = append(places, place{e.message.ShopID, "domain", domain(e.EmailKey), crm.ReasonBlocked})
			continue
		default:
			continue
		}
		places = append(places, place{e.message.ShopID, "purpose", string(e.message.Purpose), reason})
		if e.message.Purpose == crm.Marketing {
			places = append(places, place{e.message.ShopID, "journey", e.message.Journey, reason})
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		return slices.Compare([]string{a.shopID, a.column, a.value, string(a.of)}, []string{b.shopID, b.column, b.value, string(b.of)})
	})
	for _, p := range slices.Compact(places) {
		s := stream{column: p.column, value: p.value}
		switch p.column {
		case "journey":
			s.brake.Journey, s.whose = p.value, " of "+p.value
		case "domain":
			s.brake.Domain, s.whose = p.value, " to "+p.value
		default:
			s.whose = ", " + p.value
		}
		if err := f.check(ctx, p.shopID, s, map[crm.Reason]limit{crm.ReasonComplained: complaints, crm.ReasonBounced: hardBounces, crm.ReasonBlocked: refusals}[p.of]); err != nil {
			return err
		}
	}
	if suspended != "" {
		return f.stopEverybody(ctx, "the mail provider suspended the account: "+suspended)
	}
	return nil
}

// check counts one stream since its window began, or since its last brake ended.
func (f *feeding) check(ctx context.Context, shopID string, s stream, l limit) error {
	until, err := rows(ctx, f.tx, integer, `select until from brakes where shop_id = $1 and journey = $2 and domain = $3`+f.forUpdate(),
		shopID, s.brake.Journey, s.brake.Domain)
	if err != nil {
		return err
	}
	since := micros(f.now.Add(-l.window))
	if len(until) == 1 {
		if until[0] == 0 || until[0] > micros(f.now) {
			return nil // it holds already
		}
		since = max(since, until[0])
	}
	bad, all, err := f.count(ctx, shopID, s, l.reason, since)
	if err != nil {
		return err
	}
	warns, stops := l.judge(bad, all)
	if !warns {
		return nil
	}
	s.brake.Reason, s.brake.Since = l.reason, f.now.UTC()
	s.brake.Detail = fmt.Sprintf(l.says, bad, all) + s.whose
	if l.lasts > 0 {
		s.brake.Until = s.brake.Since.Add(l.lasts)
	}
	f.result.Alarms = append(f.result.Alarms, Alarm{ShopID: shopID, Stops: stops, Brake: s.brake})
	if !stops {
		return nil
	}
	return f.pull(ctx, shopID, s.brake)
}

// count is how many mails of a stream went wrong, and how many there were. A
// mail counts once, whatever was told of it how often.
func (f *feeding) count(ctx context.Context, shopID string, s stream, reason crm.Reason, since int64) (bad, all int64, err error) {
	wrong, whole := map[crm.Reason]string{
		crm.ReasonComplained: `kind = 'complained'`,
		crm.ReasonBounced:    `kind = 'bounced' and class in ('invalid', 'inactive')`,
		crm.ReasonBlocked:    `kind in ('deferred', 'blocked')`,
	}[reason], `kind in ('accepted', 'deferred', 'delivered', 'bounced', 'blocked')`
	if reason == crm.ReasonComplained {
		whole = `kind = 'delivered'`
	}
	var heard int64
	_, err = one(rows(ctx, f.tx, func(r *sql.Rows) (n int64, err error) { return 0, r.Scan(&bad, &all, &heard) },
		`select count(distinct case when `+wrong+` then message_id end), count(distinct case when `+whole+` then message_id end),
			count(case when kind in ('accepted', 'delivered') then 1 end)
			from feedback where at > $2 and shop_id = $1 and `+s.column+` = $3`, shopID, since, s.value))
	if err != nil || heard > 0 || reason == crm.ReasonComplained {
		return bad, all, err
	}
	// A mailer that tells of refusals alone: how many went well stands in the
	// messages, though not to which domain.
	if reason == crm.ReasonBlocked {
		return 0, 0, nil
	}
	sent, err := one(rows(ctx, f.tx, integer, `select count(*) from (
		select `+s.column+` as stream, sent_at, state from messages where shop_id = $1 order by id desc limit $4) as latest
		where stream = $3 and (sent_at > $2 and state <> 'bounced')`, shopID, since, s.value, mostCounted))
	return bad, bad + sent, err
}

// mostCounted bounds how many of a shop's messages are looked at, the newest first.
const mostCounted = 50_000

// pull stops a stream and asks staff to look.
func (f *feeding) pull(ctx context.Context, shopID string, b crm.Brake) error {
	_, err := f.tx.ExecContext(ctx, `insert into brakes (shop_id, journey, domain, reason, detail, since, until) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (shop_id, journey, domain) do update set reason = excluded.reason, detail = excluded.detail, since = excluded.since, until = excluded.until`,
		shopID, column(b.Journey), column(b.Domain), b.Reason, column(b.Detail), micros(b.Since), micros(b.Until))
	if err != nil {
		return err
	}
	return f.openTask(ctx, f.tx, crm.Task{ShopID: shopID, Kind: crm.TaskComplaints, Source: "brake:" + b.Journey + ":" + b.Domain, Detail: b.Detail})
}

// stopEverybody stops the marketing of all shops: one account carries their mails.
func (f *feeding) stopEverybody(ctx context.Context, why string) error {
	shops, err := rows(ctx, f.tx, text, `select id from shops order by id`)
	if err != nil {
		return err
	}
	b := crm.Brake{Reason: crm.ReasonMailerAuth, Detail: why, Since: f.now.UTC()}
	for _, shopID := range shops {
		f.result.Alarms = append(f.result.Alarms, Alarm{ShopID: shopID, Stops: true, Brake: b})
		if err := f.pull(ctx, shopID, b); err != nil {
			return err
		}
	}
	return nil
}

// Brakes are those that hold now for a shop's marketing, the oldest first.
func (s *Store) Brakes(ctx context.Context, shopID string) ([]crm.Brake, error) {
	return rows(ctx, s.read, func(r *sql.Rows) (b crm.Brake, err error) {
		var since, until int64
		err = r.Scan(&b.Journey, &b.Domain, &b.Reason, &b.Detail, &since, &until)
		b.Since, b.Until = instant(since), instant(until)
		return b, err
	}, `select journey, domain, reason, detail, since, until from brakes
		where shop_id = $1 and (until = 0 or until > $2) order by since, journey, domain`, shopID, micros(s.now()))
}

// LiftBrake lets marketing go on. by is whose word it is and why. What was
// counted until now counts no more. Without such a brake it is crm.ErrNotFound.
func (s *Store) LiftBrake(ctx context.Context, shopID, journey, domain, by string) error {
	return s.change(ctx, `update brakes set until = $4, detail = detail || $5
		where shop_id = $1 and journey = $2 and domain = $3 and (until = 0 or until > $4)`,
		shopID, journey, domain, micros(s.now()), column("; lifted by "+by))
}
