package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"grazie/crm"
)

// step is a state that feedback leads to. States only go to a higher rank, so
// that events in any sequence end alike (mail-and-domain.md, 2.3): a complaint
// over a refusal, any refusal over a delivery, also over a later one.
type step struct {
	rank   int
	state  crm.MessageState
	reason crm.Reason
}

const (
	rankAccepted = 1
	rankDeferred = 2
	rankRefused  = 4 // and above: the end of a try
)

var steps = map[crm.FeedbackKind]step{
	crm.FeedbackAccepted:   {rankAccepted, crm.Sent, ""},
	crm.FeedbackDeferred:   {rankDeferred, crm.Sent, crm.ReasonDeferred},
	crm.FeedbackDelivered:  {3, crm.Delivered, crm.ReasonDelivered},
	crm.FeedbackDropped:    {rankRefused, crm.Failed, crm.ReasonDropped},
	crm.FeedbackBlocked:    {5, crm.Failed, crm.ReasonBlocked},
	crm.FeedbackBounced:    {6, crm.Bounced, crm.ReasonBounced},
	crm.FeedbackComplained: {7, crm.Complained, crm.ReasonComplained},
}

// rank is how far a message is. All that is not known to have gone out is 0,
// whatever it is now: unknown, planned again after an error, cancelled or
// failed meanwhile. If the provider says that it had it, then it did.
func rank(m *crm.Message) int {
	if m.State == crm.Sent && m.Reason != crm.ReasonDeferred {
		return rankAccepted
	}
	for _, s := range steps {
		if m.State == s.state && m.Reason == s.reason {
			return s.rank
		}
	}
	switch m.State {
	case crm.Delivered, crm.Bounced, crm.Complained:
		return map[crm.MessageState]int{crm.Delivered: 3, crm.Bounced: 6, crm.Complained: 7}[m.State]
	}
	return 0
}

// heard is an event of a message that was stored before.
type heard struct {
	key  messageKey
	kind crm.FeedbackKind
	at   int64
	id   string
}

// moveMessages brings messages to where the new events say that they are.
func (f *feeding) moveMessages(ctx context.Context, fresh []fed) error {
	moving := slices.DeleteFunc(slices.Clone(fresh), func(e fed) bool { return e.message == nil || steps[e.Kind].rank == 0 })
	if f.refused != nil {
		return f.moveRefused(ctx, moving)
	}
	if len(moving) == 0 {
		return nil
	}
	past, err := f.past(ctx, moving)
	if err != nil {
		return err
	}
	was := map[messageKey]crm.Message{}
	for _, e := range moving {
		key := messageKey{e.message.ShopID, e.message.ID}
		if _, seen := was[key]; !seen {
			was[key] = *e.message
		}
		move(e.message, e.Feedback, past[key])
		past[key] = append(past[key], heard{key, e.Kind, micros(e.At), e.ID})
	}
	order := make([]messageKey, 0, len(was))
	for key := range was {
		order = append(order, key)
	}
	slices.SortFunc(order, func(a, b messageKey) int { return cmp.Or(cmp.Compare(a.shopID, b.shopID), cmp.Compare(a.id, b.id)) })
	for _, key := range order {
		if err := f.save(ctx, was[key], f.messages[key]); err != nil {
			return err
		}
	}
	return nil
}

// move lets one event change a message.
func move(m *crm.Message, e crm.Feedback, past []heard) {
	// The receipt knows best when it went out; without one, the first that was heard of it.
	if e.Kind != crm.FeedbackDropped && (m.SentAt.IsZero() || m.ProviderID == "" && e.At.Before(m.SentAt)) {
		m.SentAt = e.At
	}
	to, now, at := steps[e.Kind], rank(m), micros(e.At)
	for _, p := range past {
		of := steps[p.kind].rank
		if of >= rankRefused && at <= p.at && to.rank <= of {
			return // of a try that ended: staff may have begun another since
		}
		if of == to.rank && cmp.Or(cmp.Compare(p.at, at), cmp.Compare(p.id, e.ID)) > 0 && now == of {
			return // the same was told of a later time
		}
	}
	if to.rank < now || to.rank == now && now == rankAccepted {
		return
	}
	m.State, m.Reason = to.state, to.reason
	if m.ByHand && to.rank < rankRefused {
		return // what staff wrote stays while all goes well
	}
	if m.Detail = e.Detail; to.rank == rankAccepted {
		m.Detail = "" // there is nothing to say
	}
}

