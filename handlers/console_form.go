package handlers

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/templates/console"
)

// settingForm is a form that is drawn from a declaration: of a journey, of the
// rules for all, of a connection.
//
//	form := v.declare(stored, declared, "gestures.thank_you", "gestures.any")
//	_, err := v.Store.ChangeShop(v.ctx(), v.shop.ID, func(shop *crm.Shop) (err error) {
//		shop.Rules, err = form.change(shop.Rules)
//		return err
//	})
//	if err != nil {
//		return v.amend("page", data, form, err)
//	}
//
// A page draws it with {{template "settings" (dict "Page" $ "Form" .Data.Form)}}.
type settingForm struct {
	Fields  []settingField
	Changed []string // what change did, "delay: 1h -> 2h", for the audit log

	v        *seat
	declared []crm.Setting
	words    []string
	stored   crm.Values // when the form was drawn, or changed last
	now      crm.Values // what of it, and of the defaults, is in force
}

// declare draws a form of what is stored over the defaults. words are the
// beginnings of the keys of its texts, the first that has one wins:
// "<words>.<setting>.label", ".help" and ".choice.<value>". Where there is none the
// declaration speaks, in English.
func (v *seat) declare(stored crm.Values, declared []crm.Setting, words ...string) *settingForm {
	f := &settingForm{v: v, declared: declared, words: words}
	f.draw(stored)
	return f
}

// inForce is what is stored over the defaults.
func inForce(declared []crm.Setting, stored crm.Values) crm.Values {
	v := make(crm.Values, len(declared))
	for _, d := range declared {
		v[d.Key] = d.Default
		if own, ok := stored[d.Key]; ok {
			v[d.Key] = own
		}
	}
	return v
}

// change reads what was posted over what is stored now. All that is wrong is told
// at once, each an *crm.Invalid by the setting's key. If a value is not what the
// page showed, and not what was typed either, it is crm.ErrConflict: somebody else
// was at it. Settings that are not declared stay; what is the default again is not
// stored any more.
func (f *settingForm) change(stored crm.Values) (crm.Values, error) {
	next, now := maps.Clone(stored), inForce(f.declared, stored)
	if next == nil {
		next = crm.Values{}
	}
	f.stored, f.now, f.Changed = stored, now, nil
	var wrong []error
	conflict := false
	for _, s := range f.declared {
		typed, err := f.typed(s, now[s.Key])
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		was, shown := f.was(s)
		if shown && was != now[s.Key] && typed != now[s.Key] {
			conflict = true
		}
		if typed == now[s.Key] {
			continue
		}
		if next[s.Key] = typed; typed == s.Default && s.Kind != crm.SettingSecret {
			delete(next, s.Key)
		}
		f.Changed = append(f.Changed, changeOf(s, now[s.Key], typed))
	}
	switch err := errors.Join(wrong...); {
	case err != nil:
		return stored, err
	case conflict:
		return stored, crm.ErrConflict
	}
	return next, nil
}

// turn puts a switch on or off, whatever was posted.
func (f *settingForm) turn(stored crm.Values, s crm.Setting, on bool) crm.Values {
	next, now, to := maps.Clone(stored), inForce([]crm.Setting{s}, stored)[s.Key], fmt.Sprint(on)
	if next == nil {
		next = crm.Values{}
	}
	if next[s.Key] = to; to == s.Default {
		delete(next, s.Key)
	}
	f.Changed = []string{changeOf(s, now, to)}
	return next
}

// told are the changes for the audit log.
func (f *settingForm) told() string { return strings.Join(f.Changed, "; ") }

// was is what the page showed of a setting.
func (f *settingForm) was(s crm.Setting) (value string, shown bool) {
	all, ok := f.v.form()["was."+s.Key]
	if !ok || len(all) != 1 || s.Kind == crm.SettingSecret {
		return "", false
	}
	return all[0], true
}

// changeOf tells what became of a setting; of a secret only that it changed.
func changeOf(s crm.Setting, from, to string) string {
	if s.Kind == crm.SettingSecret {
		return s.Key + ": changed"
	}
	none := func(value string) string {
		if value == "" {
			return "(none)"
		}
		return clip(value, 80)
	}
	return s.Key + ": " + none(from) + " -> " + none(to)
}

