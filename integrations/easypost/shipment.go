package easypost

import (
	"cmp"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

type text = integrations.JSONText

// address is a postal address in EasyPost's words.
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

type newParcel struct {
	Weight float64 `json:"weight"` // ounces
	Length float64 `json:"length"` // inches
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

type request struct {
	To        address           `json:"to_address"`
	From      address           `json:"from_address"`
	Parcel    newParcel         `json:"parcel"`
	IsReturn  bool              `json:"is_return"`
	Reference string            `json:"reference,omitempty"` // for the merchant to find it by
	Options   map[string]string `json:"options"`
}

func newShipment(v crm.Values, l crm.Label, customer, shop crm.PostalAddress) (request, error) {
	p, err := integrations.ReadParcel(v)
	if err != nil {
		return request{}, err
	}
	return request{
		To: toAddress(customer), From: toAddress(shop), IsReturn: true, Reference: l.ReturnID,
		Options: map[string]string{"label_format": "PDF"},
		Parcel: newParcel{
			Weight: measure(p.Weight, ounces[p.WeightUnit]),
			Length: measure(p.Length, inches[p.SizeUnit]), Width: measure(p.Width, inches[p.SizeUnit]), Height: measure(p.Height, inches[p.SizeUnit]),
		},
	}, nil
}

// What one unit is in EasyPost's only ones.
var (
	ounces = map[string]float64{"oz": 1, "lb": 16, "g": 1 / 28.349523125, "kg": 1000 / 28.349523125}
	inches = map[string]float64{"in": 1, "cm": 1 / 2.54}
)

// measure turns a checked number into EasyPost's unit, to a tenth, and never
// less than a tenth.
func measure(number string, unit float64) float64 {
	n, _ := strconv.ParseFloat(number, 64)
	tenths, _ := strconv.ParseFloat(strconv.FormatFloat(n*unit, 'f', 1, 64), 64)
	return max(tenths, 0.1)
}

// rate is an offer, or the one that was bought.
type rate struct {
	ID       text `json:"id"`
	Carrier  text `json:"carrier"`
	Rate     text `json:"rate"`
	Currency text `json:"currency"`
}

// shipment is what is read of one.
type shipment struct {
	ID       string `json:"id"`
	Tracking text   `json:"tracking_code"`
	Refund   text   `json:"refund_status"`
	Offers   []rate `json:"rates"`
	Selected *rate  `json:"selected_rate"`
	Label    *struct {
		ID     text `json:"id"`
		URL    text `json:"label_url"` // in the format asked for
		PDFURL text `json:"label_pdf_url"`
	} `json:"postage_label"`
	Tracker *struct {
		PublicURL text `json:"public_url"`
	} `json:"tracker"`
	Messages []struct {
		Carrier text `json:"carrier"`
		Message text `json:"message"`
	} `json:"messages"`
	To   *address `json:"to_address"`
	From *address `json:"from_address"`
}

// parse reads the answer about one shipment. Its errors say nothing of the body.
func parse(body []byte) (shipment, error) {
	var s shipment
	if json.Unmarshal(body, &s) != nil {
		return shipment{}, errors.New("the answer is not one about a shipment")
	}
	if s.ID == "" || text(s.ID).Short() != s.ID || strings.Trim(s.ID, idLetters) != "" {
		return shipment{}, errors.New("the answer names no shipment")
	}
	return s, nil
}

const idLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

// bought tells whether money was spent on the shipment, even if a part of the
// proof is still missing.
func (s shipment) bought() bool {
	return s.Selected != nil || s.Label != nil || s.Tracking != ""
}

// rates are the offers that can be read.
func (s shipment) rates() []integrations.LabelRate {
	var all []integrations.LabelRate
	for _, r := range s.Offers {
		price, err := integrations.LabelPrice(string(r.Rate), string(r.Currency))
		if err == nil && r.ID.Short() != "" && r.Carrier.Short() != "" {
			all = append(all, integrations.LabelRate{ID: r.ID.Short(), Carrier: r.Carrier.Short(), Price: price})
		}
	}
	return all
}

// said are the carriers' reasons for offering nothing, after a colon.
func (s shipment) said() string {
	var b strings.Builder
	for i, m := range s.Messages {
		b.WriteString([]string{": ", "; "}[min(i, 1)] + m.Carrier.Short() + ": " + string(m.Message))
	}
	return b.String()
}

func (s shipment) addresses() []crm.PostalAddress {
	var all []crm.PostalAddress
	for _, a := range []*address{s.To, s.From} {
		if a != nil {
			all = append(all, crm.PostalAddress{
				Name: string(a.Name), Company: string(a.Company), Street1: string(a.Street1), Street2: string(a.Street2),
				City: string(a.City), Zip: string(a.Zip), Phone: string(a.Phone), Email: string(a.Email),
			})
		}
	}
	return all
}

func (s shipment) link() string {
	if s.Label == nil {
		return ""
	}
	return string(cmp.Or(s.Label.PDFURL, s.Label.URL))
}

// label is l with what was bought.
func (s shipment) label(l crm.Label) crm.Label {
	l.LabelID, l.URL, l.Tracking = cmp.Or(s.Label.ID.Short(), s.ID), s.link(), s.Tracking.Short()
	if s.Tracker != nil && integrations.LabelLink(string(s.Tracker.PublicURL)) {
		l.TrackingURL = string(s.Tracker.PublicURL)
	}
	if r := s.Selected; r != nil { // staff may have bought another rate by hand
		if price, err := integrations.LabelPrice(string(r.Rate), string(r.Currency)); err == nil {
			l.Cost = price
		}
		l.Carrier = cmp.Or(r.Carrier.Short(), l.Carrier)
	}
	return l
}

// refusal reads the code of an error and says it in words: the message, and the
// fields that it is about. What EasyPost suggests instead is left out: it is an
// address.
func refusal(body []byte) (code, said string) {
	var in struct {
		Error struct {
			Code    text            `json:"code"`
			Message json.RawMessage `json:"message"` // text, in old answers also a list
			Errors  []json.RawMessage
		} `json:"error"`
	}
	if json.Unmarshal(body, &in) != nil {
		return "", ""
	}
	code = in.Error.Code.Short()
	var message text
	_ = json.Unmarshal(in.Error.Message, &message) // another form says nothing
	parts := []string{code, string(message)}
	for _, raw := range in.Error.Errors {
		var words text
		var field struct {
			Field   text `json:"field"`
			Message text `json:"message"`
		}
		if json.Unmarshal(raw, &words) == nil {
			parts = append(parts, string(words))
		} else if json.Unmarshal(raw, &field) == nil && field.Message != "" {
			parts = append(parts, strings.TrimSpace(field.Field.Short()+" "+string(field.Message)))
		}
	}
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return code, strings.Join(kept, ": ")
}
