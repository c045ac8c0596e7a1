package store

import (
	"context"
	"slices"
	"strings"

	"grazie/crm"
)

// stage is how far an erasure is. Each stage is done in steps, each of them one
// transaction that may come twice.
type stage string

const (
	stageCustomers stage = ""         // the customers themselves, and what waits for them
	stageOrders    stage = "orders"   // their orders, some at a time, with all that hangs on them
	stageRest      stage = "rest"     // what hangs on no order
	stageWebhooks  stage = "webhooks" // raw bodies, some at a time
	stageOut       stage = "out"      // this database holds nothing any more
)

// eraseOrders is how many orders, and eraseWebhooks how many webhooks, a step takes.
const (
	eraseOrders   = 100
	eraseWebhooks = 200
)

// EraseStep does the next step of an open request to erase a customer and
// tells whether there is another. ErrErasing says that something of hers is on
// its way: it goes on later. A request that is settled is crm.ErrNotFound.
func (s *Store) EraseStep(ctx context.Context, shopID, id string) (more bool, err error) {
	var waits bool
	err = s.write(ctx, func(tx querier) error {
		waits = false
		p, err := s.openRequest(ctx, tx, shopID, id)
		if err != nil {
			return err
		}
		if p.Kind != crm.PrivacyEraseCustomer {
			return crm.ErrNotFound
		}
		e := &erasing{Store: s, tx: tx, privacyRow: &p}
		switch p.about.Stage {
		case stageCustomers:
			err = e.customers(ctx)
		case stageOrders:
			waits, err = e.someOrders(ctx)
		case stageRest:
			waits, err = e.rest(ctx)
		case stageWebhooks:
			waits, err = e.someWebhooks(ctx)
		}
		if err != nil {
			return err
		}
		more = p.about.Stage != stageOut
		return s.savePrivacy(ctx, tx, p)
	})
	if err == nil && waits {
		err = ErrErasing
	}
	return more, err
}

// ErasedAddresses are the addresses of whom a request erases, once this
// database knows no more of them: others are to forget them too. They are
// sealed with the request until it ends.
func (s *Store) ErasedAddresses(ctx context.Context, shopID, id string) ([]string, error) {
	p, err := one(rows(ctx, s.read, s.scanPrivacy, `select `+privacyColumns+` from privacy_requests where shop_id = $1 and id = $2 and state = 'open'`, shopID, id))
	return p.about.Emails, err
}

// Subject tells what an erasure, or an export, would be about: rows by what they are.
func (s *Store) Subject(ctx context.Context, r crm.PrivacyRequest) (map[string]int64, error) {
	x, err := s.Export(ctx, r)
	return x.Counts(), err
}

// erasing is one step of an erasure.
type erasing struct {
	*Store
	*privacyRow
	tx querier
}

func (e *erasing) count(what string, n int64) {
	if n > 0 {
		e.prove(map[string]int64{what: n})
	}
}

// exec runs a statement that forgets, and counts its rows.
func (e *erasing) exec(ctx context.Context, what, query string, args ...any) error {
	res, err := e.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	e.count(what, n)
	return err
}

