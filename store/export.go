package store

import (
	"context"
	"strings"
	"time"

	"grazie/crm"
)

// Export is all that is known of one customer, as an account and as a guest.
type Export struct {
	Shop         string               `json:"shop"`
	At           time.Time            `json:"at"`
	Customers    []crm.Customer       `json:"customers"` // with consent and birthday
	Orders       []crm.Order          `json:"orders"`
	Returns      []crm.Return         `json:"returns"`
	Messages     []crm.Message        `json:"messages"` // each with its state and reason
	Mails        []ExportedMail       `json:"mails"`    // what those said
	Effects      []crm.Effect         `json:"effects"`  // discount codes, labels and replacements
	Rewards      []crm.Reward         `json:"rewards"`
	Reviews      []crm.Review         `json:"reviews"`
	Feedback     []crm.Feedback       `json:"feedback"` // what the mail provider told of those mails
	Suppressions []Suppressed         `json:"suppressions"`
	Consents     []ConsentChange      `json:"consents"` // what she allowed over time
	Tasks        []crm.Task           `json:"tasks"`
	Calls        []crm.CallTry        `json:"calls"` // to her, by telephone
	Requests     []crm.PrivacyRequest `json:"requests"`
}

// ExportedMail is what a mail said, without the links to her own pages: whoever
// has such a link may act for her.
type ExportedMail struct {
	MessageID string    `json:"message_id"`
	At        time.Time `json:"at"`
	To        string    `json:"to"`
	Subject   string    `json:"subject"`
	Text      string    `json:"text"`
}

// Counts are the rows of an export, by what they are.
func (x Export) Counts() map[string]int64 {
	return map[string]int64{
		"customers": int64(len(x.Customers)), "orders": int64(len(x.Orders)), "returns": int64(len(x.Returns)), "messages": int64(len(x.Messages)), "mails": int64(len(x.Mails)),
		"effects": int64(len(x.Effects)), "rewards": int64(len(x.Rewards)), "reviews": int64(len(x.Reviews)), "feedback": int64(len(x.Feedback)),
		"suppressions": int64(len(x.Suppressions)), "consents": int64(len(x.Consents)), "tasks": int64(len(x.Tasks)), "calls": int64(len(x.Calls)), "requests": int64(len(x.Requests)),
	}
}

// Export gathers all that is known of whom a request names; r needs its shop
// and a customer, an address or orders. What was erased is not among it.
func (s *Store) Export(ctx context.Context, r crm.PrivacyRequest) (Export, error) {
	x := Export{At: s.now().UTC()}
	var domain string
	domain, err := one(rows(ctx, s.read, text, `select domain from shops where id = $1`, r.ShopID))
	if err != nil {
		return x, err
	}
	about, err := s.hers(ctx, s.read, r, subjectOf{Emails: distinct([]string{r.Email})})
	if err != nil {
		return x, err
	}
	x.Shop = domain
	return x, s.gather(ctx, &x, r.ShopID, about)
}

