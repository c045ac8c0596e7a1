package pages

import (
	"io"
	"strconv"

	"grazie/crm"
)

// Wording is the version of the text that a customer agrees to by a tick on
// her preferences, preferences.agree: raise it when its meaning changes.
const Wording = "customer-page-1"

// Visit is what all of a customer's own pages are told.
type Visit struct {
	Locale  string   // of Language
	Formal  bool     // address her formally where the language knows it
	Shop    string   // name; empty on a page that knows no shop
	Imprint []string // legal name and postal address, as far as they are set
}

// Say is a text in the visitor's language, by the names in texts/en.yaml. The
// values come in pairs of a name and what it stands for.
func (v Visit) Say(key string, values ...string) (string, error) {
	return tongues[v.tongue()].say(key, v.Formal, append(values, "shop", v.Shop)...)
}

// Lang is the language for the page's lang.
func (v Visit) Lang() string { return v.tongue() }

// Stream is the name of a journey's mails.
func (v Visit) Stream(key, fallback string) string {
	if name := tongues[v.tongue()].Streams[key]; name != "" {
		return name
	}
	return fallback
}

func (v Visit) tongue() string {
	if tongues[v.Locale] == nil {
		return fallback
	}
	return v.Locale
}

// Stopped is what an unsubscribing did.
type Stopped string

const (
	StoppedNothing Stopped = ""       // she only opened the page
	StoppedStream  Stopped = "stream" // this kind of mail
	StoppedAll     Stopped = "all"    // all marketing
)

// Unsubscribe asks which mails should stop, or says which have.
type Unsubscribe struct {
	Visit
	Name        string // of this kind of mail; empty: only all can be stopped
	Done        Stopped
	Preferences string // address of that page; empty when there is nobody to prefer anything
}

// WriteUnsubscribe renders the page.
func WriteUnsubscribe(w io.Writer, u Unsubscribe) error {
	return parsed.ExecuteTemplate(w, "unsubscribe.html", u)
}

// Choice is one kind of mail that can be had or not.
type Choice struct {
	Key, Name string
	On        bool
	Was       bool // when the page was first shown: only what differs from that was changed by her
}

// Preferences are what a customer may choose herself.
type Preferences struct {
	Visit
	Ways
	Choices     []Choice
	Language    string // of the mails
	LanguageWas string

	AskBirthday bool
	BirthdayWas crm.MonthDay
	Day, Month  int // 0: not set
	BadBirthday bool

	Blocked bool    // nothing goes to the address, and she cannot change it here
	Saved   bool    // what is shown was just stored
	Stopped Stopped // what was stopped instead
}

// Languages are those that mails can be had in.
func (Preferences) Languages() []Language { return languages }

// Days are the days of a month.
func (Preferences) Days() []int {
	days := make([]int, 31)
	for i := range days {
		days[i] = i + 1
	}
	return days
}

// Months are the names of the months.
func (p Preferences) Months() []string { return tongues[p.tongue()].Months }

// WritePreferences renders the page.
func WritePreferences(w io.Writer, p Preferences) error {
	return parsed.ExecuteTemplate(w, "preferences.html", p)
}

// LongestText is how many characters of a review's text are taken.
const LongestText = 2000

// Review asks for a review, or thanks for it. Nobody is shown another page for
// another rating (mail-and-domain.md, rules R1 and R2).
type Review struct {
	Visit
	Order     string   // as she knows it, "#1001"; may be empty
	Goods     []string // of this order
	Rating    int      // 0: none chosen
	Text      string
	Publish   bool
	Again     bool // there is a review already, and it is shown
	NoRating  bool
	TooLong   bool
	Thanks    bool
	Elsewhere string // address of the merchant's own place for reviews; empty: none
}

// LongestText is the limit for the field.
func (Review) LongestText() int { return LongestText }

// Bad tells whether something has to be put right.
func (r Review) Bad() bool { return r.NoRating || r.TooLong }

// Rate is one rating that can be chosen.
type Rate struct {
	Value  int
	Name   string
	Chosen bool
}

// Rates are the ratings from the lowest to the highest; none is chosen for her (rule R5).
func (r Review) Rates() ([]Rate, error) {
	var rates []Rate
	for value := 1; value <= 5; value++ {
		name, err := r.Say("review." + strconv.Itoa(value))
		if err != nil {
			return nil, err
		}
		rates = append(rates, Rate{value, name, value == r.Rating})
	}
	return rates, nil
}

// WriteReview renders the page.
func WriteReview(w io.Writer, r Review) error { return parsed.ExecuteTemplate(w, "review.html", r) }

// Trouble is why a page cannot be shown.
type Trouble string

const (
	Lost  Trouble = "lost"  // the token opens nothing
	Gone  Trouble = "gone"  // what it opens was erased
	Away  Trouble = "away"  // the database does not answer
	Large Trouble = "large" // more was sent than is read
)

// Notice says that something is not possible, and what to do.
type Notice struct {
	Visit
	Trouble Trouble
}

// WriteNotice renders the page.
func WriteNotice(w io.Writer, n Notice) error { return parsed.ExecuteTemplate(w, "notice.html", n) }

// ImprintOf is what a shop must say about itself.
func ImprintOf(s crm.Shop) []string {
	var lines []string
	for _, line := range []string{s.LegalName, s.PostalAddress} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
