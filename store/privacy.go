package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"grazie/crm"
)

// Requests about personal data. What they need of it is sealed while they wait,
// and gone when they are done: what is left is the proof.

// subjectOf is whom a request is about, as far as that is known by now.
type subjectOf struct {
	Emails    []string `json:"emails,omitempty"` // addresses, as they were written to
	Keys      []string `json:"keys,omitempty"`   // those that are hers, see crm.EmailKey
	Customers []string `json:"customers,omitempty"`
	Orders    []string `json:"orders,omitempty"`
	Returns   []string `json:"returns,omitempty"`
	Names     []string `json:"names,omitempty"` // of her orders, as she and staff know them

	Stage  stage  `json:"stage,omitempty"`  // of an erasure
	After  string `json:"after,omitempty"`  // webhook: those behind it were not looked at
	Waits  bool   `json:"waits,omitempty"`  // a webhook about her was not processed yet
	Forget bool   `json:"forget,omitempty"` // nobody asked: she may come back as a stranger

	Silent time.Time `json:"silent,omitzero"` // with Forget: nothing was heard since
	Erased time.Time `json:"erased,omitzero"` // when the customers were
}

type privacyRow struct {
	crm.PrivacyRequest
	about subjectOf
}

const privacyColumns = `id, shop_id, kind, subject, state, email, data`

func (s *Store) scanPrivacy(r *sql.Rows) (p privacyRow, err error) {
	var sealed []byte
	var data string
	was := crm.PrivacyRequest{}
	if err = r.Scan(&was.ID, &was.ShopID, &was.Kind, &was.Subject, &was.State, &sealed, &data); err != nil {
		return p, err
	}
	if err = json.Unmarshal([]byte(data), &p.PrivacyRequest); err != nil {
		return p, err
	}
	p.ID, p.ShopID, p.Kind, p.Subject, p.State = was.ID, was.ShopID, was.Kind, was.Subject, was.State
	if sealed == nil {
		return p, nil
	}
	plain, err := s.keys.open(sealed, privacyPurpose(p.ShopID, p.ID))
	if err != nil {
		return p, err
	}
	if err = json.Unmarshal(plain, &p.about); err == nil && len(p.about.Emails) > 0 {
		p.Email = p.about.Emails[0]
	}
	return p, err
}

func privacyPurpose(shopID, id string) string { return shopID + "/privacy/" + id }

// addPrivacy stores a request, unless it was stored before, and rings for it.
func (s *Store) addPrivacy(ctx context.Context, tx querier, p privacyRow) (crm.PrivacyRequest, error) {
	now := s.now().UTC()
	p.ID, p.State = NewID("prv_"), crm.PrivacyOpen
	if p.RequestedAt.IsZero() || p.RequestedAt.After(now) {
		p.RequestedAt = now
	}
	p.DueAt = p.RequestedAt.Add(crm.PrivacyTime)
	p.Subject, p.Source, p.CustomerID = column(first(p.Subject, p.ID)), column(p.Source), column(p.CustomerID)
	for i, id := range p.OrderIDs {
		p.OrderIDs[i] = column(id)
	}
	if p.Email != "" {
		p.about.Emails = []string{p.Email}
	}
	if p.Kind == crm.PrivacyEraseCustomer && p.CustomerID == "" && p.Email == "" && len(p.OrderIDs)+len(p.about.Customers) == 0 {
		p.State, p.DoneAt, p.Detail = crm.PrivacyRefused, now, "it names nobody: neither a customer, nor an address, nor an order"
	}
	inserted, err := rows(ctx, tx, text, `insert into privacy_requests (shop_id, id, kind, subject, state, email, data, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (subject, kind, shop_id) do nothing returning id`,
		p.ShopID, p.ID, p.Kind, p.Subject, p.State, s.sealSubject(p), document(p.PrivacyRequest), micros(now))
	if err != nil {
		return p.PrivacyRequest, err
	}
	if len(inserted) == 0 {
		p, err = one(rows(ctx, tx, s.scanPrivacy, `select `+privacyColumns+` from privacy_requests where subject = $2 and kind = $3 and shop_id = $1`, p.ShopID, p.Subject, p.Kind))
		return p.PrivacyRequest, err
	}
	return p.PrivacyRequest, s.askChore(ctx, tx, p.ShopID, crm.ChorePrivacy, now, false)
}

// sealSubject is what the email column holds; nil when nothing has to be known.
func (s *Store) sealSubject(p privacyRow) []byte {
	if p.State != crm.PrivacyOpen || document(p.about) == "{}" {
		return nil
	}
	return s.keys.seal([]byte(document(p.about)), privacyPurpose(p.ShopID, p.ID))
}

func (s *Store) savePrivacy(ctx context.Context, tx querier, p privacyRow) error {
	_, err := tx.ExecContext(ctx, `update privacy_requests set state = $3, email = $4, data = $5 where shop_id = $1 and id = $2`,
		p.ShopID, p.ID, p.State, s.sealSubject(p), document(p.PrivacyRequest))
	return err
}

