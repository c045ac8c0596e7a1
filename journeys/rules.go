package journeys

import "grazie/crm"

// Rules are the shop's own settings that hold for all journeys.
var Rules = []crm.Setting{}

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
