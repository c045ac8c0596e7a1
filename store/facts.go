package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"grazie/crm"
)

// Facts are all that can be looked at when deciding about messages of one
// shop. Only messages that are planned come back; the others need no decision.
// The journeys' settings are left to the caller.
func (s *Store) Facts(ctx context.Context, shopID string, messageIDs []string) ([]crm.Facts, error) {
	p := params{shopID, crm.Planned}
	planned, err := rows(ctx, s.read, scanMessage, `select `+messageColumns+` from messages
		where shop_id = $1 and `+checked("state")+` = $2 and id`+s.in(&p, messageIDs), p...)
	if err != nil || len(planned) == 0 {
		return nil, err
	}
	return s.FactsOf(ctx, shopID, planned)
}

// FactsOf are the facts about given messages, stored or only thought of.
func (s *Store) FactsOf(ctx context.Context, shopID string, messages []crm.Message) ([]crm.Facts, error) {
	shop, err := one(rows(ctx, s.read, scanShop, `select state, data from shops where id = $1`, shopID))
	if err != nil {
		return nil, err
	}
	l := &looking{Store: s, shopID: shopID, templates: map[string][]crm.Template{}}
	if err := l.load(ctx, messages); err != nil {
		return nil, err
	}
	more := slices.DeleteFunc(slices.Clone(messages), func(m crm.Message) bool { return !asksMore(m) })
	var g *gifts
	if len(more) > 0 {
		if g, err = l.loadGifts(ctx, more); err != nil {
			return nil, err
		}
	}
	facts := make([]crm.Facts, len(messages))
	for i, m := range messages {
		f := crm.Facts{Message: m, Shop: shop, Order: l.orders[m.OrderID], Customer: l.customers[m.CustomerID]}
		f.Zone, f.ZoneSource = crm.ZoneOf(f.Customer, f.Order, shop)
		f.HistoryKnown = crm.HistoryKnown(f.Customer, shop)
		f.OrdersBefore = l.ordersBefore(f)
		f.Sent, f.Phrases = l.past(f)
		if f.Suppressions, err = l.suppressions(ctx, f); err != nil {
			return nil, err
		}
		if f.Templates, err = l.texts(ctx, m.Journey); err != nil {
			return nil, err
		}
		if asksMore(m) {
			g.tell(&f)
		}
		facts[i] = f
	}
	return facts, nil
}

// looking gathers, in few queries, what many messages of a shop ask about.
type looking struct {
	*Store
	shopID     string
	orders     map[string]*crm.Order
	customers  map[string]crm.Customer
	counted    []countedOrder
	pasts      map[string][]pastMessage     // by customer, oldest first
	suppressed map[string][]crm.Suppression // by hash of the address
	templates  map[string][]crm.Template
}

type countedOrder struct {
	id, customerID, emailKey string
	createdAt                int64
}

type pastMessage struct {
	customerID, phrases string
	crm.Past
}

func (l *looking) load(ctx context.Context, messages []crm.Message) error {
	var orderIDs, customerIDs, emails []string
	for _, m := range messages {
		orderIDs, customerIDs = append(orderIDs, m.OrderID), append(customerIDs, m.CustomerID)
	}
	orderIDs, customerIDs = distinct(orderIDs), distinct(customerIDs)

	l.orders = map[string]*crm.Order{}
	if len(orderIDs) > 0 {
		p := params{l.shopID}
		found, err := rows(ctx, l.read, scanRow[crm.Order], `select revision, data from orders where shop_id = $1 and id`+l.in(&p, orderIDs), p...)
		if err != nil {
			return err
		}
		for _, r := range found {
			l.orders[r.value.ID] = &r.value
			emails = append(emails, r.value.EmailKey)
		}
	}
	l.customers = map[string]crm.Customer{}
	if len(customerIDs) == 0 { // whose order it is may be told later; what her address must not get holds already
		return l.loadSuppressed(ctx, distinct(emails))
	}
	p := params{l.shopID}
	found, err := rows(ctx, l.read, scanRow[crm.Customer], `select revision, data from customers where shop_id = $1 and id`+l.in(&p, customerIDs), p...)
	if err != nil {
		return err
	}
	for _, r := range found {
		l.customers[r.value.ID] = r.value
		emails = append(emails, r.value.EmailKey)
	}
	if err := l.loadHistory(ctx, customerIDs, distinct(emails)); err != nil {
		return err
	}
	return l.loadSuppressed(ctx, distinct(emails))
}

