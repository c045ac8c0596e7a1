package jobs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func TestRetryTable(t *testing.T) {
	later := map[integrations.Kind]crm.Reason{
		integrations.Temporary: crm.ReasonMailerAway, integrations.RateLimited: crm.ReasonMailerBusy, integrations.Unauthorized: crm.ReasonMailerAuth,
	}
	ends := map[integrations.Kind]store.Outcome{
		integrations.Rejected:    {State: crm.Failed, Reason: crm.ReasonMailerRefused},
		integrations.Unsupported: {State: crm.Failed, Reason: crm.ReasonMailerRefused},
		integrations.Unknown:     {State: crm.Unknown, Reason: crm.ReasonAnswerLost},
		"a kind of tomorrow":     {State: crm.Unknown, Reason: crm.ReasonAnswerLost},
	}
	for attempt := 1; attempt <= len(waits)+3; attempt++ {
		m := crm.Message{ID: "msg_1", State: crm.Sending, Attempt: attempt}
		check := func(err error, want store.Outcome) {
			t.Helper()
			got := afterError(m, err, now)
			if got.State != want.State || got.Reason != want.Reason || !got.DueAt.Equal(want.DueAt) || got.Message.ID != m.ID || got.Message.Attempt != attempt || got.Detail == "" {
				t.Errorf("try %d, %v:\ngot  %+v\nwant %+v", attempt, err, got, want)
			}
		}
		for kind, reason := range later {
			// A service that asks to wait does not use up tries, and no wish
			// of its makes the pauses shorter.
			want := store.Outcome{State: crm.Planned, Reason: reason, DueAt: now.Add(jitter(waits[min(attempt, len(waits))-1], m.ID))}
			told := want
			if wish := now.Add(77 * time.Second); wish.After(told.DueAt) {
				told.DueAt = wish
			}
			if kind == integrations.Temporary && attempt > len(waits) {
				want = store.Outcome{State: crm.Failed, Reason: crm.ReasonOutOfTries}
				told = want
			}
			check(&integrations.Error{Kind: kind}, want)
			check(fmt.Errorf("wrapped: %w", &integrations.Error{Kind: kind}), want)
			check(&integrations.Error{Kind: kind, RetryAt: now.Add(77 * time.Second)}, told)
			check(&integrations.Error{Kind: kind, RetryAt: now.Add(-time.Second)}, want)
			check(&integrations.Error{Kind: kind, RetryAt: now}, want)
		}
		for kind, want := range ends {
			check(&integrations.Error{Kind: kind, RetryAt: now.Add(time.Hour)}, want)
		}
		check(errors.New("nobody classed it"), ends[integrations.Unknown])
		check(&integrations.Error{Kind: integrations.Rejected, Detail: integrations.NeedsSMTPUTF8}, store.Outcome{State: crm.Skipped, Reason: crm.ReasonNeedsSMTPUTF8})
	}
	if !slices.IsSorted(waits) {
		t.Error("the pauses do not grow")
	}
	var together time.Duration
	for _, w := range waits {
		together += w
	}
	if together < 48*time.Hour || together > 5*24*time.Hour {
		t.Errorf("the tries take %s together", together)
	}
}

func TestJitter(t *testing.T) {
	for _, d := range append(slices.Clone(waits), 0, time.Nanosecond) {
		seen := map[time.Duration]bool{}
		for i := range 1000 {
			id := store.NewID("msg_")
			if i == 0 {
				id = ""
			}
			j := jitter(d, id)
			if j < d || j > d+d/5 || j != jitter(d, id) {
				t.Fatalf("%s of %s for %s", j, d, id)
			}
			seen[j] = true
		}
		if d > time.Second && len(seen) < 400 {
			t.Errorf("%s has only %d lengths for a thousand messages", d, len(seen))
		}
	}
}

func TestDetail(t *testing.T) {
	long := strings.Repeat("ž", 1000)
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New("plain"), "plain"},
		{&integrations.Error{Kind: integrations.Rejected, Service: "smtp", Detail: "550 no"}, "550 no"},
		{fmt.Errorf("wrapped: %w", &integrations.Error{Detail: "550 no", Err: errors.New("hidden")}), "550 no"},
		{&integrations.Error{Kind: integrations.Temporary, Service: "smtp", Err: errors.New("refused")}, "smtp: temporary: refused"},
		{errors.New(long), long[:600] + "…"},
		{errors.New(long[:600]), long[:600]},
	} {
		if got := detail(c.err); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// However often one message failed, the others are kept back only for as long
// as the service asked for, and only a whole shop's when it refuses that shop.
func TestSilence(t *testing.T) {
	for _, c := range []struct {
		kind      integrations.Kind
		at        time.Time
		reason    crm.Reason
		own, alls time.Duration // silence of the message's shop, and of another
	}{
		{kind: integrations.Temporary}, {kind: integrations.Unknown}, {kind: integrations.Rejected},
		{kind: integrations.Temporary, at: now.Add(time.Hour)},
		{kind: integrations.RateLimited}, // one mailbox, perhaps
		{kind: integrations.RateLimited, at: now.Add(-time.Hour)},
		{integrations.RateLimited, now.Add(33 * time.Second), crm.ReasonMailerBusy, 33 * time.Second, 33 * time.Second},
		{integrations.Unauthorized, time.Time{}, crm.ReasonMailerAuth, time.Minute, 0},
	} {
		for _, attempt := range []int{1, len(waits), len(waits) + 1} {
			f := newFloor(t, 1)
			f.failed(crm.Message{ID: "msg_1", ShopID: "shp_1", Attempt: attempt}, &integrations.Error{Kind: c.kind, RetryAt: c.at}, now)
			own, others := f.silence("shp_1"), f.silence("shp_2")
			if got := own.until.Sub(now); c.own > 0 && (got != c.own || own.reason != c.reason) || c.own == 0 && !own.until.IsZero() {
				t.Errorf("%s, try %d: the shop is silent for %s (%s); want %s (%s)", c.kind, attempt, got, own.reason, c.own, c.reason)
			}
			if got := others.until.Sub(now); c.alls > 0 && got != c.alls || c.alls == 0 && !others.until.IsZero() {
				t.Errorf("%s, try %d: another shop is silent for %s; want %s", c.kind, attempt, got, c.alls)
			}
		}
	}
	// The longest wish holds.
	f := newFloor(t, 1)
	for _, wish := range []time.Duration{5, 60, 30} {
		f.failed(crm.Message{ID: "msg_1", ShopID: "shp_1", Attempt: 1}, &integrations.Error{Kind: integrations.RateLimited, RetryAt: now.Add(wish * time.Second)}, now)
	}
	if s := f.silence("shp_2"); !s.until.Equal(now.Add(time.Minute)) {
		t.Errorf("silent until %s", s.until)
	}
}
