package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"grazie/crm"
)

// gifts is what messages ask about beside their order and customer: all but
// those that are bound to one order and give nothing, so that these stay quick.
type gifts struct {
	*looking
	returns map[string][]crm.Return // by order
	reviews map[string]crm.Review   // by order
	tasks   map[string][]crm.Task   // by order
	effects map[string][]crm.Effect // by message
	origins map[[2]string]crm.Message
	waiting map[string][]crm.Message  // by customer
	others  map[string][]crm.Customer // by address
	past    map[string][]pastMessage  // by customer, of the others at an address
	bought  []crm.Order               // counted
	all     []crm.Return              // of the customers
	goods   map[string][2]int         // by customer: replacements lost, replacements open
	brakes  []crm.Brake
}

// asksMore tells whether a message needs more than its order and customer.
func asksMore(m crm.Message) bool {
	return m.Purpose == crm.Marketing || m.ReturnID != "" || m.Ask != nil
}

// waitingFor is how far ahead other mails to a customer are looked at.
const waitingFor = 36 * time.Hour

func (l *looking) loadGifts(ctx context.Context, messages []crm.Message) (*gifts, error) {
	g := &gifts{looking: l}
	var orders, customers, ids []string
	var origins []crm.Message
	for _, m := range messages {
		orders, customers, ids = append(orders, m.OrderID), append(customers, m.CustomerID), append(ids, m.ID)
		if _, is := m.Reminder(); is {
			origins = append(origins, m)
		}
	}
	orders, customers = distinct(orders), distinct(customers)
	for _, load := range []func() error{
		func() error { return g.loadOrders(ctx, orders) },
		func() error { return g.loadOrigins(ctx, origins, &ids) },
		func() error { return g.loadEffects(ctx, distinct(ids)) },
		func() error { return g.loadOthers(ctx) },
		func() error { return g.loadCustomers(ctx, customers) },
	} {
		if err := load(); err != nil {
			return nil, err
		}
	}
	var err error
	g.brakes, err = l.Store.Brakes(ctx, l.shopID)
	return g, err
}

func (g *gifts) loadOrders(ctx context.Context, orders []string) error {
	g.returns, g.reviews, g.tasks = map[string][]crm.Return{}, map[string]crm.Review{}, map[string][]crm.Task{}
	if len(orders) == 0 {
		return nil
	}
	p := params{g.shopID}
	returns, err := rows(ctx, g.read, scanRow[crm.Return], `select revision, data from returns where shop_id = $1 and order_id`+g.in(&p, orders), p...)
	if err != nil {
		return err
	}
	slices.SortFunc(returns, func(a, b row[crm.Return]) int {
		return cmp.Or(len(a.value.ID)-len(b.value.ID), cmp.Compare(a.value.ID, b.value.ID))
	})
	for _, r := range returns {
		g.returns[r.value.OrderID] = append(g.returns[r.value.OrderID], r.value)
	}
	p = params{g.shopID}
	reviews, err := rows(ctx, g.read, scanDocument[crm.Review], `select data from reviews where shop_id = $1 and order_id`+g.in(&p, orders), p...)
	if err != nil {
		return err
	}
	for _, r := range reviews {
		g.reviews[r.OrderID] = r
	}
	p = params{g.shopID}
	tasks, err := rows(ctx, g.read, scanTask, `select `+taskColumns+` from tasks where order_id <> '' and shop_id = $1 and order_id`+g.in(&p, orders), p...)
	for _, t := range tasks {
		g.tasks[t.OrderID] = append(g.tasks[t.OrderID], t)
	}
	return err
}

