package journeys_test

import (
	"testing"

	"grazie/crm"
	"grazie/journeys"
)

func TestEveryRuleIsDeclaredInFull(t *testing.T) {
	keys := map[string]bool{}
	for _, s := range journeys.Rules {
		if err := s.Check(s.Default); err != nil {
			t.Errorf("its own default is refused: %v", err)
		}
		if !snake.MatchString(s.Key) || keys[s.Key] || s.Label == "" || s.Help == "" {
			t.Errorf("%q is not lower_snake, not the only one, or without words for people", s.Key)
		}
		keys[s.Key] = true
	}
}

func TestRuleValues(t *testing.T) {
	s := shop()
	s.Rules = crm.Values{"cap_day": "3", "gone": "x"}
	v := journeys.RuleValues(s)
	if v["cap_day"] != "3" || v["cap_week"] != "2" || v["code_prefix"] != "GRAZIE" || len(v) != len(journeys.Rules) {
		t.Errorf("got %v; want the defaults with the merchant's own over them, and only what is declared", v)
	}
}