// gather reads the rows. Those of one person are few enough for one list each.
func (s *Store) gather(ctx context.Context, x *Export, shopID string, about subjectOf) (err error) {
	if x.Customers, err = s.customersBy(ctx, s.read, shopID, "id", about.Customers); err != nil {
		return err
	}
	if x.Orders, err = s.ordersBy(ctx, s.read, shopID, "id", about.Orders); err != nil {
		return err
	}
	if x.Returns, err = nounsBy[crm.Return](ctx, s, s.read, "returns", shopID, "id", about.Returns); err != nil {
		return err
	}
	p := params{shopID}
	hers := `(customer_id` + s.in(&p, about.Customers) + ` or order_id` + s.in(&p, about.Orders)
	if x.Messages, err = rows(ctx, s.read, scanMessage, `select `+messageColumns+` from messages where shop_id = $1 and `+hers+`) order by id`, p...); err != nil {
		return err
	}
	if x.Tasks, err = rows(ctx, s.read, scanTask, `select `+taskColumns+` from tasks where shop_id = $1 and `+hers+`) order by id`, p...); err != nil {
		return err
	}
	if x.Calls, err = rows(ctx, s.read, scanTry, `select `+tryColumns+` from call_tries where shop_id = $1 and `+hers+`) order by at`, p...); err != nil {
		return err
	}
	if x.Reviews, err = rows(ctx, s.read, scanReview, `select data from reviews where shop_id = $1 and `+hers+`) order by id`, p...); err != nil {
		return err
	}
	for _, m := range x.Messages {
		effects, err := s.EffectsOf(ctx, shopID, m.ID)
		if err != nil {
			return err
		}
		told, err := s.FeedbackOf(ctx, shopID, m.ID)
		if err != nil {
			return err
		}
		mails, err := rows(ctx, s.read, scanMail, `select `+mailColumns+` from mails where shop_id = $1 and message_id = $2`, shopID, m.ID)
		if err != nil {
			return err
		}
		for _, w := range mails {
			x.Mails = append(x.Mails, ExportedMail{w.MessageID, w.At, w.Mail.To.Email, w.Mail.Subject, crm.Inert(w.Mail.Text)})
		}
		x.Effects, x.Feedback = append(x.Effects, effects...), append(x.Feedback, told...)
	}
	for _, id := range about.Customers {
		rewards, err := s.Rewards(ctx, shopID, id, mostExported)
		if err != nil {
			return err
		}
		x.Rewards = append(x.Rewards, rewards...)
		consents, err := s.ConsentsOf(ctx, shopID, id, mostExported)
		if err != nil {
			return err
		}
		x.Consents = append(x.Consents, consents...)
	}
	for _, key := range about.Keys {
		suppressed, err := s.Suppressions(ctx, shopID, key, mostExported)
		if err != nil {
			return err
		}
		x.Suppressions = append(x.Suppressions, suppressed...)
	}
	all, err := rows(ctx, s.read, s.scanPrivacy, `select `+privacyColumns+` from privacy_requests where shop_id = $1 order by id`, shopID)
	for _, r := range all {
		if about.meets(r) {
			x.Requests = append(x.Requests, r.PrivacyRequest)
		}
	}
	x.withoutStaff()
	x.Customers = present(x.Customers, func(c crm.Customer) bool { return c.ErasedAt.IsZero() })
	x.Orders = present(x.Orders, func(o crm.Order) bool { return o.ErasedAt.IsZero() })
	return err
}

// withoutStaff takes out who of staff did something, and what they noted of it
// for each other: it tells of them. What a mail of theirs says stays.
func (x *Export) withoutStaff() {
	for i := range x.Messages {
		if m := &x.Messages[i]; m.Ask != nil {
			m.Ask, m.Detail = &crm.Ask{At: m.Ask.At, Note: m.Ask.Note, Offer: m.Ask.Offer}, ""
		} else if m.ByHand {
			m.Detail = ""
		}
	}
	for i := range x.Suppressions {
		x.Suppressions[i].Reason = staffReason(x.Suppressions[i].Reason)
	}
	for i := range x.Tasks {
		x.Tasks[i].DoneBy, x.Tasks[i].TakenBy = "", ""
	}
	for i := range x.Calls { // what came of it is hers; who called, and what he wrote down, is not
		x.Calls[i].By, x.Calls[i].Note = "", ""
	}
	for i := range x.Requests {
		x.Requests[i].Source, x.Requests[i].DoneBy = staffReason(x.Requests[i].Source), ""
	}
}

// staffReason is a reason or a source that may be "who: why" of staff.
func staffReason(text string) string {
	if strings.Contains(text, ": ") {
		return "staff"
	}
	return text
}

const mostExported = 100_000

func present[T any](all []T, is func(T) bool) []T {
	kept := []T{}
	for _, v := range all {
		if is(v) {
			kept = append(kept, v)
		}
	}
	return kept
}
