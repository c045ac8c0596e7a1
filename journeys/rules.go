package journeys

import (
	"time"

	"grazie/crm"
)

// Rules are the shop's own settings that hold for all journeys
// (mail-and-domain.md, 3.1, 3.3, 4.5 and 4.9).
var Rules = []crm.Setting{
	{Key: "quiet_from", Label: "No marketing from", Kind: crm.SettingHour, Default: "20:00",
		Help: "By the customer's own clock. The same hour as the next setting: at any time."},
	{Key: "quiet_to", Label: "No marketing until", Kind: crm.SettingHour, Default: "8:00",
		Help: "What would go out in the quiet hours waits until then."},
	{Key: "sundays", Label: "Marketing on Sundays", Kind: crm.SettingBool, Default: "true",
		Help: "Off: what would go out on a Sunday waits until Monday."},
	{Key: "cap_day", Label: "Marketing mails in 24 hours", Kind: crm.SettingInt, Default: "1",
		Help: "The most that one customer gets; the less important mail waits. 0: no limit."},
	{Key: "cap_week", Label: "Marketing mails in 7 days", Kind: crm.SettingInt, Default: "2",
		Help: "The most that one customer gets. 0: no limit."},
	{Key: "cap_month", Label: "Marketing mails in 30 days", Kind: crm.SettingInt, Default: "6",
		Help: "The most that one customer gets. 0: no limit."},
	{Key: "leap_birthday", Label: "Birthdays on 29 February", Kind: crm.SettingChoice, Default: string(crm.LeapFeb28),
		Choices: []string{string(crm.LeapFeb28), string(crm.LeapMar01)},
		Help:    "On which day they are in years that have no such day."},
	{Key: "reward_budget", Label: "Yearly budget for gifts", Kind: crm.SettingMoney, Default: "",
		Help: "In the shop's currency, for the calendar year. What is promised counts until it is used or has ended. Empty: no limit."},
	{Key: "customer_ceiling", Label: "Gifts for one customer in a year", Kind: crm.SettingMoney, Default: "",
		Help: "In the shop's currency, for the calendar year. Empty: no limit."},
	{Key: "approval_limit", Label: "Approval above", Kind: crm.SettingMoney, Default: "50.00",
		Help: "A gesture by hand that is worth more waits until somebody says yes. Empty: none does."},
	{Key: "soft_opt_in", Label: "Soft opt-in", Kind: crm.SettingBool, Default: "false",
		Help: "On: you declare that addresses come from sales, that you write about similar products of your own, and that customers could object at the checkout and can in every mail. " +
			"Then customers in the EU (not in Austria), the UK and Switzerland are written to without having asked for it."},
	{Key: "confirmed_in_germany", Label: "Only confirmed consent in Germany", Kind: crm.SettingBool, Default: "true",
		Help: "On: consent of customers in Germany counts only after they confirmed it by a link in a mail, which is how it is proved there."},
	{Key: "reviews_as_marketing", Label: "Review requests need consent", Kind: crm.SettingBool, Default: "true",
		Help: "Off: they go to every customer who did not object, except in Germany, in Austria, and where the country is not known: there they are advertising."},
	{Key: "code_prefix", Label: "Codes begin with", Kind: crm.SettingPrefix, Default: "GRAZIE",
		Help: "2 to 12 letters and digits before the random part of every discount code."},
	{Key: "combine_order", Label: "Codes go with order discounts", Kind: crm.SettingBool, Default: "false",
		Help: "On: a code may be used together with discounts on the whole order."},
	{Key: "combine_product", Label: "Codes go with product discounts", Kind: crm.SettingBool, Default: "false",
		Help: "On: a code may be used together with discounts on products."},
	{Key: "combine_shipping", Label: "Codes go with shipping discounts", Kind: crm.SettingBool, Default: "false",
		Help: "On: a code may be used together with discounts on shipping."},
	{Key: "retention_webhooks", Label: "Webhooks are kept for", Kind: crm.SettingDuration, Default: "7d", Least: "1d", Most: "7d",
		Help: "As they came, with all that they tell. What could not be read waits up to 30 days for a replay. Shorter only."},
	{Key: "retention_messages", Label: "Messages are kept for", Kind: crm.SettingDuration, Default: "730d", Least: "400d", Most: "730d",
		Help: "When and why each mail was sent, with finished tasks and bulk jobs. Shorter only, and no shorter than birthdays and yearly gifts look back."},
	{Key: "retention_feedback", Label: "Feedback is kept for", Kind: crm.SettingDuration, Default: "395d", Least: "60d", Most: "395d",
		Help: "What the mail provider told of each mail. What follows from it stays. Shorter only."},
	{Key: "retention_reviews", Label: "Review texts are kept for", Kind: crm.SettingDuration, Default: "730d", Least: "1d", Most: "730d",
		Help: "The words; the rating stays. Shorter only."},
	{Key: "retention_customers", Label: "Inactive customers are kept for", Kind: crm.SettingDuration, Default: "1095d", Least: "180d", Most: "1095d",
		Help: "Since the last order, or the last that she told or decided. Then all of her is erased. Shorter only."},
}

// RuleValues are the rules in force for a shop.
func RuleValues(shop crm.Shop) crm.Values {
	v := make(crm.Values, len(Rules))
	for _, d := range Rules {
		v[d.Key] = d.Default
		if own, ok := shop.Rules[d.Key]; ok {
			v[d.Key] = own
		}
	}
	return v
}

// rules are those in force for the facts, also where nobody filled them in.
func rules(f crm.Facts) crm.Values {
	if f.Rules == nil {
		return RuleValues(f.Shop)
	}
	return f.Rules
}

// marketing tells whether the message is advertising in the eyes of the law.
func marketing(f crm.Facts) bool { return f.Message.Purpose == crm.Marketing }

// zoneOf is the customer's zone.
func zoneOf(f crm.Facts) *time.Location {
	zone := f.Zone
	if zone == "" {
		zone, _ = crm.ZoneOf(f.Customer, f.Order, f.Shop)
	}
	return crm.Location(zone)
}
