package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"grazie/crm"
	"grazie/templates"
)

// ownText is a text of the merchant's own, part by part.
type ownText struct {
	Subject string `help:"The subject line, as a template." placeholder:"S"`
	HTML    string `name:"html" help:"The file of the HTML part; - reads the standard input." placeholder:"FILE"`
	Text    string `help:"The file of the text part; - reads the standard input." placeholder:"FILE"`
}

const mostTemplate = 256 << 10

// over puts the given parts over a template.
func (o ownText) over(t crm.Template) (crm.Template, error) {
	if o.Subject == "" && o.HTML == "" && o.Text == "" {
		return t, &crm.Invalid{Message: "give --subject, --html or --text"}
	}
	if o.HTML == "-" && o.Text == "-" {
		return t, &crm.Invalid{Message: "only one part can come from the standard input"}
	}
	if o.Subject != "" {
		t.Subject = o.Subject
	}
	for _, part := range []struct {
		path string
		into *string
	}{{o.HTML, &t.HTML}, {o.Text, &t.Text}} {
		if part.path == "" {
			continue
		}
		text, err := readText(part.path, mostTemplate)
		if err != nil {
			return t, err
		}
		*part.into = string(text)
	}
	return t, nil
}

const ownTextHelp = `Templates are Liquid: {{ letter.greeting }}, {% for p in letter.paragraphs %}; the
built-in sentences come in by these names. "grazie template variables" lists them.
Every text is tried with samples of its gesture, full and bare, before it is stored.
Mails that are marketing, or may be, must link to {{ unsubscribe_url }}.`

// check tries a template and tells where its fault is.
func check(t crm.Template) error {
	r, err := templates.New()
	if err != nil {
		return err
	}
	err = r.Check(t)
	if fault := (*templates.TemplateError)(nil); errors.As(err, &fault) {
		where := t.Locale + " " + fault.Part
		if fault.Line > 0 {
			where += fmt.Sprintf(", line %d", fault.Line)
		}
		return &crm.Invalid{Field: where, Message: fault.Message}
	}
	return err
}

type templateCheckCmd struct {
	oneTemplate
	ownText
}

func (c *templateCheckCmd) Help() string { return ownTextHelp }

func (c *templateCheckCmd) Run(ctx context.Context, g *globals) error {
	s, _, own, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	if own, err = c.over(own); err != nil {
		return err
	}
	if err := check(own); err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.out, "%s in %s can be used.\n", own.Journey, own.Locale)
	return err
}

type templateSetCmd struct {
	oneTemplate
	ownText
}

func (c *templateSetCmd) Help() string {
	return ownTextHelp + `

A part that is not given stays as it is; "grazie template reset" takes all of them
away. The running server uses the text from the next mail on.`
}

func (c *templateSetCmd) Run(ctx context.Context, g *globals) error {
	s, shop, own, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	if own, err = c.over(own); err != nil {
		return err
	}
	if err := check(own); err != nil {
		return err
	}
	if own, err = s.SaveTemplate(ctx, shop.ID, own); err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.out, "%s in %s is stored for %s: version %d, own parts: %s.\n", own.Journey, own.Locale, shop.Domain, own.Version,
		strings.Join(strings.Fields(parts(own)), ", "))
	return err
}

type templateResetCmd struct{ oneTemplate }

// Run stores a version without any part: the earlier ones stay for whoever
// asks what a mail looked like.
func (c *templateResetCmd) Run(ctx context.Context, g *globals) error {
	s, shop, own, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	if hasOwn(own) {
		if _, err := s.SaveTemplate(ctx, shop.ID, crm.Template{Journey: own.Journey, Locale: own.Locale}); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(g.out, "%s in %s of %s is the built-in text.\n", own.Journey, own.Locale, shop.Domain)
	return err
}
