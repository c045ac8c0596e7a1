package templates

import (
	"strings"
	"time"

	"grazie/crm"
)

// Words is a letter without a layout: what is written by hand on a card, say.
type Words struct {
	Locale     string
	Greeting   string
	Paragraphs []string
	SignOff    string
	Sender     string // the owner, who signs
	Shop       string
}

// All are the texts of the letter.
func (w Words) All() []string {
	return append([]string{w.Greeting, w.SignOff, w.Sender, w.Shop}, w.Paragraphs...)
}

// Words writes the letter of f.Message.Journey in plain words, as its mail has
// them, but for the invitation to answer it. A merchant's own template is a layout of the mail's, and not looked at.
func (r *Renderer) Words(f crm.Facts, now time.Time) (Words, error) {
	lang, tag := r.choose(f)
	l, err := r.write(f, lang, tag, now)
	if err != nil {
		return Words{}, err
	}
	w := Words{Locale: lang.tag, Greeting: unmarked.Replace(l.greeting), SignOff: unmarked.Replace(l.signOff),
		Sender: unmarked.Replace(l.values[slotSender]), Shop: unmarked.Replace(l.values[slotShop])}
	for _, p := range append(append([]string(nil), l.paragraphs...), l.after...) {
		if l.reply != "" { // on paper there is nothing to answer to
			p = strings.TrimSpace(strings.TrimSuffix(p, l.reply))
		}
		if p != "" {
			w.Paragraphs = append(w.Paragraphs, unmarked.Replace(p))
		}
	}
	return w, nil
}

// unmarked takes out the marks around names that are written from right to left.
var unmarked = strings.NewReplacer("\u2068", "", "\u2069", "")
