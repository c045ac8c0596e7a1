// Package shippo buys return labels at Shippo, API version 2018-02-08.
//
// What it rests on: Shippo's documentation (returns, multi-piece shipments,
// filtering), the parameters in its generated client libraries and the errors
// that one of them recorded. Nothing of it was seen live by us.
//
// A purchase is a transaction for a rate. Shippo's list of transactions can be
// filtered by rate, and that is how a lost purchase is found again. Two things
// are assumed of it: a transaction is in the list from the moment that it
// was asked for, with the status QUEUED or WAITING until it is decided, and the list
// shows no others. If it shows others, nothing is bought.
//
// Nowhere does Shippo say that it refuses a second transaction for a rate. So
// two buyers who look at the same moment can both buy; that only one does is for
// whoever calls: an effect is taken by one worker at a time. Afterwards all see
// the older label. Shippo's return labels cost only when they are used.
package shippo

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// DefaultBaseURL is the API for test and live tokens alike.
const DefaultBaseURL = "https://api.goshippo.com"

// version of the API that the answers are read in.
const version = "2018-02-08"

// Maker makes labels at Shippo.
type Maker struct{ api integrations.JSONAPI }

// New makes a label maker that asks with client, see integrations.NewHTTPClient.
func New(client *http.Client, now func() time.Time) *Maker {
	return &Maker{integrations.JSONAPI{
		Service: "shippo", BaseURL: DefaultBaseURL, Client: client, Now: now,
		Authorize: func(r *http.Request, key string) {
			r.Header.Set("Authorization", "ShippoToken "+key)
			r.Header.Set("SHIPPO-API-VERSION", version)
		},
	}}
}

func (m *Maker) Name() string { return m.api.Service }

func (m *Maker) Settings() []crm.Setting {
	return append([]crm.Setting{
		{Key: "key", Label: "API token", Kind: crm.SettingSecret, Required: true, Help: "From Shippo under Settings, API. A test token makes labels that no carrier takes."},
		{Key: "base_url", Label: "API address", Kind: crm.SettingText, Default: DefaultBaseURL},
	}, integrations.LabelSettings()...)
}

// PrepareLabel makes the shipment and chooses the cheapest rate of the carriers
// allowed. The addresses stay those of the way out: Shippo turns them round
// because of is_return. A label that is prepared already stays as it is.
func (m *Maker) PrepareLabel(ctx context.Context, c integrations.Connection, l crm.Label, customer, shop crm.PostalAddress) (crm.Label, error) {
	if l.ShipmentID != "" && l.RateID != "" {
		return l, nil
	}
	in, err := newShipment(c.Settings, l, customer, shop)
	if err != nil {
		return l, m.api.Fail(integrations.Unauthorized, err.Error(), nil)
	}
	if err := integrations.CheckAddresses(customer, shop); err != nil {
		return l, m.api.Fail(integrations.Rejected, err.Error(), nil)
	}
	a, err := m.api.Call(ctx, c, http.MethodPost, "/shipments/", in)
	if err != nil {
		return l, err
	}
	if !a.Good() {
		return l, m.api.Refusal(c, a, integrations.HideAddresses(refusal(a.Body), customer, shop))
	}
	s, err := parseShipment(a.Body)
	if err != nil {
		return l, m.api.Fail(integrations.Temporary, err.Error(), nil)
	}
	rate, err := integrations.CheapestRate(s.rates(), c.Settings["carriers"])
	if err != nil {
		kind := integrations.Rejected
		if s.waiting() || slow(s.Messages) {
			kind = integrations.Temporary
		}
		return l, m.api.Refuse(c, kind, because(err.Error(), integrations.HideAddresses(said(s.Messages), customer, shop)))
	}
	l.By, l.ShipmentID, l.RateID, l.Carrier, l.Cost = m.Name(), s.ID.Short(), rate.ID, rate.Carrier, rate.Price
	return l, nil
}