// past are the events of messages that were stored before these.
func (f *feeding) past(ctx context.Context, fresh []fed) (map[messageKey][]heard, error) {
	isNew, byShop := map[string]bool{}, map[string][]string{}
	for _, e := range fresh {
		isNew[e.ID] = true
		byShop[e.message.ShopID] = append(byShop[e.message.ShopID], e.message.ID)
	}
	all := map[messageKey][]heard{}
	for shopID, ids := range byShop {
		p := params{shopID}
		found, err := rows(ctx, f.tx, func(r *sql.Rows) (h heard, err error) {
			h.key.shopID = shopID
			return h, r.Scan(&h.key.id, &h.kind, &h.at, &h.id)
		}, `select message_id, kind, at, id from feedback where `+checked("shop_id")+` = $1 and message_id`+f.in(&p, distinct(ids)), p...)
		if err != nil {
			return nil, err
		}
		for _, h := range found {
			if !isNew[h.id] && steps[h.kind].rank > 0 {
				all[h.key] = append(all[h.key], h)
			}
		}
	}
	return all, nil
}

// save writes a message that moved; another writer in between makes the whole
// run start over.
func (f *feeding) save(ctx context.Context, was crm.Message, m *crm.Message) error {
	if was.State == m.State && was.Reason == m.Reason && was.Detail == m.Detail && was.SentAt.Equal(m.SentAt) {
		return nil
	}
	res, err := f.tx.ExecContext(ctx, `update messages set state = $3, reason = $4, detail = $5, sent_at = $6, updated_at = $7, lease_until = 0
		where shop_id = $1 and id = $2 and `+checked("state")+` = $8 and reason = $9 and attempt = $10 and sent_at = $11 and updated_at = $12`,
		m.ShopID, m.ID, m.State, m.Reason, column(m.Detail), micros(m.SentAt), micros(f.now),
		was.State, was.Reason, was.Attempt, micros(was.SentAt), micros(was.UpdatedAt))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return or(err, errStale)
	}
	if was.State != m.State {
		f.result.Moved++
	}
	return nil
}

// scannerTime is how soon after its arrival a mail's links are followed by
// programs that look for harm, and not by people (mail-and-domain.md, 2.3).
const scannerTime = 10 * time.Second

// FeedbackOf lists what was told of a message, in the sequence of its times.
// Opens and clicks of programs are marked; whoever counts, counts the others.
func (s *Store) FeedbackOf(ctx context.Context, shopID, messageID string) ([]crm.Feedback, error) {
	all, err := rows(ctx, s.read, func(r *sql.Rows) (e crm.Feedback, err error) {
		var at int64
		err = r.Scan(&e.ID, &e.ShopID, &e.MessageID, &e.Kind, &e.Class, &at, &e.Detail)
		e.At = instant(at)
		if e.Class == machine {
			e.Class, e.Machine = "", true
		}
		return e, err
	}, `select id, shop_id, message_id, kind, class, at, detail from feedback where message_id = $2 and `+checked("shop_id")+` = $1 and message_id <> '' order by at, id`, shopID, messageID)
	for i, e := range all {
		for _, d := range all {
			if e.Kind == crm.FeedbackClicked && d.Kind == crm.FeedbackDelivered && e.At.Before(d.At.Add(scannerTime)) {
				all[i].Machine = true
			}
		}
	}
	return all, err
}
