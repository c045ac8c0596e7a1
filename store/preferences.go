package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"grazie/crm"
)

// customerPage is the source of what a customer says on her own pages.
const customerPage = "customer page"

// Levels of a consent: that it was confirmed by a link in a mail to the address
// that it is for, and that it was not.
const (
	confirmed   = "confirmed_opt_in"
	unconfirmed = "single_opt_in"
)

// Preferences are what a customer chose, for her own page.
type Preferences struct {
	Customer     crm.Customer
	Suppressions []crm.Suppression // of the address that the mail with the link went to
}

// Preferences reads what the customer behind a link chose. One who is not there
// any more, or was deleted at the platform, is crm.ErrNotFound.
func (s *Store) Preferences(ctx context.Context, l Link) (Preferences, error) {
	var p Preferences
	r, err := s.behind(ctx, s.read, l)
	if err != nil {
		return p, err
	}
	p.Customer = r.value
	_, written, err := s.addresses(ctx, s.read, l, r.value)
	if err != nil || written == "" {
		return p, err
	}
	hash, err := s.hash(ctx, s.read, l.ShopID, written)
	if err != nil {
		return p, err
	}
	found, err := rows(ctx, s.read, scanSuppression, `select `+suppressionColumns+` from suppressions where shop_id = $1 and email_hash = $2 order by scope`, l.ShopID, hash)
	for _, x := range found {
		p.Suppressions = append(p.Suppressions, x.Suppression)
	}
	return p, err
}

func (s *Store) behind(ctx context.Context, q querier, l Link) (row[crm.Customer], error) {
	r, err := one(rows(ctx, q, scanRow[crm.Customer], `select revision, data from customers where shop_id = $1 and id = $2`, l.ShopID, l.CustomerID))
	if err == nil && (!r.value.DeletedAt.IsZero() || !r.value.ErasedAt.IsZero()) {
		err = crm.ErrNotFound
	}
	return r, err
}

// addresses are the keys of all addresses that a customer bought with, and the
// one that the mail with the link went to.
func (s *Store) addresses(ctx context.Context, q querier, l Link, c crm.Customer) (all []string, written string, err error) {
	all, err = rows(ctx, q, text, `select distinct email_key from orders where customer_id = $2 and `+checked("shop_id")+` = $1 and email_key <> ''`,
		l.ShopID, l.CustomerID)
	if err != nil {
		return nil, "", err
	}
	ordered, err := rows(ctx, q, text, `select email_key from orders where shop_id = $1
		and id in (select order_id from messages where shop_id = $1 and id = $2)`, l.ShopID, l.MessageID)
	written = c.EmailKey
	if len(ordered) > 0 && ordered[0] != "" {
		written = ordered[0]
	}
	// Where the mail itself is kept it tells best: she may have another address since.
	sent, failed := rows(ctx, q, scanMail, `select `+mailColumns+` from mails where shop_id = $1 and message_id = $2`, l.ShopID, l.MessageID)
	if len(sent) > 0 {
		written = crm.EmailKey(sent[0].Mail.To.Email)
	}
	err = errors.Join(err, failed)
	return distinct(append(all, c.EmailKey, written)), written, err
}

// Unsubscribe stops, at once, all marketing to the customer behind a link, or
// that of one journey: scope is crm.ScopeMarketing or the journey's key. It
// holds for every address that she bought with, what waits is cancelled, and
// an end of all marketing is noted as her consent. Doing it again changes
// nothing, and of a customer who was erased there is nothing to stop: both are
// a success (mail-and-domain.md, rules L1 and L2).
func (s *Store) Unsubscribe(ctx context.Context, l Link, scope string) error {
	err := s.write(ctx, func(tx querier) error {
		r, err := s.behind(ctx, tx, l)
		if err != nil && !errors.Is(err, crm.ErrNotFound) {
			return err
		}
		p := &preferring{Store: s, tx: tx, link: l, row: r}
		if err := p.load(ctx); err != nil {
			return err
		}
		if err := p.stop(ctx, scope); err != nil {
			return err
		}
		return p.save(ctx)
	})
	if errors.Is(err, crm.ErrNotFound) { // the shop itself is not there any more
		return nil
	}
	return err
}

// Choices are what a customer sent from her preferences. Only what she changed
// counts, by what the page had shown her: a page that stood open since before
// brings nothing back.
type Choices struct {
	Shown, Was, Want []string // journeys that there are, that were ticked on the page as it was shown, that are ticked now
	Stop             bool     // all marketing
	Wording          string   // version of the text she agrees to by a tick
	Locale           string   // another language; empty: no other
	Birthday         *crm.MonthDay
}

// SavePreferences stores them. A new tick is an express consent: it lifts what
// she, or her own complaint, had stopped, and nothing else: neither bounces nor
// what staff set (mail-and-domain.md, 1.5). Plan says what follows from her
// being as she is now; ids of messages that are due already come back. A
// customer who is not there any more is crm.ErrNotFound.
func (s *Store) SavePreferences(ctx context.Context, l Link, c Choices, plan Plan) ([]string, error) {
	var due []string
	err := s.write(ctx, func(tx querier) error {
		r, err := s.behind(ctx, tx, l)
		if err != nil {
			return err
		}
		p := &preferring{Store: s, tx: tx, link: l, row: r}
		if err := p.load(ctx); err != nil {
			return err
		}
		p.tell(c)
		if err := p.choose(ctx, c); err != nil {
			return err
		}
		if err := p.save(ctx); err != nil || plan == nil {
			return err
		}
		w := &applying{Store: s, tx: tx, shopID: l.ShopID}
		due, err = w.planMessages(ctx, plan(crm.Event{Kind: crm.CustomerChanged, At: s.now().UTC(), Customer: &p.row.value}))
		return err
	})
	return due, err
}

