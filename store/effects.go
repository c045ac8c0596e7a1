package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"grazie/crm"
)

const effectColumns = `state, attempt, data, created_at, updated_at`

func scanEffect(r *sql.Rows) (crm.Effect, error) { return scanEffectAnd(r) }

// scanEffectAnd reads what columns say over what the document says, and into
// more what else was selected.
func scanEffectAnd(r *sql.Rows, more ...any) (e crm.Effect, err error) {
	var state crm.EffectState
	var attempt int
	var created, updated int64
	var data string
	if err := r.Scan(append([]any{&state, &attempt, &data, &created, &updated}, more...)...); err != nil {
		return e, err
	}
	err = json.Unmarshal([]byte(data), &e)
	e.State, e.Attempt, e.CreatedAt, e.UpdatedAt = state, attempt, instant(created), instant(updated)
	return e, err
}

// name is what the effect is found by later: a discount code.
func effectName(e crm.Effect) string {
	if e.Code != nil {
		return crm.CodeKey(e.Code.Code)
	}
	return ""
}

// lookAt is when the sweep looks at an effect: at a code that is to work, soon,
// for its mail may never go out; at a replacement, on the day on which its
// goods should be back. Zero: never.
func (s *Store) lookAt(e crm.Effect) time.Time {
	switch {
	case e.Code != nil && e.State != crm.EffectFailed && e.Code.Ended == "" && !e.Code.Used():
		return s.now()
	case e.State != crm.EffectDone:
	case e.Replacement != nil && e.Replacement.Back.IsZero() && !e.Replacement.DueBack.IsZero() && e.Replacement.Reminded < remindTimes:
		return e.Replacement.DueBack.Add(time.Duration(e.Replacement.Reminded) * remindEvery)
	}
	return time.Time{}
}

// A code is looked at this often while its mail waits, and once it is out: the
// mail may still bounce.
const (
	lookSoon  = 10 * time.Minute
	lookLater = 24 * time.Hour
)

// Staff is asked this often, and this many times, for goods that do not come back.
const (
	remindEvery = 7 * 24 * time.Hour
	remindTimes = 3
)

// PlanEffects stores what must be done before a message's mail, before any of
// it is asked for. What is stored already stays as it is: one occasion has one
// code. A reason instead of effects says which limit has no room.
func (s *Store) PlanEffects(ctx context.Context, m crm.Message, wanted []crm.Effect, l crm.Limits) ([]crm.Effect, crm.Reason, error) {
	var stored []crm.Effect
	var full crm.Reason
	err := s.write(ctx, func(tx querier) error {
		full = ""
		// The shop's row is held, so that two gifts cannot both find the last room.
		if _, err := one(rows(ctx, tx, text, `select id from shops where id = $1`+s.forUpdate(), m.ShopID)); err != nil {
			return err
		}
		have, err := rows(ctx, tx, scanEffect, `select `+effectColumns+` from effects where message_id = $2 and shop_id = $1`, m.ShopID, m.ID)
		if err != nil {
			return err
		}
		inOrder(have)
		for _, e := range have { // taken up again: what was freed is promised anew
			if e.State != crm.EffectPlanned || e.Worth.Minor <= 0 {
				continue
			}
			stands, err := one(rows(ctx, tx, value[int64], `select coalesce(sum(amount), 0) from rewards
				where effect_id = $2 and shop_id = $1 and kind in ('promised', 'released')`, e.ShopID, e.ID))
			if err != nil {
				return err
			}
			if stands > 0 {
				continue
			}
			if full, err = s.noRoom(ctx, tx, m, e.Worth, l); err != nil || full != "" {
				return or(err, errFull)
			}
			if err := s.settleRewards(ctx, tx, e); err != nil {
				return err
			}
		}
		for _, e := range wanted {
			if effectOf(have, e.Kind) != nil {
				continue
			}
			if full, err = s.noRoom(ctx, tx, m, e.Worth, l); err != nil || full != "" {
				return or(err, errFull) // none of them, rather than some
			}
			e.ID, e.ShopID, e.MessageID, e.CustomerID, e.State = NewID("eff_"), m.ShopID, m.ID, m.CustomerID, crm.EffectPlanned
			if err := s.insertEffect(ctx, tx, m.Journey, &e); err != nil {
				return err
			}
			have = append(have, e)
		}
		stored = have
		return nil
	})
	if errors.Is(err, errFull) {
		return nil, full, nil
	}
	return stored, "", err
}

