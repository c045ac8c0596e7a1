package simshop

import (
	"fmt"
	"time"
)

// person is a customer with an account as the shop knows her now.
type person struct {
	Customer
	birthday   string // ISO date as somebody wrote it; empty: the metafield is not set
	birthdayAt time.Time
	metafield  uint64 // id of the birthday's metafield
	consentAt  time.Time
	level      string // single_opt_in or confirmed_opt_in
	tags       []string
	created    time.Time
	updated    time.Time
	orders     []*Order
	deleted    bool
}

// AddCustomer makes a person known to the shop without telling anybody, and
// gives her an id if she has none: CustomerCreated tells. A known one is
// changed, but for her consent, which has methods of its own.
func (s *Shop) AddCustomer(c Customer) Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.know(c).Customer
}

func (s *Shop) know(c Customer) *person {
	if c.ID == 0 {
		c.ID = s.id()
	}
	p, known := thing[*person](s, c.ID)
	if !known {
		since := s.opened.AddDate(0, 0, -c.Days)
		p = &person{created: since, updated: since, consentAt: since, level: "single_opt_in"}
		s.things[c.ID] = p
		s.people = append(s.people, p)
	} else {
		c.Consent = p.Consent
	}
	p.Customer = c
	if c.Key != "" {
		s.byKey[c.Key] = p
	}
	return p
}

// CustomerState is what the shop knows of a customer.
type CustomerState struct {
	Customer
	Birthday string // as written: "1988-02-29", or what is no date at all; empty: not known
	Tags     []string
	Deleted  bool
	Orders   []*Order
}

// CustomerState looks a customer up by her id.
func (s *Shop) CustomerState(id uint64) (CustomerState, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := thing[*person](s, id)
	if !ok {
		return CustomerState{}, false
	}
	return CustomerState{Customer: p.Customer, Birthday: p.birthday, Tags: append([]string(nil), p.tags...), Deleted: p.deleted,
		Orders: append([]*Order(nil), p.orders...)}, true
}

// CustomerCreated tells of a new account.
func (s *Shop) CustomerCreated(c Customer) Webhook { return s.customer("customers/create", c) }

// CustomerUpdated tells the person's state; change the Customer before.
func (s *Shop) CustomerUpdated(c Customer) Webhook { return s.customer("customers/update", c) }

func (s *Shop) customer(topic string, c Customer) Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tellCustomer(topic, s.know(c))
}

func (s *Shop) tellCustomer(topic string, p *person) Webhook {
	p.updated = s.Now
	b := s.customerBody(p.Customer)
	b.Metafields = s.metafields(p)
	return s.webhook(topic, s.uuid(), b)
}

// metafields are those of the namespace facts; the app has subscribed to it.
func (s *Shop) metafields(p *person) []metafieldBody {
	if p.birthday == "" {
		return []metafieldBody{}
	}
	at := s.stamp(p.birthdayAt)
	return []metafieldBody{{ID: p.metafield, Namespace: "facts", Key: "birth_date", Value: p.birthday, Type: "date", OwnerID: p.ID,
		Owner: "customer", CreatedAt: at, UpdatedAt: at, GlobalID: global("Metafield", p.metafield)}}
}

// SetBirthday writes the metafield facts.birth_date, as staff, an app or the
// customer does. The shop takes any text; an empty one removes it.
func (s *Shop) SetBirthday(c Customer, date string) Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.know(c)
	s.setBirthday(p, date)
	return s.tellCustomer("customers/update", p)
}

func (s *Shop) setBirthday(p *person, date string) {
	if p.metafield == 0 {
		p.metafield = s.id()
	}
	p.birthday, p.birthdayAt = date, s.Now
}

// CustomerDeleted tells that the account is gone, and nothing but its id.
func (s *Shop) CustomerDeleted(c Customer) Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := thing[*person](s, c.ID); ok {
		p.deleted = true
	}
	return s.webhook("customers/delete", s.uuid(), struct {
		ID            uint64  `json:"id"`
		TaxExemptions []empty `json:"tax_exemptions"`
		GlobalID      string  `json:"admin_graphql_api_id"`
	}{c.ID, []empty{}, global("Customer", c.ID)})
}

// Subscribe is the customer's yes to marketing by mail.
func (s *Shop) Subscribe(c Customer) Webhook { return s.ConsentChanged(c, "subscribed") }

// Unsubscribe is her no.
func (s *Shop) Unsubscribe(c Customer) Webhook { return s.ConsentChanged(c, "unsubscribed") }

// ConsentChanged tells what the person decided about mail: subscribed,
// unsubscribed, not_subscribed, pending, invalid or redacted.
func (s *Shop) ConsentChanged(c Customer, state string) Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.ID != 0 {
		p := s.know(c)
		p.Consent, p.consentAt = state, s.Now
	}
	return s.tellConsent(c, state, "single_opt_in")
}

func (s *Shop) tellConsent(c Customer, state, level string) Webhook {
	return s.webhook("customers_email_marketing_consent/update", s.uuid(), struct {
		CustomerID uint64       `json:"customer_id"`
		Email      string       `json:"email_address"`
		Consent    *consentBody `json:"email_marketing_consent"`
	}{c.ID, c.Email, consent(state, level, s.stamp(s.Now))})
}

// customerBody is a customer as orders and her own webhooks show her: with the
// names and address of c, and the consent that the shop knows.
func (s *Shop) customerBody(c Customer) *customerBody {
	if c.ID == 0 {
		return nil
	}
	p, ok := thing[*person](s, c.ID)
	if !ok {
		panic(fmt.Sprintf("simshop: nobody has the id %d", c.ID))
	}
	b := &customerBody{
		ID: c.ID, GlobalID: global("Customer", c.ID), CreatedAt: s.stamp(p.created), UpdatedAt: s.stamp(s.Now),
		FirstName: optional(c.FirstName), LastName: optional(c.LastName), State: "disabled", VerifiedEmail: true,
		Email: c.Email, Currency: s.Currency, TaxExemptions: []empty{}, DefaultAddress: c.address(),
	}
	if p.Consent != "" {
		b.Consent = consent(p.Consent, p.level, s.stamp(p.consentAt))
	}
	return b
}

func consent(state, level string, at stamp) *consentBody {
	return &consentBody{State: state, OptInLevel: &level, UpdatedAt: &at}
}

// stamp is a time in the shop's zone.
func (s *Shop) stamp(t time.Time) stamp { return stamp{t.In(s.Location)} }
