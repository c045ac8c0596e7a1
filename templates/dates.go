package templates

import (
	"strings"
	"time"

	"github.com/go-playground/locales"
	"github.com/go-playground/locales/de"
	"github.com/go-playground/locales/en"
	"github.com/go-playground/locales/en_GB"
	"github.com/go-playground/locales/es"
	"github.com/go-playground/locales/fil"
	"github.com/go-playground/locales/fr"
	"github.com/go-playground/locales/hu"
	"github.com/go-playground/locales/it"
	"github.com/go-playground/locales/sl"
)

// calendars know the names of days and months, by language. They serve dates
// alone: their amounts are wrong in places (libraries.md, 5.4).
var calendars = map[string]locales.Translator{
	"de": de.New(), "en": en.New(), "es": es.New(), "fil": fil.New(), "fr": fr.New(), "hu": hu.New(), "it": it.New(), "sl": sl.New(),
}

// britishDates write the day before the month.
var britishDates = en_GB.New()

// longDate is a date with its weekday, so that nobody takes day for month
// (mail-and-domain.md, 5.2).
func longDate(t time.Time, tag string) string {
	base, region := split(tag)
	calendar := calendars[base]
	switch {
	case calendar == nil:
		calendar = calendars[fallback]
	case base == "en" && region != "" && !strings.Contains(" US CA PH PR GU ", " "+region+" "):
		calendar = britishDates
	}
	s := calendar.FmtDateFull(t)
	if base == "sl" {
		s = strings.Replace(s, ", 0", ", ", 1) // "petek, 5. marec"
	}
	return s
}

// clock is the time of a day as one writes it.
func clock(t time.Time, tag string) string {
	base, region := split(tag)
	switch {
	case base == "fil", base == "en" && !(region != "" && strings.Contains(" GB IE ", " "+region+" ")):
		return strings.ToLower(t.Format("3:04" + noBreak + "PM"))
	case base == "fr":
		return t.Format("15") + narrow + "h" + narrow + t.Format("04")
	}
	return t.Format("15:04")
}

// zoneOf is the time zone of a name, the first that there is.
func zoneOf(names ...string) (*time.Location, string) {
	for _, name := range names {
		if name == "" || name == "Local" {
			continue
		}
		if at, err := time.LoadLocation(name); err == nil {
			return at, strings.ReplaceAll(name, "_", " ")
		}
	}
	return time.UTC, "UTC"
}
