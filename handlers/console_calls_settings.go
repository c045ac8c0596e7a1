package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"

	"grazie/crm"
)

type callSettingsPage struct {
	Values    crm.Values
	Languages []string
	Seen      string
}

// scriptLetters is how long a shop's own words may be.
const scriptLetters = 1500

func (v *seat) callSettings() callSettingsPage {
	values := v.shop.CallValues()
	return callSettingsPage{Values: values, Languages: crm.CallLanguages, Seen: seenValues(values)}
}

// seenValues is how settings stood, for fresh.
func seenValues(values crm.Values) string {
	b, _ := json.Marshal(values) // texts
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

func (v *seat) showCallSettings() error { return v.show("call_settings", v.callSettings()) }

func (v *seat) saveCallSettings() error {
	p := v.callSettings()
	if err := v.fresh(p.Seen); err != nil {
		return err
	}
	typed, wrong := crm.Values{}, []error(nil)
	for _, s := range crm.CallSettings {
		value := v.typed(s.Key)
		switch {
		case s.Key == "enabled":
			value = map[bool]string{true: "true", false: "false"}[value != ""]
		case strings.HasPrefix(s.Key, "script_"):
			if value = lines(value); len([]rune(value)) > scriptLetters {
				wrong = append(wrong, &crm.Invalid{Field: s.Key, Message: v.say("calls.wrong.script")})
			}
		case s.Key == "minimum" && v.page.Lang == "it":
			value = strings.Replace(value, ",", ".", 1)
		}
		err := s.Check(value)
		if n := (crm.Values{"n": value}).Int("n"); err == nil && (s.Key == "days" && (n < 1 || n > 60) || (s.Key == "per_day" || s.Key == "per_week") && (n < 1 || n > 500)) {
			err = &crm.Invalid{Field: s.Key, Message: "out of its bounds"}
		}
		if err != nil {
			wrong = append(wrong, err)
		}
		typed[s.Key] = value
	}
	if len(wrong) > 0 {
		return v.again("call_settings", p, errors.Join(wrong...))
	}
	if _, err := v.Store.ChangeShop(v.ctx(), v.shop.ID, func(s *crm.Shop) error {
		if err := v.fresh(seenValues(s.CallValues())); err != nil { // by somebody at the same time
			return err
		}
		s.Calls = typed
		return nil
	}); err != nil {
		return err
	}
	return v.done(v.path("calls"), "calls.said.saved")
}
