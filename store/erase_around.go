package store

import (
	"context"
	"slices"
	"strings"

	"grazie/crm"
)

// What hangs on a customer or an order, and how each of it is forgotten: what
// is left tells amounts, times and states, and of nobody.

// hanging forgets all that hangs on customers, or on orders. It must be asked
// for orders first: what hangs on them is found by them.
func (e *erasing) hanging(ctx context.Context, by string, ids []string) error {
	for _, forget := range []func(context.Context, string, []string) error{
		e.forgetEffects, e.forgetReturns, e.forgetReviews, e.forgetTasks, e.forgetCalls, e.forgetFeedback, e.forgetRewards,
		func(ctx context.Context, by string, ids []string) error { return e.forgetMessages(ctx, by, ids, false) }, // last: the others are found by them
	} {
		if err := forget(ctx, by, ids); err != nil {
			return err
		}
	}
	return nil
}

// forgetMessages leaves of messages what happened and when. The subject stays
// where it names an order or a return, as the guard against a second one; any
// other holds a customer and a day of hers. With only cancelling, it stops
// those that wait.
func (e *erasing) forgetMessages(ctx context.Context, by string, ids []string, onlyCancel bool) error {
	p := params{e.ShopID, crm.Cancelled, crm.ReasonErased, micros(e.now())}
	if onlyCancel {
		return e.exec(ctx, "messages_cancelled", `update messages set state = $2, reason = $3, detail = '', updated_at = $4
			where shop_id = $1 and state = 'planned' and `+by+e.in(&p, ids), p...)
	}
	q := params{e.ShopID}
	if err := e.exec(ctx, "mails", `delete from mails where shop_id = $1 and message_id in (`+e.messagesOf(&q, by, ids)+`)`, q...); err != nil {
		return err
	}
	return e.exec(ctx, "messages", `update messages set customer_id = '', detail = '', ask = '', locale = '', phrases = '', provider_id = '',
			subject = case when `+keptSubject+` then subject else 'erased:' || id end,
			reason = case when state = 'planned' then $3 else reason end, state = case when state = 'planned' then $2 else state end, updated_at = $4
		where shop_id = $1 and (customer_id <> '' or detail <> '' or ask <> '' or locale <> '' or phrases <> '' or provider_id <> '' or state = 'planned'
			or not (`+keptSubject+` or subject like 'erased:%')) and `+by+e.in(&p, ids), p...)
}

// keptSubject are subjects that tell of no customer.
const keptSubject = `(subject like 'order:%' or subject like 'return:%')`

// messagesOf selects the messages of customers or orders.
func (e *erasing) messagesOf(p *params, by string, ids []string) string {
	return `select id from messages where shop_id = $1 and ` + by + e.in(p, ids)
}

func (e *erasing) forgetEffects(ctx context.Context, by string, ids []string) error {
	p := params{e.ShopID}
	query := `select ` + effectColumns + ` from effects where shop_id = $1 and (message_id in (` + e.messagesOf(&p, by, ids) + `)`
	if by == "customer_id" {
		query += ` or customer_id` + e.in(&p, ids)
	}
	found, err := rows(ctx, e.tx, scanEffect, query+`)`+e.forUpdate(), p...)
	if err != nil {
		return err
	}
	for _, was := range found {
		now := was.Erased()
		if document(now) == document(was) {
			continue
		}
		if err := e.exec(ctx, "effects", `update effects set customer_id = '' where shop_id = $1 and id = $2`, e.ShopID, now.ID); err != nil {
			return err
		}
		if err := e.updateEffect(ctx, e.tx, now); err != nil {
			return err
		}
	}
	return nil
}

func (e *erasing) forgetReturns(ctx context.Context, by string, ids []string) error {
	p := params{e.ShopID}
	found, err := rows(ctx, e.tx, scanRow[crm.Return], `select revision, data from returns where shop_id = $1 and `+by+e.in(&p, ids)+e.forUpdate(), p...)
	if err != nil {
		return err
	}
	for _, r := range found {
		now := r.value.Erased()
		if document(now) == document(r.value) {
			continue
		}
		if err := e.exec(ctx, "returns", `update returns set customer_id = '', revision = revision + 1, data = $3 where shop_id = $1 and id = $2`,
			e.ShopID, now.ID, document(now)); err != nil {
			return err
		}
	}
	return nil
}

func (e *erasing) forgetReviews(ctx context.Context, by string, ids []string) error {
	p := params{e.ShopID}
	found, err := rows(ctx, e.tx, scanReview, `select data from reviews where shop_id = $1 and `+by+e.in(&p, ids)+e.forUpdate(), p...)
	if err != nil {
		return err
	}
	for _, v := range found {
		if v.Text == "" && v.CustomerID == "" && !v.Publish {
			continue
		}
		v.Text, v.CustomerID, v.Publish = "", "", false
		if err := e.exec(ctx, "reviews", `update reviews set customer_id = '', data = $3 where shop_id = $1 and id = $2`, e.ShopID, v.ID, document(v)); err != nil {
			return err
		}
	}
	return nil
}

