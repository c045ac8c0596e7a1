package integrations

import "grazie/crm"

// Lacks tells, in words for staff, what a platform would have to be able to for
// an effect of a kind; empty: it is able to. Labels are bought elsewhere.
func Lacks(p Platform, kind crm.EffectKind) string {
	able, what := true, ""
	switch kind {
	case crm.DiscountCodeMade:
		_, able = p.(DiscountCreator)
		what = "discount codes"
	case crm.ReturnApproved, crm.ReturnFeeWaived, crm.LabelAttached:
		_, able = p.(ReturnUpgrader)
		what = "return upgrades"
	case crm.ReplacementPlaced:
		_, able = p.(Replacer)
		what = "replacements"
	}
	if able {
		return ""
	}
	return what
}
