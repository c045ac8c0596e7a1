package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"grazie/crm"
)

// What a refusal that may pass comes to (mail-and-domain.md, 1.5 and 1.6).
const (
	fullTimes    = 3 // mails, since the last that was delivered
	fullWindow   = 30 * 24 * time.Hour
	fullFor      = 30 * 24 * time.Hour
	unclearTimes = 2
	unclearIn    = 7 * 24 * time.Hour
)

// suppressAddresses does what the new events mean for the addresses: a mailbox
// that is not there ends all mail; a complaint and an unsubscription, marketing.
func (f *feeding) suppressAddresses(ctx context.Context, fresh []fed) error {
	if err := f.endSuspensions(ctx, fresh); err != nil {
		return err
	}
	for _, e := range fresh {
		switch {
		case e.message == nil && e.Kind == crm.FeedbackBounced:
			if err := f.suppressEverywhere(ctx, e); err != nil {
				return err
			}
		case e.message == nil || e.EmailKey == "":
		case e.Kind == crm.FeedbackResubscribed || e.Kind == crm.FeedbackUnsubscribed && e.Group != "":
			if err := f.regroup(ctx, e); err != nil {
				return err
			}
		default:
			n, err := f.follows(ctx, e)
			if err != nil {
				return err
			}
			if err := f.end(ctx, e.message.ShopID, e.hash, e, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// follows is the suppression that an event leads to; without a scope, none.
func (f *feeding) follows(ctx context.Context, e fed) (crm.Suppression, error) {
	refused := e.Kind == crm.FeedbackBounced || e.Kind == crm.FeedbackDropped
	switch {
	case refused && e.Class.Suppresses():
		return crm.Suppression{Scope: crm.ScopeAll, Reason: crm.SuppressedBounced, At: e.At}, nil
	case e.Kind == crm.FeedbackComplained, e.Kind == crm.FeedbackDropped && e.Class == crm.BounceComplained:
		return crm.Suppression{Scope: crm.ScopeMarketing, Reason: crm.SuppressedComplained, At: e.At}, nil
	case e.Kind == crm.FeedbackUnsubscribed, e.Kind == crm.FeedbackDropped && e.Class == crm.BounceUnsubscribed:
		return crm.Suppression{Scope: crm.ScopeMarketing, Reason: crm.SuppressedUnsubscribed, At: e.At}, nil
	case e.Class == crm.BounceUnclassified && e.Kind == crm.FeedbackBounced:
		return f.unclear(ctx, e)
	case e.Class == crm.BounceFull && (e.Kind == crm.FeedbackBounced || e.Kind == crm.FeedbackBlocked):
		return f.full(ctx, e.message.ShopID, e.hash)
	}
	return crm.Suppression{}, nil
}

// end suppresses, unless staff lifted it since.
func (f *feeding) end(ctx context.Context, shopID, hash string, e fed, n crm.Suppression) error {
	if n.Scope == "" {
		return nil
	}
	lifted, err := f.liftedAt(ctx, shopID, hash, n.Scope)
	if err != nil || micros(e.At) <= lifted {
		return err
	}
	changed, err := f.suppress(ctx, f.tx, shopID, e.EmailKey, n)
	if changed {
		f.result.Suppressed++
	}
	if err == nil && changed && n.Scope == crm.ScopeMarketing {
		err = f.noteRefusal(ctx, f.tx, shopID, e.EmailKey, n.At)
	}
	return err
}

func (f *feeding) liftedAt(ctx context.Context, shopID, hash, scope string) (int64, error) {
	return one(rows(ctx, f.tx, integer, `select coalesce(max(at), 0) from feedback
		where email_hash = $2 and shop_id = $1 and kind = 'lifted' and class = $3`, shopID, hash, scope))
}

func integer(r *sql.Rows) (n int64, err error) { return n, r.Scan(&n) }

// suppressEverywhere is for a mailbox that is not there, told of a mail that
// nobody names any more: the address is dead for every shop that knows it.
func (f *feeding) suppressEverywhere(ctx context.Context, e fed) error {
	shops, err := rows(ctx, f.tx, text, `select shop_id from customers where email_key = $1 union select shop_id from orders where email_key = $1 order by 1`, e.EmailKey)
	if err != nil {
		return err
	}
	for _, shopID := range shops {
		hash, err := f.hash(ctx, f.tx, shopID, e.EmailKey)
		if err != nil {
			return err
		}
		if err := f.end(ctx, shopID, hash, e, crm.Suppression{Scope: crm.ScopeAll, Reason: crm.SuppressedBounced, At: e.At}); err != nil {
			return err
		}
	}
	return nil
}

// unclear tells whether two mails were refused within a week without a cause.
func (f *feeding) unclear(ctx context.Context, e fed) (crm.Suppression, error) {
	lifted, err := f.liftedAt(ctx, e.message.ShopID, e.hash, crm.ScopeAll)
	if err != nil {
		return crm.Suppression{}, err
	}
	first := int64(0)
	n, err := one(rows(ctx, f.tx, func(r *sql.Rows) (n int64, err error) { return n, r.Scan(&n, &first) },
		`select count(distinct message_id), coalesce(min(at), 0) from feedback
			where email_hash = $2 and shop_id = $1 and at between $3 and $4 and at > $5 and kind = 'bounced' and class = 'unclassified'`,
		e.message.ShopID, e.hash, micros(e.At.Add(-unclearIn)), micros(e.At.Add(unclearIn)), lifted))
	if err != nil || n < unclearTimes {
		return crm.Suppression{}, err
	}
	return crm.Suppression{Scope: crm.ScopeAll, Reason: crm.SuppressedUnclear, At: instant(first)}, nil
}

// full tells whether an address is suspended because its mailbox was full too
// often: all that was told of it decides, not what came last.
func (f *feeding) full(ctx context.Context, shopID, hash string) (crm.Suppression, error) {
	type refusal struct {
		message string
		at      int64
		arrived bool
	}
	lifted, err := f.liftedAt(ctx, shopID, hash, crm.ScopeAll)
	if err != nil {
		return crm.Suppression{}, err
	}
	told, err := rows(ctx, f.tx, func(r *sql.Rows) (x refusal, err error) { return x, r.Scan(&x.message, &x.at, &x.arrived) },
		`select message_id, at, kind = 'delivered' from feedback where email_hash = $2 and shop_id = $1 and at > $3
			and (kind = 'delivered' or class = 'full' and kind in ('bounced', 'blocked')) order by at desc, kind = 'delivered' desc`, shopID, hash, lifted)
	if err != nil {
		return crm.Suppression{}, err
	}
	latest, messages := int64(0), map[string]bool{}
	for _, r := range told {
		if r.arrived || latest > 0 && r.at <= latest-fullWindow.Microseconds() {
			break
		}
		latest = max(latest, r.at)
		messages[r.message] = true
	}
	if len(messages) < fullTimes {
		return crm.Suppression{}, nil
	}
	return crm.Suppression{Scope: crm.ScopeAll, Reason: crm.SuppressedFull, At: instant(latest), Until: instant(latest).Add(fullFor)}, nil
}

// endSuspensions looks again at addresses that are suspended for a full
// mailbox, when something was delivered to them or refused again.
func (f *feeding) endSuspensions(ctx context.Context, fresh []fed) error {
	byShop := map[string][]string{}
	for _, e := range fresh {
		if e.hash != "" && (e.Kind == crm.FeedbackDelivered || e.Class == crm.BounceFull) {
			byShop[e.message.ShopID] = append(byShop[e.message.ShopID], e.hash)
		}
	}
	for shopID, hashes := range byShop {
		p := params{shopID, crm.ScopeAll, crm.SuppressedFull}
		suspended, err := rows(ctx, f.tx, text, `select email_hash from suppressions where shop_id = $1 and scope = $2 and reason = $3
			and email_hash`+f.in(&p, distinct(hashes)), p...)
		if err != nil {
			return err
		}
		for _, hash := range suspended {
			n, err := f.full(ctx, shopID, hash)
			if err != nil {
				return err
			}
			if n.Scope == "" {
				_, err = f.tx.ExecContext(ctx, `delete from suppressions where shop_id = $1 and email_hash = $2 and scope = $3 and reason = $4`,
					shopID, hash, crm.ScopeAll, crm.SuppressedFull)
			} else {
				_, err = f.tx.ExecContext(ctx, `update suppressions set created_at = $5, until = $6 where shop_id = $1 and email_hash = $2 and scope = $3 and reason = $4`,
					shopID, hash, crm.ScopeAll, crm.SuppressedFull, micros(n.At), micros(n.Until))
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// regroup suppresses what the groups mean that the address left, or lifts what
// only such a group had set. Of each group its latest event counts.
func (f *feeding) regroup(ctx context.Context, e fed) error {
	scope := crm.ScopeMarketing
	if e.Journey != "" {
		scope = e.Journey
	}
	shopID := e.message.ShopID
	lifted, err := f.liftedAt(ctx, shopID, e.hash, scope)
	if err != nil {
		return err
	}
	type said struct {
		kind   crm.FeedbackKind
		detail string // "group 14 birthday_coupon"
		at     int64
	}
	told, err := rows(ctx, f.tx, func(r *sql.Rows) (x said, err error) { return x, r.Scan(&x.kind, &x.detail, &x.at) },
		`select kind, detail, at from feedback where email_hash = $2 and shop_id = $1 and at > $3
			and kind in ('unsubscribed', 'resubscribed') and detail like 'group %' order by at desc, kind desc, id`, shopID, e.hash, lifted)
	if err != nil {
		return err
	}
	seen, left := map[string]bool{}, int64(0)
	for _, t := range told {
		group, journey, _ := strings.Cut(strings.TrimPrefix(t.detail, "group "), " ")
		if seen[group] {
			continue
		}
		seen[group] = true
		if t.kind == crm.FeedbackUnsubscribed && journey == e.Journey {
			left = t.at // of several groups the first that was left
		}
	}
	if _, err := f.tx.ExecContext(ctx, `delete from suppressions where shop_id = $1 and email_hash = $2 and scope = $3 and reason = $4`,
		shopID, e.hash, scope, crm.SuppressedGroup); err != nil || left == 0 {
		return err
	}
	return f.end(ctx, shopID, e.hash, e, crm.Suppression{Scope: scope, Reason: crm.SuppressedGroup, At: instant(left)})
}
