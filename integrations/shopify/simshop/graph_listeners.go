package simshop

import (
	"slices"
	"strings"

	"github.com/graph-gophers/graphql-go"
)

// listener is a webhook subscription that was made over the API.
type listener struct {
	id    uint64
	topic string // as the API writes it: ORDERS_CREATE
	terms listenerInput
}

type listenerInput struct {
	Uri                 *string
	Format              *string
	Filter              *string
	IncludeFields       *[]string
	MetafieldNamespaces *[]string
}

// Subscription is how a webhook subscription stands.
type Subscription struct {
	ID         uint64
	Topic      string // orders/create
	URI        string
	Format     string // JSON or XML
	Filter     string
	Fields     []string
	Namespaces []string // of metafields
}

// Subscriptions are all that were made over the API, oldest first.
func (s *Shop) Subscriptions() []Subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Subscription
	for _, l := range s.listeners {
		g := &graphListener{l}
		all = append(all, Subscription{l.id, Topic(strings.ToLower(l.topic) + ".json"), g.Uri(), g.Format(), value(g.Filter()), g.IncludeFields(), g.MetafieldNamespaces()})
	}
	return all
}

// LoseSubscription deletes one, as the platform does after too many failures.
func (s *Shop) LoseSubscription(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = slices.DeleteFunc(s.listeners, func(l *listener) bool { return l.id == id })
}

type graphListener struct{ l *listener }

func (g *graphListener) ID() graphql.ID { return gid("WebhookSubscription", g.l.id) }
func (g *graphListener) Topic() string  { return g.l.topic }
func (g *graphListener) Uri() string    { return value(g.l.terms.Uri) }
func (g *graphListener) Format() string {
	if f := value(g.l.terms.Format); f != "" {
		return f
	}
	return "JSON"
}
func (g *graphListener) Filter() *string { return g.l.terms.Filter }
func (g *graphListener) IncludeFields() []string {
	return append([]string{}, value(g.l.terms.IncludeFields)...)
}
func (g *graphListener) MetafieldNamespaces() []string {
	return append([]string{}, value(g.l.terms.MetafieldNamespaces)...)
}

// WebhookSubscriptions are those that the API made.
func (r *root) WebhookSubscriptions(args struct {
	After *string
	First *int32
}) (*connection[*graphListener], error) {
	var all []*graphListener
	for _, l := range r.s.listeners {
		all = append(all, &graphListener{l})
	}
	return page(all, args.After, args.First, func(g *graphListener) key { return key{0, g.l.id} })
}

type listenerPayload struct {
	WebhookSubscription *graphListener
	UserErrors          []*userError
}

// WebhookSubscriptionCreate makes one. A topic may go to one address only once.
func (r *root) WebhookSubscriptionCreate(args struct {
	Topic               string
	WebhookSubscription listenerInput
}) *listenerPayload {
	l := &listener{topic: args.Topic, terms: args.WebhookSubscription}
	if wrong := r.s.refuses(l); wrong != nil {
		return &listenerPayload{UserErrors: wrong}
	}
	l.id = r.s.id()
	r.s.listeners = append(r.s.listeners, l)
	return &listenerPayload{&graphListener{l}, accepted}
}

// WebhookSubscriptionUpdate changes what is given.
func (r *root) WebhookSubscriptionUpdate(args struct {
	ID                  graphql.ID
	WebhookSubscription listenerInput
}) (*listenerPayload, error) {
	id, err := number("WebhookSubscription", args.ID)
	if err != nil {
		return nil, err
	}
	for _, l := range r.s.listeners {
		if l.id != id {
			continue
		}
		changed := *l
		for _, f := range []struct{ into, from **[]string }{
			{&changed.terms.IncludeFields, &args.WebhookSubscription.IncludeFields},
			{&changed.terms.MetafieldNamespaces, &args.WebhookSubscription.MetafieldNamespaces}} {
			if *f.from != nil {
				*f.into = *f.from
			}
		}
		for _, f := range []struct{ into, from **string }{{&changed.terms.Uri, &args.WebhookSubscription.Uri},
			{&changed.terms.Format, &args.WebhookSubscription.Format}, {&changed.terms.Filter, &args.WebhookSubscription.Filter}} {
			if *f.from != nil {
				*f.into = *f.from
			}
		}
		if wrong := r.s.refuses(&changed); wrong != nil {
			return &listenerPayload{UserErrors: wrong}, nil
		}
		*l = changed
		return &listenerPayload{&graphListener{l}, accepted}, nil
	}
	return &listenerPayload{UserErrors: refusal("", "Webhook subscription does not exist", "id")}, nil
}

// refuses says what is wrong with a subscription, in the platform's words
// (recorded), which name a field that was not sent.
func (s *Shop) refuses(l *listener) []*userError {
	uri := value(l.terms.Uri)
	say := func(message string) []*userError { return refusal("", message, "webhookSubscription", "callbackUrl") }
	switch {
	case uri == "":
		return say("Address can't be blank")
	case strings.HasPrefix(uri, "http://"):
		return say("Address protocol http:// is not supported")
	case slices.Contains(s.faults.Untold, Topic(strings.ToLower(l.topic)+".json")):
		return refusal("", "You do not have permission to create or update webhooks with "+strings.ToLower(l.topic)+" topic.", "webhookSubscription")
	case slices.ContainsFunc(s.listeners, func(o *listener) bool { return o.id != l.id && o.topic == l.topic && value(o.terms.Uri) == uri }):
		return say("Address for this topic has already been taken")
	}
	return nil
}
