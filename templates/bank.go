package templates

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"gopkg.in/yaml.v2"
)

//go:embed phrases/*.yaml
var phraseFiles embed.FS

// tongue is one language: its grammar, and the phrase bank.
type tongue struct {
	tag  string
	base language.Tag

	Name        string              `yaml:"name"`         // the language's own name
	Dir         string              `yaml:"dir"`          // ltr or rtl
	FamilyFirst bool                `yaml:"family_first"` // Kovács Anna
	Product     string              `yaml:"product"`      // how a title stands in a sentence, "the {product}"
	Named       []string            `yaml:"named"`        // first words of a title that already has an article
	Numbers     map[int]string      `yaml:"numbers"`      // in words, as {n} of and_others
	Ordinals    map[int]string      `yaml:"ordinals"`     // in words, as {ordinal}
	AndOthers   map[string]wordText `yaml:"and_others"`   // by plural form: {product} and {n} other things
	Several     map[string]wordText `yaml:"several"`      // by plural form: {product} ({n} of them)
	Greeting    map[string]phrase   `yaml:"greeting"`     // named, plain
	Ago         map[int]string      `yaml:"ago"`          // in words by years, as {ago}
	AgoMore     wordText            `yaml:"ago_more"`     // of more years than those: {n} years ago
	Terms       map[string]phrase   `yaml:"terms"`        // what a code gives, and on what conditions
	Words       map[string]phrase   `yaml:"words"`        // on buttons and links

	// Letters are the sentences, by journey and part of the letter. What many
	// journeys share is in "common".
	Letters map[string]map[string]group `yaml:",inline"`

	product wording
}

// wordText is a wording read from a file.
type wordText struct{ wording }

// UnmarshalYAML reads the text.
func (w *wordText) UnmarshalYAML(unmarshal func(any) error) error {
	var s string
	if err := unmarshal(&s); err != nil {
		return err
	}
	var err error
	w.wording, err = parseWording(s)
	return err
}

// group are the variants for one part of the letter, ordered by number.
type group []phrase

// UnmarshalYAML reads "number: sentence". The number is part of the key that is
// stored, so sentences may be added and taken out, but not renumbered.
func (g *group) UnmarshalYAML(unmarshal func(any) error) error {
	var m map[int]phrase
	if err := unmarshal(&m); err != nil {
		return err
	}
	for n, p := range m {
		p.key = strconv.Itoa(n)
		*g = append(*g, p)
	}
	slices.SortFunc(*g, func(a, b phrase) int { return len(a.key)*100 - len(b.key)*100 + strings.Compare(a.key, b.key) })
	return nil
}

// rule is what holds for the sentences of one part: the slots they may use.
// At least one of them uses those in need and no other, so that it always fits.
type rule struct{ need, may []slot }

// loadTongues reads every language file and checks it.
func loadTongues() (map[string]*tongue, error) {
	names, err := fs.Glob(phraseFiles, "phrases/*.yaml")
	if err != nil {
		return nil, err
	}
	all := make(map[string]*tongue, len(names))
	for _, name := range names {
		data, err := phraseFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		tag := strings.TrimSuffix(path.Base(name), ".yaml")
		if all[tag], err = parseTongue(tag, data); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return all, nil
}

func parseTongue(tag string, data []byte) (*tongue, error) {
	t := &tongue{tag: tag}
	var err error
	if t.base, err = language.Parse(tag); err != nil {
		return nil, err
	}
	text := dashes.Replace(string(data))
	if tag == "fr" {
		text = frenchSpaces.Replace(text)
	}
	if err := yaml.UnmarshalStrict([]byte(text), t); err != nil {
		return nil, err
	}
	if t.product, err = parseWording(t.Product); err != nil {
		return nil, fmt.Errorf("product: %w", err)
	}
	for journey, parts := range t.Letters {
		for part, g := range parts {
			for i := range g {
				g[i].key = journey + "." + part + "." + g[i].key
			}
		}
	}
	return t, t.check()
}

// dashes keep to the word before them, or a line would begin with one.
var dashes = strings.NewReplacer(" – ", "\u00a0– ")

// frenchSpaces are no-break before high punctuation and inside quotation marks,
// or a line would begin with them.
var frenchSpaces = strings.NewReplacer(
	" :", "\u00a0:", " !", "\u202f!", " ?", "\u202f?", " ;", "\u202f;", "« ", "«\u00a0", " »", "\u00a0»")

var pluralForms = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// plural is the CLDR plural form of a whole number.
func (t *tongue) plural(n int) string {
	return pluralForms[plural.Cardinal.MatchPlural(t.base, n, 0, 0, 0, 0)]
}

// counted picks the wording for a count. Forms for millions are not in the
// files; the general form stands in.
func (t *tongue) counted(forms map[string]wordText, n int) wording {
	if w, ok := forms[t.plural(n)]; ok {
		return w.wording
	}
	return forms["other"].wording
}

// number is a count as it is written by hand: in words up to ten.
func (t *tongue) number(n int) string {
	if w := t.Numbers[n]; w != "" {
		return w
	}
	return strconv.Itoa(n)
}
