package templates

import (
	"embed"
	"fmt"
	"hash/fnv"
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

// chooser picks sentences for one message: the same again for the same message,
// so that a retry sends the same letter.
type chooser struct {
	seed   string   // the message's id
	seen   []string // keys she got before, the latest last
	formal bool
	used   []string // keys chosen for this letter
	before string   // the sentence chosen last
}

// choose picks a sentence of a group: by chance of the message's id among those
// she never got; when she got all, the one that was longest ago. ok is false
// when no sentence fits the values.
func (c *chooser) choose(g group, v *values) (text string, ok bool) {
	p, ok := c.pick(g, v)
	if !ok {
		return "", false
	}
	c.used = append(c.used, p.key)
	c.before = p.in(c.formal).fill(v)
	return c.before, true
}

func (c *chooser) pick(g group, v *values) (phrase, bool) {
	var fresh, echoes [16]int // places in g
	n, m, oldest, age := 0, 0, -1, len(c.seen)
	for i, p := range g {
		if !p.in(c.formal).fits(v) {
			continue
		}
		switch last := lastIndex(c.seen, p.key); {
		case last < 0 && n+m < len(fresh):
			if echo(c.before, p.in(c.formal)) {
				echoes[m] = i
				m++
			} else {
				fresh[n] = i
				n++
			}
		case last >= 0 && last < age:
			oldest, age = i, last
		}
	}
	if n == 0 {
		fresh, n = echoes, m
	}
	if n > 0 {
		return g[fresh[c.chance(g[fresh[0]].key, n)]], true
	}
	if oldest >= 0 {
		return g[oldest], true
	}
	return phrase{}, false
}

// echo tells whether a sentence would begin like the one before it: "I hope …
// I hope …" is how machines write.
func echo(before string, w wording) bool {
	first, rest, _ := strings.Cut(before, " ")
	mine, more, _ := strings.Cut(w.pieces[0].literal, " ")
	if first == "" || first != mine {
		return false
	}
	if len(first) > 3 {
		return true
	}
	second, _, _ := strings.Cut(rest, " ")
	other, _, _ := strings.Cut(more, " ")
	return second == other
}

// fresh tells whether the group has a sentence that fits and that she never got.
func (c *chooser) fresh(g group, v *values) bool {
	return slices.ContainsFunc(g, func(p phrase) bool {
		return p.in(c.formal).fits(v) && lastIndex(c.seen, p.key) < 0
	})
}

// chance is a number below n that depends on the message and the part only.
func (c *chooser) chance(part string, n int) int {
	h := fnv.New32a()
	h.Write([]byte(c.seed))
	h.Write([]byte(part[:strings.LastIndexByte(part, '.')]))
	x := h.Sum32()
	x ^= x >> 15 // FNV's low bits follow the last letters closely
	x *= 0x2c1b3c6d
	x ^= x >> 12
	return int(x % uint32(n))
}

func lastIndex(keys []string, key string) int {
	for i := len(keys) - 1; i >= 0; i-- {
		if keys[i] == key {
			return i
		}
	}
	return -1
}
