package shippo

import (
	"encoding/json"
	"errors"
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

type text = integrations.JSONText

// address is a postal address in Shippo's words.
type address struct {
	Name    text `json:"name,omitempty"`
	Company text `json:"company,omitempty"`
	Street1 text `json:"street1,omitempty"`
	Street2 text `json:"street2,omitempty"`
	City    text `json:"city,omitempty"`
	State   text `json:"state,omitempty"`
	Zip     text `json:"zip,omitempty"`
	Country text `json:"country,omitempty"`
	Phone   text `json:"phone,omitempty"`
	Email   text `json:"email,omitempty"`
}

func toAddress(a crm.PostalAddress) address {
	return address{
		text(a.Name), text(a.Company), text(a.Street1), text(a.Street2), text(a.City),
		text(a.Province), text(a.Zip), text(a.Country), text(a.Phone), text(a.Email),
	}
}

func (a address) postal() crm.PostalAddress {
	return crm.PostalAddress{
		Name: string(a.Name), Company: string(a.Company), Street1: string(a.Street1), Street2: string(a.Street2),
		City: string(a.City), Zip: string(a.Zip), Phone: string(a.Phone), Email: string(a.Email),
	}
}

type newParcel struct {
	Weight       string `json:"weight"`
	MassUnit     string `json:"mass_unit"`
	Length       string `json:"length"`
	Width        string `json:"width"`
	Height       string `json:"height"`
	DistanceUnit string `json:"distance_unit"`
}

type request struct {
	From     address         `json:"address_from"`
	To       address         `json:"address_to"`
	Parcels  []newParcel     `json:"parcels"`
	Extra    map[string]bool `json:"extra"`
	Async    bool            `json:"async"`
	Metadata string          `json:"metadata,omitempty"`
}

func newShipment(v crm.Values, l crm.Label, customer, shop crm.PostalAddress) (request, error) {
	p, err := integrations.ReadParcel(v)
	if err != nil {
		return request{}, err
	}
	return request{
		From: toAddress(shop), To: toAddress(customer), Extra: map[string]bool{"is_return": true}, Metadata: metadata(l),
		Parcels: []newParcel{{p.Weight, p.WeightUnit, p.Length, p.Width, p.Height, p.SizeUnit}},
	}, nil
}

// metadata is for the merchant to find the return by, up to Shippo's limit.
func metadata(l crm.Label) string {
	const most = 100
	if len(l.ReturnID) > most {
		return l.ReturnID[:most]
	}
	return l.ReturnID
}

type rate struct {
	ID       text `json:"object_id"`
	Amount   text `json:"amount"`
	Currency text `json:"currency"`
	Provider text `json:"provider"`
}

type message struct {
	Source text `json:"source"`
	Code   text `json:"code"`
	Text   text `json:"text"`
}

// shipment is what is read of one.
type shipment struct {
	ID       text      `json:"object_id"`
	Status   text      `json:"status"`
	Offers   []rate    `json:"rates"`
	Messages []message `json:"messages"`
	From     *address  `json:"address_from"`
	To       *address  `json:"address_to"`
}

// parseShipment reads the answer about one shipment. Its errors say nothing of
// the body.
func parseShipment(body []byte) (shipment, error) {
	var s shipment
	if json.Unmarshal(body, &s) != nil {
		return shipment{}, errors.New("the answer is not one about a shipment")
	}
	if s.ID.Short() == "" {
		return shipment{}, errors.New("the answer names no shipment")
	}
	return s, nil
}

func (s shipment) waiting() bool { return s.Status == "QUEUED" || s.Status == "WAITING" }

// rates are the offers that can be read.
func (s shipment) rates() []integrations.LabelRate {
	var all []integrations.LabelRate
	for _, r := range s.Offers {
		price, err := integrations.LabelPrice(string(r.Amount), string(r.Currency))
		if err == nil && r.ID.Short() != "" && r.Provider.Short() != "" {
			all = append(all, integrations.LabelRate{ID: r.ID.Short(), Carrier: r.Provider.Short(), Price: price})
		}
	}
	return all
}

// said are the carriers' words.
func said(all []message) string {
	var parts []string
	for _, m := range all {
		parts = append(parts, because(m.Source.Short(), string(m.Text)))
	}
	return strings.Join(parts, "; ")
}

func because(what, why string) string {
	if why == "" {
		return what
	}
	return what + ": " + why
}

// slow tells whether a carrier only failed to answer.
func slow(all []message) bool {
	for _, m := range all {
		if m.Code == "carrier_timeout" {
			return true
		}
	}
	return false
}