// loadOrigins finds the messages that reminders remind of; their effects are
// the reminder's.
func (g *gifts) loadOrigins(ctx context.Context, reminders []crm.Message, ids *[]string) error {
	g.origins = map[[2]string]crm.Message{}
	if len(reminders) == 0 {
		return nil
	}
	var subjects []string
	for _, m := range reminders {
		of, _ := m.Reminder()
		subjects = append(subjects, of)
	}
	p := params{g.shopID}
	found, err := rows(ctx, g.read, scanMessage, `select `+messageColumns+` from messages where shop_id = $1 and subject`+g.in(&p, distinct(subjects)), p...)
	for _, m := range found {
		g.origins[[2]string{m.Journey, m.Subject}] = m
		*ids = append(*ids, m.ID)
	}
	return err
}

func (g *gifts) loadEffects(ctx context.Context, messages []string) error {
	g.effects = map[string][]crm.Effect{}
	if len(messages) == 0 {
		return nil
	}
	p := params{g.shopID}
	found, err := rows(ctx, g.read, scanEffect, `select `+effectColumns+` from effects where `+checked("shop_id")+` = $1 and message_id`+g.in(&p, messages), p...)
	inOrder(found)
	for _, e := range found {
		g.effects[e.MessageID] = append(g.effects[e.MessageID], e)
	}
	return err
}

