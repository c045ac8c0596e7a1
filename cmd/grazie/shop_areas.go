package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"grazie/crm"
	"grazie/desk"
)

type shopAreasCmd struct {
	Name string `arg:"" name:"shop" optional:"" help:"The shop, by domain or id. Not needed while there is only one."`
	Set  string `help:"Replace them all by those of this file; - reads the standard input." placeholder:"FILE.json"`
	listing
}

func (c *shopAreasCmd) Help() string {
	return `A thank-you may hold a sentence of the shop's own about the place that the order goes
to. The most exact match wins: city over region over country over a place without any
of them, which matches everywhere. The sentences are plain text.

  [
    {"country": "AT", "city": "Graz", "text": {"de": "Graz kennen wir gut."}},
    {"country": "AT", "text": {"de": "Nach Österreich liefern wir gern.", "en": "..."}}
  ]

An empty list, [], takes all of them away.`
}

const mostAreasBytes = 4 << 20

func (c *shopAreasCmd) Run(ctx context.Context, g *globals) error {
	var areas []crm.Area
	if c.Set != "" {
		var err error
		if areas, err = readAreas(c.Set); err != nil {
			return err
		}
	}
	s, shop, err := inShop{c.Name}.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	if c.Set != "" {
		if shop, err = s.ChangeShop(ctx, shop.ID, func(shop *crm.Shop) error { shop.Areas = areas; return nil }); err != nil {
			return err
		}
		fmt.Fprintf(g.err, "The shop %s speaks of %s from the next mail on.\n", shop.Domain, plural(len(areas), "place", "places"))
		if !c.JSON {
			return nil
		}
	}
	return writeList(g, c.listing, shop.Areas, "The shop has no sentences about places.", "COUNTRY|REGION|CITY|LANGUAGES|SENTENCE", func(a crm.Area) []string {
		tags := slices.Sorted(maps.Keys(a.Text))
		return []string{a.Country, a.Region, a.City, strings.Join(tags, " "), a.Text[tags[0]]}
	})
}

func readAreas(path string) ([]crm.Area, error) {
	text, err := readText(path, mostAreasBytes)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var areas []crm.Area
	if err := d.Decode(&areas); err != nil {
		return nil, &crm.Invalid{Field: "--set", Message: "this is not the JSON that is meant: " + strings.TrimPrefix(err.Error(), "json: ") + `; "grazie shop areas --help" shows it`}
	}
	if d.More() {
		return nil, &crm.Invalid{Field: "--set", Message: "something follows after the list"}
	}
	var wrong mistakes
	if len(areas) > desk.MostAreas {
		wrong.add("--set", "holds more than %d places", desk.MostAreas)
	}
	seen := map[string]bool{}
	for i := range areas {
		a := &areas[i]
		for _, bad := range desk.CheckArea(a) {
			wrong.add(fmt.Sprintf("place %d", i+1), "%s", bad.Message)
		}
		key := desk.AreaKey(*a)
		if seen[key] {
			wrong.add(fmt.Sprintf("place %d", i+1), "stands there twice: put all its languages into one")
		}
		seen[key] = true
	}
	return areas, wrong.err("nothing was changed")
}

// readText reads a file of staff's, or the standard input for "-".
func readText(path string, most int64) ([]byte, error) {
	in := io.Reader(os.Stdin)
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, &crm.Invalid{Message: "the file cannot be read: " + strings.TrimPrefix(err.Error(), "open ")}
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, most+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(text)) > most:
		return nil, &crm.Invalid{Message: fmt.Sprintf("%s is larger than %d KiB", path, most>>10)}
	case !utf8.Valid(text):
		return nil, &crm.Invalid{Message: path + " is not UTF-8"}
	case len(bytes.TrimSpace(text)) == 0:
		return nil, &crm.Invalid{Message: path + " is empty"}
	}
	return text, nil
}
