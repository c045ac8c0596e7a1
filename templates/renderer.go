package templates

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"grazie/crm"
)

// maxSubject is the longest subject, as a reader counts it: phones show no more
// (mail-and-domain.md, 1.3).
const maxSubject = 59

// Renderer writes mails. It is safe for concurrent use.
type Renderer struct {
	tongues map[string]*tongue
	locales []string // sorted; the matcher's order
	matcher language.Matcher
	kits    map[string]*kit // by journey
	owns    *cache          // the merchants' own parts
}

// New parses every built-in template and the phrase banks; it fails when one
// is broken, so that a fault is seen at the start and not with a customer.
func New() (*Renderer, error) {
	tongues, err := loadTongues()
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	r := &Renderer{
		tongues: tongues, locales: slices.Sorted(maps.Keys(tongues)),
		kits: map[string]*kit{}, owns: newCache(maxCached),
	}
	tags := make([]language.Tag, len(r.locales))
	for i, l := range r.locales {
		tags[i] = tongues[l].base
	}
	r.matcher = language.NewMatcher(tags)
	if r.tongues[fallback] == nil {
		return nil, errors.New("templates: there is no English")
	}
	for key := range gestures {
		if r.kits[key], err = newKit(key); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Mail writes the mail of f.Message.Journey. The merchant's own templates
// (f.Templates) replace built-in parts per language; a fault in one is an
// error, not a mail that she did not mean.
//
// What the mail needs must be in the facts: a code or a label that is made, for
// marketing the way out (f.Links.Unsubscribe) and the shop's legal name and
// postal address. Facts that do not belong together are a *WrongHistory.
func (r *Renderer) Mail(f crm.Facts, now time.Time) (crm.Mail, error) {
	lang, tag := r.choose(f)
	l, err := r.write(f, lang, tag, now)
	if err != nil {
		return crm.Mail{}, err
	}
	m, err := r.set(l, f)
	if err != nil {
		return crm.Mail{}, err
	}
	return m, address(&m, f, l)
}

// set sets a letter in the layouts.
func (r *Renderer) set(l *letter, f crm.Facts) (crm.Mail, error) {
	k := r.kits[f.Message.Journey]
	own := r.own(f, l.lang, l.tag)
	vars := l.vars(k.gesture)
	part := func(name, source string) (string, error) {
		c := k.builtIn[layoutKey{f.Message.Purpose, name}]
		if source != "" {
			var err error
			if c, err = r.owns.part(k.guard, f.Message.Journey, name, source); err != nil {
				return "", err
			}
		}
		return c.render(vars)
	}
	m := crm.Mail{
		MessageID: f.Message.ID, ShopID: f.Message.ShopID, Journey: f.Message.Journey, Purpose: f.Message.Purpose,
		Locale: l.lang.tag, Phrases: l.keys, Template: own.Version,
	}
	var err error
	if m.Subject = l.subject; own.Subject != "" {
		if m.Subject, err = part(partSubject, own.Subject); err != nil {
			return m, err
		}
	}
	if m.Subject, err = subject(m.Subject); err != nil {
		return m, err
	}
	if m.HTML, err = part(partHTML, own.HTML); err != nil {
		return m, err
	}
	if m.Text, err = part(partText, own.Text); err != nil {
		return m, err
	}
	return m, showsWayOut(m, own, l.unsubscribeURL)
}

// subject is one line of a length that phones show.
func subject(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", &TemplateError{Part: partSubject, Message: "comes out empty"}
	}
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		return "", &TemplateError{Part: partSubject, Line: 1 + strings.Count(s[:i], "\n"), Message: "must stay on one line"}
	}
	return truncate(strings.Join(strings.Fields(s), " "), maxSubject), nil
}