// loadOthers finds who else has the addresses of the customers.
func (g *gifts) loadOthers(ctx context.Context) error {
	g.others, g.past = map[string][]crm.Customer{}, map[string][]pastMessage{}
	var emails, ids []string
	for _, c := range g.customers {
		emails = append(emails, c.EmailKey)
	}
	if emails = distinct(emails); len(emails) == 0 {
		return nil
	}
	p := params{g.shopID}
	found, err := rows(ctx, g.read, scanRow[crm.Customer], `select revision, data from customers where `+checked("shop_id")+` = $1 and email_key`+g.in(&p, emails), p...)
	if err != nil {
		return err
	}
	for _, c := range found {
		g.others[c.value.EmailKey] = append(g.others[c.value.EmailKey], c.value)
		if _, known := g.customers[c.value.ID]; !known {
			ids = append(ids, c.value.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	past, err := g.pastOf(ctx, ids)
	for _, m := range past {
		g.past[m.customerID] = append(g.past[m.customerID], m)
	}
	return err
}

func (g *gifts) loadCustomers(ctx context.Context, customers []string) error {
	g.waiting, g.goods = map[string][]crm.Message{}, map[string][2]int{}
	if len(customers) == 0 {
		return nil
	}
	p := params{g.shopID, micros(g.now().Add(waitingFor))}
	waiting, err := rows(ctx, g.read, scanMessage, `select `+messageColumns+` from messages where customer_id`+g.in(&p, customers)+`
		and `+checked("shop_id")+` = $1 and `+checked("purpose")+` = 'marketing' and (`+checked("state")+` = 'sending' or `+checked("state")+` = 'planned' and due_at + 0 <= $2)
		and `+checked("reason")+` not in ('needs_approval', 'no_gift', 'rule_unreadable', 'circuit_breaker', 'no_imprint', 'no_review_target')`, p...)
	if err != nil {
		return err
	}
	for _, m := range waiting {
		g.waiting[m.CustomerID] = append(g.waiting[m.CustomerID], m)
	}
	p = params{g.shopID}
	var emails []string
	for _, c := range g.customers {
		emails = append(emails, c.EmailKey)
	}
	query := `select revision, data from orders where ` + checked("shop_id") + ` = $1 and counted and customer_id` + g.in(&p, customers)
	if emails = distinct(emails); len(emails) > 0 {
		query += ` union select revision, data from orders where ` + checked("shop_id") + ` = $1 and counted and email_key` + g.in(&p, emails)
	}
	bought, err := rows(ctx, g.read, scanRow[crm.Order], query, p...)
	if err != nil {
		return err
	}
	for _, o := range bought {
		g.bought = append(g.bought, o.value)
	}
	p = params{g.shopID}
	returns, err := rows(ctx, g.read, scanRow[crm.Return], `select revision, data from returns where customer_id <> '' and `+checked("shop_id")+` = $1 and customer_id`+g.in(&p, customers), p...)
	if err != nil {
		return err
	}
	for _, r := range returns {
		g.all = append(g.all, r.value)
	}
	p = params{g.shopID}
	goods, err := rows(ctx, g.read, scanEffect, `select `+effectColumns+` from effects where customer_id`+g.in(&p, customers)+`
		and `+checked("shop_id")+` = $1 and `+checked("kind")+` = 'replacement_order' and `+checked("state")+` = 'done'`, p...)
	for _, e := range goods {
		n := g.goods[e.CustomerID]
		if r := e.Replacement; r != nil && r.Back.IsZero() {
			n[1]++
			if !r.DueBack.IsZero() && g.now().After(r.DueBack) {
				n[0]++
			}
		}
		g.goods[e.CustomerID] = n
	}
	return err
}

// tell puts what was found into the facts of one message.
func (g *gifts) tell(f *crm.Facts) {
	m := f.Message
	f.Returns = g.returns[m.OrderID]
	for _, t := range g.tasks[m.OrderID] {
		if t.DoneAt.IsZero() {
			f.OpenTasks = append(f.OpenTasks, t)
		} else if t.DoneAt.After(f.TaskDoneAt) {
			f.TaskDoneAt = t.DoneAt
		}
	}
	if r, ok := g.reviews[m.OrderID]; ok {
		f.Review = &r
	}
	f.Effects = g.effects[m.ID]
	if of, is := m.Reminder(); is {
		if origin, ok := g.origins[[2]string{m.Journey, of}]; ok {
			f.Origin, f.Effects = &origin, g.effects[origin.ID]
		}
	}
	for _, w := range g.waiting[m.CustomerID] {
		if w.ID != m.ID {
			f.Waiting = append(f.Waiting, w)
		}
	}
	for _, other := range g.others[f.Customer.EmailKey] {
		id := other.ID
		if id == m.CustomerID {
			continue
		}
		// A guest and an account with one address are one reader: what one of
		// them withdrew, both did, unless the other agreed again later.
		if other.Consent.State == crm.ConsentUnsubscribed {
			f.Customer.Consent = f.Customer.Consent.Apply(other.Consent)
		}
		for _, past := range slices.Concat(g.past[id], g.pasts[id]) {
			f.SentToOthers = append(f.SentToOthers, past.Past)
		}
	}
	slices.SortFunc(f.SentToOthers, func(a, b crm.Past) int { return b.At.Compare(a.At) })
	for _, o := range g.bought {
		if o.CustomerID != m.CustomerID && (o.EmailKey == "" || o.EmailKey != f.Customer.EmailKey) {
			continue
		}
		f.Orders++
		f.Spent = crm.Money{Minor: f.Spent.Minor + o.Net().Minor, Currency: o.Subtotal.Currency}
		if f.FirstOrder.IsZero() || o.CreatedAt.Before(f.FirstOrder) {
			f.FirstOrder = o.CreatedAt
		}
		if o.CreatedAt.After(f.LastOrder) {
			f.LastOrder = o.CreatedAt
		}
	}
	for _, r := range g.all {
		if r.CustomerID == m.CustomerID && r.ID != m.ReturnID && r.Status != crm.ReturnDeclined && r.Status != crm.ReturnCanceled {
			f.OtherReturns++
		}
	}
	n := g.goods[m.CustomerID]
	f.LostGoods, f.OpenGoods, f.Brakes = n[0], n[1], g.brakes
}

func scanDocument[T any](r *sql.Rows) (T, error) { return scanDocumentAnd[T](r) }

// scanDocumentAnd reads a noun, and into more what else was selected.
func scanDocumentAnd[T any](r *sql.Rows, more ...any) (v T, err error) {
	var data string
	if err := r.Scan(append([]any{&data}, more...)...); err != nil {
		return v, err
	}
	return v, json.Unmarshal([]byte(data), &v)
}
