package store

import (
	"context"
	"database/sql"
	"time"

	"grazie/crm"
)

// ByHand lists what staff asked for one by one, the newest first; before is the
// id that the page before ended with, or empty.
func (s *Store) ByHand(ctx context.Context, shopID, before string, limit int) ([]crm.Message, error) {
	p := params{shopID}
	where := `shop_id = $1 and ask <> '' and ask not like '%"bulk":%'`
	if before != "" {
		where += ` and id < ` + p.add(before)
	}
	return rows(ctx, s.read, scanMessage, `select `+messageColumns+` from messages where `+where+` order by id desc limit `+p.add(limit), p...)
}

// ForApproval lists what waits for somebody's yes, the oldest first.
func (s *Store) ForApproval(ctx context.Context, shopID string, limit int) ([]crm.Message, error) {
	return rows(ctx, s.read, scanMessage, `select `+messageColumns+` from messages
		where shop_id = $1 and state = 'planned' and reason = 'needs_approval' order by id limit $2`, shopID, limit)
}

// BulkPage lists bulk jobs, the newest first, from before one on.
func (s *Store) BulkPage(ctx context.Context, shopID, before string, limit int) ([]crm.Bulk, error) {
	p := params{shopID}
	where := `shop_id = $1`
	if before != "" {
		where += ` and id < ` + p.add(before)
	}
	return rows(ctx, s.read, scanBulk, `select state, data from bulks where `+where+` order by id desc limit `+p.add(limit), p...)
}

// BulkItemsIn is BulkItems for those of one state.
func (s *Store) BulkItemsIn(ctx context.Context, shopID, bulkID string, state crm.BulkItemState, after, limit int) ([]crm.BulkItem, error) {
	return s.items(ctx, `where i.bulk_id = $2 and i.state = $3 and i.shop_id = $1 and i.position > $4 order by i.position limit $5`, shopID, bulkID, state, after, limit)
}

// ReturnPage lists returns, of one status or of all, the newest first, from
// before one on.
func (s *Store) ReturnPage(ctx context.Context, shopID string, status crm.ReturnStatus, before string, limit int) ([]crm.Return, error) {
	p := params{shopID}
	where := `shop_id = $1`
	if status != "" {
		where = `status = ` + p.add(status) + ` and shop_id = $1`
	}
	if before != "" {
		where += ` and id < ` + p.add(before)
	}
	found, err := rows(ctx, s.read, scanRow[crm.Return], `select revision, data from returns where `+where+` order by id desc limit `+p.add(limit), p...)
	all := make([]crm.Return, len(found))
	for i, r := range found {
		all[i] = r.value
	}
	return all, err
}

// MessagesAboutReturn lists the messages about a return, the newest first.
func (s *Store) MessagesAboutReturn(ctx context.Context, shopID, returnID string, limit int) ([]crm.Message, error) {
	return rows(ctx, s.read, scanMessage, `select `+messageColumns+` from messages
		where return_id = $2 and return_id <> '' and `+checked("shop_id")+` = $1 order by `+checked("id")+` desc limit $3`, shopID, returnID, limit)
}

// ReviewPage lists what customers said, with one rating or with all (0), the
// newest first, from before one on.
func (s *Store) ReviewPage(ctx context.Context, shopID string, rating int, before string, limit int) ([]crm.Review, error) {
	p := params{shopID}
	where := `shop_id = $1`
	if rating > 0 {
		where = `rating = ` + p.add(rating) + ` and shop_id = $1`
	}
	if before != "" {
		where += ` and id < ` + p.add(before)
	}
	return rows(ctx, s.read, scanReview, `select data from reviews where `+where+` order by id desc limit `+p.add(limit), p...)
}

// Review is one review.
func (s *Store) Review(ctx context.Context, shopID, id string) (crm.Review, error) {
	return one(rows(ctx, s.read, scanReview, `select data from reviews where shop_id = $1 and id = $2`, shopID, id))
}

// CodeFilter narrows a list of discount codes; what is empty does not narrow.
type CodeFilter struct {
	Journey  string
	Standing crm.CodeStanding
	Before   string // id of the effect: the page after the one that ended with it
	Limit    int
}

// Codes lists the effects that made discount codes, the newest first.
func (s *Store) Codes(ctx context.Context, shopID string, f CodeFilter) ([]crm.Effect, error) {
	p := params{shopID}
	where := `standing <> '' and shop_id = $1`
	if f.Standing != "" {
		where += ` and standing = ` + p.add(f.Standing)
	}
	if f.Journey != "" {
		where += ` and journey = ` + p.add(f.Journey)
	}
	if f.Before != "" {
		where += ` and id < ` + p.add(f.Before)
	}
	return rows(ctx, s.read, scanEffect, `select `+effectColumns+` from effects where `+where+` order by id desc limit `+p.add(f.Limit), p...)
}

// RevokeCode takes a code back. The running server ends it at the shop: it has the
// connection and tries again. why says who and for what reason. A code that
// cannot be taken back is an *crm.Invalid of "code".
func (s *Store) RevokeCode(ctx context.Context, shopID, effectID, why string) (crm.Effect, error) {
	return s.ChangeEffect(ctx, shopID, effectID, func(e *crm.Effect) error {
		if e.Code == nil {
			return crm.ErrNotFound
		}
		if !e.Revocable() {
			return &crm.Invalid{Field: "code", Message: "cannot be revoked: it is " + string(e.Standing())}
		}
		e.Code.EndsAt, e.State, e.Detail = s.now().UTC(), crm.EffectUndone, "revoked: "+why
		return nil
	})
}

// RewardsOf lists what stands in the ledger of one effect, the oldest first.
func (s *Store) RewardsOf(ctx context.Context, shopID, effectID string) ([]crm.Reward, error) {
	return rows(ctx, s.read, scanReward, `select `+rewardColumns+` from rewards where effect_id = $2 and `+checked("shop_id")+` = $1 order by `+checked("id"), shopID, effectID)
}

// Spending is what the gifts that were promised since a time come to, in minor
// units of a currency: Open is promised and may still be used, Cost was.
type Spending struct{ Open, Cost int64 }

// Spending sums the ledger since a time. It reads all of it: a whole year of a
// big shop takes a moment.
func (s *Store) Spending(ctx context.Context, shopID, currency string, since time.Time) (Spending, error) {
	return one(rows(ctx, s.read, func(r *sql.Rows) (sum Spending, err error) { return sum, r.Scan(&sum.Open, &sum.Cost) },
		`select coalesce(sum(case when kind in ('promised', 'released') then amount else 0 end), 0), coalesce(sum(case when kind in ('used', 'returned') then amount else 0 end), 0)
			from rewards where promised_at >= $2 and `+checked("shop_id")+` = $1 and `+checked("currency")+` = $3`, shopID, micros(since), currency))
}
