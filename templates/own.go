package templates

import (
	"fmt"
	"strings"

	"grazie/crm"
)

// Source is the built-in text of a mail as a template of the merchant's own, for
// who begins from it: as long as she changes nothing, it comes out the same. The
// sentences stand in it by their names, as in all languages.
func Source(journey, locale string) (crm.Template, error) {
	g, ok := gestures[journey]
	if !ok {
		return crm.Template{}, &crm.Invalid{Field: "journey", Message: fmt.Sprintf("there is no mail for %q", journey)}
	}
	t := crm.Template{Journey: journey, Locale: locale, Subject: "{{ letter.subject }}"}
	for _, part := range []struct {
		name string
		into *string
	}{{partHTML, &t.HTML}, {partText, &t.Text}} {
		var err error
		if *part.into, err = copyOf(part.name, g); err != nil {
			return t, err
		}
	}
	return t, nil
}

// copyOf is the layout of a mail. Where it may be marketing or not, it shows the
// way out if there is one.
func copyOf(part string, g gesture) (string, error) {
	marketing, err := layout(part, g.block, crm.Marketing)
	if err != nil || g.marketing {
		return marketing, err
	}
	text, err := layout(part, g.block, crm.Transactional)
	if err != nil || !bothWays(g) {
		return text, err
	}
	foot, err := layoutFiles.ReadFile("layouts/foot." + part + ".liquid")
	if err != nil {
		return "", err
	}
	return strings.Replace(marketing, string(foot), `{% if unsubscribe_url != "" %}`+string(foot)+`{% endif %}`, 1), nil
}

// bothWays tells whether mails of a gesture may be marketing, and may not.
func bothWays(g gesture) bool { return !g.marketing && g.campaign == gestures[apology].campaign }

// Faults is Check of each part alone, for who wants to be told of all at once; and
// of the whole, which decides. Nothing: the text can be used.
func (r *Renderer) Faults(t crm.Template) []error {
	err := r.Check(t)
	if err == nil {
		return nil
	}
	all := []error{err}
	for _, alone := range []crm.Template{{Subject: t.Subject}, {HTML: t.HTML}, {Text: t.Text}} {
		alone.Journey, alone.Locale = t.Journey, t.Locale
		if err := r.Check(alone); err != nil && err.Error() != all[0].Error() {
			all = append(all, err)
		}
	}
	return all
}