var errFull = errors.New("store: a limit has no room")

func effectOf(all []crm.Effect, kind crm.EffectKind) *crm.Effect {
	for i := range all {
		if all[i].Kind == kind {
			return &all[i]
		}
	}
	return nil
}

func (s *Store) insertEffect(ctx context.Context, tx querier, journey string, e *crm.Effect) error {
	now := s.now().UTC().Truncate(time.Microsecond)
	e.CreatedAt, e.UpdatedAt = now, now
	_, err := tx.ExecContext(ctx, `insert into effects (shop_id, id, message_id, customer_id, kind, name, state, data, created_at, updated_at, look_at, journey, standing)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12)`,
		e.ShopID, e.ID, e.MessageID, column(e.CustomerID), e.Kind, column(effectName(*e)), e.State, document(e), micros(now), micros(s.lookAt(*e)), journey, e.Standing())
	if badValue(err) && effectName(*e) != "" {
		return errors.Join(crm.ErrConflict, err) // another code of the same letters; the caller draws again
	}
	if err == nil {
		err = s.settleRewards(ctx, tx, *e)
	}
	return err
}

// ClaimEffect takes an effect that is to be done into doing, for the length of
// the lease. Not ok means that another worker does it now, or that it is done.
func (s *Store) ClaimEffect(ctx context.Context, e crm.Effect) (claimed crm.Effect, ok bool, err error) {
	err = s.write(ctx, func(tx querier) error {
		now := s.now()
		got, err := rows(ctx, tx, scanEffect, `update effects set state = 'doing', attempt = attempt + 1, lease_until = $3, updated_at = $4
			where shop_id = $1 and id = $2 and (state = 'planned' or state = 'doing' and lease_until < $4) returning `+effectColumns,
			e.ShopID, e.ID, micros(now.Add(s.lease)), micros(now))
		if ok = len(got) == 1; ok {
			claimed = got[0]
		}
		return err
	})
	return claimed, ok, err
}

// SaveEffect writes down how far an effect is that this worker does: progress
// while it is doing, or how it ended. False means that another worker took it
// over meanwhile.
func (s *Store) SaveEffect(ctx context.Context, e crm.Effect) (bool, error) {
	var saved bool
	err := s.write(ctx, func(tx querier) error {
		lease := int64(0)
		if e.State == crm.EffectDoing {
			lease = micros(s.now().Add(s.lease))
		}
		res, err := tx.ExecContext(ctx, `update effects set state = $4, data = $5, look_at = $6, lease_until = $7, updated_at = $8, standing = $9
			where shop_id = $1 and id = $2 and attempt = $3 and state = 'doing'`,
			e.ShopID, e.ID, e.Attempt, e.State, document(e), micros(s.lookAt(e)), lease, micros(s.now()), e.Standing())
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if saved = n == 1; !saved || err != nil {
			return err
		}
		return s.settleRewards(ctx, tx, e)
	})
	return saved, err
}

// ChangeEffect changes what became of an effect that is no worker's any more:
// a code that expired or was revoked, goods that came back.
func (s *Store) ChangeEffect(ctx context.Context, shopID, id string, fn func(*crm.Effect) error) (crm.Effect, error) {
	var e crm.Effect
	err := s.write(ctx, func(tx querier) error {
		found, err := one(rows(ctx, tx, scanEffect, `select `+effectColumns+` from effects where shop_id = $1 and id = $2`+s.forUpdate(), shopID, id))
		if err != nil {
			return err
		}
		if err := fn(&found); err != nil {
			return err
		}
		e = found
		return s.updateEffect(ctx, tx, e)
	})
	return e, err
}

