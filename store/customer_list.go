package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"grazie/crm"
)

// CustomerFilter narrows a list of customers; what is empty does not narrow.
type CustomerFilter struct {
	Query      string            // words of a name, or an address: each a whole one or its beginning
	Birthday   bool              // only those whose birthday is known
	Consent    *crm.ConsentState // only those with this one
	Suppressed bool              // only those whose address must not get some mail, or any
	After      string            // a Listed.Cursor: the page after it
	Limit      int
}

// Listed is a customer in a list, with what is told of her at a glance.
type Listed struct {
	crm.Customer
	Cursor     string
	Orders     int       // counted ones, of her newest; see More
	Spent      crm.Money // on them
	LastOrder  time.Time
	More       bool          // she has more orders than were looked at
	Suppressed []string      // scopes in which her address gets no mail now
	Next       []crm.Message // what is planned for her, what is due first comes first
}

// Bounds of what is looked at of each customer in a list.
const (
	listedOrders = 20 // see Listed.More
	longestQuery = 200
	mostParts    = 64  // of one statement: SQLite takes no more than 500
	fewHashes    = 256 // suppressed addresses that are looked up one by one
	mostMatches  = 500 // matches that are counted to tell which of several words is rarest
)

// place is where a list goes on.
type listPlace struct {
	word  []byte
	place int64
	id    string
}

func (p listPlace) cursor() string {
	return base64.RawURLEncoding.EncodeToString([]byte(document([]any{p.word, p.place, p.id})))
}

func readPlace(cursor string) (p listPlace, err error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(b, &[]any{&p.word, &p.place, &p.id})
	}
	if err != nil {
		err = &crm.Invalid{Field: "after", Message: "the address of this page was cut off: begin the list again"}
	}
	return p, err
}

// Customers lists customers of a shop. Without a query the newest come first;
// with one, those whose matching word comes first in the alphabet, and of one
// word the newest.
func (s *Store) Customers(ctx context.Context, shopID string, f CustomerFilter) ([]Listed, error) {
	spans := f.spans()
	named := len(spans) > 0
	if !named && strings.TrimSpace(f.Query) != "" { // marks alone: nobody is called so
		return nil, nil
	}
	if f.Birthday {
		spans = append(spans, exactly(wordBirthday))
	}
	if f.Consent != nil {
		spans = append(spans, exactly(wordConsent+string(*f.Consent)))
	}
	if len(spans) == 0 {
		spans = []span{exactly(wordListed)}
	}
	after := listPlace{}
	if f.After != "" {
		var err error
		if after, err = readPlace(f.After); err != nil {
			return nil, err
		}
	}
	scan := func(r *sql.Rows) (p listPlace, err error) { return p, r.Scan(&p.word, &p.place, &p.id) }
	var found []listPlace
	var err error
	var few []string
	if f.Suppressed && !named {
		few, err = rows(ctx, s.read, text, `select distinct email_hash from suppressions where shop_id = $1 and (until = 0 or until > $2) limit $3`, shopID, micros(s.now()), fewHashes+1)
		if err != nil || len(few) == 0 {
			return nil, err
		}
	}
	if len(few) > 0 && len(few) <= fewHashes {
		query, p := s.suppressedQuery(shopID, few, spans, f, after)
		found, err = rows(ctx, s.read, scan, query, p...)
	} else {
		if spans, err = s.rarestFirst(ctx, shopID, spans); err != nil {
			return nil, err
		}
		query, p := s.wordQuery(shopID, spans, f, after)
		found, err = rows(ctx, s.read, scan, query, p...)
	}
	if err != nil {
		return nil, err
	}
	return s.listed(ctx, shopID, found)
}

// spans are what the words of a query stand for.
func (f CustomerFilter) spans() (all []span) {
	query := cut(strings.TrimSpace(f.Query), longestQuery)
	if strings.Contains(query, "@") {
		return []span{beginning(cut(fold(query), longestMail))}
	}
	words := wordsIn(query)
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	for _, w := range words[:min(len(words), mostWords)] {
		all = append(all, beginning(w))
	}
	return all
}

