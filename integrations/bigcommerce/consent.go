package bigcommerce

import (
	"context"
	"net/url"
	"slices"

	"grazie/crm"
	"grazie/integrations"
)

// subscriberBody is one address in the shop's list of subscribers.
type subscriberBody struct {
	ID       scalar    `json:"id"`
	Email    string    `json:"email"`
	Modified string    `json:"date_modified"`
	Consents *[]string `json:"consents"`
}

const newsletter = "marketing_newsletter"

// consent is what a subscriber allowed. Only the newsletter is a permission for
// marketing: neither mails about abandoned carts, nor the customer's own field
// for reviews and carts. An empty list is that of somebody who unsubscribed, or
// left the box at the checkout empty (bigcommerce/docs, subscribers): it counts
// as the first. Where no list is told, nothing is.
func (r *reader) consent(b subscriberBody) crm.Consent {
	at, state := r.time("date_modified", b.Modified), crm.ConsentNone
	switch {
	case b.Consents == nil:
		return crm.Consent{}
	case slices.Contains(*b.Consents, newsletter):
		state = crm.ConsentSubscribed
	case len(*b.Consents) == 0:
		state = crm.ConsentUnsubscribed
	}
	return crm.Consent{State: state, Source: name, At: at}
}

// consentOf looks for a customer in the list. Who is not in it gave no
// permission there; that is as old as her account, so that what she decided
// anywhere else since goes over it.
func (p *Platform) consentOf(ctx context.Context, c integrations.Connection, who crm.Customer) (crm.Consent, error) {
	if who.EmailKey == "" {
		return crm.Consent{}, nil
	}
	var told struct{ Data []subscriberBody }
	if err := p.part(ctx, c, "/v3/customers/subscribers?email="+url.QueryEscape(who.Email), &told); err != nil {
		return crm.Consent{}, err
	}
	for _, s := range told.Data {
		if _, key := integrations.Email(s.Email); key == who.EmailKey {
			r := &reader{}
			consent := r.consent(s)
			return consent, r.err
		}
	}
	return crm.Consent{State: crm.ConsentNone, Source: name, At: who.CreatedAt}, nil
}

// readSubscriber reads one that was added or changed. An address without a
// customer's account tells nothing: consent belongs to a customer.
func (p *Platform) readSubscriber(ctx context.Context, c integrations.Connection, id string) ([]crm.Event, error) {
	var told struct{ Data subscriberBody }
	if err := p.get(ctx, c, "/v3/customers/subscribers/"+id, &told); err != nil {
		return nil, err
	}
	return p.consents(ctx, c, []subscriberBody{told.Data})
}

// consents tells what subscribers allowed, of those who are customers.
func (p *Platform) consents(ctx context.Context, c integrations.Connection, list []subscriberBody) ([]crm.Event, error) {
	var events []crm.Event
	for some := range slices.Chunk(list, 40) { // their addresses stand in a URL
		var emails []string
		for _, s := range some {
			email, _ := integrations.Email(s.Email)
			emails = append(emails, email)
		}
		found, err := p.byEmail(ctx, c, emails)
		if err != nil {
			return nil, err
		}
		for _, s := range some {
			email, key := integrations.Email(s.Email)
			who, ok := found[key]
			r := &reader{}
			consent := r.consent(s)
			if r.err != nil {
				return nil, r.err
			}
			if ok && consent.State != crm.ConsentUnknown {
				events = append(events, crm.Event{Kind: crm.ConsentChanged, At: consent.At,
					Customer: &crm.Customer{ID: who.ID, Email: email, EmailKey: key, Consent: consent, Partial: true}})
			}
		}
	}
	return events, nil
}
