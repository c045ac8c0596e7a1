package journeys

import (
	"slices"
	"time"

	"grazie/crm"
)

// codeSettings are those of every journey that gives a discount code. Their
// first defaults are the journey's own.
func codeSettings(percent, validity string) []crm.Setting {
	return []crm.Setting{
		{Key: "kind", Label: "What the code gives", Kind: crm.SettingChoice, Default: string(crm.Percentage),
			Choices: []string{string(crm.Percentage), string(crm.FixedAmount), string(crm.FreeShipping), string(crm.FreeProduct)},
			Help:    "Each kind has its own setting below."},
		{Key: "percent", Label: "Percent off", Kind: crm.SettingPercent, Default: percent,
			Help: "For a percentage: of the goods."},
		{Key: "amount", Label: "Amount off", Kind: crm.SettingMoney, Default: "5.00", Required: true,
			Help: "For a fixed amount: in the shop's currency."},
		{Key: "product_id", Label: "Product", Kind: crm.SettingText, Default: "",
			Help: "For a free product: its number in the shop."},
		{Key: "product", Label: "Product's name", Kind: crm.SettingText, Default: "",
			Help: "For a free product: as the mail says it."},
		{Key: "minimum", Label: "Minimum order", Kind: crm.SettingMoney, Default: "",
			Help: "The least that the goods must cost, in the shop's currency. Empty: nothing."},
		{Key: "validity", Label: "Works for", Kind: crm.SettingDuration, Default: validity,
			Help: "In whole days, to the end of the last one where the customer lives."},
		{Key: "shipping_cost", Label: "What free shipping costs you", Kind: crm.SettingMoney, Default: "5.00",
			Help: "Counted against the yearly budget until the code is used."},
		{Key: "product_cost", Label: "What the product costs you", Kind: crm.SettingMoney, Default: "10.00",
			Help: "Counted against the yearly budget until the code is used."},
		{Key: "assumed_order", Label: "An order of a new customer", Kind: crm.SettingMoney, Default: "50.00",
			Help: "A percentage is counted against the yearly budget as of the customer's average order, or of this where she has none."},
	}
}

// gives tells whether the settings name a gift that a code could give.
func gives(f crm.Facts, kind crm.DiscountKind) bool {
	switch v := f.Settings; kind {
	case crm.Percentage:
		return v.Int("percent") >= 1 && v.Int("percent") <= 100
	case crm.FixedAmount:
		return v.Money("amount", f.Shop.Currency).Minor > 0
	case crm.FreeProduct:
		return v["product_id"] != ""
	}
	return kind == crm.FreeShipping
}

// noGift holds a message back until the merchant named what it gives.
func noGift(now time.Time) crm.Decision {
	return crm.DeferUntil(now.Add(heldFor), crm.ReasonNoGift)
}

// code is the effect that makes a discount code of a kind, which works from
// now to the end of its last day. What customers type is drawn by who does it.
func code(f crm.Facts, kind crm.DiscountKind, title string, from crm.Day, now time.Time) crm.Effect {
	v, zone, rule := f.Settings, zoneOf(f), rules(f)
	d := crm.DiscountCode{
		Title: title, CustomerID: f.Message.CustomerID, Kind: kind, Minimum: v.Money("minimum", f.Shop.Currency), Amount: crm.Money{Currency: f.Shop.Currency},
		StartsAt: now.UTC(), EndsAt: from.Add(v.Days("validity")).At(23, 59, 59, zone).UTC(), Zone: zone.String(),
		WithOrder: rule.Bool("combine_order"), WithProduct: rule.Bool("combine_product"), WithShipping: rule.Bool("combine_shipping"),
	}
	worth := crm.Money{Currency: f.Shop.Currency}
	switch kind {
	case crm.Percentage:
		d.Percent = v.Int("percent")
		worth.Minor = (usual(f, d.Minimum)*int64(d.Percent) + 99) / 100
	case crm.FixedAmount:
		d.Amount = v.Money("amount", f.Shop.Currency)
		worth = d.Amount
	case crm.FreeShipping:
		worth = v.Money("shipping_cost", f.Shop.Currency)
	case crm.FreeProduct:
		d.ProductID, d.Product = v["product_id"], v["product"]
		worth = v.Money("product_cost", f.Shop.Currency)
	}
	return crm.Effect{Kind: crm.DiscountCodeMade, Worth: worth, Code: &d}
}

// usual is what the customer's next order is thought to be: her average, but no
// less than the code asks for.
func usual(f crm.Facts, minimum crm.Money) int64 {
	if f.Orders > 0 && f.Spent.Minor > 0 {
		return max(f.Spent.Minor/int64(f.Orders), minimum.Minor)
	}
	return max(f.Settings.Money("assumed_order", f.Shop.Currency).Minor, minimum.Minor)
}

// remindBefore is how many days before its end an unused code is spoken of again.
const remindBefore = 3

// reminds decides about the reminder of a code: only one that was sent, works
// and is unused is worth a word.
func reminds(f crm.Facts, now time.Time) crm.Decision {
	c := f.Code()
	switch {
	case f.Origin == nil || c == nil || !arrived(f.Origin.State):
		return crm.SkipFor(crm.ReasonNothingToRemind)
	case c.Used():
		return crm.SkipFor(crm.ReasonCodeUsed)
	case !c.Works(now):
		return crm.SkipFor(crm.ReasonCodeEnded)
	case f.Message.ByHand || c.EndsAt.IsZero():
		return open
	}
	zone := crm.Location(c.Zone)
	begin := crm.DayOf(c.EndsAt, zone).Add(-remindBefore).At(0, 0, 0, zone)
	if now.Before(begin) { // the code lasts longer than was planned with
		return crm.DeferUntil(begin, crm.ReasonDelay)
	}
	return open
}

// arrived tells whether a message in a state reached the customer, as far as
// is known.
func arrived(s crm.MessageState) bool { return s == crm.Sent || s == crm.Delivered }

// lately is when the customer got, or may have got, a mail of one of some
// journeys, reminders apart; zero: never. Of the address it asks as well, if told to.
func lately(f crm.Facts, address bool, keys ...string) (last time.Time) {
	sent := f.Sent
	if address {
		sent = slices.Concat(f.Sent, f.SentToOthers)
	}
	for _, p := range sent {
		_, reminder := (crm.Message{Subject: p.Subject}).Reminder()
		if !reminder && slices.Contains(keys, p.Journey) && (p.MessageID == "" || p.MessageID != f.Message.ID) && p.At.After(last) {
			last = p.At
		}
	}
	return last
}
