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
		{crm.SettingHour, []string{"0", "9", "9:00", "09:00", "23:00"}, []string{"", "24:00", "-1:00", "9:30", "9.00", "noon", "009:00", ":00", "+9"}},
		{crm.SettingMoney, []string{"", "0", "12", "12.50", "999999999999.9999"}, []string{"-1", "1,50", ".5", "5.", "1e3", "12.50 EUR", "1.00000", " 5", "9999999999999"}},
		{crm.SettingPercent, []string{"1", "10", "100"}, []string{"", "0", "101", "-5", "10%", "7.5"}},
		{crm.SettingURL, []string{"", "https://reviews.example/soap?a=b"}, []string{"http://reviews.example", "reviews.example", "https://", "javascript:alert(1)", "https://a:b@reviews.example", "https:// x"}},
		{crm.SettingPrefix, []string{"GRAZIE", "A1"}, []string{"", "A", "grazie", "GRAZIE-"}},
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

func TestRequiredMoneyIsMoreThanNothing(t *testing.T) {
	s := crm.Setting{Key: "amount", Kind: crm.SettingMoney, Required: true}
	for v, ok := range map[string]bool{"": false, "0": false, "0.00": false, "0.01": true, "5": true} {
		if err := s.Check(v); (err == nil) != ok {
			t.Errorf("%q: %v", v, err)
		}
	}
}

func TestValuesOfTheNewerKinds(t *testing.T) {
	v := crm.Values{"from": "20:00", "to": "8", "gift": "12.505", "yen": "500.50", "validity": "30d", "wait": "36h", "bad": "twelve"}
	if v.Hour("from") != 20 || v.Hour("to") != 8 || v.Hour("none") != 0 {
		t.Errorf("hours are %d and %d", v.Hour("from"), v.Hour("to"))
	}
	if v.Days("validity") != 30 || v.Days("wait") != 1 || v.Days("none") != 0 {
		t.Errorf("days are %d and %d", v.Days("validity"), v.Days("wait"))
	}
	for key, want := range map[string]crm.Money{"gift": eur(1250), "none": eur(0), "bad": eur(0)} {
		if got := v.Money(key, "EUR"); got != want {
			t.Errorf("%s is %v; want %v", key, got, want)
		}
	}
	if got := v.Money("yen", "JPY"); got != (crm.Money{Minor: 500, Currency: "JPY"}) {
		t.Errorf("yen have no decimals: got %v", got)
	}
}
