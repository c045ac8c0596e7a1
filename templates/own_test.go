package templates

import (
	"errors"
	"testing"

	"grazie/crm"
)

// set are the samples of a text, written and set.
func set(t *testing.T, r *Renderer, own crm.Template) (all []crm.Mail) {
	t.Helper()
	for _, f := range samples(own) {
		l, err := r.write(f, r.speak(own.Locale), own.Locale, samplesAt)
		if err != nil {
			t.Fatal(err)
		}
		m, err := r.set(l, f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// Who begins from a copy of the built-in text gets the same mails as before, of
// every kind that the gesture knows.
func TestSourceIsTheBuiltInText(t *testing.T) {
	r := newRenderer(t)
	for _, journey := range r.Journeys() {
		for _, locale := range []string{"en", "it"} {
			own, err := Source(journey, locale)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Check(own); err != nil {
				t.Errorf("%s in %s: %v", journey, locale, err)
			}
			was, is := set(t, r, crm.Template{Journey: journey, Locale: locale}), set(t, r, own)
			if len(is) != len(was) || len(is) < 2 {
				t.Fatalf("%s: %d samples, %d", journey, len(is), len(was))
			}
			for i := range is {
				if is[i].Subject != was[i].Subject || is[i].Text != was[i].Text || is[i].HTML != was[i].HTML {
					t.Errorf("%s in %s, sample %d: the copy comes out as\n%s\n%s\nand the built-in text as\n%s\n%s", journey, locale, i, is[i].Subject, is[i].Text, was[i].Subject, was[i].Text)
				}
			}
		}
	}
	if _, err := Source("name_day", "en"); !errors.As(err, new(*crm.Invalid)) {
		t.Error(err)
	}
}

// All faults of a text are told at once, each with its part.
func TestFaultsOfAllParts(t *testing.T) {
	r := newRenderer(t)
	own := crm.Template{Journey: "birthday_coupon", Locale: "it", Subject: "{{ customer.shoe_size }}", HTML: "<p>ciao</p>", Text: "\n{% if %}\n{{ unsubscribe_url }}"}
	found := map[string]int{}
	for _, err := range r.Faults(own) {
		if fault := (*TemplateError)(nil); errors.As(err, &fault) {
			found[fault.Part] = fault.Line
		}
	}
	if len(found) != 3 || found["text"] != 2 {
		t.Errorf("%v %v", found, r.Faults(own))
	}
	own, err := Source("birthday_coupon", "it")
	if err != nil {
		t.Fatal(err)
	}
	if faults := r.Faults(own); faults != nil {
		t.Error(faults)
	}
}