func (s *Store) updateEffect(ctx context.Context, tx querier, e crm.Effect) error {
	_, err := tx.ExecContext(ctx, `update effects set state = $3, data = $4, look_at = $5, updated_at = $6, standing = $7 where shop_id = $1 and id = $2`,
		e.ShopID, e.ID, e.State, document(e), micros(s.lookAt(e)), micros(s.now()), e.Standing())
	if err != nil {
		return err
	}
	return s.settleRewards(ctx, tx, e)
}

// Effect is one effect.
func (s *Store) Effect(ctx context.Context, shopID, id string) (crm.Effect, error) {
	return one(rows(ctx, s.read, scanEffect, `select `+effectColumns+` from effects where shop_id = $1 and id = $2`, shopID, id))
}

// EffectByCode is the effect that made a discount code.
func (s *Store) EffectByCode(ctx context.Context, shopID, code string) (crm.Effect, error) {
	return one(rows(ctx, s.read, scanEffect, `select `+effectColumns+` from effects where name = $2 and name <> '' and shop_id = $1`, shopID, crm.CodeKey(code)))
}

// EffectsOf lists the effects of a message, in the order in which they were stored.
func (s *Store) EffectsOf(ctx context.Context, shopID, messageID string) ([]crm.Effect, error) {
	found, err := rows(ctx, s.read, scanEffect, `select `+effectColumns+` from effects where message_id = $2 and shop_id = $1`, shopID, messageID)
	inOrder(found)
	return found, err
}

// inOrder sorts effects as they were stored, which is how they are done.
func inOrder(all []crm.Effect) {
	slices.SortFunc(all, func(a, b crm.Effect) int { return cmp.Compare(a.ID, b.ID) })
}

// Effects lists the effects of a kind, the newest first; before is the id that
// the page before ended with, or empty.
func (s *Store) Effects(ctx context.Context, shopID string, kind crm.EffectKind, before string, limit int) ([]crm.Effect, error) {
	return rows(ctx, s.read, scanEffect, `select `+effectColumns+` from effects
		where shop_id = $1 and kind = $2 and (id < $3 or $3 = '') order by id desc limit $4`, shopID, kind, before, limit)
}

// EndingEffects lists, of all shops, what somebody must end now: codes that are
// over, that staff revoked, or whose mail will never go out, so that nobody
// holds them; and replacements whose goods should be back. What comes back is
// listed again after a while, unless it was changed; so nothing that cannot be
// done stands in the way of the rest.
func (s *Store) EndingEffects(ctx context.Context, limit int) ([]crm.Effect, error) {
	var ending []crm.Effect
	err := s.write(ctx, func(tx querier) error {
		ending = nil
		now := s.now()
		for {
			looked, err := rows(ctx, tx, scanLook, `select e.state, e.attempt, e.data, e.created_at, e.updated_at, e.look_at, coalesce(m.state, ''), coalesce(s.state, '')
				from effects e left join messages m on m.shop_id = e.shop_id and m.id = e.message_id left join shops s on s.id = e.shop_id
				where e.look_at > 0 and e.look_at <= $1 order by e.look_at limit $2`, micros(now), limit)
			if err != nil || len(looked) == 0 {
				return err
			}
			b := newBulk("text", "text", "bigint", "bigint")
			for _, l := range looked {
				ends, again := l.ending(now)
				if ends {
					ending = append(ending, l.Effect)
				}
				b.add(l.ShopID, l.ID, l.at, micros(again))
			}
			var p params
			res, err := tx.ExecContext(ctx, `update effects set look_at = v.column4 from (`+s.table(&p, b)+`) as v
				where effects.shop_id = v.column1 and effects.id = v.column2 and effects.look_at = v.column3`, p...)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 || len(ending) >= limit {
				return err
			}
		}
	})
	return ending, err
}

// look is an effect with the state of its message and of its shop.
type look struct {
	crm.Effect
	at   int64
	mail crm.MessageState
	shop crm.ShopState
}

func scanLook(r *sql.Rows) (l look, err error) {
	l.Effect, err = scanEffectAnd(r, &l.at, &l.mail, &l.shop)
	return l, err
}

