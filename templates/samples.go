package templates

import (
	"time"

	"grazie/crm"
)

// samplesAt is the day on which the samples are written.
var samplesAt = time.Date(2026, time.May, 5, 9, 0, 0, 0, time.UTC)

// samples are the facts that a template is tried with: of each kind of mail
// that its journey knows one with everything known, and one with as little as
// there can be.
func samples(t crm.Template) []crm.Facts {
	bare := crm.Facts{
		Message:  crm.Message{ID: "msg_sample", ShopID: "shp_sample", CustomerID: "1", Journey: t.Journey, Purpose: crm.Transactional},
		Shop:     crm.Shop{ID: "shp_sample", Name: "Bottega", Sender: crm.Mailbox{Email: "owner@shop.example"}},
		Customer: crm.Customer{ID: "1", Email: "customer@mail.example"},
	}
	if t.Locale != "" {
		bare.Templates = []crm.Template{t}
	}
	bare.Shop.LegalName, bare.Shop.PostalAddress = "Bottega srl", "Via Roma 1, 50123 Firenze"
	full := bare
	full.Shop.Sender.Name, full.Shop.Country, full.Shop.Domain = "Marta", "IT", "bottega.example"
	full.Customer.FirstName, full.Customer.LastName = "Anna", "Rossi"
	full.Message.Ask = &crm.Ask{Note: "Greetings from all of us."}
	switch t.Journey {
	case thankYou:
		bare.Shop.LegalName, bare.Shop.PostalAddress = "", ""
		bare.Order = &crm.Order{ID: "1", CustomerID: "1"}
		full.HistoryKnown, full.OrdersBefore, full.Order = true, 2, sampleOrder()
		return []crm.Facts{full, bare}
	case birthday:
		return codeSamples(full, bare, "birthday:1:2026-05-05", "birthday:1:2026-05-09", "birthday:1:2026-05-02", crm.ReminderOf("birthday:1:2026-05-05"))
	case anniversary:
		full.FirstOrder = time.Date(2024, time.May, 5, 9, 0, 0, 0, time.UTC)
		bare.FirstOrder = full.FirstOrder
		return codeSamples(full, bare, "anniversary:1:2026-05-05", crm.ReminderOf("anniversary:1:2026-05-05"))
	case reviewRequest:
		bare.Order, full.Order = &crm.Order{ID: "1", CustomerID: "1"}, sampleOrder()
		return marketed(full, bare, "order:1", crm.ReminderOf("order:1"))
	case returnUpgrade:
		return returnSamples(full, bare)
	case apology:
		full.Order = sampleOrder()
		return apologySamples(full, bare)
	}
	return nil
}

func sampleOrder() *crm.Order {
	return &crm.Order{
		ID: "1", Name: "#1001", CustomerID: "1",
		Items: []crm.LineItem{
			{ID: "1", Title: "Linen Apron", Quantity: 2, Price: crm.Money{Minor: 4900, Currency: "EUR"}},
			{ID: "2", Title: "Olive Soap", Quantity: 1, Price: crm.Money{Minor: 900, Currency: "EUR"}},
		},
		Shipping: &crm.Address{City: "Graz", Province: "Steiermark", Country: "AT"},
	}
}

// marketed are facts with the links that marketing has, once per subject.
func marketed(full, bare crm.Facts, subjects ...string) []crm.Facts {
	var all []crm.Facts
	for _, f := range []crm.Facts{full, bare} {
		f.Message.Purpose = crm.Marketing
		f.Links = crm.Links{Unsubscribe: "https://grazie.example/u/sample", Review: "https://grazie.example/r/sample"}
		if f.Customer.FirstName != "" {
			f.Links.Preferences = "https://grazie.example/p/sample"
		}
		for _, subject := range subjects {
			f.Message.Subject = subject
			all = append(all, f)
		}
	}
	return all
}

// sampleCode is a code of a kind, made.
func sampleCode(d crm.DiscountCode) crm.Effect {
	d.Code, d.CustomerID = "GRAZIE-7KQ2M-9XTBC", "1"
	return crm.Effect{Kind: crm.DiscountCodeMade, State: crm.EffectDone, CustomerID: "1", Code: &d}
}

func codeSamples(full, bare crm.Facts, subjects ...string) []crm.Facts {
	full.Effects = []crm.Effect{sampleCode(crm.DiscountCode{
		Kind: crm.FixedAmount, Amount: crm.Money{Minor: 1000, Currency: "EUR"}, Minimum: crm.Money{Minor: 4990, Currency: "EUR"},
		EndsAt: time.Date(2026, time.June, 4, 21, 59, 59, 0, time.UTC), Zone: "Europe/Rome", WithShipping: true,
	})}
	bare.Effects = []crm.Effect{sampleCode(crm.DiscountCode{Kind: crm.FreeShipping})}
	return marketed(full, bare, subjects...)
}

func returnSamples(full, bare crm.Facts) []crm.Facts {
	for _, f := range []*crm.Facts{&full, &bare} {
		f.Message.ReturnID, f.Message.Subject = "9", "return:9"
	}
	bare.Order = &crm.Order{ID: "1", CustomerID: "1"}
	bare.Returns = []crm.Return{{ID: "9", OrderID: "1"}}
	bare.Settings = crm.Values{settingInstructions: "Bottega, Via Roma 1"}
	full.Order = sampleOrder()
	full.Returns = []crm.Return{{ID: "9", Name: "#1001-R1", OrderID: "1", Lines: []crm.ReturnLine{{Title: "Linen Apron", Quantity: 1}}}}
	full.Effects = []crm.Effect{
		{Kind: crm.LabelBought, State: crm.EffectDone, CustomerID: "1", Label: &crm.Label{
			ReturnID: "9", URL: "https://labels.example/9.pdf", Carrier: "DHL", Tracking: "1Z9", TrackingURL: "https://track.example/1Z9",
		}},
		{Kind: crm.ReplacementPlaced, State: crm.EffectDone, CustomerID: "1", Replacement: &crm.Replacement{ReturnID: "9"}},
	}
	return []crm.Facts{full, bare}
}

// apologySamples are an apology that only listens, one with a code, and one
// that counts as marketing because of its code (mail-and-domain.md, 1.4).
func apologySamples(full, bare crm.Facts) []crm.Facts {
	code := full
	code.Message.Ask = &crm.Ask{Note: full.Message.Ask.Note, Offer: crm.OfferCode}
	code.Effects = []crm.Effect{sampleCode(crm.DiscountCode{Kind: crm.Percentage, Percent: 15})}
	shipping := bare
	shipping.Message.Ask = &crm.Ask{Offer: crm.OfferFreeShipping}
	shipping.Effects = []crm.Effect{sampleCode(crm.DiscountCode{Kind: crm.FreeShipping})}
	return append([]crm.Facts{full, bare, code, shipping}, marketed(code, shipping, "apology:1")...)
}
