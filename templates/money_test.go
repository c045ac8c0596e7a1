package templates

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	decimal "golang.org/x/text/number"

	"grazie/crm"
)

// visible shows which spaces an amount has.
var visible = strings.NewReplacer("\u00a0", "_", "\u202f", "^")

func TestMoney(t *testing.T) {
	for _, c := range []struct {
		tag      string
		minor    int64
		currency string
		want     string
	}{
		{"en", 123450, "EUR", "€1,234.50"}, {"it", 123450, "EUR", "1.234,50_€"}, {"sl", 123450, "EUR", "1.234,50_€"}, {"hu", 123450, "EUR", "1234,50_€"},
		{"fil", 123450, "PHP", "₱1,234.50"}, {"de", 123450, "EUR", "1.234,50_€"}, {"fr", 123450, "EUR", "1^234,50_€"}, {"es", 123450, "EUR", "1234,50_€"},
		{"es", 1234550, "EUR", "12.345,50_€"}, {"hu", 1234500, "HUF", "12_345_Ft"}, {"de", 500000, "HUF", "5.000_HUF"}, {"hu", 500000, "HUF", "5000_Ft"},
		{"en", 5900, "JPY", "¥5,900"}, {"it", 5900, "JPY", "5.900_¥"}, {"sl", 5900, "JPY", "5.900_¥"}, {"hu", 15900, "JPY", "15_900_¥"}, {"fil", 5900, "JPY", "¥5,900"},
		{"de", 5900, "JPY", "5.900_¥"}, {"fr", 5900, "JPY", "5^900_¥"}, {"es", 5900, "JPY", "5900_¥"},
		{"en", 5250, "KWD", "KWD_5.250"}, {"it", 5250, "KWD", "5,250_KWD"}, {"sl", 5000, "KWD", "5_KWD"}, {"hu", 5250, "KWD", "5,250_KWD"}, {"fil", 5250, "KWD", "KWD_5.250"},
		{"de", 5250, "KWD", "5,250_KWD"}, {"fr", 5250, "KWD", "5,250_KWD"}, {"es", 5250, "KWD", "5,250_KWD"},
		{"en", 1000, "EUR", "€10"}, {"de", 1000, "EUR", "10_€"}, {"de", 1005, "EUR", "10,05_€"}, {"en", 1000, "USD", "$10"}, {"en-CA", 1000, "USD", "US$10"}, {"en-CA", 1000, "CAD", "$10"}, {"en", 1000, "CAD", "CA$10"}, {"fr", 1000, "USD", "10_US$"},
		{"de-AT", 123450, "EUR", "€_1_234,50"}, {"de_CH", 123450, "CHF", "CHF_1’234.50"}, {"it-CH", 1050, "CHF", "CHF_10.50"}, {"es-MX", 123450, "MXN", "$1,234.50"}, {"fr-CA", 123450, "CAD", "1_234,50_$"},
		{"en-DE", 123450, "EUR", "€1,234.50"}, {"en-IN", 12345600, "INR", "₹1,23,456"}, {"de", -1050, "EUR", "-10,50_€"}, {"en", -9223372036854775808, "JPY", "-¥9,223,372,036,854,775,808"},
	} {
		if got := visible.Replace(money(crm.Money{Minor: c.minor, Currency: c.currency}, c.tag)); got != c.want {
			t.Errorf("%s %d %s: %s, want %s", c.tag, c.minor, c.currency, got, c.want)
		}
	}
	for tag, want := range map[string]string{"en": "15%", "it": "15%", "sl": "15_%", "hu": "15%", "fil": "15%", "de": "15_%", "fr": "15^%", "es": "15_%", "de-AT": "15_%"} {
		if got := visible.Replace(percent(15, tag)); got != want {
			t.Errorf("%s: %s, want %s", tag, got, want)
		}
	}
}

// TestDecimalSigns: our table of signs is that of x/text, which knows them but
// cannot write money.
func TestDecimalSigns(t *testing.T) {
	for _, tag := range []string{"en", "it", "sl", "hu", "fil", "de", "fr", "es", "de-AT", "de-CH", "it-CH", "es-MX", "es-US", "es-419", "es-AR", "fr-CA", "en-IN"} {
		base, region := split(tag)
		want := message.NewPrinter(language.Make(tag)).Sprint(decimal.Decimal(1.5))
		if got := "1" + decimalSign(base, region) + "5"; got != want {
			t.Errorf("%s: %s, x/text says %s", tag, got, want)
		}
	}
}

func TestLongDates(t *testing.T) {
	day := time.Date(2027, time.March, 5, 23, 59, 59, 0, time.UTC)
	for tag, want := range map[string]string{
		"en": "Friday, March 5, 2027", "en-GB": "Friday, 5 March 2027", "en-US": "Friday, March 5, 2027", "en-IT": "Friday, 5 March 2027", "it": "venerdì 5 marzo 2027", "sl": "petek, 5. marec 2027",
		"hu": "2027. március 5., péntek", "fil": "Biyernes, Marso 5, 2027", "de": "Freitag, 5. März 2027", "de-AT": "Freitag, 5. März 2027", "fr": "vendredi 5 mars 2027", "es": "viernes, 5 de marzo de 2027", "tl-PH": "Biyernes, Marso 5, 2027",
	} {
		if got := longDate(day, tag); got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
	for tag, want := range map[string]string{"en": "11:59_pm", "en-GB": "23:59", "fil": "11:59_pm", "de": "23:59", "fr": "23^h^59", "hu": "23:59", "it": "23:59", "es": "23:59", "sl": "23:59"} {
		if got := visible.Replace(clock(day, tag)); got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
}

// TestLastDayInItsZone: the end that the mail tells is that of the code, in the
// zone that it was set for (mail-and-domain.md, P2).
func TestLastDayInItsZone(t *testing.T) {
	r := newRenderer(t)
	for _, c := range []struct{ zone, want string }{
		{"Europe/Rome", "Last day: Friday, 13 November 2026, until 23:59 (time zone Europe/Rome)."},
		{"America/New_York", "Last day: Friday, 13 November 2026, until 17:59 (time zone America/New York)."},
		{"Pacific/Auckland", "Last day: Saturday, 14 November 2026, until 11:59 (time zone Pacific/Auckland)."},
		{"Nowhere/Land", "Last day: Friday, 13 November 2026, until 23:59 (time zone Europe/Rome)."}, // the shop's
	} {
		f := gestureFacts(birthday, "en")
		f.Effects[0].Code.Zone, f.Zone = c.zone, ""
		m, err := r.Mail(f, autumn)
		if err != nil || !strings.Contains(m.Text, "- "+c.want+"\n") {
			t.Errorf("%s: %v\n%s", c.zone, err, m.Text)
		}
	}
}
