package handlers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"grazie/crm"
	"grazie/templates/console"
)

// settingField is a setting as the part "setting" draws it.
type settingField struct {
	Key, Label, Help string
	Kind             crm.SettingKind
	Value            string // as people type it; of a secret always empty
	Unit             string // of a duration
	Was              string // what is in force, for change
	Stored           bool   // of a secret: there is one
	Said             string // in words
	Theirs           string // what somebody else made of it meanwhile
	Default          string // in words, where it is not in force
	After            string // stands behind the field: %, EUR
	Needed           bool
	Options, Units   []console.Option
}

func (f *settingForm) field(s crm.Setting, now string) settingField {
	field := settingField{Key: s.Key, Label: f.text(s, "label", s.Label), Help: f.text(s, "help", s.Help), Kind: s.Kind, Value: now, Was: now, Needed: s.Required}
	if now != s.Default && s.Kind != crm.SettingSecret && s.Default != "" {
		field.Default = f.tell(s, s.Default)
	}
	field.Said = f.tell(s, now)
	switch s.Kind {
	case crm.SettingSecret:
		field.Said = ""
		field.Value, field.Was, field.Stored = "", "", now != ""
	case crm.SettingDuration:
		field.Value, field.Unit = amountAndUnit(now)
		field.Units = f.units(s, field.Unit)
	case crm.SettingChoice:
		for _, c := range s.Choices {
			field.Options = append(field.Options, console.Option{Value: c, Label: f.text(s, "choice."+c, c)})
		}
	case crm.SettingHour:
		for h := range 24 {
			at := fmt.Sprintf("%d:00", h)
			if (crm.Values{"": now}).Hour("") == h {
				at = now
			}
			field.Options = append(field.Options, console.Option{Value: at, Label: fmt.Sprintf("%d:00", h)})
		}
	case crm.SettingMoney:
		field.Value, field.After = f.decimal(now), f.v.shop.Currency
	case crm.SettingPercent:
		field.After = "%"
	}
	return field
}

// typed puts in what was posted.
func (field *settingField) typed(v *seat) {
	if field.Kind == crm.SettingSecret {
		return // what nobody may see is typed again
	}
	field.Value = v.form().Get(field.Key)
	if field.Kind == crm.SettingBool {
		field.Value = fmt.Sprint(field.Value != "")
	}
	if unit := v.typed(field.Key + ".unit"); slices.ContainsFunc(field.Units, func(o console.Option) bool { return o.Value == unit }) {
		field.Unit = unit
	}
}

// decimal is an amount as it is written in the language of the page.
func (f *settingForm) decimal(s string) string {
	if f.v.page.Lang == "it" {
		return strings.Replace(s, ".", ",", 1)
	}
	return s
}

// amountAndUnit takes a duration apart, in the largest unit that it is whole in.
// One that cannot be read stays as it is.
func amountAndUnit(s string) (amount, unit string) {
	d, err := crm.ParseDuration(s)
	if err != nil {
		return s, "d"
	}
	for _, u := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if d != 0 && d%u.size == 0 {
			if u.name == "d" && !strings.HasSuffix(s, "d") && d < 72*time.Hour {
				continue // 24 hours stay hours
			}
			return strconv.FormatInt(int64(d/u.size), 10), u.name
		}
	}
	return "0", "d"
}

// units are those that a duration may be typed in: where the shortest is a day or
// more, only days.
func (f *settingForm) units(s crm.Setting, unit string) (all []console.Option) {
	names := []string{"m", "h", "d"}
	if least, err := crm.ParseDuration(s.Least); err == nil && least >= 24*time.Hour {
		names = []string{"d"}
	}
	if !slices.Contains(names, unit) {
		names = append([]string{unit}, names...)
	}
	for _, n := range names {
		all = append(all, console.Option{Value: n, Label: f.v.say("setting.unit." + n)})
	}
	return all
}

// tell is a value in words.
func (f *settingForm) tell(s crm.Setting, value string) string {
	v := f.v
	switch {
	case s.Kind == crm.SettingBool:
		return v.say("setting.bool." + fmt.Sprint(value == "true"))
	case value == "":
		return v.say("setting.none")
	case s.Kind == crm.SettingChoice:
		return f.text(s, "choice."+value, value)
	case s.Kind == crm.SettingDuration:
		n, unit := amountAndUnit(value)
		said, err := v.page.Count("setting.span."+unit, n)
		if err != nil {
			return value
		}
		return said
	case s.Kind == crm.SettingMoney:
		return f.decimal(value) + " " + v.shop.Currency
	case s.Kind == crm.SettingPercent:
		return value + " %"
	}
	return value
}