// amend shows the page once more after change failed: with what is wrong beside
// each field, or with what somebody else made of it meanwhile. What was typed stays
// in both.
func (v *seat) amend(page string, data any, f *settingForm, err error) error {
	if !errors.Is(err, crm.ErrConflict) {
		f.redraw(false)
		return v.again(page, data, err)
	}
	f.redraw(true)
	v.page.Typed = v.form()
	v.page.Wrong[""] = v.say("setting.conflict")
	return v.render(http.StatusConflict, page, data)
}

// redraw draws the form as it was typed. theirs tells it to show what somebody
// else changed, and to take that for seen.
func (f *settingForm) redraw(theirs bool) {
	f.draw(f.stored)
	for i, s := range f.declared {
		field, now := &f.Fields[i], f.now[s.Key]
		was, shown := f.was(s)
		if !theirs {
			if shown {
				field.Was = was
			}
			field.typed(f.v)
			continue
		}
		if typed, _ := f.typed(s, now); shown && was != now && typed != now {
			field.Theirs = f.tell(s, now)
		}
		if mine, err := f.typed(s, was); err != nil || mine != was || !shown {
			field.typed(f.v) // else she left it as it was shown: it shows how it is now
		}
	}
}

// draw fills in the fields.
func (f *settingForm) draw(stored crm.Values) {
	f.stored, f.now, f.Fields = stored, inForce(f.declared, stored), make([]settingField, len(f.declared))
	for i, s := range f.declared {
		f.Fields[i] = f.field(s, f.now[s.Key])
	}
}

// text is a word of a setting in the language of the page.
func (f *settingForm) text(s crm.Setting, word, otherwise string) string {
	for _, prefix := range f.words {
		if key := prefix + "." + s.Key + "." + word; console.Has(f.v.page.Lang, key) {
			return f.v.say(key)
		}
	}
	return otherwise
}

// invalid is what is wrong with a setting, in the language of the page.
func (f *settingForm) invalid(s crm.Setting, key string, values ...any) error {
	return &crm.Invalid{Field: s.Key, Message: f.v.say("setting.wrong."+key, values...)}
}

// typed is what was posted for a setting, as it is stored; now is what stands
// there, so that what means the same stays as it is written.
func (f *settingForm) typed(s crm.Setting, now string) (string, error) {
	value := f.v.typed(s.Key)
	switch s.Kind {
	case crm.SettingBool:
		return fmt.Sprint(value != ""), nil
	case crm.SettingSecret:
		if value == "" {
			value = now
		}
	case crm.SettingDuration:
		value += f.v.typed(s.Key + ".unit")
		if a, err := crm.ParseDuration(value); err == nil {
			if b, err := crm.ParseDuration(now); err == nil && a == b {
				return now, nil
			}
		}
	case crm.SettingMoney:
		if !strings.Contains(value, ".") {
			value = strings.Replace(value, ",", ".", 1)
		}
	case crm.SettingPercent:
		value = strings.TrimSpace(strings.TrimSuffix(value, "%"))
	case crm.SettingPrefix:
		value = strings.ToUpper(value)
	}
	if value == now {
		return now, nil // what stands there is not judged anew
	}
	if s.Kind == crm.SettingText || s.Kind == crm.SettingSecret {
		if len([]rune(value)) > mostSetting {
			return value, f.invalid(s, "long", "most", mostSetting)
		}
	}
	if err := s.Check(value); err != nil {
		switch {
		case s.Required && value == "":
			return value, f.invalid(s, "needed")
		case s.Kind == crm.SettingDuration && (s.Least != "" || s.Most != ""):
			return value, f.invalid(s, "between", "least", f.tell(s, s.Least), "most", f.tell(s, s.Most))
		case slices.Contains(toldKinds, s.Kind):
			return value, f.invalid(s, string(s.Kind))
		}
		return value, err
	}
	return value, nil
}

// toldKinds are those whose texts of the form say what is wrong.
var toldKinds = []crm.SettingKind{crm.SettingInt, crm.SettingDuration, crm.SettingChoice, crm.SettingHour, crm.SettingMoney, crm.SettingPercent, crm.SettingURL, crm.SettingPrefix}

// mostSetting is how long a text or a secret may be, in letters.
const mostSetting = 4000
