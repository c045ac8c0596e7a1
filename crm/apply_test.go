package crm_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"grazie/crm"
)

// noon is when the examples happen.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// someTime is one of few instants, or not told, so that ties are the rule.
func someTime(t *rapid.T, name string) time.Time {
	return oneOf(t, name, time.Time{}, noon, noon, noon, noon.Add(time.Second))
}

func told(t *rapid.T, name string) time.Time {
	return noon.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, name)) * time.Second)
}

func oneOf[T any](t *rapid.T, name string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, name)
}

// document is a noun as it is stored and shown.
func document(t rapid.TB, noun any) string {
	t.Helper()
	text, err := json.MarshalIndent(noun, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// fold lays states over each other as the store does: from nothing, with the
// document written and read between two of them.
func fold[T interface{ Apply(T) T }](t rapid.TB, states []T, between func(T) T) T {
	t.Helper()
	var noun T
	for _, s := range states {
		var stored T
		if err := json.Unmarshal([]byte(document(t, between(noun.Apply(s)))), &stored); err != nil {
			t.Fatal(err)
		}
		noun = stored
	}
	return noun
}

// anySequence holds that neither the sequence nor the repetition of states
// changes what they come to, which it returns with the states.
func anySequence[T interface{ Apply(T) T }](t *rapid.T, state func(*rapid.T) T, between func(T) T) ([]T, T) {
	states := rapid.SliceOfN(rapid.Custom(state), 1, 5).Draw(t, "states")
	first := fold(t, states, between)
	again := rapid.SliceOfN(rapid.SampledFrom(states), 0, 3).Draw(t, "told again")
	shuffled := rapid.Permutation(slices.Concat(states, again)).Draw(t, "sequence")
	if got, want := document(t, fold(t, shuffled, between)), document(t, first); got != want {
		t.Fatalf("the sequence matters:\n%s\nand in the first sequence\n%s", got, want)
	}
	for _, s := range states {
		if got, want := document(t, between(first.Apply(s))), document(t, first); got != want {
			t.Fatalf("a state that was told already changes\n%s\ninto\n%s", want, got)
		}
	}
	return states, first
}

func TestConsentComesToTheSameInAnySequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		states, got := anySequence(t, anyConsent, func(c crm.Consent) crm.Consent { return c })
		for _, s := range states {
			switch {
			case s.State == crm.ConsentUnknown:
			case s.At.After(got.At):
				t.Fatalf("%+v is newer than what won: %+v", s, got)
			case s.At.Equal(got.At) && s.State == crm.ConsentUnsubscribed && got.State != crm.ConsentUnsubscribed:
				t.Fatalf("a withdrawal lost a tie against %+v", got)
			}
		}
	})
}

func TestConsentApply(t *testing.T) {
	at := func(s crm.ConsentState, seconds int) crm.Consent {
		return crm.Consent{State: s, At: noon.Add(time.Duration(seconds) * time.Second)}
	}
	for name, c := range map[string]struct{ a, b, want crm.Consent }{
		"the newer of two wins":                    {at(crm.ConsentUnsubscribed, 0), at(crm.ConsentSubscribed, 1), at(crm.ConsentSubscribed, 1)},
		"a withdrawal wins a tie":                  {at(crm.ConsentSubscribed, 1), at(crm.ConsentUnsubscribed, 1), at(crm.ConsentUnsubscribed, 1)},
		"what is not confirmed wins a tie":         {at(crm.ConsentSubscribed, 1), at(crm.ConsentPending, 1), at(crm.ConsentPending, 1)},
		"never told says nothing":                  {at(crm.ConsentSubscribed, 1), crm.Consent{}, at(crm.ConsentSubscribed, 1)},
		"a state without a time is older than all": {at(crm.ConsentSubscribed, 1), crm.Consent{State: crm.ConsentNone}, at(crm.ConsentSubscribed, 1)},
	} {
		if got := c.a.Apply(c.b); got != c.want {
			t.Errorf("%s: got %+v", name, got)
		}
		if got := c.b.Apply(c.a); got != c.want {
			t.Errorf("%s, the other way round: got %+v", name, got)
		}
	}
}

func anyConsent(t *rapid.T) crm.Consent {
	s := oneOf(t, "consent", crm.ConsentUnknown, crm.ConsentSubscribed, crm.ConsentUnsubscribed, crm.ConsentNone, crm.ConsentPending, crm.ConsentInvalid, crm.ConsentRedacted)
	if s == crm.ConsentUnknown {
		return crm.Consent{}
	}
	return crm.Consent{State: s, OptInLevel: oneOf(t, "level", "", "single_opt_in", "confirmed_opt_in"), Source: oneOf(t, "source", "shopify", "staff"), At: someTime(t, "decided")}
}
