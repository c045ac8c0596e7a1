package shopify

import "testing"

func TestPOBox(t *testing.T) {
	for street, want := range map[string]bool{
		"Packstation 145": true, "PACKSTATION145": true, "Postfach 12 34": true, "P.O. Box 4410": true, "PO Box 1": true, "po-box 7": true,
		"Casella Postale 9": true, "Apartado 55": true, "Apdo. 7": true, "BP 123": true, "B.P. 9, Cedex": true, "Boîte postale 4": true,
		"Poštni predal 3": true, "p. p. 3": true, "Postafiók 10": true, "Pf. 10": true, "InPost KRA01M": true, "Paczkomat KRA01M": true,
		"PSC 76, Box 200": false, "DHL Locker 3": true, "Point Relais, 4 rue du Lac": true, "私書箱12号": true,
		"": false, "Via del Melograno 12": false, "Boxgasse 3": false, "4 Boxwood Lane": false, "14 Mt. Apo Street": false,
		"BPM-Straße 4": false, "Postgasse 12": false, "Lockerbie Road 2": false, "12 rue de la Poste": false, "Apartamento 4B": false,
	} {
		if got := (addressBody{Address1: street, CountryCode: "IT"}).poBox(); got != want {
			t.Errorf("%q: box is %v, want %v", street, got, want)
		}
		if got := (addressBody{Address1: "2nd floor", Address2: street, CountryCode: "IT"}).poBox(); got != want {
			t.Errorf("%q in the second line: box is %v, want %v", street, got, want)
		}
	}
	for _, a := range []addressBody{
		{Address1: "Unit 2050 Box 4190", City: "APO", ProvinceCode: "AP", CountryCode: "US"},
		{Address1: "PSC 76", City: "FPO", CountryCode: "US"},
		{Address1: "CMR 402, APO", CountryCode: "US"},
		{Address1: "Unit 1", ProvinceCode: "AE", Country: "US"},
	} {
		if !a.poBox() {
			t.Errorf("%+v is no forces' post office", a)
		}
		a.CountryCode, a.Country = "PH", ""
		if a.poBox() {
			t.Errorf("%+v is one, in another country", a)
		}
	}
}

func TestPickup(t *testing.T) {
	home := addressBody{Address1: "Lipova ulica 7"}
	goods := []lineItemBody{{RequiresShipping: true}}
	for name, c := range map[string]struct {
		order orderBody
		want  bool
	}{
		"sent home":                    {orderBody{ShippingAddress: home, BillingAddress: home, LineItems: goods, ShippingLines: []shippingLine{{Title: "Standard"}}}, false},
		"category":                     {orderBody{ShippingLines: []shippingLine{{DeliveryCategory: "pickup"}}}, true},
		"category, point with address": {orderBody{ShippingAddress: home, ShippingLines: []shippingLine{{DeliveryCategory: "pickup_point"}}}, true},
		"title":                        {orderBody{ShippingLines: []shippingLine{{Title: "Click & Collect Leeds"}}}, true},
		"title in Italian":             {orderBody{ShippingLines: []shippingLine{{Title: "Ritiro in negozio"}}}, true},
		"code":                         {orderBody{ShippingLines: []shippingLine{{Title: "Bottega", Code: "LOCAL_PICKUP"}}}, true},
		"a place, goods sent nowhere":  {orderBody{BillingAddress: home, LineItems: goods, ShippingLines: []shippingLine{{Title: "Bologna"}}}, true},
		"addresses held back":          {orderBody{LineItems: goods, ShippingLines: []shippingLine{{Title: "Standard"}}}, false},
		"nothing to send":              {orderBody{BillingAddress: home, LineItems: []lineItemBody{{GiftCard: true}}}, false},
		"method taken off again":       {orderBody{ShippingAddress: home, ShippingLines: []shippingLine{{Title: "Local pickup", IsRemoved: true}, {Title: "Post"}}}, false},
		"over the counter":             {orderBody{SourceName: "pos"}, true},
		"sent home from the counter":   {orderBody{SourceName: "pos", ShippingAddress: home, ShippingLines: []shippingLine{{Title: "Post"}}}, false},
		"a draft without addresses":    {orderBody{SourceName: "shopify_draft_order", LineItems: goods}, false},
	} {
		if got := c.order.pickup(); got != c.want {
			t.Errorf("%s: pick-up is %v, want %v", name, got, c.want)
		}
	}
}

func TestGift(t *testing.T) {
	for raw, want := range map[string]bool{
		`[{"name":"gift","value":"true"}]`:                                true,
		`[{"name":"Gift Message","value":"Auguri"}]`:                      true,
		`[{"name":"_is_gift","value":true}]`:                              true,
		`[ {"name":"a"}, {"name":"geschenk","value":1} ]`:                 true,
		`{"gift-note":"for you"}`:                                         true,
		`[{"name":"__shopify_send_gift_card_to_recipient","value":"on"}]`: true,
		`[{"name":"gift","value":"No"}]`:                                  false,
		`[{"name":"gift","value":false}]`:                                 false,
		`[{"name":"gift","value":null}]`:                                  false,
		`[{"name":"gift message","value":" "}]`:                           false,
		`[{"name":"gifted by","value":"x"}]`:                              false,
		`[{"name":null,"value":{"gift":true}}]`:                           false,
		`{}`:                                                              false,
		`null`:                                                            false,
		`"gift"`:                                                          false,
		`["gift"]`:                                                        false,
		`[{"name":["gift"]}]`:                                             false,
	} {
		var a attributes
		if r := (reader{}); !r.decode([]byte(raw), &a) {
			t.Errorf("%s: %v", raw, r.err)
		}
		if got := a.gift(); got != want {
			t.Errorf("%s: gift is %v, want %v", raw, got, want)
		}
	}
}

func TestTip(t *testing.T) {
	for raw, want := range map[string]bool{
		`{"title":"Tip","tip_payment_gateway":null}`:                                true,
		`{"title":"Mancia","tip":{"payment_method":null}}`:                          true,
		`{"title":"Tip","product_exists":false,"product_id":null}`:                  true,
		`{"title":"Tip","product_exists":true,"product_id":5}`:                      false,
		`{"title":"Tip","product_exists":false,"requires_shipping":true}`:           false,
		`{"title":"Lens plan","product_exists":false,"product_id":null,"tip":null}`: false,
	} {
		var l lineItemBody
		if r := (reader{}); !r.decode([]byte(raw), &l) {
			t.Fatal(r.err)
		}
		if got := l.tip(); got != want {
			t.Errorf("%s: tip is %v, want %v", raw, got, want)
		}
	}
}
