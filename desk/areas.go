package desk

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"grazie/crm"
)

// Bounds of the merchant's own sentences about places.
const (
	MostAreas    = 1000
	MostAreaText = 300 // letters of one
)

// CheckArea checks one place and writes its names in their usual form. It returns
// all that is wrong, each by the field that it is wrong with: country, region,
// city, text, or text and the language, "text.de".
func CheckArea(a *crm.Area) (wrong []*crm.Invalid) {
	bad := func(field, message string) { wrong = append(wrong, &crm.Invalid{Field: field, Message: message}) }
	for _, part := range []struct {
		field string
		value *string
		read  func(string) (string, error)
	}{
		{"country", &a.Country, Country},
		{"region", &a.Region, func(v string) (string, error) { return Line(v, 80) }},
		{"city", &a.City, func(v string) (string, error) { return Line(v, 80) }},
	} {
		v, err := part.read(*part.value)
		if err != nil {
			bad(part.field, err.Error())
			continue
		}
		*part.value = v
	}
	if a.Country == "" && a.Region+a.City != "" {
		bad("country", "a region or city needs its country")
	}
	if len(a.Text) == 0 {
		bad("text", "has no text")
	}
	texts := map[string]string{}
	for _, tag := range slices.Sorted(maps.Keys(a.Text)) {
		known, err := Locale(tag)
		if err != nil {
			bad("text."+tag, err.Error())
		}
		sentence, err := Line(a.Text[tag], MostAreaText)
		switch {
		case err != nil:
			bad("text."+tag, fmt.Sprintf("%s: %v", tag, err))
		case sentence == "":
			bad("text."+tag, tag+": is empty")
		case strings.Contains(sentence, "{{") || strings.Contains(sentence, "{%"):
			bad("text."+tag, tag+": holds template markup; write plain text")
		}
		texts[known] = sentence
	}
	if len(wrong) == 0 {
		a.Text = texts
	}
	return wrong
}

// AreaKey names the place of a sentence: two with the same would be one.
func AreaKey(a crm.Area) string {
	return strings.Join([]string{a.Country, strings.ToLower(a.Region), strings.ToLower(a.City)}, "|")
}