func (e *erasing) forgetTasks(ctx context.Context, by string, ids []string) error {
	p := params{e.ShopID, micros(e.now())}
	return e.exec(ctx, "tasks", `update tasks set customer_id = '', detail = '', done_by = '', taken_id = '', taken_by = '', done_at = case when done_at = 0 then $2 else done_at end
		where shop_id = $1 and (customer_id <> '' or detail <> '' or done_by <> '') and (`+by+e.in(&p, ids)+` or message_id <> '' and message_id in (`+e.messagesOf(&p, by, ids)+`))`, p...)
}

// forgetFeedback forgets whose mailbox it was, and the mailbox's own words.
func (e *erasing) forgetFeedback(ctx context.Context, by string, ids []string) error {
	p := params{e.ShopID}
	return e.exec(ctx, "feedback", `update feedback set email_hash = '', domain = '', detail = ''
		where shop_id = $1 and (email_hash <> '' or domain <> '' or detail <> '') and message_id <> '' and message_id in (`+e.messagesOf(&p, by, ids)+`)`, p...)
}

// forgetRewards leaves the ledger's amounts: the year's budget stays what it is.
func (e *erasing) forgetRewards(ctx context.Context, by string, ids []string) error {
	p := params{e.ShopID}
	query := `update rewards set customer_id = '' where shop_id = $1 and customer_id <> '' and (effect_id in (select id from effects where shop_id = $1 and message_id in (` + e.messagesOf(&p, by, ids) + `))`
	if by == "customer_id" {
		query += ` or customer_id` + e.in(&p, ids)
	}
	return e.exec(ctx, "rewards", query+`)`, p...)
}

// forgetConsents forgets what she allowed, when, and by what words.
func (e *erasing) forgetConsents(ctx context.Context, ids []string) error {
	p := params{e.ShopID}
	return e.exec(ctx, "consents", `delete from consents where shop_id = $1 and customer_id`+e.in(&p, ids), p...)
}

// forgetAddresses forgets what was told of an address alone.
func (e *erasing) forgetAddresses(ctx context.Context) error {
	for _, key := range e.about.Keys {
		h, err := e.hash(ctx, e.tx, e.ShopID, key)
		if err != nil {
			return err
		}
		if err := e.exec(ctx, "feedback", `update feedback set email_hash = '', domain = '', detail = '' where email_hash = $2 and shop_id = $1`, e.ShopID, h); err != nil {
			return err
		}
	}
	return nil
}

// forgetTargets takes her out of bulk jobs: whatever staff typed for her.
func (e *erasing) forgetTargets(ctx context.Context) error {
	var targets []string
	add := func(kind string, names []string) {
		for _, n := range names {
			targets = append(targets, strings.ToLower(kind+":"+n))
		}
	}
	add("customer", e.about.Customers)
	add("customer", e.about.Emails)
	add("customer", e.about.Keys)
	add("order", e.about.Orders)
	add("order", e.about.Names)
	add("return", e.about.Returns)
	targets = distinct(targets)
	for len(targets) > 0 {
		some := targets[:min(len(targets), mostItems)]
		targets = targets[len(some):]
		p := params{e.ShopID, crm.BulkRefused, crm.BulkWaiting}
		if err := e.exec(ctx, "bulk_items", `update bulk_items set target = 'erased:' || position, detail = '', state = case when state = $3 then $2 else state end
			where shop_id = $1 and lower(target)`+e.in(&p, some), p...); err != nil {
			return err
		}
	}
	// What an order's name or a message was typed for.
	for some := range slices.Chunk(e.about.Orders, mostItems) {
		p := params{e.ShopID, crm.BulkRefused, crm.BulkWaiting}
		if err := e.exec(ctx, "bulk_items", `update bulk_items set target = 'erased:' || position, detail = '', state = case when state = $3 then $2 else state end
			where shop_id = $1 and target not like 'erased:%' and message_id <> '' and message_id in (`+e.messagesOf(&p, "order_id", some)+`)`, p...); err != nil {
			return err
		}
	}
	return nil
}

// forgetRequests takes her out of other requests. One to see her data has
// nothing left to show; one to erase her goes its own way.
func (e *erasing) forgetRequests(ctx context.Context) error {
	found, err := rows(ctx, e.tx, e.scanPrivacy, `select `+privacyColumns+` from privacy_requests where shop_id = $1 and id <> $2`+e.forUpdate(), e.ShopID, e.ID)
	if err != nil {
		return err
	}
	for _, r := range found {
		if r.CustomerID == "" && r.Email == "" && len(r.OrderIDs) == 0 || !e.about.meets(r) {
			continue
		}
		if r.State == crm.PrivacyOpen && r.Kind != crm.PrivacyExport {
			continue
		}
		e.count("requests", 1)
		if r.State != crm.PrivacyOpen {
			r.CustomerID, r.OrderIDs = "", nil
			err = e.savePrivacy(ctx, e.tx, r)
		} else {
			err = e.endPrivacy(ctx, e.tx, r, crm.PrivacyRefused, "", "the customer was erased meanwhile, by another request")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// meets tells whether another request names the same customer.
func (about subjectOf) meets(r privacyRow) bool {
	return r.CustomerID != "" && slices.Contains(about.Customers, r.CustomerID) || r.CustomerID == "" && r.Email != "" && slices.Contains(about.Keys, crm.EmailKey(r.Email)) ||
		r.CustomerID == "" && r.Email == "" && len(r.OrderIDs) > 0 && slices.Contains(about.Orders, r.OrderIDs[0])
}
