package handlers

import (
	"cmp"
	"context"
	"errors"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	markup "golang.org/x/net/html"
	"golang.org/x/text/language"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
	"grazie/templates"
	"grazie/templates/console"
)

// What a proof is of, beside the number of a version.
const (
	ofDraft   = "draft"
	ofLive    = "live"    // what is sent
	ofBuiltin = "builtin" // Grazie's own text
)

// proofRef names a proof in the token of its frame.
type proofRef struct {
	Journey, Locale, Of string
	Dark                bool
	Order               string // id; empty: an invented one. It stands last, for it may hold anything
}

func (r proofRef) String() string {
	return strings.Join([]string{r.Journey, r.Locale, r.Of, strconv.FormatBool(r.Dark), r.Order}, "/")
}

func readProofRef(s string) (r proofRef, ok bool) {
	parts := strings.SplitN(s, "/", 5)
	if len(parts) != 5 {
		return r, false
	}
	return proofRef{parts[0], parts[1], parts[2], parts[3] == "true", parts[4]}, true
}

// viewTemplate is the HTML of a proof, for its frame.
func viewTemplate(d desktop, ctx context.Context, shop crm.Shop, what string) (string, error) {
	r, ok := readProofRef(what)
	if !ok || d.Desk == nil {
		return "", crm.ErrNotFound
	}
	text, err := textOf(ctx, d.Store, shop.ID, r)
	if err != nil {
		return "", err
	}
	m, err := d.Desk.Proof(ctx, shop, text, r.Order)
	if fault, is := errors.AsType[*templates.TemplateError](err); is {
		return `<!doctype html><title>-</title><p>` + template.HTMLEscapeString(fault.Error()), nil
	} else if err != nil {
		return "", err
	}
	return inScheme(crm.Inert(m.HTML), r.Dark), nil
}

// textOf is the text that a proof is of.
func textOf(ctx context.Context, s *store.Store, shopID string, r proofRef) (crm.Template, error) {
	none := crm.Template{Journey: r.Journey, Locale: r.Locale}
	switch r.Of {
	case ofBuiltin:
		return none, nil
	case ofDraft:
		d, err := s.Draft(ctx, shopID, r.Journey, r.Locale)
		return d.Template, err
	case ofLive:
		own, err := s.Templates(ctx, shopID, r.Journey)
		if i := slices.IndexFunc(own, func(t crm.Template) bool { return t.Locale == r.Locale }); i >= 0 {
			return own[i], err
		}
		return none, err
	}
	n, err := strconv.Atoi(r.Of)
	if err != nil {
		return none, crm.ErrNotFound
	}
	version, err := s.TemplateVersion(ctx, shopID, r.Journey, r.Locale, n)
	return version.Template, err
}

var (
	whenDark  = regexp.MustCompile(`(?i)\(\s*prefers-color-scheme\s*:\s*dark\s*\)`)
	whenLight = regexp.MustCompile(`(?i)\(\s*prefers-color-scheme\s*:\s*light\s*\)`)
)

// inScheme is a mail as it is in the dark, or in the light, whatever the browser
// of who looks is set to: a page cannot choose that for what is in its frame, so
// the mail's own conditions are answered here.
func inScheme(mail string, dark bool) string {
	yes, no := "(min-width:0)", "(max-width:0)"
	if !dark {
		yes, no = no, yes
	}
	return whenLight.ReplaceAllLiteralString(whenDark.ReplaceAllLiteralString(mail, yes), no)
}

// proofPage shows a mail before anybody gets it.
type proofPage struct {
	letterOf
	Of        string
	Choices   []console.Option // of it
	Order     string           // id; empty: an invented one
	Orders    []orderChoice
	Mail      crm.Mail
	Faults    []fault
	Lacks     bool // the imprint, without which it is not written
	Warnings  []warning
	KB        int
	Letters   int    // of the subject
	Plain     string // the text part
	Wide      string // addresses of frames
	Dark      string
	HasDark   bool
	To        string // for the test mail
	OwnerMail string // who alone gets a past order by mail
}

type orderChoice struct{ ID, Label string }

// warning is something that can be sent and should be thought of: key and value.
type warning struct {
	Key   string
	Value any
}

