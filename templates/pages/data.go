package pages

import (
	"fmt"
	"io"
	"strings"
	"time"

	"grazie/crm"
)

// Ways are the addresses of a customer's other pages; empty ones are not shown.
type Ways struct{ Preferences, Data, Returns string }

// Any tells whether there is one.
func (w Ways) Any() bool { return w.Preferences+w.Data+w.Returns != "" }

// Data is what is kept about a customer.
type Data struct {
	Visit
	Ways
	Name, Email, Place string
	Speaks             string // name of the language of her mails
	Birthday           crm.MonthDay
	Agreed             time.Time // to offers; zero: she did not
	Zone               *time.Location

	Orders  []DataOrder
	Mails   []DataMail
	Codes   []DataCode
	Reviews []DataReview
	More    bool // there are more than are shown

	File      string    // address of all of it as a file; empty: it is not for whoever has this link
	AskedAt   time.Time // when she asked to have it erased; zero: she did not
	DueAt     time.Time // when that is done at the latest
	Elsewhere bool      // the link came to an address that is not her own: nothing is shown
}

// DataOrder is one of her orders.
type DataOrder struct {
	Name  string
	At    time.Time
	Total crm.Money
	Goods []string
}

// DataMail is one of her mails, or one that is planned.
type DataMail struct {
	Subject string // of the mail as it was sent, or the name of its kind
	At      time.Time
	Said    string // key of what became of it: data.sent, data.planned, data.not_sent
}

// DataCode is a coupon of hers.
type DataCode struct {
	Code  string
	Until time.Time
	Said  string // key: data.until, data.used, data.over
}

// DataReview is what she said of an order.
type DataReview struct {
	Order  string
	Rating int
	Text   string
}

// Day is a date in words, by the shop's clock.
func (d Data) Day(t time.Time) string { return d.day(t, d.Zone) }

// Born is her birthday in words.
func (d Data) Born() string {
	t, err := time.Parse("2006-01-02", "2024-"+string(d.Birthday))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ReplaceAll(d.day(t, time.UTC), "2024", ""))
}

// Money is an amount as her language writes it.
func (v Visit) Money(m crm.Money) string {
	switch v.tongue() {
	case "en", "fil":
		return m.String()
	}
	return strings.Replace(m.String(), ".", ",", 1)
}

// day is a date as a language writes it. Where its months change their form in
// one, and the page only knows the other, it stands in numbers.
func (v Visit) day(t time.Time, zone *time.Location) string {
	if zone != nil {
		t = t.In(zone)
	}
	month := tongues[v.tongue()].Months[t.Month()-1]
	switch v.tongue() {
	case "sl":
		return fmt.Sprintf("%d. %d. %d", t.Day(), t.Month(), t.Year())
	case "hu":
		return fmt.Sprintf("%d. %s %d.", t.Year(), month, t.Day())
	case "de":
		return fmt.Sprintf("%d. %s %d", t.Day(), month, t.Year())
	case "es":
		return fmt.Sprintf("%d de %s de %d", t.Day(), month, t.Year())
	case "fr":
		if t.Day() == 1 {
			return fmt.Sprintf("1er %s %d", month, t.Year())
		}
	}
	return fmt.Sprintf("%d %s %d", t.Day(), month, t.Year())
}

// WriteData renders the page.
func WriteData(w io.Writer, d Data) error { return parsed.ExecuteTemplate(w, "data.html", d) }

// Returns are a customer's returns and how they stand.
type Returns struct {
	Visit
	Ways
	All  []Back
	Zone *time.Location
}

// Back is one return.
type Back struct {
	Name, Order   string // as she knows them; may be empty
	Goods         []string
	At            time.Time
	Status        crm.ReturnStatus
	Free          bool // it was made free of charge
	Replaced      bool // other goods were ordered for her
	Label         string
	Tracking      string // address
	TrackingPlain string // number, where no address is known
}

// Known tells whether there are words for how it stands.
func (b Back) Known() bool {
	switch b.Status {
	case crm.ReturnRequested, crm.ReturnOpen, crm.ReturnClosed, crm.ReturnDeclined, crm.ReturnCanceled:
		return true
	}
	return false
}

// Day is a date in words, by the shop's clock.
func (r Returns) Day(t time.Time) string { return r.day(t, r.Zone) }

// WriteReturns renders the page.
func WriteReturns(w io.Writer, r Returns) error { return parsed.ExecuteTemplate(w, "returns.html", r) }

// WriteBirthday renders the page that asks for a birthday and nothing else.
func WriteBirthday(w io.Writer, p Preferences) error {
	return parsed.ExecuteTemplate(w, "birthday.html", p)
}