// ending tells whether the effect must be ended, and when to look again.
func (l look) ending(now time.Time) (ends bool, again time.Time) {
	again = now.Add(lookSoon)
	if l.shop == crm.ShopUninstalled { // nobody can be asked there: what expired is noted, the rest waits for its return
		return l.Code != nil && l.State != crm.EffectDoing && !l.Code.EndsAt.IsZero() && now.After(l.Code.EndsAt), now.Add(lookLater)
	}
	if l.Code == nil {
		return true, again
	}
	over := !l.Code.EndsAt.IsZero() && now.After(l.Code.EndsAt)
	switch l.mail {
	case crm.Planned, crm.Sending, crm.Unknown:
	case crm.Sent, crm.Delivered, crm.Complained:
		again = now.Add(lookLater)
	default:
		over = true
	}
	if over = over || l.State == crm.EffectUndone; over {
		return l.State != crm.EffectDoing, now.Add(lookSoon)
	}
	if end := l.Code.EndsAt; !end.IsZero() && end.Before(again) {
		again = end.Add(time.Microsecond)
	}
	return false, again
}

// reviveEffects lets what was refused be asked for once more: staff wants it.
func (s *Store) reviveEffects(ctx context.Context, tx querier, shopID, messageID string) error {
	failed, err := rows(ctx, tx, scanEffect, `select `+effectColumns+` from effects where message_id = $2 and shop_id = $1 and state = 'failed'`+s.forUpdate(), shopID, messageID)
	for _, e := range failed {
		// What it is worth is promised again when there is room: see PlanEffects.
		_, bad := tx.ExecContext(ctx, `update effects set state = 'planned', standing = $4, updated_at = $3 where shop_id = $1 and id = $2`, e.ShopID, e.ID, micros(s.now()), revived(e).Standing())
		err = errors.Join(err, bad)
	}
	if err != nil {
		return err
	}
	// A code that was ended unused while its mail was over is put aside: the
	// mail gets a new one.
	ended, err := rows(ctx, tx, scanEffect, `select `+effectColumns+` from effects where message_id = $2 and shop_id = $1 and kind = 'discount_code'`+s.forUpdate(), shopID, messageID)
	for _, e := range ended {
		if e.State == crm.EffectUndone && e.Code != nil && e.Code.Ended != "" && !e.Code.Used() {
			_, bad := tx.ExecContext(ctx, `update effects set message_id = $3 where shop_id = $1 and id = $2`, e.ShopID, e.ID, messageID+"/"+e.ID)
			err = errors.Join(err, bad)
		}
	}
	return err
}

func revived(e crm.Effect) crm.Effect { e.State = crm.EffectPlanned; return e }

// goodsBack notes that the goods of closed returns came back, on the
// replacements that were sent for them.
func (w *applying) goodsBack(ctx context.Context) error {
	for _, r := range w.returns {
		if r.changed && r.value.Status == crm.ReturnClosed && r.was.Status != crm.ReturnClosed {
			if _, err := w.backFor(ctx, w.tx, w.shopID, r.value.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// GoodsBack is staff's word that the goods of a return came back. It returns
// how many replacements waited for them.
func (s *Store) GoodsBack(ctx context.Context, shopID, returnID string) (int, error) {
	var n int
	err := s.write(ctx, func(tx querier) error {
		var err error
		n, err = s.backFor(ctx, tx, shopID, returnID)
		return err
	})
	return n, err
}

func (s *Store) backFor(ctx context.Context, tx querier, shopID, returnID string) (int, error) {
	sent, err := rows(ctx, tx, scanEffect, `select `+effectColumns+` from effects where kind = 'replacement_order' and shop_id = $1 and message_id in (
		select id from messages where return_id = $2 and return_id <> '' and shop_id = $1)`+s.forUpdate(), shopID, returnID)
	n := 0
	for _, e := range sent {
		if e.Replacement == nil || !e.Replacement.Back.IsZero() {
			continue
		}
		n++
		e.Replacement.Back = s.now().UTC()
		err = errors.Join(err, s.updateEffect(ctx, tx, e))
	}
	return n, err
}
