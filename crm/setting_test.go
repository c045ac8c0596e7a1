package crm_test

import (
	"testing"
	"time"

	"grazie/crm"
)

const day = 24 * time.Hour

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0s": 0, "0": 0, "0d": 0, "90m": 90 * time.Minute, "48h": 2 * day, "3d": 3 * day, "1h30m": 90 * time.Minute, "1.5h": 90 * time.Minute,
		"3650d": 3650 * day, "87600h": 3650 * day, "-3d": -3 * day, "-5m": -5 * time.Minute,
	} {
		if got, err := crm.ParseDuration(text); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for what, text := range map[string]string{
		"nothing":                          "",
		"days without a number":            "d",
		"a number without a unit":          "5",
		"half a day":                       "1.5d",
		"days and hours":                   "1d12h",
		"a word":                           "soon",
		"a space":                          "3 d",
		"digits of another script":         "٣d",
		"a day more than ten years":        "3651d",
		"an hour more than ten years":      "87601h",
		"ten years back and a day":         "-3651d",
		"days that overflow to nothing":    "-281474976710656d",
		"days beyond any number":           "99999999999999999999d",
		"hours beyond any duration":        "9999999999h",
		"a capital unit":                   "3D",
		"an exponent, which is no number ": "1e3d",
	} {
		if got, err := crm.ParseDuration(text); err == nil || got != 0 {
			t.Errorf("%s: %q is %v, %v; want it refused", what, text, got, err)
		}
	}
}

func TestSettingCheck(t *testing.T) {
	for _, c := range []struct {
		kind crm.SettingKind
		good []string
		bad  []string
	}{
		{crm.SettingText, []string{"", "anything", "two words"}, nil},
		{crm.SettingSecret, []string{"", "shpat_1"}, nil},
		{crm.SettingBool, []string{"true", "false"}, []string{"", "yes", "True", "1", " true"}},
		{crm.SettingInt, []string{"0", "7", "1000"}, []string{"", "-1", "1.5", "seven", "1e3", " 7", "99999999999999999999"}},
		{crm.SettingDuration, []string{"0s", "90m", "3d"}, []string{"", "-1h", "-3d", "soon", "4000d", "-281474976710656d"}},
		{crm.SettingChoice, []string{"a", "b"}, []string{"", "c", "A", "a, b"}},
	} {
		s := crm.Setting{Key: "key", Kind: c.kind, Choices: []string{"a", "b"}}
		for _, v := range c.good {
			if err := s.Check(v); err != nil {
				t.Errorf("%s refuses %q: %v", c.kind, v, err)
			}
		}
		for _, v := range c.bad {
			if err, ok := s.Check(v).(*crm.Invalid); !ok || err.Field != "key" || err.Message == "" {
				t.Errorf("%s takes %q: %v", c.kind, v, err)
			}
		}
	}
}

func TestRequiredSettingNeedsMoreThanSpace(t *testing.T) {
	s := crm.Setting{Key: "token", Kind: crm.SettingSecret, Required: true}
	for v, ok := range map[string]bool{"": false, " \t": false, "shpat_1": true} {
		if err := s.Check(v); (err == nil) != ok {
			t.Errorf("%q: %v", v, err)
		}
	}
}

func TestValuesThatWereNeverSet(t *testing.T) {
	v := crm.Values{"on": "true", "off": "false", "wait": "2d", "mails": "3"}
	if !v.Bool("on") || v.Bool("off") || v.Bool("none") {
		t.Error("only true is true")
	}
	if v.Duration("wait") != 2*day || v.Duration("none") != 0 || v.Int("mails") != 3 || v.Int("none") != 0 {
		t.Error("what was never set is nothing")
	}
}

func TestShopSettings(t *testing.T) {
	declared := []crm.Setting{{Key: "enabled", Default: "true"}, {Key: "delay", Default: "1h"}}
	s := crm.Shop{Journeys: map[string]crm.Values{"thank_you": {"delay": "2d", "gone": "x"}, "birthday": {"enabled": "false"}}}
	got := s.Settings("thank_you", declared)
	if len(got) != 2 || got["enabled"] != "true" || got["delay"] != "2d" {
		t.Errorf("got %v; want the defaults with the merchant's own over them, and only what is declared", got)
	}
	got["delay"] = "9d"
	if declared[1].Default != "1h" || s.Journeys["thank_you"]["delay"] != "2d" {
		t.Error("changing what was returned changed the shop")
	}
}
