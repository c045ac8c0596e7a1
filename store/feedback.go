package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"grazie/crm"
)

// FeedbackResult tells what a batch of feedback came to.
type FeedbackResult struct {
	Stored     int     // events that were new
	Duplicates int     // events that were told before
	Ignored    int     // events about no mail of ours, or of another shop than told
	Moved      int     // messages whose state changed
	Suppressed int     // addresses that must not be written to any more
	Alarms     []Alarm // circuit breakers that warned or stopped
}

func (r *FeedbackResult) add(o FeedbackResult) {
	r.Stored, r.Duplicates, r.Ignored = r.Stored+o.Stored, r.Duplicates+o.Duplicates, r.Ignored+o.Ignored
	r.Moved, r.Suppressed, r.Alarms = r.Moved+o.Moved, r.Suppressed+o.Suppressed, append(r.Alarms, o.Alarms...)
}

// mostFeedback is how many events share a transaction.
const mostFeedback = 200

// ApplyFeedback takes in what a mail provider told of mails: messages move on,
// addresses are suppressed, circuit breakers count. An event counts once, by its
// id, and events may come in any sequence: they end alike. What was committed
// before an error stays; the whole batch may be given again. Events of all
// shops come together, for one provider carries their mails: each reaches only
// the shop that its mail belongs to.
func (s *Store) ApplyFeedback(ctx context.Context, events []crm.Feedback) (FeedbackResult, error) {
	var all FeedbackResult
	for chunk := range slices.Chunk(events, mostFeedback) {
		result, err := s.feed(ctx, chunk, nil)
		if err != nil {
			return all, err
		}
		all.add(result)
	}
	return all, nil
}

// feed applies one transaction's worth. refused is the try that a mailer
// refused at once; nil: a provider tells, of mails that it took.
func (s *Store) feed(ctx context.Context, events []crm.Feedback, refused *crm.Message) (FeedbackResult, error) {
	var result FeedbackResult
	err := s.write(ctx, func(tx querier) error {
		f := &feeding{Store: s, tx: tx, now: s.now(), refused: refused}
		err := f.run(ctx, events)
		result = f.result
		return err
	})
	return result, err
}

// feeding is one run of feed.
type feeding struct {
	*Store
	tx       querier
	now      time.Time
	refused  *crm.Message
	result   FeedbackResult
	messages map[messageKey]*crm.Message
}

type messageKey struct{ shopID, id string }

// fed is an event with the message it is about; nil: the event is about an
// address or the whole account.
type fed struct {
	crm.Feedback
	message *crm.Message
	hash    string // of the address, in the message's shop
}

func (f *feeding) run(ctx context.Context, events []crm.Feedback) error {
	if err := f.lockShops(ctx, events); err != nil {
		return err
	}
	if err := f.loadMessages(ctx, events); err != nil {
		return err
	}
	fresh, err := f.insert(ctx, f.ours(events))
	if err != nil {
		return err
	}
	if err := f.moveMessages(ctx, fresh); err != nil {
		return err
	}
	if err := f.suppressAddresses(ctx, fresh); err != nil {
		return err
	}
	return f.checkBrakes(ctx, fresh)
}

// weighty are the kinds that are counted towards a suppression or a brake: what
// two transactions count at once would be seen by neither.
var weighty = map[crm.FeedbackKind]bool{crm.FeedbackBounced: true, crm.FeedbackBlocked: true, crm.FeedbackDropped: true,
	crm.FeedbackComplained: true, crm.FeedbackUnsubscribed: true, crm.FeedbackResubscribed: true}

func (f *feeding) lockShops(ctx context.Context, events []crm.Feedback) error {
	var ids []string
	for _, e := range events {
		if weighty[e.Kind] {
			ids = append(ids, column(e.ShopID))
		}
	}
	for _, id := range distinct(ids) {
		if _, err := rows(ctx, f.tx, text, `select id from shops where id = $1`+f.forUpdate(), id); err != nil {
			return err
		}
	}
	return nil
}