// rarestFirst puts that word first which the fewest have: the list is read along
// it, and whoever lacks the others is passed over.
func (s *Store) rarestFirst(ctx context.Context, shopID string, spans []span) ([]span, error) {
	if len(spans) < 2 {
		return spans, nil
	}
	best, least := 0, int64(mostMatches+1)
	for i, sp := range spans {
		n, err := one(rows(ctx, s.read, value[int64], `select count(*) from (select 1 from customer_words where shop_id = $1 and word >= $2 and word < $3 limit $4) as matching`,
			shopID, sp.from, sp.to, mostMatches))
		if err != nil {
			return nil, err
		}
		if n < least {
			best, least = i, n
		}
	}
	return append([]span{spans[best]}, slices.Delete(slices.Clone(spans), best, best+1)...), nil
}

// wordQuery reads along the primary key from a place on. Somebody with two words
// that match is listed by the first of them.
func (s *Store) wordQuery(shopID string, spans []span, f CustomerFilter, after listPlace) (string, params) {
	p := params{shopID, spans[0].from, spans[0].to}
	query := `select w.word, w.place, w.customer_id from customer_words w where w.shop_id = $1 and w.word >= $2 and w.word < $3`
	if after.id != "" {
		query += ` and (w.word, w.place, w.customer_id) > (` + p.add(after.word) + `, ` + p.add(after.place) + `, ` + p.add(after.id) + `)`
	}
	query += ` and not exists (select 1 from customer_words x where x.customer_id = w.customer_id and ` + checked("x.shop_id") + ` = $1 and x.word >= $2 and x.word < w.word)`
	query += s.alsoHas(&p, spans[1:])
	if f.Suppressed {
		// Counted, and not asked whether one exists: of that PostgreSQL makes a join
		// with all who are in the list.
		query += ` and 0 < (select count(*) from customer_words h join suppressions u on u.shop_id = $1 and u.email_hash = h.email_hash
			where h.customer_id = w.customer_id and ` + checked("h.shop_id") + ` = $1 and h.word = ` + p.add([]byte(wordListed)) + ` and (u.until = 0 or u.until > ` + p.add(micros(s.now())) + `))`
	}
	return query + ` order by w.word, w.place, w.customer_id limit ` + p.add(f.Limit), p
}

// suppressedQuery reads along what is suppressed, where that is little. Where it is
// much, the customers of a page are soon found among all.
func (s *Store) suppressedQuery(shopID string, few []string, spans []span, f CustomerFilter, after listPlace) (string, params) {
	p := params{shopID}
	query := `select w.word, w.place, w.customer_id from customer_words w where w.email_hash <> '' and ` + checked("w.shop_id") + ` = $1 and w.email_hash` + s.in(&p, few)
	if after.id != "" {
		query += ` and (w.place, w.customer_id) > (` + p.add(after.place) + `, ` + p.add(after.id) + `)`
	}
	return query + s.alsoHas(&p, spans) + ` order by w.place, w.customer_id limit ` + p.add(f.Limit), p
}

// alsoHas says that the customer w has a word of each span.
func (s *Store) alsoHas(p *params, spans []span) (query string) {
	for i, sp := range spans {
		x := "x" + strconv.Itoa(i)
		query += ` and exists (select 1 from customer_words ` + x + ` where ` + x + `.customer_id = w.customer_id and ` + checked(x+".shop_id") + ` = $1
			and ` + x + `.word >= ` + p.add(sp.from) + ` and ` + x + `.word < ` + p.add(sp.to) + `)`
	}
	return query
}