// customers forgets the customers themselves: from here on nothing of them
// comes in again. Their addresses stay as keyed hashes that must not get
// marketing, so that no import revives them (mail-and-domain.md, 1.5).
func (e *erasing) customers(ctx context.Context) error {
	var err error
	if e.about.Forget {
		if e.about.Customers, err = e.stillInactive(ctx); err != nil {
			return err
		}
	}
	if e.about, err = e.hers(ctx, e.tx, e.privacyRow.PrivacyRequest, e.about); err != nil {
		return err
	}
	now := e.now().UTC()
	e.about.Erased = now
	if !e.about.Forget {
		for _, key := range e.about.Keys {
			h, err := e.hash(ctx, e.tx, e.ShopID, key)
			if err != nil {
				return err
			}
			all, err := one(rows(ctx, e.tx, value[bool], `select exists (select 1 from suppressions where shop_id = $1 and email_hash = $2 and scope = $3 and until = 0)`, e.ShopID, h, crm.ScopeAll))
			if err != nil {
				return err
			}
			if all {
				continue
			}
			changed, err := e.suppress(ctx, e.tx, e.ShopID, key, crm.Suppression{Scope: crm.ScopeMarketing, Reason: crm.SuppressedErased, At: now})
			if err != nil {
				return err
			}
			if changed {
				e.count("suppressions_kept", 1)
			}
		}
	}
	for some := range slices.Chunk(e.about.Customers, mostItems) {
		if err := e.tombs(ctx, some); err != nil {
			return err
		}
		if err := e.forgetMessages(ctx, "customer_id", some, true); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(e.about.Orders, mostItems) {
		if err := e.forgetMessages(ctx, "order_id", some, true); err != nil {
			return err
		}
	}
	e.about.Stage = stageOrders
	return nil
}

// tombs puts in the place of customers what only says that they were erased.
func (e *erasing) tombs(ctx context.Context, ids []string) error {
	p := params{e.ShopID}
	found, err := rows(ctx, e.tx, scanRow[crm.Customer], `select revision, data from customers where shop_id = $1 and id`+e.in(&p, ids)+e.forUpdate(), p...)
	if err != nil {
		return err
	}
	if err := e.forgetConsents(ctx, ids); err != nil {
		return err
	}
	if e.about.Forget {
		for _, r := range found {
			if !r.value.ErasedAt.IsZero() { // a guest with her address, who did ask
				continue
			}
			if _, err := e.dropWords(ctx, e.tx, e.ShopID, []string{r.value.ID}); err != nil {
				return err
			}
			if err := e.exec(ctx, "customers", `delete from customers where shop_id = $1 and id = $2`, e.ShopID, r.value.ID); err != nil {
				return err
			}
		}
		return nil
	}
	w := &applying{Store: e.Store, tx: e.tx, shopID: e.ShopID, customers: map[string]*row[crm.Customer]{}}
	for _, r := range found {
		w.customers[r.value.ID] = &r
		if r.value.ErasedAt.IsZero() {
			e.count("customers", 1)
		}
	}
	at := e.now().UTC()
	for _, id := range ids {
		r := w.customers[id]
		if r == nil {
			r = &row[crm.Customer]{}
			w.customers[id] = r
		}
		r.value, r.changed = r.value.Apply(crm.Customer{ID: id, ErasedAt: at}), true
	}
	return w.saveCustomers(ctx)
}

// someOrders forgets some of the orders, with all that hangs on them.
func (e *erasing) someOrders(ctx context.Context) (waits bool, err error) {
	some := e.about.Orders
	from, _ := slices.BinarySearch(some, e.about.After)
	if e.about.After != "" && from < len(some) && some[from] == e.about.After {
		from++
	}
	some = some[from:min(from+eraseOrders, len(some))]
	if len(some) == 0 {
		e.about.Stage, e.about.After = stageRest, ""
		return false, nil
	}
	if waits, err = e.flying(ctx, "order_id", some); waits || err != nil {
		return waits, err
	}
	if err := e.tombOrders(ctx, some); err != nil {
		return false, err
	}
	e.about.After = some[len(some)-1]
	return false, e.hanging(ctx, "order_id", some)
}

func (e *erasing) tombOrders(ctx context.Context, ids []string) error {
	p := params{e.ShopID}
	found, err := rows(ctx, e.tx, scanRow[crm.Order], `select revision, data from orders where shop_id = $1 and id`+e.in(&p, ids)+e.forUpdate(), p...)
	if err != nil {
		return err
	}
	w := &applying{Store: e.Store, tx: e.tx, shopID: e.ShopID, orders: map[string]*row[crm.Order]{}}
	for _, r := range found {
		w.orders[r.value.ID] = &r
		if r.value.ErasedAt.IsZero() {
			e.count("orders", 1)
		}
	}
	at := e.now().UTC()
	for _, id := range ids {
		r := w.orders[id]
		if r == nil { // named by the platform, and not told of yet
			r = &row[crm.Order]{}
			w.orders[id] = r
		}
		if r.value.ErasedAt.IsZero() {
			r.value, r.changed = r.value.Apply(crm.Order{ID: id, ErasedAt: at}), true
		}
	}
	return w.saveOrders(ctx)
}

// late finds orders of hers that were being taken in while she was erased, by
// somebody who still saw her as she was: they are erased like the others.
func (e *erasing) late(ctx context.Context) (bool, error) {
	bought, err := e.ordersBy(ctx, e.tx, e.ShopID, "customer_id", e.about.Customers)
	if err != nil {
		return false, err
	}
	written, err := e.ordersBy(ctx, e.tx, e.ShopID, "email_key", e.about.Keys)
	if err != nil {
		return false, err
	}
	written = slices.DeleteFunc(written, func(o crm.Order) bool { return o.CustomerID != "" && !isGuest(o.CustomerID) })
	var ids []string
	for _, o := range append(bought, written...) {
		if !o.ErasedAt.IsZero() || o.CreatedAt.After(e.about.Erased) {
			continue
		}
		ids, e.about.Emails = append(ids, o.ID), append(e.about.Emails, o.Email)
		e.about.Names = append(e.about.Names, o.Name, strings.TrimPrefix(o.Name, "#"))
	}
	if len(ids) == 0 {
		return false, nil
	}
	e.about.Names, e.about.Emails = distinct(e.about.Names), distinct(e.about.Emails)
	e.about.Orders = distinct(append(e.about.Orders, ids...))
	e.about.Returns, err = e.returnsOf(ctx, e.tx, e.ShopID, e.about)
	e.about.Stage = stageOrders
	return true, err
}

// rest forgets what hangs on customers and addresses alone.
func (e *erasing) rest(ctx context.Context) (waits bool, err error) {
	if late, err := e.late(ctx); err != nil || late {
		return false, err
	}
	for some := range slices.Chunk(e.about.Customers, mostItems) {
		if waits, err = e.flying(ctx, "customer_id", some); waits || err != nil {
			return waits, err
		}
		if err := e.hanging(ctx, "customer_id", some); err != nil {
			return false, err
		}
	}
	for some := range slices.Chunk(e.about.Returns, mostItems) { // a return whose order nobody told of
		for _, forget := range []func(context.Context, string, []string) error{e.forgetEffects, e.forgetFeedback, func(ctx context.Context, by string, ids []string) error { return e.forgetMessages(ctx, by, ids, false) }} {
			if err := forget(ctx, "return_id", some); err != nil {
				return false, err
			}
		}
	}
	if err := e.forgetAddresses(ctx); err != nil {
		return false, err
	}
	if err := e.forgetTargets(ctx); err != nil {
		return false, err
	}
	if err := e.forgetRequests(ctx); err != nil {
		return false, err
	}
	e.about.Stage = stageWebhooks
	return false, nil
}

// flying tells whether a mail is in the air, or an effect being done: what
// comes of it would be written over what was forgotten.
func (e *erasing) flying(ctx context.Context, by string, ids []string) (bool, error) {
	p := params{e.ShopID, crm.Sending, crm.EffectDoing, micros(e.now())}
	in := e.in(&p, ids)
	return one(rows(ctx, e.tx, value[bool], `select exists (select 1 from messages where shop_id = $1 and state = $2 and `+by+in+`)
		or exists (select 1 from effects f where f.shop_id = $1 and f.state = $3 and f.lease_until > $4
			and f.message_id in (select id from messages where shop_id = $1 and `+by+in+`))`, p...))
}
