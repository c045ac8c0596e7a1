package journeys

import (
	"time"

	"grazie/crm"
)

const returnKey = "return_upgrade"

// returnUpgrade makes a return free that the customer asked for, and, if the
// shop allows it, sends the replacement at once. It performs what she asked
// for, so it needs no consent (mail-and-domain.md, 1.4 and 4.10).
var returnUpgrade = Journey{
	Key:     returnKey,
	Name:    "Free-return upgrade",
	On:      []crm.EventKind{crm.ReturnChanged},
	Purpose: crm.Transactional,
	Settings: []crm.Setting{
		enabled("false"),
		{Key: "who", Label: "Whose returns", Kind: crm.SettingChoice, Default: "all", Choices: []string{"all", "first_return", "orders", "spend"},
			Help: "All; the customer's first; of customers with enough orders; of customers who bought for enough."},
		{Key: "orders_from", Label: "From so many orders", Kind: crm.SettingInt, Default: "2",
			Help: "For customers with enough orders: how many."},
		{Key: "spend_from", Label: "From so much bought", Kind: crm.SettingMoney, Default: "100.00",
			Help: "For customers who bought for enough: in the shop's currency."},
		{Key: "value_from", Label: "Goods of at least", Kind: crm.SettingMoney, Default: "",
			Help: "What comes back must be worth so much. Empty: anything."},
		{Key: "value_to", Label: "Goods of at most", Kind: crm.SettingMoney, Default: "",
			Help: "What comes back may be worth so much. Empty: anything."},
		{Key: "lost_limit", Label: "Lost replacements", Kind: crm.SettingInt, Default: "1",
			Help: "From so many replacements whose goods never came back, returns are not free any more. 0: they always are."},
		{Key: "label", Label: "Return label", Kind: crm.SettingChoice, Default: merchantLabel, Choices: []string{merchantLabel, "easypost", "shippo", noLabel},
			Help: "Your own link, a label service, or none: then say below how to send goods back."},
		{Key: "label_url", Label: "Your label link", Kind: crm.SettingURL, Default: "",
			Help: "Where customers get the label, if it is your own."},
		{Key: "label_cost", Label: "What a label costs you", Kind: crm.SettingMoney, Default: "8.00",
			Help: "Counted against the yearly budget until the price is known."},
		{Key: "instructions", Label: "How to send goods back", Kind: crm.SettingText, Default: "",
			Help: "Your own words in the mail, where there is no label to print."},
		{Key: "exchange", Label: "Replacement at once", Kind: crm.SettingBool, Default: "false",
			Help: "On: the same goods are sent again on the same day, before the others are back."},
		{Key: "exchange_limit", Label: "Replacements of at most", Kind: crm.SettingMoney, Default: "100.00",
			Help: "Goods that are worth more are not sent before the others are back. Empty: no limit."},
		{Key: "exchange_open", Label: "Open replacements", Kind: crm.SettingInt, Default: "2",
			Help: "The most that one customer may have under way."},
		{Key: "exchange_back", Label: "Goods back within", Kind: crm.SettingDuration, Default: "21d",
			Help: "After that staff is reminded of them."},
	},
	Occasions: func(e crm.Event, _ crm.Shop, _ crm.Values) []Occasion {
		r := e.Return
		if r == nil || r.Status != crm.ReturnRequested && !(e.Kind == crm.AskedByHand && r.Pending()) {
			return nil
		}
		due := r.RequestedAt
		if due.IsZero() {
			due = e.At
		}
		return once("return:"+r.ID, due)
	},
	Rule: func(f crm.Facts, _ time.Time) crm.Decision {
		r := f.Return()
		switch {
		case r == nil || r.ReadAt.IsZero():
			return crm.SkipFor(crm.ReasonReturnUnknown)
		case !r.Pending():
			return crm.SkipFor(crm.ReasonReturnNotOpen)
		case !f.Message.ByHand && !r.RequestedAt.IsZero() && f.Shop.Before(r.RequestedAt):
			return crm.SkipFor(crm.ReasonBeforeConnected)
		case r.Value.Currency != "" && f.Shop.Currency != "" && r.Value.Currency != f.Shop.Currency:
			return crm.SkipFor(crm.ReasonCurrency)
		case f.Settings.Int("lost_limit") > 0 && f.LostGoods >= f.Settings.Int("lost_limit"):
			return crm.SkipFor(crm.ReasonTrust)
		case !f.Message.ByHand && !(madeFor(f) && ofValue(f, r.Value)):
			return crm.SkipFor(crm.ReasonReturnRules)
		}
		return open
	},
	Effects: returnEffects,
	Needs:   []crm.EffectKind{crm.ReturnApproved},
}

// Who makes labels beside the label services, and that nobody does.
const (
	merchantLabel = "merchant"
	noLabel       = "none"
)

// madeFor tells whether the shop makes this customer's returns free.
func madeFor(f crm.Facts) bool {
	switch v := f.Settings; v["who"] {
	case "first_return":
		if f.OtherReturns > 0 {
			return false
		}
		return lately(f, false, returnKey).IsZero()
	case "orders":
		return f.Orders >= v.Int("orders_from")
	case "spend":
		return f.Spent.Minor >= v.Money("spend_from", f.Shop.Currency).Minor
	}
	return true
}

// ofValue tells whether the goods that come back are within the shop's limits.
func ofValue(f crm.Facts, value crm.Money) bool {
	from, to := f.Settings.Money("value_from", f.Shop.Currency), f.Settings.Money("value_to", f.Shop.Currency)
	return value.Minor >= from.Minor && (f.Settings["value_to"] == "" || value.Minor <= to.Minor)
}

func returnEffects(f crm.Facts, now time.Time) []crm.Effect {
	r, v := f.Return(), f.Settings
	if r == nil {
		return nil
	}
	all := []crm.Effect{{Kind: crm.ReturnApproved}}
	if r.FeeID != "" || r.Fee.Minor > 0 {
		all = append(all, crm.Effect{Kind: crm.ReturnFeeWaived})
	}
	switch by := v["label"]; {
	case by == noLabel && v["instructions"] != "":
		all[len(all)-1].Worth = r.Fee // what she would have paid, the shop does
	case by == merchantLabel || by == noLabel:
		// Without a link this fails, and staff is asked for a label.
		all = append(all, crm.Effect{Kind: crm.LabelBought, Worth: v.Money("label_cost", f.Shop.Currency), Label: &crm.Label{By: merchantLabel, ReturnID: r.ID, URL: v["label_url"]}},
			crm.Effect{Kind: crm.LabelAttached})
	default:
		all = append(all, crm.Effect{Kind: crm.LabelBought, Worth: v.Money("label_cost", f.Shop.Currency), Label: &crm.Label{By: by, ReturnID: r.ID}},
			crm.Effect{Kind: crm.LabelAttached})
	}
	if exchanges(f, *r) {
		back := crm.DayOf(now, zoneOf(f)).Add(v.Days("exchange_back")).At(23, 59, 59, zoneOf(f)).UTC()
		all = append(all, crm.Effect{Kind: crm.ReplacementPlaced, Replacement: &crm.Replacement{ReturnID: r.ID, Value: r.Value, DueBack: back}})
	}
	return all
}

// exchanges tells whether the replacement leaves before the goods are back.
func exchanges(f crm.Facts, r crm.Return) bool {
	v := f.Settings
	limit := v.Money("exchange_limit", f.Shop.Currency)
	return v.Bool("exchange") && f.LostGoods == 0 && f.OpenGoods < v.Int("exchange_open") && (v["exchange_limit"] == "" || r.Value.Minor <= limit.Minor)
}
