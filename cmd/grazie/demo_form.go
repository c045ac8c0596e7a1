package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// submit opens a page with a form, fills in what is given, leaves the rest as it
// stands, and presses a button: as a browser does. What comes back may say that
// something lacks; it must be a page.
func (m *merchant) submit(page, button string, fill url.Values) error {
	res, err := m.browser.Get(page)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	fields, err := formFields(res.Body)
	if err != nil {
		return err
	}
	maps.Copy(fields, fill)
	fields.Set("do", button)
	req, err := http.NewRequestWithContext(m.ctx, http.MethodPost, page, strings.NewReader(fields.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := m.browser.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	m.that(answer.StatusCode == http.StatusOK || answer.StatusCode == http.StatusUnprocessableEntity, fmt.Sprintf("the first steps answer %s with %d", button, answer.StatusCode))
	return err
}

// formFields are the values that a page's form would send as it stands.
func formFields(page io.Reader) (url.Values, error) {
	root, err := html.Parse(page)
	if err != nil {
		return nil, err
	}
	fields, list := url.Values{}, ""
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		at := map[string]string{}
		for _, a := range n.Attr {
			at[a.Key] = a.Val
		}
		_, checked := at["checked"]
		_, selected := at["selected"]
		_, disabled := at["disabled"]
		switch {
		case n.Data == "select":
			list = at["name"]
		case n.Data == "option" && list != "" && selected:
			fields.Set(list, at["value"])
		case n.Data == "input" && at["name"] != "" && !disabled && (at["type"] != "checkbox" && at["type"] != "radio" || checked):
			fields.Add(at["name"], at["value"])
		}
	}
	return fields, nil
}

// counts tells what was erased, in a few words.
func counts(proof map[string]int64) string {
	var all []string
	for _, what := range slices.Sorted(maps.Keys(proof)) {
		if n := proof[what]; n > 0 {
			all = append(all, fmt.Sprintf("%s %d", what, n))
		}
	}
	return strings.Join(all, ", ")
}
