package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/store"
)

// summary holds the whole day together: nothing beyond what the scenes made
// may be in the database or the outbox. Then it tells the day in numbers.
func (s *stage) summary(ctx context.Context, a *account, began time.Time) error {
	webhooks, err := s.store.Webhooks(ctx, s.shop.ID, store.WebhookFilter{Limit: 1000})
	if err != nil {
		return err
	}
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

	reasons := map[crm.Reason]int{}
	var waits []time.Duration
	for _, m := range messages {
		if m.State != crm.Sent {
			reasons[m.Reason]++
		} else if at, known := received[m.WebhookID]; known && !m.DueAt.After(at) {
			waits = append(waits, m.SentAt.Sub(at))
		}
	}
	slices.Sort(waits)
	a.row("mails", fmt.Sprintf("%d written, in %s", len(mails), languageCounts(locales)))
	for i, r := range slices.Sorted(maps.Keys(reasons)) {
		label := ""
		if i == 0 {
			label = "no mail"
		}
		a.row(label, fmt.Sprintf("%d  %s", reasons[r], r.Sentence()))
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