// addRequests stores what events ask for. A webhook that asks for what was
// settled before is not needed, nor whom it names.
func (w *applying) addRequests(ctx context.Context, applied []Applied) error {
	for _, a := range applied {
		for _, e := range a.Events {
			if e.Kind != crm.PrivacyAsked || e.Privacy == nil {
				continue
			}
			ask := *e.Privacy
			ask.ShopID, ask.OrderIDs = w.shopID, slices.Clone(ask.OrderIDs)
			if ask.RequestedAt.IsZero() {
				ask.RequestedAt = e.At
			}
			stored, err := w.addPrivacy(ctx, w.tx, privacyRow{PrivacyRequest: ask})
			if err != nil {
				return err
			}
			if stored.State != crm.PrivacyOpen {
				w.settled = append(w.settled, a.WebhookID)
			}
		}
	}
	return nil
}

// AskPrivacy stores a request of staff and returns it as stored: one with the
// same subject and kind is the same request, whatever became of it.
func (s *Store) AskPrivacy(ctx context.Context, r crm.PrivacyRequest) (stored crm.PrivacyRequest, err error) {
	err = s.write(ctx, func(tx querier) error {
		if _, err := one(rows(ctx, tx, text, `select id from shops where id = $1`, r.ShopID)); err != nil {
			return err
		}
		stored, err = s.addPrivacy(ctx, tx, privacyRow{PrivacyRequest: r})
		return err
	})
	return stored, err
}

// PrivacyRequest is one request.
func (s *Store) PrivacyRequest(ctx context.Context, shopID, id string) (crm.PrivacyRequest, error) {
	p, err := one(rows(ctx, s.read, s.scanPrivacy, `select `+privacyColumns+` from privacy_requests where shop_id = $1 and id = $2`, shopID, id))
	return p.PrivacyRequest, err
}

// OpenPrivacyRequests lists what is still to be done for a shop, the oldest first.
func (s *Store) OpenPrivacyRequests(ctx context.Context, shopID string) ([]crm.PrivacyRequest, error) {
	return s.requests(ctx, `where state = 'open' and shop_id = $1 order by id`, shopID)
}

// PrivacyRequests lists the requests of all shops, those that were erased
// among them, the newest first: the proofs of the installation.
func (s *Store) PrivacyRequests(ctx context.Context, openOnly bool, limit int) ([]crm.PrivacyRequest, error) {
	if openOnly {
		return s.requests(ctx, `where state = 'open' order by created_at desc, id desc limit $1`, limit)
	}
	return s.requests(ctx, `order by created_at desc, id desc limit $1`, limit)
}

func (s *Store) requests(ctx context.Context, where string, args ...any) ([]crm.PrivacyRequest, error) {
	found, err := rows(ctx, s.read, s.scanPrivacy, `select `+privacyColumns+` from privacy_requests `+where, args...)
	all := make([]crm.PrivacyRequest, len(found))
	for i, p := range found {
		all[i] = p.PrivacyRequest
	}
	return all, err
}

// EndPrivacy settles an open request: done, with the proof in counts, or
// refused, with the reason in its detail. From then on it holds nothing
// personal, and its task is done. One that is not open is crm.ErrNotFound.
func (s *Store) EndPrivacy(ctx context.Context, shopID, id string, state crm.PrivacyState, by, detail string, proof map[string]int64) error {
	return s.write(ctx, func(tx querier) error {
		p, err := s.openRequest(ctx, tx, shopID, id)
		if err != nil {
			return err
		}
		p.prove(proof)
		return s.endPrivacy(ctx, tx, p, state, by, detail)
	})
}

func (s *Store) openRequest(ctx context.Context, tx querier, shopID, id string) (privacyRow, error) {
	return one(rows(ctx, tx, s.scanPrivacy, `select `+privacyColumns+` from privacy_requests where shop_id = $1 and id = $2 and state = 'open'`+s.forUpdate(), shopID, id))
}

func (s *Store) endPrivacy(ctx context.Context, tx querier, p privacyRow, state crm.PrivacyState, by, detail string) error {
	p.State, p.DoneAt, p.DoneBy, p.Detail = state, s.now().UTC(), column(by), column(detail)
	p.CustomerID, p.Email, p.OrderIDs, p.about = "", "", nil, subjectOf{}
	if err := s.savePrivacy(ctx, tx, p); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `update tasks set done_at = $4, done_by = $5 where shop_id = $1 and kind = $2 and source = $3 and done_at = 0`,
		p.ShopID, crm.TaskPrivacy, PrivacyTask(p.ID), micros(p.DoneAt), p.DoneBy)
	return err
}

// PrivacyTask is the source of the task about a request.
func PrivacyTask(id string) string { return "privacy:" + id }

func (p *privacyRow) prove(counts map[string]int64) {
	for what, n := range counts {
		if p.Proof == nil {
			p.Proof = map[string]int64{}
		}
		p.Proof[what] += n
	}
}

// ErrErasing says that something of a customer is still on its way, so that her
// erasure goes on later.
var ErrErasing = errors.New("a mail to her, or what belongs to one, is on its way: the erasure goes on when that is settled")

// eraseAgain is when to look again at what is on its way.
const eraseAgain = time.Minute

// EraseAgain tells when an erasure that met ErrErasing goes on.
func EraseAgain(now time.Time) time.Time { return now.Add(eraseAgain) }
