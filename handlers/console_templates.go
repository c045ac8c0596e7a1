package handlers

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
	"grazie/templates"
)

func (d desktop) templateRoutes() []ConsoleRoute {
	const mail = "/gestures/:journey/mail/:locale"
	test := act(mail+"/test", store.Manager, "gestures", "templates.test", (*seat).testTemplate)
	test.Looks = true
	return []ConsoleRoute{
		page(mail, store.Viewer, "gestures", "templates.title", (*seat).editTemplate),
		wide(act(mail, store.Manager, "gestures", "templates.save", (*seat).saveTemplate)),
		wide(act(mail+"/start", store.Manager, "gestures", "templates.start", (*seat).startTemplate)),
		wide(act(mail+"/publish", store.Manager, "gestures", "templates.publish", (*seat).publishTemplate)),
		act(mail+"/discard", store.Manager, "gestures", "templates.discard", (*seat).discardTemplate),
		page(mail+"/versions", store.Viewer, "gestures", "templates.versions.title", (*seat).listTemplateVersions),
		page(mail+"/versions/:version", store.Viewer, "gestures", "templates.version.title", (*seat).showTemplateVersion),
		act(mail+"/versions/:version/publish", store.Manager, "gestures", "templates.rollback", (*seat).rollBackTemplate),
		look(mail+"/preview", store.Viewer, "gestures", "templates.preview.title", (*seat).previewTemplate),
		test,
	}
}

// mostPart is how long the HTML or the text of a template may be, in bytes, and
// mostSubjectTemplate its subject; a form that holds both may be thrice that, for
// browsers write three letters for most signs of Liquid.
const (
	mostPart            = 256 << 10
	mostSubjectTemplate = 500
)

func wide(r ConsoleRoute) ConsoleRoute {
	r.Most = 2*3*mostPart + consoleBody
	return r
}

// letterOf is the mail that an address names, with what there is of it.
type letterOf struct {
	Journey, Locale, Language string
	Mails                     []gestureMail
	Live                      crm.Template // what is sent; without parts: Grazie's own
	Own                       bool
	Seen                      int          // the newest version, also where it is Grazie's own again; 0: none
	Draft                     *store.Draft // nil: none
}

// letter looks it up.
func (v *seat) letter() (letterOf, error) {
	j, err := v.journey()
	if err != nil {
		return letterOf{}, err
	}
	l := letterOf{Journey: j.Key, Locale: v.Param("locale")}
	if tag, err := desk.Locale(l.Locale); err != nil || tag != l.Locale || v.Desk.Templates.Check(crm.Template{Journey: l.Journey, Locale: tag}) != nil {
		return l, crm.ErrNotFound
	}
	l.Language = v.language(l.Locale)
	v.page.Named += " · " + l.Language
	own, err := v.Store.Templates(v.ctx(), v.shop.ID, l.Journey)
	if err != nil {
		return l, err
	}
	l.Live = crm.Template{Journey: l.Journey, Locale: l.Locale}
	if i := slices.IndexFunc(own, func(t crm.Template) bool { return t.Locale == l.Locale }); i >= 0 {
		l.Live = own[i]
	}
	l.Own, l.Seen = hasParts(l.Live), l.Live.Version
	switch d, err := v.Store.Draft(v.ctx(), v.shop.ID, l.Journey, l.Locale); {
	case err == nil:
		l.Draft = &d
	case !errors.Is(err, crm.ErrNotFound):
		return l, err
	}
	l.Mails, err = v.mailsOf(l.Journey)
	for i := range l.Mails {
		l.Mails[i].Here, l.Mails[i].Href = l.Mails[i].Locale == l.Locale, v.path("gestures", l.Journey, "mail", l.Mails[i].Locale)
	}
	return l, err
}

// lead makes the languages lead to a page below the text.
func (l letterOf) lead(to string) {
	for i := range l.Mails {
		l.Mails[i].Href += to
	}
}

func hasParts(t crm.Template) bool { return t.Subject != "" || t.HTML != "" || t.Text != "" }

func sameParts(a, b crm.Template) bool {
	return a.Subject == b.Subject && a.HTML == b.HTML && a.Text == b.Text
}

// revision is that of the draft, 0 where there is none.
func (l letterOf) revision() int {
	if l.Draft == nil {
		return 0
	}
	return l.Draft.Revision
}

// text is what is written at: the draft, else what is sent.
func (l letterOf) text() crm.Template {
	if l.Draft != nil {
		return l.Draft.Template
	}
	return l.Live
}

// gestureMail is a mail of a gesture in one language.
type gestureMail struct {
	Locale, Language string
	Version          int // of the text that is sent; 0: Grazie's own
	Draft            bool
	By               string // of the draft
	Here             bool
	Href             string
}

