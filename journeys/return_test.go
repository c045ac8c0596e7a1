package journeys_test

import (
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/journeys"
)

func eur(minor int64) crm.Money { return crm.Money{Minor: minor, Currency: "EUR"} }

// returnFacts are facts about a return of 40.00 that nothing speaks against.
func returnFacts(changed crm.Values) crm.Facts {
	f := wanted()
	f.Shop = rome(nil)
	v := crm.Values{"enabled": "true", "label_url": "https://soap.example/label"}
	for key, value := range changed {
		v[key] = value
	}
	f.Shop.Journeys["return_upgrade"] = v
	f.Settings = find("return_upgrade").Values(f.Shop)
	f.Message.Journey, f.Message.Subject, f.Message.ReturnID = "return_upgrade", "return:9", "9"
	f.Customer.Consent = crm.Consent{State: crm.ConsentUnsubscribed} // it is no marketing
	f.Returns = []crm.Return{{ID: "9", OrderID: "1001", Status: crm.ReturnRequested, Value: eur(4000), Fee: eur(590), FeeID: "fee", RequestedAt: noon, ReadAt: noon}}
	f.Orders, f.Spent = 2, eur(9000)
	return f
}

func TestReturnUpgradeIsPlannedWhenItIsAskedFor(t *testing.T) {
	s := returnFacts(nil).Shop
	for status, ok := range map[crm.ReturnStatus]bool{crm.ReturnRequested: true, crm.ReturnOpen: false, crm.ReturnClosed: false, crm.ReturnDeclined: false, crm.ReturnCanceled: false, "": false} {
		e := event(crm.ReturnChanged)
		e.Return.Status = status
		planned := plansOf("return_upgrade", e, s)
		if (len(planned) == 1) != ok || ok && (planned[0].Subject != "return:9" || !planned[0].DueAt.Equal(noon) || planned[0].Purpose != crm.Transactional) {
			t.Errorf("%q: planned %+v", status, planned)
		}
		_, byHand := find("return_upgrade").ByHand(e, s, crm.Ask{}, noon)
		if want := ok || status == crm.ReturnOpen; byHand != want {
			t.Errorf("%q by hand: %v", status, byHand)
		}
	}
}

func TestAReturnThatDoesNotSayWhenIsDueWhenItIsTold(t *testing.T) {
	e := event(crm.ReturnChanged)
	e.Return.RequestedAt, e.At = time.Time{}, noon.Add(time.Hour)
	if planned := plansOf("return_upgrade", e, returnFacts(nil).Shop); len(planned) != 1 || !planned[0].DueAt.Equal(e.At) {
		t.Errorf("planned %+v", planned)
	}
}

func TestReturnUpgradeRule(t *testing.T) {
	status := func(s crm.ReturnStatus) func(*crm.Facts) { return func(f *crm.Facts) { f.Returns[0].Status = s } }
	set := func(key, value string) func(*crm.Facts) { return func(f *crm.Facts) { f.Settings[key] = value } }
	both := func(all ...func(*crm.Facts)) func(*crm.Facts) {
		return func(f *crm.Facts) {
			for _, change := range all {
				change(f)
			}
		}
	}
	for name, c := range map[string]struct {
		change func(*crm.Facts)
		reason crm.Reason // none: it is sent
		byHand crm.Reason
	}{
		"asked for":                 {func(*crm.Facts) {}, "", ""},
		"approved meanwhile":        {status(crm.ReturnOpen), "", ""},
		"declined meanwhile":        {status(crm.ReturnDeclined), crm.ReasonReturnNotOpen, crm.ReasonReturnNotOpen},
		"called off":                {status(crm.ReturnCanceled), crm.ReasonReturnNotOpen, crm.ReasonReturnNotOpen},
		"only webhooks spoke of it": {func(f *crm.Facts) { f.Returns[0].ReadAt = time.Time{} }, crm.ReasonReturnUnknown, crm.ReasonReturnUnknown},
		"not known":                 {func(f *crm.Facts) { f.Returns = nil }, crm.ReasonReturnUnknown, crm.ReasonReturnUnknown},
		"asked for before the shop was connected": {func(f *crm.Facts) { f.Returns[0].RequestedAt = noon.AddDate(-1, 0, 0) }, crm.ReasonBeforeConnected, ""},
		"in another currency":                     {func(f *crm.Facts) { f.Returns[0].Value.Currency = "USD" }, crm.ReasonCurrency, crm.ReasonCurrency},
		"goods never came back once":              {func(f *crm.Facts) { f.LostGoods = 1 }, crm.ReasonTrust, crm.ReasonTrust},
		"the shop allows for one":                 {both(func(f *crm.Facts) { f.LostGoods = 1 }, set("lost_limit", "2")), "", ""},
		"the shop does not count them":            {both(func(f *crm.Facts) { f.LostGoods = 9 }, set("lost_limit", "0")), "", ""},
		"from three orders on":                    {both(set("who", "orders"), set("orders_from", "3")), crm.ReasonReturnRules, ""},
		"from two orders on":                      {set("who", "orders"), "", ""},
		"from 100.00 on":                          {set("who", "spend"), crm.ReasonReturnRules, ""},
		"from 90.00 on":                           {both(set("who", "spend"), set("spend_from", "90.00")), "", ""},
		"her first return":                        {set("who", "first_return"), "", ""},
		"her second, after a free one":            {both(set("who", "first_return"), func(f *crm.Facts) { f.Sent = []crm.Past{sent("return_upgrade", "return:8", noon.Add(-90*day))} }), crm.ReasonReturnRules, ""},
		"her second, the first was not free":      {both(set("who", "first_return"), func(f *crm.Facts) { f.OtherReturns = 1 }), crm.ReasonReturnRules, ""},
		"goods of less than the least":            {set("value_from", "40.01"), crm.ReasonReturnRules, ""},
		"goods of the least":                      {set("value_from", "40.00"), "", ""},
		"goods of more than the most":             {set("value_to", "39.99"), crm.ReasonReturnRules, ""},
		"goods of the most":                       {set("value_to", "40.00"), "", ""},
		"the order was cancelled":                 {func(f *crm.Facts) { f.Order.CancelledAt = noon }, crm.ReasonOrderCancelled, crm.ReasonOrderCancelled},
	} {
		for _, byHand := range []bool{false, true} {
			f, want := returnFacts(nil), c.reason
			c.change(&f)
			if f.Message.ByHand = byHand; byHand {
				want = c.byHand
			}
			if d := journeys.Decide(find("return_upgrade"), f, noon); d.Reason != want || (d.Verdict == crm.Send) != (want == "") {
				t.Errorf("%s, by hand %v: got %+v; want %q", name, byHand, d, want)
			}
		}
	}
}