func (f *feeding) loadMessages(ctx context.Context, events []crm.Feedback) error {
	byShop := map[string][]string{}
	for _, e := range events {
		if e.ShopID != "" && e.MessageID != "" {
			byShop[e.ShopID] = append(byShop[e.ShopID], column(e.MessageID))
		}
	}
	f.messages = map[messageKey]*crm.Message{}
	for shopID, ids := range byShop {
		p := params{column(shopID)}
		found, err := rows(ctx, f.tx, scanMessage, `select `+messageColumns+` from messages where shop_id = $1 and id`+f.in(&p, distinct(ids)), p...)
		if err != nil {
			return err
		}
		for _, m := range found {
			f.messages[messageKey{shopID, m.ID}] = &m
		}
	}
	return nil
}

// ours are the events that concern us: about a message of the shop that they
// name, about a mailbox that is not there, or about the whole account.
func (f *feeding) ours(events []crm.Feedback) []fed {
	var all []fed
	for _, e := range events {
		m := f.messages[messageKey{e.ShopID, e.MessageID}]
		nobodys := e.ShopID == "" && e.MessageID == "" &&
			(e.Kind == crm.FeedbackAccountSuspended || e.Kind == crm.FeedbackBounced && e.Class.Suppresses() && e.EmailKey != "")
		if m == nil && !nobodys {
			f.result.Ignored++
			continue
		}
		all = append(all, fed{Feedback: e, message: m})
	}
	return all
}

// insert stores the events and returns those that were not there. Nothing of
// it tells who the address or the network was.
func (f *feeding) insert(ctx context.Context, events []fed) ([]fed, error) {
	b := newBulk("text", "text", "text", "text", "text", "text", "text", "text", "text", "bigint", "text")
	byID := map[string]fed{}
	for _, e := range events {
		e.ID = column(e.ID)
		var m crm.Message
		if e.message != nil {
			m = *e.message
			if e.EmailKey != "" {
				var err error
				if e.hash, err = f.hash(ctx, f.tx, m.ShopID, e.EmailKey); err != nil {
					return nil, err
				}
			}
		}
		if _, twice := byID[e.ID]; twice {
			continue
		}
		byID[e.ID] = e
	}
	for _, id := range sortedKeys(byID) { // two transactions with the same events must not wait for each other
		e := byID[id]
		var m crm.Message
		if e.message != nil {
			m = *e.message
		}
		b.add(id, m.ShopID, m.ID, m.Journey, string(m.Purpose), string(e.Kind), class(e.Feedback), column(domain(e.EmailKey)), e.hash, micros(e.At), column(e.told()))
	}
	f.result.Duplicates += len(events) - b.rows
	if b.rows == 0 {
		return nil, nil
	}
	var p params
	inserted, err := rows(ctx, f.tx, text, `insert into feedback (id, shop_id, message_id, journey, purpose, kind, class, domain, email_hash, at, detail) `+
		f.table(&p, b)+` on conflict (id) do nothing returning id`, p...)
	if err != nil {
		return nil, err
	}
	f.result.Stored, f.result.Duplicates = f.result.Stored+len(inserted), f.result.Duplicates+b.rows-len(inserted)
	isNew := map[string]bool{}
	for _, id := range inserted {
		isNew[id] = true
	}
	var fresh []fed
	for _, id := range sortedKeys(byID) {
		if isNew[id] {
			fresh = append(fresh, byID[id])
		}
	}
	return fresh, nil
}

func sortedKeys[V any](m map[string]V) []string {
	ids := make([]string, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// machine is the class of an open or a click that no person made.
const machine = "machine"

func class(e crm.Feedback) string {
	if e.Machine {
		return machine
	}
	return string(e.Class)
}

// told is the detail of a row: the group of an unsubscription, else the
// provider's words.
func (e fed) told() string {
	if e.Group != "" {
		return "group " + e.Group + " " + e.Journey
	}
	if e.Code != "" && !strings.Contains(e.Detail, e.Code) {
		return strings.TrimSpace(e.Code + " " + e.Detail)
	}
	return e.Detail
}

func domain(emailKey string) string { return emailKey[strings.LastIndexByte(emailKey, '@')+1:] }
