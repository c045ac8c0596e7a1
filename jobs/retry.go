package jobs

import (
	"errors"
	"hash/fnv"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
)

// waits are the pauses after the first, second, ... failed try; after the last
// one a message has failed, unless it was only asked to wait. Together about three days, as long as mail servers
// keep trying (mail-and-domain.md, section 2.5).
var waits = []time.Duration{
	10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour,
	4 * time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour, 18 * time.Hour, 24 * time.Hour,
}

// afterError is the one table from a kind of error to the row's next state.
func afterError(m crm.Message, err error, now time.Time) store.Outcome {
	o := store.Outcome{Message: m, Detail: detail(err)}
	later := func(reason crm.Reason) store.Outcome {
		o.State, o.Reason, o.DueAt = crm.Planned, reason, now.Add(jitter(waits[min(m.Attempt, len(waits))-1], m.ID))
		if at := retryAt(err); at.After(o.DueAt) {
			o.DueAt = at
		}
		return o
	}
	switch integrations.KindOf(err) {
	case integrations.Temporary:
		if m.Attempt > len(waits) {
			o.State, o.Reason = crm.Failed, crm.ReasonOutOfTries
			return o
		}
		return later(crm.ReasonMailerAway)
	case integrations.RateLimited:
		return later(crm.ReasonMailerBusy)
	case integrations.Unauthorized:
		return later(crm.ReasonMailerAuth)
	case integrations.Rejected, integrations.Unsupported:
		if strings.Contains(o.Detail, integrations.NeedsSMTPUTF8) {
			o.State, o.Reason = crm.Skipped, crm.ReasonNeedsSMTPUTF8
			return o
		}
		o.State, o.Reason = crm.Failed, crm.ReasonMailerRefused
		return o
	}
	o.State, o.Reason = crm.Unknown, crm.ReasonAnswerLost
	return o
}

// silenceAfter is how long no other mail should be tried either: none at all
// when the mailer named a time, none of this shop when its credentials or its
// sender are refused. It does not depend on how often this one failed: the
// next mail is the test whether the mailer works again.
func silenceAfter(err error, shopID string, now time.Time) (key string, s silence, ok bool) {
	switch integrations.KindOf(err) {
	case integrations.RateLimited:
		at := retryAt(err)
		return "", silence{at, crm.ReasonMailerBusy}, at.After(now)
	case integrations.Unauthorized:
		return shopID, silence{now.Add(time.Minute), crm.ReasonMailerAuth}, true
	}
	return "", s, false
}

// retryAt is when the service wants to be asked again; zero when it did not say.
func retryAt(err error) time.Time {
	var e *integrations.Error
	if errors.As(err, &e) {
		return e.RetryAt
	}
	return time.Time{}
}

// detail is what the service said, short enough for a list.
func detail(err error) string {
	s := err.Error()
	var e *integrations.Error
	if errors.As(err, &e) && e.Detail != "" {
		s = e.Detail
	}
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + "…"
	}
	return s
}

// jitter spreads retries by up to a fifth, the same for the same message, so
// that a thousand mails that failed together do not come back together.
func jitter(d time.Duration, id string) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(id))
	return d + time.Duration(int64(d)/5*int64(h.Sum32()%1000)/1000)
}