func (l *looking) loadHistory(ctx context.Context, customerIDs, emails []string) error {
	p := params{l.shopID}
	query := `select id, customer_id, email_key, created_at from orders where ` + checked("shop_id") + ` = $1 and counted and customer_id` + l.in(&p, customerIDs)
	if len(emails) > 0 {
		query += ` union select id, customer_id, email_key, created_at from orders where ` + checked("shop_id") + ` = $1 and counted and email_key` + l.in(&p, emails)
	}
	var err error
	l.counted, err = rows(ctx, l.read, func(r *sql.Rows) (o countedOrder, err error) {
		return o, r.Scan(&o.id, &o.customerID, &o.emailKey, &o.createdAt)
	}, query, p...)
	if err != nil {
		return err
	}
	pasts, err := l.pastOf(ctx, customerIDs)
	l.pasts = map[string][]pastMessage{}
	for _, m := range pasts {
		l.pasts[m.customerID] = append(l.pasts[m.customerID], m)
	}
	return err
}

// pastOf are the mails that customers got, or may have got, the oldest first.
func (l *looking) pastOf(ctx context.Context, customerIDs []string) ([]pastMessage, error) {
	p := params{l.shopID}
	pasts, err := rows(ctx, l.read, func(r *sql.Rows) (m pastMessage, err error) {
		var at int64
		err = r.Scan(&m.customerID, &m.MessageID, &m.phrases, &m.Journey, &m.Subject, &m.Purpose, &at)
		m.At = instant(at)
		return m, err
	}, `select customer_id, id, phrases, journey, subject, purpose, case when sent_at > 0 then sent_at else updated_at end from messages
		where `+checked("shop_id")+` = $1 and (sent_at > 0 or `+checked("state")+` in ('sending', 'unknown')) and customer_id`+l.in(&p, customerIDs), p...)
	slices.SortFunc(pasts, func(a, b pastMessage) int { return a.At.Compare(b.At) })
	return pasts, err
}

func (l *looking) loadSuppressed(ctx context.Context, emails []string) error {
	l.suppressed = map[string][]crm.Suppression{}
	if len(emails) == 0 {
		return nil
	}
	hashes := make([]string, len(emails))
	for i, e := range emails {
		var err error
		if hashes[i], err = l.hash(ctx, l.read, l.shopID, e); err != nil {
			return err
		}
	}
	p := params{l.shopID}
	_, err := rows(ctx, l.read, func(r *sql.Rows) (hash string, err error) {
		var s crm.Suppression
		var at, until int64
		err = r.Scan(&hash, &s.Scope, &s.Reason, &at, &until)
		s.At, s.Until = instant(at), instant(until)
		l.suppressed[hash] = append(l.suppressed[hash], s)
		return hash, err
	}, `select email_hash, scope, reason, created_at, until from suppressions where shop_id = $1 and email_hash`+l.in(&p, hashes), p...)
	return err
}

// ordersBefore counts the person's counted orders that are older than the
// message's: by account, or by address for guests and people with both.
func (l *looking) ordersBefore(f crm.Facts) int {
	o := f.Order
	if o == nil {
		return 0
	}
	n := 0
	for _, c := range l.counted {
		same := c.customerID != "" && c.customerID == o.CustomerID || c.emailKey != "" && c.emailKey == o.EmailKey
		at := micros(o.CreatedAt)
		if same && c.id != o.ID && (c.createdAt < at || c.createdAt == at && c.id < o.ID) {
			n++
		}
	}
	return n
}

func (l *looking) past(f crm.Facts) (sent []crm.Past, phrases []string) {
	for _, m := range l.pasts[f.Message.CustomerID] {
		if m.MessageID != f.Message.ID {
			sent = append(sent, m.Past)
			phrases = append(phrases, strings.Fields(m.phrases)...)
		}
	}
	slices.Reverse(sent)
	return sent, phrases
}

func (l *looking) suppressions(ctx context.Context, f crm.Facts) ([]crm.Suppression, error) {
	if len(l.suppressed) == 0 {
		return nil, nil
	}
	h, err := l.hash(ctx, l.read, l.shopID, crm.EmailKey(f.Address()))
	return l.suppressed[h], err
}

func (l *looking) texts(ctx context.Context, journey string) ([]crm.Template, error) {
	if t, ok := l.templates[journey]; ok {
		return t, nil
	}
	t, err := l.Store.templates(ctx, l.read, l.shopID, journey)
	l.templates[journey] = t
	return t, err
}

// distinct are the values that are not empty, each once.
func distinct(values []string) []string {
	values = slices.DeleteFunc(values, func(v string) bool { return v == "" })
	slices.Sort(values)
	return slices.Compact(values)
}