// mailsOf are those of a gesture, in all languages that Grazie writes and those
// that somebody wrote.
func (v *seat) mailsOf(journey string) ([]gestureMail, error) {
	own, err := v.Store.Templates(v.ctx(), v.shop.ID, journey)
	if err != nil {
		return nil, err
	}
	drafts, err := v.Store.Drafts(v.ctx(), v.shop.ID, journey)
	if err != nil {
		return nil, err
	}
	by := map[string]*gestureMail{}
	at := func(locale string) *gestureMail {
		if by[locale] == nil {
			by[locale] = &gestureMail{Locale: locale, Language: v.language(locale)}
		}
		return by[locale]
	}
	for _, locale := range v.Desk.Templates.Locales() {
		at(locale)
	}
	for _, t := range own {
		if hasParts(t) {
			at(t.Locale).Version = t.Version
		}
	}
	for _, d := range drafts {
		at(d.Locale).Draft, at(d.Locale).By = true, d.By
	}
	var all []gestureMail
	for _, m := range by {
		all = append(all, *m)
	}
	slices.SortFunc(all, func(a, b gestureMail) int {
		return cmp.Or(cmp.Compare(a.Language, b.Language), cmp.Compare(a.Locale, b.Locale))
	})
	return all, nil
}

// language is the name of a language in that of the page.
func (v *seat) language(tag string) string {
	return cmp.Or(display.Tags(language.Make(v.page.Lang)).Name(language.Make(tag)), tag)
}

// editor is the page on which a text is written.
type editor struct {
	letterOf
	Text      crm.Template // in the fields
	Revision  int          // of the draft that it was written over
	Newer     bool         // a version was published since the draft was begun
	Faults    []fault
	Variables []variable
	Versions  []store.Version
	Frame     string // address of what it comes out as; empty: it does not
}

// fault is what is wrong with a text, beside its field.
type fault struct {
	Part    string // "subject", "html", "text"; empty: all of it
	Line    int
	Message string
}

// variable is a name that a text may use, as it is written, and what it stands for.
type variable struct{ Name, Code, Means string }

// versionsBeside are how many versions stand beside the text.
const versionsBeside = 5

// editor is the page for a text in its fields.
func (v *seat) editor(l letterOf, text crm.Template) (editor, error) {
	e := editor{letterOf: l, Text: text, Revision: l.revision(), Newer: l.Draft != nil && l.Draft.Base != l.Seen, Variables: v.variables(l.Journey)}
	text.Journey, text.Locale = l.Journey, l.Locale
	var err error
	if e.Faults, err = v.faults(text); err != nil {
		return e, err
	}
	if e.Versions, err = v.Store.TemplateVersions(v.ctx(), v.shop.ID, l.Journey, l.Locale, 0, versionsBeside); err != nil {
		return e, err
	}
	if of := ofDraft; len(e.Faults) == 0 {
		if l.Draft == nil {
			of = ofLive
		}
		e.Frame = v.frameFor("template", proofRef{Journey: l.Journey, Locale: l.Locale, Of: of}.String())
	}
	return e, nil
}

// faults are what "grazie template check" would refuse, and what is wrong with the
// other parts.
func (v *seat) faults(t crm.Template) (all []fault, err error) {
	for _, err := range v.Desk.Templates.Faults(t) {
		one, ok := errors.AsType[*templates.TemplateError](err)
		if !ok {
			return nil, err
		}
		all = append(all, fault{one.Part, one.Line, one.Message})
	}
	return all, nil
}

// Of is what is wrong with a part.
func (e editor) Of(part string) (all []fault) {
	for _, f := range e.Faults {
		if f.Part == part {
			all = append(all, f)
		}
	}
	return all
}

// variables are the names that a text of a gesture may use.
func (v *seat) variables(journey string) (all []variable) {
	for _, one := range templates.Variables(journey) {
		code := "{{ " + one.Name + " }}"
		if list, field, is := strings.Cut(one.Name, "[]"); is {
			code = "{% for one in " + list + " %}{{ one" + field + " }}{% endfor %}"
		}
		means, _ := v.page.SayOr("templates.means."+one.Name, one.Means)
		all = append(all, variable{one.Name, code, means})
	}
	return all
}

func (v *seat) editTemplate() error {
	l, err := v.letter()
	if err != nil {
		return err
	}
	e, err := v.editor(l, l.text())
	if err != nil {
		return err
	}
	return v.show("template", e)
}

// written is what was typed into the fields, with the line ends of a file.
func (v *seat) written(l letterOf) (crm.Template, error) {
	part := func(name string) string {
		return strings.ReplaceAll(strings.ToValidUTF8(v.form().Get(name), "\uFFFD"), "\r\n", "\n")
	}
	t := crm.Template{Journey: l.Journey, Locale: l.Locale, Subject: strings.TrimSpace(part("subject")), HTML: part("html"), Text: part("text")}
	var wrong []error
	long := func(field string, is bool) {
		if is {
			wrong = append(wrong, &crm.Invalid{Field: field, Message: v.say("templates.long")})
		}
	}
	long("subject", len(t.Subject) > mostSubjectTemplate)
	long("html", len(t.HTML) > mostPart)
	long("text", len(t.Text) > mostPart)
	return t, errors.Join(wrong...)
}

