package store

import (
	"context"
	"database/sql"
	"time"

	"grazie/crm"
)

// ConsentChange is one line of what a customer allowed over time.
type ConsentChange struct {
	ID         string           `json:"id"` // con_...
	CustomerID string           `json:"customer_id"`
	Source     string           `json:"source"` // platform, page, staff, provider
	Old        crm.ConsentState `json:"old"`
	New        crm.ConsentState `json:"new"`
	Level      string           `json:"level,omitempty"`
	Wording    string           `json:"wording,omitempty"`
	By         string           `json:"by,omitempty"`       // who of staff
	Evidence   string           `json:"evidence,omitempty"` // where and how she said so
	ToldAt     time.Time        `json:"told_at,omitzero"`   // when she decided
	At         time.Time        `json:"at"`                 // when it was stored
}

// Sources of a consent.
const (
	FromPlatform = "platform"
	FromPage     = "page" // the customer's own
	FromStaff    = "staff"
	FromProvider = "provider"
)

func sourceOf(c crm.Consent) string {
	switch c.Source {
	case customerPage:
		return FromPage
	case FromStaff:
		return FromStaff
	}
	return FromPlatform
}

// saveConsents notes what became of the customers' consent. That a new customer
// did not allow anything is no change.
func (w *applying) saveConsents(ctx context.Context, changed []*row[crm.Customer]) error {
	b := newConsents()
	for _, r := range changed {
		old, now := r.was.Consent, r.value.Consent
		silent := old.State == crm.ConsentUnknown && now.State == crm.ConsentNone
		if !r.value.ErasedAt.IsZero() || silent || old.State == now.State && (old.OptInLevel == now.OptInLevel || now.State != crm.ConsentSubscribed) {
			continue
		}
		addConsent(b, w.shopID, ConsentChange{ID: NewID("con_"), CustomerID: r.value.ID, Source: sourceOf(now), Old: old.State, New: now.State,
			Level: now.OptInLevel, Wording: now.Wording, By: w.by, Evidence: w.evidence, ToldAt: now.At, At: w.now()})
	}
	return w.insertConsents(ctx, w.tx, b)
}

func newConsents() *bulk {
	return newBulk("text", "text", "text", "text", "text", "text", "text", "text", "text", "text", "bigint", "bigint")
}

func addConsent(b *bulk, shopID string, c ConsentChange) {
	b.add(shopID, c.ID, column(c.CustomerID), c.Source, string(c.Old), string(c.New), column(c.Level), column(c.Wording), column(c.By), column(c.Evidence), micros(c.ToldAt), micros(c.At))
}

const consentColumns = `id, customer_id, source, old, new, level, wording, actor, evidence, told_at, at`

func (s *Store) insertConsents(ctx context.Context, tx querier, b *bulk) error {
	if b.rows == 0 {
		return nil
	}
	var p params
	_, err := tx.ExecContext(ctx, `insert into consents (shop_id, `+consentColumns+`) `+s.table(&p, b), p...)
	return err
}

// noteRefusal remembers that customers with an address left marketing at the mail
// provider, or reported it as spam: what the shop was told of them stays as it is.
func (s *Store) noteRefusal(ctx context.Context, tx querier, shopID, emailKey string, at time.Time) error {
	if emailKey == "" {
		return nil
	}
	hers, err := s.customersBy(ctx, tx, shopID, "email_key", []string{emailKey})
	if err != nil {
		return err
	}
	b := newConsents()
	for _, c := range hers {
		if c.ErasedAt.IsZero() && c.Consent.State != crm.ConsentUnsubscribed {
			addConsent(b, shopID, ConsentChange{ID: NewID("con_"), CustomerID: c.ID, Source: FromProvider, Old: c.Consent.State, New: crm.ConsentUnsubscribed, ToldAt: at, At: s.now()})
		}
	}
	return s.insertConsents(ctx, tx, b)
}

func scanConsent(r *sql.Rows) (c ConsentChange, err error) {
	var told, at int64
	err = r.Scan(&c.ID, &c.CustomerID, &c.Source, &c.Old, &c.New, &c.Level, &c.Wording, &c.By, &c.Evidence, &told, &at)
	c.ToldAt, c.At = instant(told), instant(at)
	return c, err
}

// ConsentsOf lists what a customer allowed over time, the newest first.
func (s *Store) ConsentsOf(ctx context.Context, shopID, customerID string, limit int) ([]ConsentChange, error) {
	return rows(ctx, s.read, scanConsent, `select `+consentColumns+` from consents where customer_id = $2 and `+checked("shop_id")+` = $1 order by id desc limit $3`, shopID, customerID, limit)
}
