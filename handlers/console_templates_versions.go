package handlers

import (
	"fmt"
	"slices"
	"strconv"

	"grazie/crm"
	"grazie/store"
	"grazie/templates"
)

// versionsPage are the texts that were in use.
type versionsPage struct {
	letterOf
	Versions []store.Version
	Next     string
}

const versionsAPage = 20

func (v *seat) listTemplateVersions() error {
	l, err := v.letter()
	if err != nil {
		return err
	}
	before, _ := strconv.Atoi(v.QueryParam("after"))
	all, err := v.Store.TemplateVersions(v.ctx(), v.shop.ID, l.Journey, l.Locale, before, versionsAPage+1)
	if err != nil {
		return err
	}
	p := versionsPage{letterOf: l, Versions: all}
	if len(all) > versionsAPage {
		p.Versions = all[:versionsAPage]
		p.Next = strconv.Itoa(p.Versions[versionsAPage-1].Version)
	}
	p.lead("/versions")
	return v.show("template_versions", p)
}

// versionPage is one of them, and what is different in it.
type versionPage struct {
	letterOf
	Version   store.Version
	Builtin   bool  // it is Grazie's own text
	With      int   // the version that it is compared with; 0: Grazie's own text
	Choices   []int // that it can be compared with
	Changes   []changedPart
	Published bool // it is what is sent
}

// version is the one that the address names; 0 is Grazie's own text.
func (v *seat) version(l letterOf) (store.Version, error) {
	n, err := strconv.Atoi(v.Param("version"))
	if err != nil || n < 0 {
		return store.Version{}, crm.ErrNotFound
	}
	return v.versionOf(l, n)
}

func (v *seat) versionOf(l letterOf, n int) (store.Version, error) {
	if n == 0 {
		return store.Version{Template: crm.Template{Journey: l.Journey, Locale: l.Locale}}, nil
	}
	return v.Store.TemplateVersion(v.ctx(), v.shop.ID, l.Journey, l.Locale, n)
}

func (v *seat) showTemplateVersion() error {
	l, err := v.letter()
	if err != nil {
		return err
	}
	one, err := v.version(l)
	if err != nil {
		return err
	}
	p := versionPage{letterOf: l, Version: one, Builtin: !hasParts(one.Template), With: max(one.Version-1, 0)}
	if n, err := strconv.Atoi(v.QueryParam("with")); err == nil && n >= 0 {
		p.With = n
	}
	for n := l.Seen; n > max(0, l.Seen-versionsAPage); n-- {
		p.Choices = append(p.Choices, n)
	}
	if p.With > 0 && !slices.Contains(p.Choices, p.With) {
		p.Choices = append(p.Choices, p.With)
	}
	p.Choices = append(p.Choices, 0)
	with, err := v.versionOf(l, p.With)
	if err != nil {
		return err
	}
	source, err := templates.Source(l.Journey, l.Locale)
	if err != nil {
		return err
	}
	p.Changes = changesOf(filled(with.Template, source), filled(one.Template, source))
	p.Published = sameParts(one.Template, l.Live)
	return v.show("template_version", p)
}

// filled is a text with Grazie's own where it has no part of its own.
func filled(t, source crm.Template) crm.Template {
	for _, part := range []struct{ own, built *string }{{&t.Subject, &source.Subject}, {&t.HTML, &source.HTML}, {&t.Text, &source.Text}} {
		if *part.own == "" {
			*part.own = *part.built
		}
	}
	return t
}

// rollBackTemplate publishes an old version once more, as a new one.
func (v *seat) rollBackTemplate() error {
	l, err := v.letter()
	if err != nil {
		return err
	}
	old, err := v.version(l)
	if err != nil {
		return err
	}
	if v.number("seen") != l.Seen || sameParts(old.Template, l.Live) {
		return crm.ErrConflict
	}
	faults, err := v.faults(old.Template)
	if err != nil {
		return err
	}
	if len(faults) > 0 { // what could be used once may be refused by now
		return &crm.Invalid{Field: "version", Message: faults[0].Message}
	}
	v.act.Detail = fmt.Sprintf("version %d as %d", old.Version, l.Seen+1)
	if _, err := v.Store.PublishTemplate(v.ctx(), v.shop.ID, crm.Template{Journey: l.Journey, Locale: l.Locale, Subject: old.Subject, HTML: old.HTML, Text: old.Text}, l.Seen, 0); err != nil {
		return err
	}
	return v.done(v.path("gestures", l.Journey, "mail", l.Locale), "templates.said.back")
}
