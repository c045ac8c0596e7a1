package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"grazie/crm"
)

// Applied is a webhook that was read: what it told and what follows from it.
type Applied struct {
	WebhookID string
	State     WebhookState // processed, ignored or failed
	Reason    string
	Events    []crm.Event
	Planned   int // how many messages they led to, those of earlier webhooks among them
}

// Plan says which messages an event leads to; its nouns are as they are known
// after all events.
type Plan func(crm.Event) []crm.Message

// ApplyEvents brings customers, orders, returns and messages up to date with
// what webhooks of one shop told, all of them in one transaction. Doing it
// twice, or in another sequence, changes nothing. It returns the ids of the
// messages that are new, or moved, and due already.
func (s *Store) ApplyEvents(ctx context.Context, shopID string, applied []Applied, plan Plan) ([]string, error) {
	var due []string
	err := s.write(ctx, func(tx querier) error {
		w := &applying{Store: s, tx: tx, shopID: shopID}
		if err := w.load(ctx, applied); err != nil {
			return err
		}
		if err := w.foldAll(ctx, applied); err != nil {
			return err
		}
		var err error
		due, err = w.save(ctx, applied, plan)
		return err
	})
	return due, err
}

func (w *applying) foldAll(ctx context.Context, applied []Applied) error {
	for _, a := range applied {
		for _, e := range a.Events {
			if err := w.fold(ctx, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// save writes what was loaded and folded, and what follows from it.
func (w *applying) save(ctx context.Context, applied []Applied, plan Plan) (due []string, err error) {
	for _, save := range []func(context.Context) error{w.saveCustomers, w.saveOrders, w.saveReturns, w.useCodes, w.goodsBack} {
		if err := save(ctx); err != nil {
			return nil, err
		}
	}
	if due, err = w.planMessages(ctx, w.plan(applied, plan)); err != nil {
		return due, err
	}
	if err := w.saveScopes(ctx); err != nil {
		return due, err
	}
	if err := w.cancelMessages(ctx); err != nil {
		return due, err
	}
	if err := w.addRequests(ctx, applied); err != nil {
		return due, err
	}
	if err := w.emptyErased(ctx, applied); err != nil {
		return due, err
	}
	return due, w.finishWebhooks(ctx, applied)
}

// applying is one run of ApplyEvents: the rows that the events touch are read,
// changed in memory by crm's own rules, and written back if nobody else wrote
// them meanwhile.
type applying struct {
	*Store
	tx          querier
	shopID      string
	customers   map[string]*row[crm.Customer]
	orders      map[string]*row[crm.Order]
	returns     map[string]*row[crm.Return]
	byEmail     map[string]string // address to the id of the customer who has it
	uninstalled time.Time         // when the app was removed; zero: it was not
	scopes      *crm.Event        // the newest that told what is allowed; nil: none did
	settled     []string          // webhooks that ask for what was done before

	by, evidence string // who of staff changes a consent, and what of
}

// row is a noun with the revision that was read, 0 for a new one.
type row[T any] struct {
	value    T
	was      T // as it was read
	revision int64
	changed  bool
}

func scanRow[T any](r *sql.Rows) (row[T], error) {
	var out row[T]
	var data string
	if err := r.Scan(&out.revision, &data); err != nil {
		return out, err
	}
	err := json.Unmarshal([]byte(data), &out.value)
	out.was = out.value
	return out, err
}

func (w *applying) load(ctx context.Context, applied []Applied) error {
	customers, orders, emails, returns := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, a := range applied {
		for _, e := range a.Events {
			if c := e.Customer; c != nil {
				customers[c.ID], emails[c.EmailKey] = true, true
			}
			if o := e.Order; o != nil {
				orders[o.ID], customers[o.CustomerID], emails[o.EmailKey] = true, true, true
			}
			if r := e.Return; r != nil {
				returns[r.ID], orders[r.OrderID], customers[r.CustomerID] = true, true, true
			}
		}
	}
	delete(customers, "")
	delete(emails, "")
	delete(orders, "")
	if err := w.loadReturns(ctx, returns, orders); err != nil {
		return err
	}
	w.customers, w.orders, w.byEmail = map[string]*row[crm.Customer]{}, map[string]*row[crm.Order]{}, map[string]string{}
	if len(orders) > 0 {
		p := params{w.shopID}
		found, err := rows(ctx, w.tx, scanRow[crm.Order], `select revision, data from orders where shop_id = $1 and id`+w.in(&p, keys(orders)), p...)
		if err != nil {
			return err
		}
		for _, o := range found {
			w.orders[o.value.ID] = &o
			if id := o.value.CustomerID; id != "" {
				customers[id] = true
			}
		}
	}
	for key := range emails {
		id, err := w.guestID(ctx, key)
		if err != nil {
			return err
		}
		customers[id] = true
	}
	if len(customers) == 0 {
		return nil
	}
	p := params{w.shopID}
	query := `select revision, data from customers where shop_id = $1 and id` + w.in(&p, keys(customers))
	if len(emails) > 0 {
		query += ` union all select revision, data from customers where ` + checked("shop_id") + ` = $1 and email_key` + w.in(&p, keys(emails))
	}
	found, err := rows(ctx, w.tx, scanRow[crm.Customer], query, p...)
	if err != nil {
		return err
	}
	for _, c := range found {
		w.customers[c.value.ID] = &c
		w.claimEmail(c.value)
	}
	return nil
}

func keys(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// claimEmail remembers who has an address: a customer with an account rather
// than a guest.
func (w *applying) claimEmail(c crm.Customer) {
	if c.EmailKey == "" {
		return
	}
	if have, ok := w.byEmail[c.EmailKey]; !ok || strings.HasPrefix(have, guest) {
		w.byEmail[c.EmailKey] = c.ID
	}
}

// guest begins the ids of customers whom the platform gave none. The rest is
// made of the address, so that two workers make the same guest.
const guest = "guest_"

func (w *applying) guestID(ctx context.Context, emailKey string) (string, error) {
	h, err := w.hash(ctx, w.tx, w.shopID, emailKey)
	return guestBy(h), err
}

func guestBy(hash string) string { return guest + strings.ToLower(hash) }

func (w *applying) fold(ctx context.Context, e crm.Event) error {
	if e.Kind == crm.AppUninstalled {
		w.uninstalled = e.At
	}
	w.foldScopes(e)
	if e.Customer != nil {
		w.foldCustomer(*e.Customer)
	}
	if e.Return != nil {
		w.foldReturn(*e.Return)
	}
	if e.Order == nil {
		return nil
	}
	r := w.orders[e.Order.ID]
	if r == nil {
		r = &row[crm.Order]{}
		w.orders[e.Order.ID] = r
	}
	o := r.value.Apply(*e.Order)
	if o.CustomerID == "" && o.EmailKey != "" {
		id, known := w.byEmail[o.EmailKey]
		if !known {
			var err error
			if id, err = w.guestID(ctx, o.EmailKey); err != nil {
				return err
			}
			w.foldCustomer(guestOf(o, id))
		}
		o.CustomerID = id
	}
	r.value, r.changed = w.forgetOrder(o), true
	return nil
}

// guestOf is the customer that an order without one tells of.
func guestOf(o crm.Order, id string) crm.Customer {
	c := crm.Customer{ID: id, Email: o.Email, EmailKey: o.EmailKey, Locale: o.Locale, UpdatedAt: o.UpdatedAt, Partial: true, Address: o.Billing}
	if c.Address == nil {
		c.Address = o.Shipping
	}
	if c.Address != nil {
		c.FirstName, c.LastName = c.Address.FirstName, c.Address.LastName
	}
	return c
}

func (w *applying) foldCustomer(n crm.Customer) {
	if n.ID == "" {
		return
	}
	r := w.customers[n.ID]
	if r == nil {
		r = &row[crm.Customer]{}
		w.customers[n.ID] = r
	}
	r.value, r.changed = r.value.Apply(n), true
	w.claimEmail(r.value)
}

// changedRows are the rows to write, sorted, so that writers who meet lock
// them in one order and do not wait for each other in a circle.
func changedRows[T any](all map[string]*row[T], id func(T) string) []*row[T] {
	var out []*row[T]
	for _, r := range all {
		if r.changed {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *row[T]) int { return cmp.Compare(id(a.value), id(b.value)) })
	return out
}

func (w *applying) saveCustomers(ctx context.Context) error {
	changed := changedRows(w.customers, func(c crm.Customer) string { return c.ID })
	b := newBulk("text", "text", "text", "text", "bigint", "bigint", "text")
	for _, r := range changed {
		c := r.value
		b.add(w.shopID, column(c.ID), column(c.EmailKey), column(string(c.Birthday.Day)), micros(c.CreatedAt), r.revision+1, document(c))
	}
	if err := w.upsert(ctx, "customers", "shop_id, id, email_key, birthday, created_at, revision, data", b); err != nil {
		return err
	}
	if err := w.saveWords(ctx, w.tx, w.shopID, changed, false); err != nil {
		return err
	}
	return w.saveConsents(ctx, changed)
}

func (w *applying) saveOrders(ctx context.Context) error {
	changed := changedRows(w.orders, func(o crm.Order) string { return o.ID })
	b := newBulk("text", "text", "text", "text", "text", "boolean", "bigint", "bigint", "bigint", "text")
	for _, r := range changed {
		o := r.value
		b.add(w.shopID, column(o.ID), column(o.Name), column(o.CustomerID), column(o.EmailKey), o.Counted(),
			micros(o.CreatedAt), micros(o.Delivered()), r.revision+1, document(o))
	}
	return w.upsert(ctx, "orders", "shop_id, id, name, customer_id, email_key, counted, created_at, delivered_at, revision, data", b)
}

// upsert writes rows whose revision follows the stored one. When one does not,
// somebody wrote it since it was read: errStale makes the whole run start over.
func (w *applying) upsert(ctx context.Context, table, columns string, b *bulk) error {
	if b.rows == 0 {
		return nil
	}
	var p params
	var set []string
	for _, c := range strings.Split(columns, ", ")[2:] {
		set = append(set, c+" = excluded."+c)
	}
	res, err := w.tx.ExecContext(ctx, `insert into `+table+` (`+columns+`) `+w.table(&p, b)+`
		on conflict (shop_id, id) do update set `+strings.Join(set, ", ")+`
		where `+table+`.revision = excluded.revision - 1`, p...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != int64(b.rows) {
		return or(err, errStale)
	}
	return nil
}
