package templates

import (
	"fmt"
	"slices"
)

// check sees to it that a letter can be written whatever is known.
func (t *tongue) check() error {
	if t.Dir != "ltr" && t.Dir != "rtl" {
		return fmt.Errorf("dir is %q", t.Dir)
	}
	for journey, parts := range letterParts {
		if err := checkParts(journey, parts, t.Letters[journey]); err != nil {
			return err
		}
	}
	for journey := range t.Letters {
		if letterParts[journey] == nil {
			return fmt.Errorf("there are no letters %q", journey)
		}
	}
	for _, name := range []string{"named", "plain"} {
		if len(t.Greeting[name].informal.pieces) == 0 {
			return fmt.Errorf("greeting.%s is missing", name)
		}
	}
	if err := checkFixed("terms", termSlots, t.Terms); err != nil {
		return err
	}
	if err := checkFixed("words", wordSlots, t.Words); err != nil {
		return err
	}
	for n := 1; n <= 10; n++ {
		if t.Ago[n] == "" {
			return fmt.Errorf("ago.%d is missing", n)
		}
	}
	if !t.AgoMore.uses(slotN) {
		return fmt.Errorf("ago_more needs {n}")
	}
	// Every plural form that this language has for whole numbers must be there.
	for n := 1; n <= 200; n++ {
		form := t.plural(n)
		if len(t.AndOthers[form].pieces) == 0 || n > 1 && len(t.Several[form].pieces) == 0 {
			return fmt.Errorf("the plural form %q of %d is missing", form, n)
		}
	}
	for n := 2; n <= 10; n++ {
		if t.Ordinals[n] == "" {
			return fmt.Errorf("the ordinal of %d is missing", n)
		}
	}
	return nil
}

// checkParts sees to it that every part of a letter has a sentence that always
// fits, and none that could not be filled.
func checkParts(journey string, rules map[string]rule, parts map[string]group) error {
	for part := range parts {
		if _, known := rules[part]; !known {
			return fmt.Errorf("the letter %s has no part %q", journey, part)
		}
	}
	for part, allowed := range rules {
		for _, formal := range []bool{false, true} {
			always := false // a sentence that needs nothing else
			for _, p := range parts[part] {
				w, bare := p.in(formal), true
				for _, piece := range w.pieces {
					need := piece.slot == slotNone || slices.Contains(allowed.need, piece.slot)
					if !need && !slices.Contains(allowed.may, piece.slot) {
						return fmt.Errorf("%s has a slot that its part does not know", p.key)
					}
					bare = bare && need
				}
				for _, s := range allowed.need {
					bare = bare && w.uses(s)
				}
				always = always || bare
			}
			if !always {
				return fmt.Errorf("%s.%s needs a sentence that works when nothing more is known", journey, part)
			}
		}
	}
	return nil
}

// checkFixed sees to it that the texts without variants are there, each with
// the slots that it needs and no other.
func checkFixed(section string, need map[string][]slot, have map[string]phrase) error {
	for name := range have {
		if _, known := need[name]; !known {
			return fmt.Errorf("there is no %s.%s", section, name)
		}
	}
	for name, slots := range need {
		for _, formal := range []bool{false, true} {
			w := have[name].in(formal)
			if len(w.pieces) == 0 {
				return fmt.Errorf("%s.%s is missing", section, name)
			}
			for _, p := range w.pieces {
				if p.slot != slotNone && !slices.Contains(slots, p.slot) {
					return fmt.Errorf("%s.%s has a slot too many", section, name)
				}
			}
			for _, s := range slots {
				if !w.uses(s) {
					return fmt.Errorf("%s.%s lacks a slot", section, name)
				}
			}
		}
	}
	return nil
}
