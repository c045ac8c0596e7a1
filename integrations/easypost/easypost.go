// Package easypost buys return labels at EasyPost, API v2.
//
// What it rests on: EasyPost's documentation of shipments, returns and errors,
// and answers that EasyPost recorded with its own client libraries (a shipment
// made and bought, a refused request). Not seen live by us: a shipment that is a
// return, a second purchase, and the codes for it. That SHIPMENT.POSTAGE.EXISTS
// and SHIPMENT.PURCHASE.IN_PROGRESS refuse one is from the vendor's list of
// codes and from programs of others that live by it. Only a purchase that
// EasyPost is still busy with, or two buyers who look at the same moment, rest
// on it: in all other cases the shipment is read first, and shows what was bought.
package easypost

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// DefaultBaseURL is the API for test and production keys alike.
const DefaultBaseURL = "https://api.easypost.com"

// Maker makes labels at EasyPost.
type Maker struct{ api integrations.JSONAPI }

// New makes a label maker that asks with client, see integrations.NewHTTPClient.
func New(client *http.Client, now func() time.Time) *Maker {
	return &Maker{integrations.JSONAPI{
		Service: "easypost", BaseURL: DefaultBaseURL, Client: client, Now: now,
		Authorize: func(r *http.Request, key string) { r.SetBasicAuth(key, "") },
	}}
}

func (m *Maker) Name() string { return m.api.Service }

func (m *Maker) Settings() []crm.Setting {
	return append([]crm.Setting{
		{Key: "key", Label: "API key", Kind: crm.SettingSecret, Required: true, Help: "From EasyPost under API Keys. A test key makes labels that no carrier takes."},
		{Key: "base_url", Label: "API address", Kind: crm.SettingText, Default: DefaultBaseURL},
	}, integrations.LabelSettings()...)
}

// PrepareLabel makes the shipment and chooses the cheapest rate of the carriers
// allowed. The addresses stay those of the way out: EasyPost turns them round
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
	a, err := m.api.Call(ctx, c, http.MethodPost, "/v2/shipments", map[string]any{"shipment": in})
	if err != nil {
		return l, err
	}
	if !a.Good() {
		_, said := refusal(a.Body)
		return l, m.api.Refusal(c, a, integrations.HideAddresses(said, customer, shop))
	}
	s, err := parse(a.Body)
	if err != nil {
		return l, m.api.Fail(integrations.Temporary, err.Error(), nil)
	}
	rate, err := integrations.CheapestRate(s.rates(), c.Settings["carriers"])
	if err != nil {
		return l, m.api.Refuse(c, integrations.Rejected, err.Error()+integrations.HideAddresses(s.said(), customer, shop))
	}
	l.By, l.ShipmentID, l.RateID, l.Carrier, l.Cost = m.Name(), s.ID, rate.ID, rate.Carrier, rate.Price
	return l, nil
}

// BuyLabel buys the shipment's label, unless a look at it shows that it was
// bought before. So it may be repeated after any failure, and never answers
// Unknown: a lost answer is found again.
func (m *Maker) BuyLabel(ctx context.Context, c integrations.Connection, l crm.Label) (crm.Label, error) {
	if l.ShipmentID == "" || l.RateID == "" || l.By != m.Name() {
		return l, m.api.Fail(integrations.Rejected, "the label was not prepared here; prepare it first", nil)
	}
	path := "/v2/shipments/" + url.PathEscape(l.ShipmentID)
	s, err := m.shipment(ctx, c, http.MethodGet, path, nil, l)
	if err != nil || s.bought() {
		return m.sold(l, s, err)
	}
	known := s.addresses()
	a, err := m.api.Call(ctx, c, http.MethodPost, path+"/buy", map[string]any{"rate": map[string]string{"id": l.RateID}})
	if err != nil {
		return l, m.api.InDoubt(err)
	}
	if a.Good() {
		s, err := m.read(a, l)
		out, err := m.sold(l, s, err)
		return out, m.api.InDoubt(err)
	}
	code, said := refusal(a.Body)
	failed := m.api.Refusal(c, a, integrations.HideAddresses(said, known...))
	switch code {
	case "SHIPMENT.POSTAGE.EXISTS": // another was faster since we looked
		s, err := m.shipment(ctx, c, http.MethodGet, path, nil, l)
		return m.sold(l, s, err)
	case "SHIPMENT.PURCHASE.IN_PROGRESS", "SHIPMENT.POSTAGE.NO_RESPONSE", "SHIPMENT.POSTAGE.TIMED_OUT":
		failed.Kind = integrations.Temporary // the carrier may still have acted: read again then
	case "SHIPMENT.MISSING_RATE", "SHIPMENT.RATE.EXPIRED":
		failed.Detail = strconv.Itoa(a.Status) + ": " + code + ": the rate is sold no more; prepare the label again"
	}
	if a.Status >= 500 || a.Status == http.StatusUnprocessableEntity {
		return l, m.api.InDoubt(failed)
	}
	return l, failed
}

// shipment makes a request that is answered with the shipment of l.
func (m *Maker) shipment(ctx context.Context, c integrations.Connection, method, path string, in any, l crm.Label) (shipment, error) {
	a, err := m.api.Call(ctx, c, method, path, in)
	if err != nil {
		return shipment{}, err
	}
	if !a.Good() { // reading a shipment by its id: nothing said can be of its address
		code, _ := refusal(a.Body)
		return shipment{}, m.api.Refusal(c, a, code)
	}
	return m.read(a, l)
}

func (m *Maker) read(a integrations.JSONAnswer, l crm.Label) (shipment, error) {
	s, err := parse(a.Body)
	if err != nil {
		return shipment{}, m.api.Fail(integrations.Temporary, err.Error(), nil)
	}
	if s.ID != l.ShipmentID {
		return shipment{}, m.api.Fail(integrations.Temporary, "the answer is about another shipment", nil)
	}
	return s, nil
}

// sold is the label as the bought shipment tells it.
func (m *Maker) sold(l crm.Label, s shipment, err error) (crm.Label, error) {
	switch {
	case err != nil:
		return l, err
	case s.Refund == "submitted" || s.Refund == "refunded":
		return l, m.api.Fail(integrations.Rejected, "the label was bought and then given back for a refund", nil)
	case !integrations.LabelLink(s.link()):
		return l, m.api.Fail(integrations.Temporary, "the label is bought, and its link is not there yet", nil)
	}
	return s.label(l), nil
}
