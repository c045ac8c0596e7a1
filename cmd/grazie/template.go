package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
	"grazie/templates"
)

type templateCmd struct {
	List      templateListCmd      `cmd:"" help:"List the languages of the mails, and which have texts of the shop's own."`
	Show      templateShowCmd      `cmd:"" help:"Show the shop's own text."`
	Variables templateVariablesCmd `cmd:"" help:"List what a text of one's own may use."`
	Check     templateCheckCmd     `cmd:"" help:"Try a text of one's own without storing it."`
	Set       templateSetCmd       `cmd:"" help:"Store a text of the shop's own."`
	Reset     templateResetCmd     `cmd:"" help:"Go back to the built-in text."`
	Preview   templatePreviewCmd   `cmd:"" help:"Show a mail as the customer would get it."`
}

// oneTemplate names the text of a shop for a gesture in a language.
type oneTemplate struct {
	Journey string `arg:"" help:"The gesture's key, such as thank_you."`
	inShop
	Locale string `required:"" help:"The language, such as it or de-AT." placeholder:"L"`
}

// open opens the shop and finds its newest own text, empty if there is none.
func (c *oneTemplate) open(ctx context.Context, g *globals) (*store.Store, crm.Shop, crm.Template, error) {
	var own crm.Template
	if _, err := findJourney(c.Journey); err != nil {
		return nil, crm.Shop{}, own, err
	}
	tag, err := desk.Locale(c.Locale)
	if err != nil {
		return nil, crm.Shop{}, own, &crm.Invalid{Field: "--locale", Message: err.Error()}
	}
	s, shop, err := c.inShop.open(ctx, g)
	if err != nil {
		return nil, shop, own, err
	}
	all, err := s.Templates(ctx, shop.ID, c.Journey)
	if err != nil {
		s.Close()
		return nil, shop, own, err
	}
	own = crm.Template{Journey: c.Journey, Locale: tag}
	if i := slices.IndexFunc(all, func(t crm.Template) bool { return t.Locale == tag }); i >= 0 {
		own = all[i]
	}
	return s, shop, own, nil
}

func hasOwn(t crm.Template) bool { return t.Subject != "" || t.HTML != "" || t.Text != "" }

// parts names those that are the merchant's own.
func parts(t crm.Template) string {
	var own string
	for _, p := range []struct{ name, text string }{{"subject", t.Subject}, {"html", t.HTML}, {"text", t.Text}} {
		if p.text != "" {
			own += " " + p.name
		}
	}
	return own
}

type templateListCmd struct {
	inShop
	listing
}

func (c *templateListCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := templates.New()
	if err != nil {
		return err
	}
	var all []crm.Template
	for _, key := range r.Journeys() {
		own, err := s.Templates(ctx, shop.ID, key)
		if err != nil {
			return err
		}
		for _, tag := range r.Locales() {
			if !slices.ContainsFunc(own, func(t crm.Template) bool { return t.Locale == tag }) {
				own = append(own, crm.Template{Journey: key, Locale: tag})
			}
		}
		slices.SortFunc(own, func(a, b crm.Template) int { return strings.Compare(a.Locale, b.Locale) })
		all = append(all, own...)
	}
	return writeList(g, c.listing, all, "There are no mails.", "JOURNEY|LOCALE|OWN PARTS|VERSION|SAVED", func(t crm.Template) []string {
		row := []string{t.Journey, t.Locale, parts(t), "built-in", moment(t.SavedAt)}
		if hasOwn(t) {
			row[3] = fmt.Sprint(t.Version)
		}
		return row
	})
}

type templateShowCmd struct {
	oneTemplate
	listing
}

func (c *templateShowCmd) Run(ctx context.Context, g *globals) error {
	s, shop, own, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	if c.JSON {
		return writeJSON(g.out, own)
	}
	if !hasOwn(own) {
		_, err = fmt.Fprintf(g.err, "%s has no text of its own for %s in %s: the built-in one is used.\n", shop.Domain, own.Journey, own.Locale)
		return err
	}
	fmt.Fprintf(g.out, "%s in %s, version %d of %s\n", own.Journey, own.Locale, own.Version, moment(own.SavedAt))
	for _, p := range []struct{ name, text string }{{"subject", own.Subject}, {"text", own.Text}, {"html", own.HTML}} {
		if p.text == "" {
			p.text = "(built-in)"
		}
		fmt.Fprintf(g.out, "\n--- %s\n%s\n", p.name, p.text)
	}
	return nil
}

type templateVariablesCmd struct {
	Journey string `arg:"" optional:"" help:"The gesture's key; each has names of its own." default:"thank_you"`
	listing
}

func (c *templateVariablesCmd) Run(g *globals) error {
	type variable struct {
		Name  string `json:"name"`
		Means string `json:"means"`
	}
	if _, err := findJourney(c.Journey); err != nil {
		return err
	}
	var all []variable
	for _, v := range templates.Variables(c.Journey) {
		all = append(all, variable(v))
	}
	return writeList(g, c.listing, all, "There are none.", "VARIABLE|MEANS", func(v variable) []string { return []string{v.Name, v.Means} })
}