// BuyLabel buys the label at the rate that was prepared, unless the list of
// transactions shows that it was bought before. So it may be repeated after any
// failure, and never answers Unknown: a lost answer is found again.
func (m *Maker) BuyLabel(ctx context.Context, c integrations.Connection, l crm.Label) (crm.Label, error) {
	if l.ShipmentID == "" || l.RateID == "" || l.By != m.Name() {
		return l, m.api.Fail(integrations.Rejected, "the label was not prepared here; prepare it first", nil)
	}
	before, err := m.bought(ctx, c, l)
	if err != nil {
		return l, err
	}
	if before != nil {
		return m.sold(ctx, c, l, *before)
	}
	a, err := m.api.Call(ctx, c, http.MethodPost, "/transactions/", map[string]any{
		"rate": l.RateID, "label_file_type": "PDF", "async": false, "metadata": metadata(l),
	})
	if err != nil {
		return l, m.api.InDoubt(err)
	}
	if !a.Good() {
		failed := m.api.Refusal(c, a, "")
		if failed.Kind == integrations.Rejected {
			failed = m.api.Refusal(c, a, m.hide(ctx, c, l, refusal(a.Body)))
		}
		if a.Status >= 500 {
			return l, m.api.InDoubt(failed)
		}
		return l, failed
	}
	t, err := parseTransaction(a.Body)
	if err != nil {
		return l, m.api.InDoubt(m.api.Fail(integrations.Temporary, err.Error(), nil))
	}
	return m.sold(ctx, c, l, t)
}

// bought looks for the transaction that bought the rate, or may still do so.
func (m *Maker) bought(ctx context.Context, c integrations.Connection, l crm.Label) (*transaction, error) {
	a, err := m.api.Call(ctx, c, http.MethodGet, "/transactions/?results=100&rate="+url.QueryEscape(l.RateID), nil)
	if err != nil {
		return nil, err
	}
	if !a.Good() {
		return nil, m.api.Refusal(c, a, "")
	}
	t, err := find(a.Body, l.RateID)
	if err != nil {
		return nil, m.api.Fail(integrations.Temporary, err.Error(), nil)
	}
	return t, nil
}

// sold is the label as its transaction tells it.
func (m *Maker) sold(ctx context.Context, c integrations.Connection, l crm.Label, t transaction) (crm.Label, error) {
	switch t.state() {
	case "SUCCESS", "REFUNDREJECTED": // the label still holds
		if !integrations.LabelLink(string(t.LabelURL)) {
			return l, m.api.Fail(integrations.Temporary, "the label is bought, and its link is not there yet", nil)
		}
		return t.label(l), nil
	case "ERROR":
		kind := integrations.Rejected
		if slow(t.Messages) {
			kind = integrations.Temporary
		}
		return l, m.api.Refuse(c, kind, because("the carrier made no label", m.hide(ctx, c, l, said(t.Messages))))
	case "REFUNDED", "REFUNDPENDING":
		return l, m.api.Fail(integrations.Rejected, "the label was bought and then given back for a refund", nil)
	}
	return l, m.api.InDoubt(m.api.Fail(integrations.Temporary, "the label is still being made", nil))
}

// hide takes the shipment's addresses out of what was said about it. They are
// not kept here, so they are asked for; without them nothing is repeated.
func (m *Maker) hide(ctx context.Context, c integrations.Connection, l crm.Label, text string) string {
	const silence = "what it said is in Shippo's own log"
	if text == "" {
		return ""
	}
	a, err := m.api.Call(ctx, c, http.MethodGet, "/shipments/"+url.PathEscape(l.ShipmentID), nil)
	if err != nil || !a.Good() {
		return silence
	}
	s, err := parseShipment(a.Body)
	if err != nil || s.ID.Short() != l.ShipmentID || s.From == nil || s.To == nil {
		return silence
	}
	return integrations.HideAddresses(text, s.From.postal(), s.To.postal())
}
