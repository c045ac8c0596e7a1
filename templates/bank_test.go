package templates

import (
	"strings"
	"testing"
)

// few are the parts that need less than five sentences: they may come again,
// or a customer gets them seldom.
var few = map[string]int{"preheader": 2, "why": 2}

// TestBanks: every language has enough to say, in both ways to address people,
// and what a phone shows fits.
func TestBanks(t *testing.T) {
	r := newRenderer(t)
	known := values{slotGoods: "x", slotProduct: "x", slotPlace: "x", slotOrdinal: "x", slotOrder: "x", slotAgo: "x"}
	for tag, lang := range r.tongues {
		for journey, parts := range letterParts {
			for part := range parts {
				g := lang.Letters[journey][part]
				least := max(few[part], 1)
				if journey == thankYou && few[part] == 0 {
					least = 5
				}
				if yearly := strings.HasPrefix(part, "open") || part == "offer" || part == "close"; journey == birthday && yearly {
					least = 4
				}
				if len(g) < least && journey == thankYou || len(g) < least && journey == birthday {
					t.Errorf("%s %s.%s: %d sentences", tag, journey, part, len(g))
				}
				for _, formal := range []bool{false, true} {
					shown := false
					for _, p := range g {
						w := p.in(formal)
						bare := w.fits(&values{})
						n := graphemes(w.fill(&values{}))
						shown = shown || bare && (strings.HasPrefix(part, "subject") && n <= maxSubject || strings.HasPrefix(part, "preheader") && n >= 40 && n <= 90)
						last := w.fill(&known)
						if outside := strings.HasPrefix(part, "subject") || part == "signoff"; !outside && !strings.ContainsAny(last[len(last)-1:], ".!?:") {
							t.Errorf("%s: %q has no end", p.key, last)
						}
						if strings.HasSuffix(last, ":") && part != "instructions" {
							t.Errorf("%s: %q leads nowhere", p.key, last)
						}
					}
					if !shown && (strings.HasPrefix(part, "subject") || strings.HasPrefix(part, "preheader")) {
						t.Errorf("%s %s.%s: none fits without names", tag, journey, part)
					}
				}
			}
		}
	}
}

// TestSayingYou: no formal letter of a language says what only friends say, and
// the other way round, where a word tells it (Spanish "su" is also "its").
func TestSayingYou(t *testing.T) {
	r := newRenderer(t)
	friends := map[string]string{
		"de": " du dir dich dein deine deinen deinem deiner ", "fr": " tu te toi ton ta tes ", "it": " tu ti te tuo tua tuoi tue ", "es": " tú te ti tu tus ",
		"sl": " ti tebi tebe tabo zate tvoj tvoja tvoje tvojega tvojem tvojim tvojo ", "hu": " te neked téged tőled rád veled nálad tiéd ", "fil": " mo ka ikaw iyo kita ",
	}
	strangers := map[string]string{
		"de": " Ihnen Ihr Ihre Ihren Ihrem Ihrer ", "fr": " vous votre vos ", "it": " Lei Suo Sua Suoi Sue ", "es": " usted ",
		"sl": " vi vas vam vami vaš vaša vaše vašega vašem vašim vašo ", "hu": " Ön Önnek Önt Öntől Önnél Öné ", "fil": " po ninyo kayo inyo ",
	}
	for tag, words := range friends {
		for journey, parts := range r.tongues[tag].Letters {
			for _, g := range parts {
				for _, p := range g {
					for _, word := range strings.FieldsFunc(p.formal.fill(&values{}), separator) {
						if strings.Contains(words, " "+word+" ") {
							t.Errorf("%s %s: %q says %q to a stranger (%s)", tag, p.key, p.formal.fill(&values{}), word, journey)
						}
					}
					if p.informal.fill(&values{}) == p.formal.fill(&values{}) {
						continue
					}
					for _, word := range strings.FieldsFunc(p.informal.fill(&values{}), separator) {
						if strings.Contains(strangers[tag], " "+word+" ") {
							t.Errorf("%s %s: %q says %q to a friend", tag, p.key, p.informal.fill(&values{}), word)
						}
					}
				}
			}
		}
	}
}
