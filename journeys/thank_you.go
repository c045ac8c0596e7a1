package journeys

import (
	"time"

	"grazie/crm"
)

// thankYou is the personal thank-you for one paid order. It is bound to the
// order and offers nothing, so it needs no consent (mail-and-domain.md, 1.4).
var thankYou = Journey{
	Key:     "thank_you",
	Name:    "Thank-you",
	On:      []crm.EventKind{crm.OrderPaid},
	Purpose: crm.Transactional,
	Settings: []crm.Setting{
		enabled("true"),
		{Key: "delay", Label: "Wait after payment", Kind: crm.SettingDuration, Default: "1h",
			Help: "An order that is cancelled meanwhile gets no thank-you."},
		{Key: "max_age", Label: "Too late after", Kind: crm.SettingDuration, Default: "7d",
			Help: "A thank-you that could not go out within this time after the wait is not sent any more."},
	},
	Occasions: func(e crm.Event, _ crm.Shop, v crm.Values) []Occasion {
		if e.Order == nil {
			return nil
		}
		return once("order:"+e.Order.ID, e.Order.PaidAt.Add(v.Duration("delay")))
	},
	Rule: func(f crm.Facts, now time.Time) crm.Decision {
		o := f.Order
		switch {
		case o == nil:
			return crm.SkipFor(crm.ReasonOrderUnknown)
		case len(o.Goods()) == 0:
			return crm.SkipFor(crm.ReasonNothingToThank)
		case f.Message.ByHand:
			return crm.Decision{Verdict: crm.Send}
		// An old order that is touched today is first seen paid today: when it
		// was placed counts too.
		case f.Shop.Before(o.PaidAt), !o.CreatedAt.IsZero() && f.Shop.Before(o.CreatedAt):
			return crm.SkipFor(crm.ReasonBeforeConnected)
		case now.Sub(o.PaidAt) > f.Settings.Duration("delay")+f.Settings.Duration("max_age"):
			return crm.SkipFor(crm.ReasonStale)
		}
		return crm.Decision{Verdict: crm.Send}
	},
}
