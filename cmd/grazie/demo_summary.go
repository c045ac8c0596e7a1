package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/journeys"
	"grazie/store"
)

// summary holds the whole day together: nothing beyond what the scenes made
// may be in the database or the outbox. Then it tells the day in numbers.
func (s *stage) summary(ctx context.Context, a *account, began time.Time) error {
	webhooks, err := s.store.Webhooks(ctx, s.shop.ID, store.WebhookFilter{Limit: 1000})
	if err != nil {
		return err
	}
	// Those of long ago are forgotten every night, and this may be the first.
	webhooks = slices.DeleteFunc(webhooks, func(w store.Webhook) bool { return w.ReceivedAt.Before(began) })
	messages, err := s.store.Messages(ctx, s.shop.ID, store.MessageFilter{Limit: 1000})
	if err != nil {
		return err
	}
	mails, err := s.mails()
	if err != nil {
		return err
	}
	broken := len(s.broken)
	expectSame(&s.tally, "webhooks in the database", s.taken, len(webhooks))
	expectSame(&s.tally, "messages in the database", s.planned, len(messages))
	sent, locales := map[string]int{}, map[string]int{}
	for _, m := range mails {
		sent[crm.EmailKey(m.To.Email)]++
		locales[m.Locale]++
	}
	for to, n := range sent {
		expectSame(&s.tally, "mails to "+to, s.expected[to], n)
	}
	for to, n := range s.expected {
		s.that(sent[to] > 0, fmt.Sprintf("mails to %s: expected %d, found none", to, n))
	}

	a.letter(s.letter)
	a.chapter("The day in numbers")
	states, duplicates := map[store.WebhookState]int{}, 0
	received := map[string]time.Time{}
	for _, w := range webhooks {
		states[w.State]++
		duplicates += w.Duplicates
		received[w.ID] = w.ReceivedAt
	}
	expectSame(&s.tally, "webhooks that came again", s.repeated, duplicates)
	a.row("webhooks", fmt.Sprintf("%d processed, %d ignored, %d failed and kept, %d came again, %d refused at the door",
		states[store.WebhookProcessed], states[store.WebhookIgnored], states[store.WebhookFailed], duplicates, s.refused))

	no, waiting, gestures := map[crm.Reason]int{}, map[crm.Reason]int{}, map[string]int{}
	var waits []time.Duration
	for _, m := range messages {
		switch m.State {
		case crm.Planned:
			waiting[m.Reason]++
		case crm.Sent:
			gestures[m.Journey]++
			if at, known := received[m.WebhookID]; known && !m.DueAt.After(at) {
				waits = append(waits, m.SentAt.Sub(at))
			}
		default:
			no[m.Reason]++
		}
	}
	slices.Sort(waits)
	a.row("mails", fmt.Sprintf("%d written, in %s", len(mails), languageCounts(locales)))
	a.row("gestures", countGestures(gestures))
	a.reasons("waiting", waiting)
	a.reasons("no mail", no)
	if err := s.summaryOfActs(ctx, a); err != nil {
		return err
	}
	if len(waits) > 0 {
		a.row("speed", fmt.Sprintf("half of the mails were written within %d ms of the webhook, all within %d ms",
			waits[len(waits)/2].Milliseconds()+1, waits[len(waits)-1].Milliseconds()+1))
	}
	a.row("took", fmt.Sprintf("%.1f s", time.Since(began).Seconds()))
	a.verdict(s.held, s.broken, s.broken[broken:])
	return nil
}

// languageCounts lists languages with how many mails each got, the most first.
func languageCounts(locales map[string]int) string {
	names := slices.SortedFunc(maps.Keys(locales), func(x, y string) int {
		if locales[x] != locales[y] {
			return locales[y] - locales[x]
		}
		return strings.Compare(x, y)
	})
	for i, n := range names {
		names[i] = fmt.Sprintf("%s %d", n, locales[n])
	}
	return strings.Join(names, ", ")
}

// summaryOfActs tells what was done beside the mails, and expects that the
// shop has the same codes as the database, each used as often as is known.
func (s *stage) summaryOfActs(ctx context.Context, a *account) error {
	codes, err := s.store.Effects(ctx, s.shop.ID, crm.DiscountCodeMade, "", 1000)
	if err != nil {
		return err
	}
	uses := 0
	for _, e := range codes {
		d, there := s.sim.Discount(e.Code.Code)
		s.that(there && d.Used() == len(e.Code.Uses), fmt.Sprintf("the code %s: the shop knows it %t, used %d times; expected %d times", e.Code.Code, there, d.Used(), len(e.Code.Uses)))
		uses += len(e.Code.Uses)
	}
	expectSame(&s.tally, "codes at the shop", len(codes), len(s.sim.Discounts()))
	if len(codes) > 0 {
		a.row("codes", fmt.Sprintf("%d made at the shop, each once; %d used", len(codes), uses))
	}
	tasks, err := s.store.Tasks(ctx, s.shop.ID, true, 1000)
	label := "for staff"
	for _, t := range tasks {
		detail := t.Detail
		if !t.DoneAt.IsZero() {
			detail = "Done (" + t.DoneBy + "): " + detail
		}
		a.row(label, detail)
		label = ""
	}
	return err
}

// countGestures tells how many mails of each gesture went out.
func countGestures(sent map[string]int) string {
	var all []string
	for _, j := range journeys.All {
		if n := sent[j.Key]; n > 0 {
			all = append(all, fmt.Sprintf("%s %d", strings.ToLower(j.Name), n))
		}
	}
	return strings.Join(all, ", ")
}

// reasons are rows of the summary, the most frequent first.
func (a *account) reasons(label string, all map[crm.Reason]int) {
	order := slices.SortedFunc(maps.Keys(all), func(x, y crm.Reason) int { return cmp.Or(all[y]-all[x], strings.Compare(string(x), string(y))) })
	for _, r := range order {
		a.row(label, fmt.Sprintf("%d  %s", all[r], r.Sentence()))
		label = ""
	}
}