// previewed is the page for what its address asks for.
func (v *seat) previewed(of, order string, asked bool) (proofPage, error) {
	p := proofPage{Of: of}
	var err error
	if p.letterOf, err = v.letter(); err != nil {
		return p, err
	}
	if p.Of == "" {
		if p.Of = ofLive; p.Draft != nil {
			p.Of = ofDraft
		}
	}
	if p.Of == ofDraft && p.Draft == nil {
		p.Of = ofLive
	}
	orders, err := v.Desk.ProofOrders(v.ctx(), v.shop)
	if err != nil {
		return p, err
	}
	for _, o := range orders {
		p.Orders = append(p.Orders, orderChoice{o.ID, cmp.Or(o.Name, o.ID) + " · " + v.page.Day(o.CreatedAt)})
	}
	if p.Order = order; !asked && len(orders) > 0 {
		p.Order = orders[0].ID
	}
	p.Choices = v.choicesOf(p)
	p.lead("/preview?order=" + url.QueryEscape(cmp.Or(p.Order, "none")))
	ref := proofRef{Journey: p.Journey, Locale: p.Locale, Of: p.Of, Order: p.Order}
	text, err := textOf(v.ctx(), v.Store, v.shop.ID, ref)
	if err != nil {
		return p, err
	}
	text.Journey, text.Locale = p.Journey, p.Locale
	v.act.Detail = cmp.Or(p.Order, "invented") // looked at
	p.To, p.OwnerMail = v.staff.Email, desk.TrialReader(v.shop)
	switch p.Mail, err = v.Desk.Proof(v.ctx(), v.shop, text, p.Order); {
	case errors.Is(err, desk.ErrNoImprint):
		p.Lacks = true
		return p, nil
	case errors.As(err, new(*templates.TemplateError)):
		p.Faults, err = v.faults(text)
		return p, err
	case err != nil:
		return p, err
	}
	p.Wide, p.HasDark = v.frameFor("template", ref.String()), whenDark.MatchString(p.Mail.HTML)
	ref.Dark = true
	p.Dark = v.frameFor("template", ref.String())
	p.Letters, p.Plain = utf8.RuneCountInString(p.Mail.Subject), crm.Inert(p.Mail.Text)
	p.KB = (len(p.Mail.HTML) + 1023) / 1024
	p.Warnings, err = v.warnings(p, text)
	return p, err
}

// choicesOf are the texts that a proof can be of.
func (v *seat) choicesOf(p proofPage) (all []console.Option) {
	for _, of := range []string{ofDraft, ofLive, ofBuiltin} {
		if of != ofDraft || p.Draft != nil {
			all = append(all, console.Option{Value: of, Label: v.say("templates.preview.of." + of)})
		}
	}
	if _, err := strconv.Atoi(p.Of); err == nil {
		all = append(all, console.Option{Value: p.Of, Label: v.say("templates.preview.of.version", "n", p.Of)})
	}
	return all
}

func (v *seat) previewTemplate() error {
	order := v.QueryParam("order")
	p, err := v.previewed(plain(v.QueryParam("of")), strings.TrimPrefix(plain(order), "none"), order != "")
	if err != nil {
		return err
	}
	return v.show("template_preview", p)
}

// Bounds of a mail. Gmail cuts off what is longer than 102 KB (mail-and-domain.md,
// 5.1). No text may make more than 100; above clipped, what a mail provider adds to
// links may be too much. Phones show so many letters of a subject.
const (
	clipped      = 90 << 10
	phoneSubject = 45
	newestTongue = 100 // orders whose languages are looked at
)

// warnings are what does not stop a mail, and that its writer wants to know.
func (v *seat) warnings(p proofPage, text crm.Template) (all []warning, err error) {
	add := func(is bool, key string, value any) {
		if is {
			all = append(all, warning{key, value})
		}
	}
	m := p.Mail
	add(len(m.HTML) > clipped, "clipped", p.KB)
	add(strings.HasSuffix(m.Subject, "…"), "cut", p.Letters)
	add(p.Letters > phoneSubject && !strings.HasSuffix(m.Subject, "…"), "subject", p.Letters)
	add(strings.TrimSpace(m.Text) == "", "text", "")
	add(text.HTML != "" && text.Text == "", "other_text", "")
	n := unnamed(m.HTML)
	add(n > 0, "alt", n)
	add(!p.HasDark, "dark", "")
	if hasParts(text) {
		missing, err := v.untranslated(p)
		if err != nil {
			return nil, err
		}
		add(len(missing) > 0, "translation", strings.Join(missing, ", "))
	}
	return all, nil
}

// unnamed counts the pictures that say nothing where they are not shown. One that
// is for decoration says so with an empty alt.
func unnamed(mail string) (n int) {
	z := markup.NewTokenizer(strings.NewReader(mail))
	for {
		switch z.Next() {
		case markup.ErrorToken:
			return n
		case markup.StartTagToken, markup.SelfClosingTagToken:
			t := z.Token()
			if t.Data == "img" && !slices.ContainsFunc(t.Attr, func(a markup.Attribute) bool { return a.Key == "alt" }) {
				n++
			}
		}
	}
}

// untranslated are the languages that customers of the shop read, and in which the
// shop has no text of its own while it has one in this.
func (v *seat) untranslated(p proofPage) (names []string, err error) {
	orders, err := v.Store.NewestOrders(v.ctx(), v.shop.ID, newestTongue)
	if err != nil {
		return nil, err
	}
	base := func(tag string) string {
		t, err := language.Parse(tag)
		if err != nil {
			return ""
		}
		b, _ := t.Base()
		return b.String()
	}
	have := map[string]bool{"": true, base(p.Locale): true}
	for _, m := range p.Mails {
		if m.Version > 0 {
			have[base(m.Locale)] = true
		}
	}
	wanted := []string{v.shop.Locale}
	for _, o := range orders {
		wanted = append(wanted, o.Locale)
	}
	for _, tag := range wanted {
		if b := base(tag); !have[b] {
			have[b] = true
			names = append(names, v.language(b))
		}
	}
	slices.Sort(names)
	return names, nil
}