// preferring is one run of a change that a customer makes herself.
type preferring struct {
	*Store
	tx      querier
	link    Link
	row     row[crm.Customer] // revision 0: there is none
	keys    []string          // of all her addresses
	hashes  []string
	written string // hash of the one that the mail went to
	own     bool   // it went to the one that is the customer's own
}

func (p *preferring) load(ctx context.Context) error {
	keys, written, err := p.addresses(ctx, p.tx, p.link, p.row.value)
	if err != nil {
		return err
	}
	p.keys, p.own = keys, written != "" && written == p.row.value.EmailKey
	for _, k := range keys {
		h, err := p.hash(ctx, p.tx, p.link.ShopID, k)
		if err != nil {
			return err
		}
		p.hashes = append(p.hashes, h)
		if k == written {
			p.written = h
		}
	}
	return nil
}

func (p *preferring) choose(ctx context.Context, c Choices) error {
	if c.Stop {
		return p.stop(ctx, crm.ScopeMarketing)
	}
	minus := func(a, b []string) []string {
		return slices.DeleteFunc(slices.Clone(a), func(x string) bool { return slices.Contains(b, x) })
	}
	ticked, unticked := minus(c.Want, c.Was), minus(c.Was, c.Want)
	if len(unticked) > 0 && len(c.Want) == 0 { // nothing is left: she wants none of it, nor what comes to be later
		return p.stop(ctx, crm.ScopeMarketing)
	}
	if len(ticked) > 0 {
		wasOff, err := p.agree(ctx, ticked, c.Wording)
		if err != nil {
			return err
		}
		if wasOff { // what she left without a tick must not come along
			unticked = minus(c.Shown, c.Want)
		}
	}
	for _, journey := range unticked {
		if err := p.stop(ctx, journey); err != nil {
			return err
		}
	}
	return nil
}

// agree lifts what she had stopped herself, and notes her consent where there
// was none or a weaker one. What confirms it is that the link came by mail to
// her own address: one that went elsewhere says nothing of who reads there.
// wasOff tells that this changed more than the journeys she ticked.
func (p *preferring) agree(ctx context.Context, journeys []string, wording string) (wasOff bool, err error) {
	args := params{p.link.ShopID, crm.SuppressedUnsubscribed, crm.SuppressedComplained, p.written, crm.SuppressedErased}
	lifted, err := rows(ctx, p.tx, scanSuppression, `delete from suppressions where shop_id = $1 and email_hash`+p.in(&args, p.hashes)+`
		and scope`+p.in(&args, append([]string{crm.ScopeMarketing}, journeys...))+`
		and (reason in ($2, $5) or reason = $3 and email_hash = $4) returning `+suppressionColumns, args...)
	if err != nil {
		return false, err
	}
	for _, x := range lifted {
		wasOff = wasOff || x.Scope == crm.ScopeMarketing
		if err := p.noteLifted(ctx, p.tx, p.link.ShopID, x.Hash, x.Scope, customerPage); err != nil {
			return false, err
		}
	}
	consent, level := &p.row.value.Consent, unconfirmed
	if p.own {
		level = confirmed
	}
	weaker := consent.State != crm.ConsentSubscribed || consent.OptInLevel != confirmed && consent.OptInLevel != level
	if wasOff = wasOff || weaker; wasOff {
		*consent = crm.Consent{State: crm.ConsentSubscribed, OptInLevel: level, Source: customerPage, Wording: wording, At: p.now().UTC()}
		p.row.changed = true
	}
	return wasOff, nil
}

// stop suppresses her addresses for a scope; what waits for them stops too.
func (p *preferring) stop(ctx context.Context, scope string) error {
	n := crm.Suppression{Scope: scope, Reason: crm.SuppressedUnsubscribed, At: p.now().UTC()}
	for _, key := range p.keys {
		changed, err := p.suppress(ctx, p.tx, p.link.ShopID, key, n)
		if err == nil && !changed { // it was so before; what was planned since stops as well
			err = p.stopWaiting(ctx, p.tx, p.link.ShopID, key, n)
		}
		if err != nil {
			return err
		}
	}
	if consent := &p.row.value.Consent; scope == crm.ScopeMarketing && p.row.revision > 0 && consent.State != crm.ConsentUnsubscribed {
		*consent = crm.Consent{State: crm.ConsentUnsubscribed, Source: customerPage, At: n.At}
		p.row.changed = true
	}
	return nil
}

// tell takes over her language and her birthday.
func (p *preferring) tell(c Choices) {
	customer := &p.row.value
	if c.Locale != "" && (c.Locale != customer.Locale || !customer.LocaleChosen) {
		customer.Locale, customer.LocaleChosen, p.row.changed = c.Locale, true, true
	}
	b := &customer.Birthday
	if c.Birthday == nil || *c.Birthday == b.Day {
		return
	}
	now := p.now().UTC()
	switch {
	case *c.Birthday == "": // what she takes back is not kept elsewhere either
		b.FirstDay, b.FirstAt = "", time.Time{}
	case b.FirstDay == "":
		b.FirstDay, b.FirstAt = *c.Birthday, now
	}
	b.Day, b.Source, b.At, p.row.changed = *c.Birthday, "form", now, true
}

func (p *preferring) save(ctx context.Context) error {
	if !p.row.changed {
		return nil
	}
	w := &applying{Store: p.Store, tx: p.tx, shopID: p.link.ShopID, customers: map[string]*row[crm.Customer]{p.link.CustomerID: &p.row}}
	return w.saveCustomers(ctx)
}