// listed reads what is told of customers in a list, in its sequence.
func (s *Store) listed(ctx context.Context, shopID string, found []listPlace) ([]Listed, error) {
	if len(found) == 0 {
		return nil, nil
	}
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = f.id
	}
	customers, err := s.customersBy(ctx, s.read, shopID, "id", ids)
	if err != nil {
		return nil, err
	}
	byID := map[string]crm.Customer{}
	for _, c := range customers {
		byID[c.ID] = c
	}
	all := make([]Listed, 0, len(found))
	for _, f := range found {
		if c, there := byID[f.id]; there {
			all = append(all, Listed{Customer: c, Cursor: f.cursor()})
		}
	}
	for _, tell := range []func(context.Context, string, []Listed) error{s.tellOrders, s.tellPlanned, s.tellSuppressed} {
		if err := tell(ctx, shopID, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// tellOrders adds up each customer's newest orders: one statement with a part for
// each, so that nobody's thousands are read. Parts are filled up to a power of two:
// few lengths, few statements.
func (s *Store) tellOrders(ctx context.Context, shopID string, all []Listed) error {
	for len(all) > mostParts {
		if err := s.tellOrders(ctx, shopID, all[:mostParts]); err != nil {
			return err
		}
		all = all[mostParts:]
	}
	if len(all) == 0 {
		return nil
	}
	n := 1
	for n < len(all) {
		n *= 2
	}
	p := params{shopID, listedOrders + 1}
	parts := make([]string, n)
	for i := range parts {
		id := "" // has none
		if i < len(all) {
			id = all[i].ID
		}
		parts[i] = `select * from (select data from orders where customer_id = ` + p.add(id) + ` and ` + checked("shop_id") + ` = $1 order by created_at desc limit $2) as o` + strconv.Itoa(i)
	}
	found, err := rows(ctx, s.read, scanDocument[crm.Order], strings.Join(parts, ` union all `), p...)
	if err != nil {
		return err
	}
	byCustomer := map[string][]crm.Order{}
	for _, o := range found {
		byCustomer[o.CustomerID] = append(byCustomer[o.CustomerID], o)
	}
	for i := range all {
		all[i].add(byCustomer[all[i].ID])
	}
	return nil
}

func (l *Listed) add(orders []crm.Order) {
	slices.SortFunc(orders, func(a, b crm.Order) int { return b.CreatedAt.Compare(a.CreatedAt) })
	l.More = len(orders) > listedOrders
	for _, o := range orders[:min(len(orders), listedOrders)] {
		if !o.Counted() {
			continue
		}
		if net := o.Net(); l.Spent.Currency == "" || l.Spent.Currency == net.Currency {
			l.Spent = crm.Money{Minor: l.Spent.Minor + net.Minor, Currency: net.Currency}
		}
		l.Orders++
		if o.CreatedAt.After(l.LastOrder) {
			l.LastOrder = o.CreatedAt
		}
	}
}

func (s *Store) tellPlanned(ctx context.Context, shopID string, all []Listed) error {
	ids, at := []string{}, map[string]int{}
	for i, l := range all {
		ids, at[l.ID] = append(ids, l.ID), i
	}
	if len(ids) == 0 {
		return nil
	}
	p := params{shopID, crm.Planned}
	planned, err := rows(ctx, s.read, scanMessage, `select `+messageColumns+` from messages where customer_id`+s.in(&p, ids)+` and `+checked("shop_id")+` = $1 and `+checked("state")+` = $2`, p...)
	for _, m := range planned {
		l := &all[at[m.CustomerID]]
		l.Next = append(l.Next, m)
	}
	for i := range all {
		slices.SortFunc(all[i].Next, func(a, b crm.Message) int { return a.DueAt.Compare(b.DueAt) })
	}
	return err
}

func (s *Store) tellSuppressed(ctx context.Context, shopID string, all []Listed) error {
	var hashes []string
	at := map[string][]int{}
	for i, l := range all {
		if l.EmailKey == "" {
			continue
		}
		h, err := s.hash(ctx, s.read, shopID, l.EmailKey)
		if err != nil {
			return err
		}
		hashes, at[h] = append(hashes, h), append(at[h], i)
	}
	if len(hashes) == 0 {
		return nil
	}
	p := params{shopID, micros(s.now())}
	found, err := rows(ctx, s.read, scanSuppression, `select `+suppressionColumns+` from suppressions where shop_id = $1 and (until = 0 or until > $2) and email_hash`+s.in(&p, distinct(hashes))+` order by scope`, p...)
	for _, x := range found {
		for _, i := range at[x.Hash] {
			all[i].Suppressed = append(all[i].Suppressed, x.Scope)
		}
	}
	return err
}
