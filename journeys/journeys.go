// Package journeys decides who gets what and when. A journey is data and one
// small function; the gates that hold for all of them stand in gates.go. All
// functions are pure: the time is a parameter.
package journeys

import (
	"slices"
	"time"

	"grazie/crm"
)

// Journey is a rule that may lead to a message.
type Journey struct {
	Key      string          // stored, in URLs and logs; never renamed
	Name     string          // for people
	On       []crm.EventKind // what starts it
	Purpose  crm.Purpose
	Settings []crm.Setting // what the merchant may change; the first is always the switch, "enabled"

	// Due is when the message should go out.
	Due func(e crm.Event, v crm.Values) time.Time

	// Subject is what it may happen only once per. It names the occasion
	// within the shop: "order:1001".
	Subject func(e crm.Event) string

	// Rule is the journey's own yes, no or later, asked after all gates.
	Rule func(f crm.Facts, now time.Time) crm.Decision
}

// All are the journeys there are. To add one, add its file and a line here.
var All = []Journey{
	thankYou,
}

// Find is the journey with a key.
func Find(key string) (Journey, bool) {
	i := slices.IndexFunc(All, func(j Journey) bool { return j.Key == key })
	if i < 0 {
		return Journey{}, false
	}
	return All[i], true
}

// Values are the journey's settings in force for a shop.
func (j Journey) Values(shop crm.Shop) crm.Values { return shop.Settings(j.Key, j.Settings) }

// Plan says which messages an event leads to. A journey that is switched off
// plans nothing. Whether a message is then sent is asked when it is due: see Decide.
func Plan(e crm.Event, shop crm.Shop) []crm.Message {
	var planned []crm.Message
	for _, j := range All {
		v := j.Values(shop)
		if !slices.Contains(j.On, e.Kind) || !v.Bool("enabled") {
			continue
		}
		planned = append(planned, j.message(e, shop, v))
	}
	return planned
}

// ByHand is the message that staff asks for: due at once, and free of the
// gates that only concern timing. detail says who asked and why.
func (j Journey) ByHand(e crm.Event, shop crm.Shop, detail string, now time.Time) crm.Message {
	m := j.message(e, shop, j.Values(shop))
	m.ByHand, m.DueAt, m.Detail = true, now, detail
	return m
}

func (j Journey) message(e crm.Event, shop crm.Shop, v crm.Values) crm.Message {
	m := crm.Message{
		ShopID:  shop.ID,
		Journey: j.Key,
		Purpose: j.Purpose,
		Subject: j.Subject(e),
		State:   crm.Planned,
		DueAt:   j.Due(e, v),
	}
	if e.Order != nil {
		m.OrderID, m.CustomerID = e.Order.ID, e.Order.CustomerID
	} else if e.Customer != nil {
		m.CustomerID = e.Customer.ID
	}
	return m
}

// enabled is the switch that every journey has.
func enabled(byDefault string) crm.Setting {
	return crm.Setting{Key: "enabled", Label: "Switched on", Kind: crm.SettingBool, Default: byDefault,
		Help: "Off: nothing new is planned, and what waits is skipped when it is due."}
}
