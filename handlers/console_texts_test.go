package handlers_test

import (
	"testing"

	"grazie/journeys"
	"grazie/templates/console"
)

// Every gesture has a name in each language of the console; the English one is
// its own.
func TestConsoleNamesJourneys(t *testing.T) {
	for _, j := range journeys.All {
		for _, lang := range console.Languages {
			name, err := console.Say(lang, "journeys."+j.Key)
			if err != nil {
				t.Error(err)
			} else if lang == "en" && name != j.Name {
				t.Errorf("%s is named %q, not %q", j.Key, name, j.Name)
			}
		}
	}
}