// keepDraft saves what was typed over the revision that its page showed, as an act
// of its own: it stays also where what was wanted with it is refused. shown tells
// that a page was answered.
func (v *seat) keepDraft(l *letterOf) (t crm.Template, shown bool, err error) {
	t, err = v.written(*l)
	if err != nil {
		e, fault := v.editor(*l, l.text())
		if fault != nil {
			return t, true, fault
		}
		e.Text = t
		return t, true, v.again("template", e, err)
	}
	seen := v.number("revision")
	if seen == l.revision() && sameParts(t, l.text()) {
		return t, false, nil // as it stands already
	}
	ctx := v.ctx()
	if v.route.Title != "templates.save" {
		ctx = store.Acting(ctx, &store.Act{ShopID: v.shop.ID, Staff: v.staff.ID, By: v.name(), Action: "templates.save", Target: v.act.Target})
	}
	d, err := v.Store.SaveDraft(ctx, v.shop.ID, store.Draft{Template: t, Revision: seen, Base: l.Seen})
	if errors.Is(err, crm.ErrConflict) {
		return t, true, v.bothTexts(t)
	} else if err != nil {
		return t, false, err
	}
	l.Draft = &d
	return t, false, nil
}

// number is a whole number that was posted; what is none is 0.
func (v *seat) number(field string) (n int) {
	_, _ = fmt.Sscanf(v.typed(field), "%d", &n)
	return max(n, 0)
}

// conflict is the page for who wrote at a text that somebody else changed.
type conflict struct {
	letterOf
	Mine, Theirs crm.Template
	By           string // who theirs is of; empty: it was published, or thrown away
	Revision     int    // of theirs
	Changes      []changedPart
}

// bothTexts shows what was typed beside what somebody else saved meanwhile.
func (v *seat) bothTexts(mine crm.Template) error {
	l, err := v.letter()
	if err != nil {
		return err
	}
	c := conflict{letterOf: l, Mine: mine, Theirs: l.text(), Revision: l.revision()}
	if l.Draft != nil {
		c.By = l.Draft.By
	}
	c.Changes = changesOf(c.Theirs, mine)
	v.page.Wrong[""] = v.say("templates.conflict")
	return v.render(http.StatusConflict, "template_conflict", c)
}

func (v *seat) saveTemplate() error {
	l, err := v.letter()
	if err != nil {
		return err
	}
	text, shown, err := v.keepDraft(&l)
	if err != nil || shown {
		return err
	}
	if v.typed("do") == "look" {
		return v.done(v.path("gestures", l.Journey, "mail", l.Locale, "preview"), "templates.said.draft")
	}
	if faults, err := v.faults(text); err != nil || len(faults) > 0 {
		return errors.Join(err, v.done(v.path("gestures", l.Journey, "mail", l.Locale), "templates.said.faulty"))
	}
	return v.done(v.path("gestures", l.Journey, "mail", l.Locale), "templates.said.draft")
}

// startTemplate puts a copy of Grazie's own text into what is empty.
func (v *seat) startTemplate() error {
	l, err := v.letter()
	if err != nil {
		return err
	}
	source, err := templates.Source(l.Journey, l.Locale)
	if err != nil {
		return err
	}
	for _, part := range []struct{ field, copy string }{{"subject", source.Subject}, {"html", source.HTML}, {"text", source.Text}} {
		if strings.TrimSpace(v.form().Get(part.field)) == "" {
			v.form().Set(part.field, part.copy)
		}
	}
	if _, shown, err := v.keepDraft(&l); err != nil || shown {
		return err
	}
	return v.done(v.path("gestures", l.Journey, "mail", l.Locale), "templates.said.started")
}

// publishTemplate lets workers use what is in the fields from the next mail on.
// With an error in it, it stays a draft.
func (v *seat) publishTemplate() error {
	l, err := v.letter()
	if err != nil {
		return err
	}
	text, shown, err := v.keepDraft(&l)
	if err != nil || shown {
		return err
	}
	refuse := func(status int, said string) error {
		e, err := v.editor(l, text)
		if err != nil {
			return err
		}
		v.page.Wrong[""] = v.say(said)
		return v.render(status, "template", e)
	}
	switch faults, err := v.faults(text); {
	case err != nil:
		return err
	case len(faults) > 0:
		return refuse(http.StatusUnprocessableEntity, "templates.faulty")
	case l.Draft == nil:
		return refuse(http.StatusUnprocessableEntity, "templates.same")
	case v.number("seen") != l.Seen:
		return refuse(http.StatusConflict, "templates.newer")
	}
	v.act.Detail = fmt.Sprintf("version %d", l.Seen+1)
	_, err = v.Store.PublishTemplate(v.ctx(), v.shop.ID, text, l.Seen, l.Draft.Revision)
	if errors.Is(err, crm.ErrConflict) {
		return v.bothTexts(text)
	} else if err != nil {
		return err
	}
	return v.done(v.path("gestures", l.Journey, "mail", l.Locale), "templates.said.published")
}

func (v *seat) discardTemplate() error {
	l, err := v.letter()
	if err != nil {
		return err
	}
	if err := v.Store.DropDraft(v.ctx(), v.shop.ID, l.Journey, l.Locale, v.number("revision")); err != nil {
		return err
	}
	return v.done(v.path("gestures", l.Journey, "mail", l.Locale), "templates.said.discarded")
}
