package store

import (
	"context"
	"database/sql"
	"time"

	"grazie/crm"
)

// settleRewards writes into the ledger what an effect costs by now: the
// difference between that and the lines that are there. So it can be called
// after every change, any number of times.
func (s *Store) settleRewards(ctx context.Context, tx querier, e crm.Effect) error {
	should := map[crm.RewardKind]int64{}
	if e.Worth.Minor > 0 {
		should[crm.RewardPromised] = e.Worth.Minor
	}
	var order string
	used := crm.Money{Currency: e.Worth.Currency}
	switch {
	case e.Code != nil:
		for _, u := range e.Code.Uses {
			used.Minor += u.Discount.Minor
			used.Currency, order = u.Discount.Currency, u.OrderID
		}
		if e.Code.Used() || e.Code.Ended != "" || e.State == crm.EffectFailed || e.State == crm.EffectUndone {
			should[crm.RewardReleased] = -e.Worth.Minor
		}
	case e.Label != nil && e.State == crm.EffectDone:
		used = e.Label.Cost
		should[crm.RewardReleased] = -e.Worth.Minor
	case e.State == crm.EffectFailed || e.State == crm.EffectUndone:
		should[crm.RewardReleased] = -e.Worth.Minor
	}
	if e.Worth.Minor == 0 && used.Minor == 0 && len(should) == 0 && e.Attempt == 0 {
		return nil
	}
	have, err := rows(ctx, tx, func(r *sql.Rows) (l crm.Reward, err error) {
		return l, r.Scan(&l.Kind, &l.Amount.Minor, &l.Amount.Currency, &l.OrderID)
	}, `select kind, sum(amount), max(currency), max(order_id) from rewards where effect_id = $2 and shop_id = $1 group by kind`, e.ShopID, e.ID)
	if err != nil {
		return err
	}
	cost := int64(0) // what was used less what was returned
	for _, l := range have {
		switch l.Kind {
		case crm.RewardUsed, crm.RewardReturned:
			cost += l.Amount.Minor
			used.Currency, order = first(used.Currency, l.Amount.Currency), first(order, l.OrderID) // what is given back, is of that
		default:
			should[l.Kind] -= l.Amount.Minor
		}
	}
	if more := used.Minor - cost; more > 0 {
		should[crm.RewardUsed] = more
	} else if more < 0 {
		should[crm.RewardReturned] = more
	}
	for _, kind := range []crm.RewardKind{crm.RewardPromised, crm.RewardReleased, crm.RewardUsed, crm.RewardReturned} {
		amount := should[kind]
		if amount == 0 {
			continue
		}
		currency := e.Worth.Currency
		if kind == crm.RewardUsed || kind == crm.RewardReturned {
			currency = first(used.Currency, currency)
		}
		if _, err := tx.ExecContext(ctx, `insert into rewards (shop_id, id, customer_id, effect_id, kind, order_id, amount, currency, at, promised_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, e.ShopID, NewID("rwd_"), column(e.CustomerID), e.ID, kind, column(order), amount, currency,
			micros(s.now()), micros(e.CreatedAt)); err != nil {
			return err
		}
	}
	return nil
}

// noRoom tells which limit a gift of some worth would go over; empty: none.
func (s *Store) noRoom(ctx context.Context, tx querier, m crm.Message, worth crm.Money, l crm.Limits) (crm.Reason, error) {
	if worth.Minor <= 0 {
		return "", nil
	}
	for _, limit := range []struct {
		most     *int64
		customer string
		reason   crm.Reason
	}{{l.Shop, "", crm.ReasonBudget}, {l.Customer, m.CustomerID, crm.ReasonCeiling}} {
		if limit.most == nil || limit.reason == crm.ReasonCeiling && limit.customer == "" {
			continue
		}
		given, err := s.given(ctx, tx, m.ShopID, limit.customer, l.Currency, l.Since)
		if err != nil {
			return "", err
		}
		if given+worth.Minor > *limit.most {
			return limit.reason, nil
		}
	}
	return "", nil
}

func (s *Store) given(ctx context.Context, q querier, shopID, customerID, currency string, since time.Time) (int64, error) {
	p := params{shopID, micros(since), currency}
	query := `select coalesce(sum(amount), 0) from rewards where promised_at >= $2 and ` + checked("shop_id") + ` = $1 and ` + checked("currency") + ` = $3`
	if customerID != "" {
		query = `select coalesce(sum(amount), 0) from rewards where customer_id = ` + p.add(customerID) + ` and shop_id = $1 and promised_at + 0 >= $2 and ` + checked("currency") + ` = $3`
	}
	return one(rows(ctx, q, value[int64], query, p...))
}

// Given is what the gifts that were promised since a time cost and may still
// cost, in minor units of a currency: of all customers, or of one. What an
// older promise frees or costs since then belongs to the year before.
func (s *Store) Given(ctx context.Context, shopID, customerID, currency string, since time.Time) (int64, error) {
	return s.given(ctx, s.read, shopID, customerID, currency, since)
}

// Rewards lists the ledger, of all customers or of one, the newest first.
func (s *Store) Rewards(ctx context.Context, shopID, customerID string, limit int) ([]crm.Reward, error) {
	p := params{shopID, limit}
	where := `shop_id = $1 order by id desc`
	if customerID != "" {
		where = `customer_id = ` + p.add(customerID) + ` and ` + checked("shop_id") + ` = $1 order by ` + checked("id") + ` desc`
	}
	return rows(ctx, s.read, scanReward, `select `+rewardColumns+` from rewards where `+where+` limit $2`, p...)
}

const rewardColumns = `id, shop_id, customer_id, effect_id, kind, order_id, amount, currency, at`

func scanReward(r *sql.Rows) (l crm.Reward, err error) {
	var at int64
	err = r.Scan(&l.ID, &l.ShopID, &l.CustomerID, &l.EffectID, &l.Kind, &l.OrderID, &l.Amount.Minor, &l.Amount.Currency, &at)
	l.At = instant(at)
	return l, err
}