func TestReturnUpgradeEffects(t *testing.T) {
	const approve, waive, label, attach, replace = crm.ReturnApproved, crm.ReturnFeeWaived, crm.LabelBought, crm.LabelAttached, crm.ReplacementPlaced
	exchange := func(more crm.Values) crm.Values {
		v := crm.Values{"exchange": "true"}
		for key, value := range more {
			v[key] = value
		}
		return v
	}
	for name, c := range map[string]struct {
		settings crm.Values
		change   func(*crm.Facts)
		want     []crm.EffectKind
		by       string // of the label
		worth    int64  // of all
	}{
		"the shop's own label":             {nil, nil, []crm.EffectKind{approve, waive, label, attach}, "merchant", 800},
		"a label service":                  {crm.Values{"label": "easypost", "label_cost": "6.50"}, nil, []crm.EffectKind{approve, waive, label, attach}, "easypost", 650},
		"no fee to waive":                  {nil, func(f *crm.Facts) { f.Returns[0].Fee, f.Returns[0].FeeID = crm.Money{}, "" }, []crm.EffectKind{approve, label, attach}, "merchant", 800},
		"words instead of a label":         {crm.Values{"label": "none", "instructions": "Bring it to us."}, nil, []crm.EffectKind{approve, waive}, "", 590},
		"neither label nor words":          {crm.Values{"label": "none"}, nil, []crm.EffectKind{approve, waive, label, attach}, "merchant", 800},
		"a replacement at once":            {exchange(nil), nil, []crm.EffectKind{approve, waive, label, attach, replace}, "merchant", 800},
		"not of goods that are worth more": {exchange(crm.Values{"exchange_limit": "39.99"}), nil, []crm.EffectKind{approve, waive, label, attach}, "merchant", 800},
		"of any goods":                     {exchange(crm.Values{"exchange_limit": ""}), func(f *crm.Facts) { f.Returns[0].Value = eur(900000) }, []crm.EffectKind{approve, waive, label, attach, replace}, "merchant", 800},
		"not the third that is under way":  {exchange(nil), func(f *crm.Facts) { f.OpenGoods = 2 }, []crm.EffectKind{approve, waive, label, attach}, "merchant", 800},
		"not after goods that never came":  {exchange(crm.Values{"lost_limit": "5"}), func(f *crm.Facts) { f.LostGoods = 1 }, []crm.EffectKind{approve, waive, label, attach}, "merchant", 800},
	} {
		f := returnFacts(c.settings)
		if c.change != nil {
			c.change(&f)
		}
		var kinds []crm.EffectKind
		worth := int64(0)
		for _, e := range find("return_upgrade").Effects(f, noon) {
			kinds, worth = append(kinds, e.Kind), worth+e.Worth.Minor
			if e.Kind == label && (e.Label.By != c.by || e.Label.ReturnID != "9") {
				t.Errorf("%s: label %+v", name, e.Label)
			}
			if e.Kind == replace && (!e.Replacement.DueBack.Equal(utc(t, "2026-12-12T23:59:59+01:00")) || e.Replacement.ReturnID != "9" || e.Replacement.Value != f.Returns[0].Value) {
				t.Errorf("%s: replacement %+v", name, e.Replacement)
			}
		}
		if !slices.Equal(kinds, c.want) || worth != c.worth {
			t.Errorf("%s: got %v worth %d; want %v worth %d", name, kinds, worth, c.want, c.worth)
		}
	}
}
