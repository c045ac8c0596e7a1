package handlers

import (
	"slices"
	"strings"

	"grazie/crm"
	"grazie/journeys"
	"grazie/store"
)

// ruleGroups put the rules for all gestures into the sequence in which people
// think of them. What is kept for how long has a page of its own; a rule that is
// in no group stands in the last.
var ruleGroups = []struct {
	key   string
	rules []string
}{
	{"hours", []string{"quiet_from", "quiet_to", "sundays"}},
	{"caps", []string{"cap_day", "cap_week", "cap_month"}},
	{"money", []string{"reward_budget", "customer_ceiling", "approval_limit"}},
	{"law", []string{"soft_opt_in", "confirmed_in_germany", "reviews_as_marketing"}},
	{"codes", []string{"code_prefix", "combine_order", "combine_product", "combine_shipping"}},
	{"more", []string{"leap_birthday"}},
}

// rulesPage is a form of some of the rules.
type rulesPage struct {
	Tab string // rules or retention
	May bool

	form *settingForm
}

type ruleGroup struct {
	Key    string // its title is settings.group and the key; empty: it has none
	Fields []settingField
	Told   []toldRule // for who only reads
}

type toldRule struct{ Label, Value, Help string }

// keeps tells whether a rule says how long something is kept.
func keeps(rule crm.Setting) bool { return strings.HasPrefix(rule.Key, "retention_") }

// rules declares the rules of the page that is asked for.
func (v *seat) rules() *rulesPage {
	p := &rulesPage{Tab: "rules", May: v.may(store.Manager)}
	if strings.HasPrefix(v.route.Title, "settings.retention.") {
		p.Tab = "retention"
	}
	var declared []crm.Setting
	for _, r := range journeys.Rules {
		if keeps(r) == (p.Tab == "retention") {
			declared = append(declared, r)
		}
	}
	p.form = v.declare(v.shop.Rules, declared, v.route.Here+".rule")
	return p
}

// Groups are the fields as they are by now: the form may have been drawn again.
func (p *rulesPage) Groups() []ruleGroup {
	all := []ruleGroup{{}}
	if p.Tab == "rules" {
		all = nil
		for _, g := range ruleGroups {
			all = append(all, ruleGroup{Key: g.key})
		}
	}
	for i, f := range p.form.Fields {
		at := len(all) - 1
		if p.Tab == "rules" {
			for k, g := range ruleGroups {
				if slices.Contains(g.rules, f.Key) {
					at = k
				}
			}
		}
		g := &all[at]
		g.Fields = append(g.Fields, f)
		declared := p.form.declared[i]
		g.Told = append(g.Told, toldRule{f.Label, p.form.tell(declared, p.form.now[f.Key]), f.Help})
	}
	return all
}

func (v *seat) showRules() error { return v.show("settings_rules", v.rules()) }

func (v *seat) saveRules() error {
	p := v.rules()
	_, err := v.Store.ChangeShop(v.ctx(), v.shop.ID, func(shop *crm.Shop) (err error) {
		shop.Rules, err = p.form.change(shop.Rules)
		v.act.Detail = p.form.told()
		return err
	})
	if err != nil {
		return v.amend("settings_rules", p, p.form, err)
	}
	return v.done(v.path("settings", p.Tab), "settings.said.saved")
}
