package pages

import (
	"cmp"
	"embed"
	"io"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"grazie/crm"
)

//go:embed setup/*.yaml
var setupFiles embed.FS

// setupTongues are the languages in which merchants are asked.
var setupTongues = func() map[string]*tongue {
	texts, err := fs.Sub(setupFiles, "setup")
	if err != nil {
		panic(err) // it is in the binary
	}
	return readTongues(texts)
}()

var setupMatcher = language.NewMatcher([]language.Tag{language.English, language.Italian})

// SetupLanguage is the language of the first tag that merchants are asked in; a
// tag may be the value of an Accept-Language header. Else English.
func SetupLanguage(tags ...string) string {
	for _, tag := range tags {
		wanted, _, err := language.ParseAcceptLanguage(tag)
		if err != nil || len(wanted) == 0 {
			continue
		}
		if _, i, sure := setupMatcher.Match(wanted...); sure >= language.High {
			return []string{"en", "it"}[i]
		}
	}
	return fallback
}

// SetupVisit is what all pages of the first steps are told.
type SetupVisit struct {
	Locale   string // of SetupLanguage
	Shop     string // name; empty on a page that knows no shop
	Imprint  []string
	Scripts  []string // of the platform in whose admin the page stands
	ClientID string   // of the app, for them
}

// Lang is the language for the page's lang.
func (v SetupVisit) Lang() string { return v.Locale }

// Say is a text in the merchant's language, by the names in setup/en.yaml. The
// values come in pairs of a name and what it stands for.
func (v SetupVisit) Say(key string, values ...string) (string, error) {
	return setupTongues[v.Locale].say(key, false, append(values, "shop", v.Shop)...)
}

// SayOr is Say, or else what is given where there is no such text.
func (v SetupVisit) SayOr(key, otherwise string) (string, error) {
	if _, ok := setupTongues[v.Locale].Texts[key]; !ok {
		return otherwise, nil
	}
	return v.Say(key)
}

// SetupField is one field of the first steps.
type SetupField struct {
	Name     string
	Value    string // as it is shown
	Was      string // as it was stored when the page was made
	Wrong    string // what is wrong with it, in words; empty: nothing
	Proposed bool   // by the platform, and not stored yet
	First    bool   // of those that are wrong
}

// SetupGesture is one switch.
type SetupGesture struct {
	Key, Name, Text string
	On, Was         bool
	Unable          string // why the platform cannot, in words; empty: it can
}

// SetupLack is one thing that is still missing.
type SetupLack struct {
	Text   string
	Field  string // where it is mended; empty: nowhere on the page
	Needed bool
}

// SetupFinding is one thing about the sender's domain.
type SetupFinding struct {
	What, State, Mark         string // Mark: ok, missing, wrong or unknown
	Text                      string
	RecordName, Type, Content string // of the record to add; empty: none
}

// Setup are the first steps of a shop.
type Setup struct {
	SetupVisit
	Fields   map[string]SetupField
	Formal   bool
	Currency bool // it is asked for
	Gestures []SetupGesture
	SetUp    bool // they were finished before
	Waits    bool // and until then nothing is sent

	Said  string // what was just done: saved, finished
	Wrong bool   // something typed cannot be taken

	Order     string // that a test mail is about; empty: an invented one
	Reader    string // who may see it
	To        string // of the test mail
	TestWrong string // why it was not sent
	TestSaid  string // and what the mail service told of it
	Tested    string // that it was sent

	Checks     bool // the sender's domain can be checked
	ByHand     bool // the DKIM selector has to be typed
	Selector   string
	CheckWrong string
	Findings   []SetupFinding

	Lacks       []SetupLack
	FinishWrong bool
}

// Field is one of the fields.
func (s Setup) Field(name string) SetupField { return s.Fields[name] }

// Countries are those to choose from, by name in the merchant's language.
func (s Setup) Countries() []Language {
	namer := display.Regions(language.Make(s.Locale))
	var all []Language
	for _, code := range crm.Countries() {
		if r, err := language.ParseRegion(code); err == nil && r.IsCountry() && r.Canonicalize().String() == code {
			all = append(all, Language{code, cmp.Or(namer.Name(r), code)})
		}
	}
	order := collate.New(language.Make(s.Locale))
	slices.SortFunc(all, func(a, b Language) int { return order.CompareString(a.Name, b.Name) })
	return s.with(all, s.Fields["country"].Value)
}

// Languages are those that mails can be had in, and the one that is chosen.
func (s Setup) Languages() []Language { return s.with(languages, s.Fields["locale"].Value) }

// with adds what is chosen, where the list does not have it.
func (Setup) with(all []Language, chosen string) []Language {
	if chosen == "" || slices.ContainsFunc(all, func(l Language) bool { return l.Tag == chosen }) {
		return all
	}
	return append(slices.Clone(all), Language{chosen, chosen})
}

// Zones are those that are offered.
func (Setup) Zones() []string { return crm.Zones() }

// WriteSetup renders the page.
func WriteSetup(w io.Writer, s Setup) error { return parsed.ExecuteTemplate(w, "setup.html", s) }

// SetupTrouble is why the first steps cannot be shown, or what was sent not taken.
type SetupTrouble string

const (
	SetupClosed  SetupTrouble = "closed"  // the token opens nothing, or not any more
	SetupAway    SetupTrouble = "away"    // the database does not answer
	SetupLarge   SetupTrouble = "large"   // more was sent than is read
	SetupForeign SetupTrouble = "foreign" // another site sent it
)

// SetupNotice says that something is not possible, and what to do.
type SetupNotice struct {
	SetupVisit
	Trouble SetupTrouble
}

// WriteSetupNotice renders the page.
func WriteSetupNotice(w io.Writer, n SetupNotice) error {
	return parsed.ExecuteTemplate(w, "setup_notice.html", n)
}

// line is what the template needs to draw one field.
type line struct {
	SetupField
	Page             SetupVisit
	Type, Auto, List string
	Choices          []Language
}

// Hint is what is said below a field, whatever stands in it; empty: nothing.
func (l line) Hint() (string, error) { return l.Page.SayOr(l.Name+".hint", "") }

// Described are the ids of all that is said about the field.
func (l line) Described() (string, error) {
	hint, err := l.Hint()
	var ids []string
	for _, part := range []struct {
		name string
		is   bool
	}{{"hint", hint != ""}, {"proposed", l.Proposed}, {"wrong", l.Wrong != ""}} {
		if part.is {
			ids = append(ids, l.Name+"-"+part.name)
		}
	}
	return strings.Join(ids, " "), err
}

// Line draws a field to type in.
func (s Setup) Line(name, kind, auto, list string) line {
	return line{SetupField: s.named(name), Page: s.SetupVisit, Type: kind, Auto: auto, List: list}
}

// Choose draws a field to choose in.
func (s Setup) Choose(name string, all []Language) line {
	return line{SetupField: s.named(name), Page: s.SetupVisit, Choices: all}
}

func (s Setup) named(name string) SetupField {
	f := s.Fields[name]
	f.Name = name
	return f
}
