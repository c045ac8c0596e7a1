package standard_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/standard"
)

var (
	example = regexp.MustCompile("(?s)```json\n(.*?)```")
	field   = regexp.MustCompile(`\.At\("([a-z_]+)"\)`)
	row     = regexp.MustCompile("(?m)^\\| \\**`([a-z_]+)`")
	event   = regexp.MustCompile("(?m)^\\| `([a-z_]+\\.[a-z_]+)`")
	inline  = regexp.MustCompile("`([a-z_]+)`")
)

func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/standard-webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPageExamples sends every example of the page, signed, and there is one of
// every event.
func TestPageExamples(t *testing.T) {
	left := map[string]bool{}
	for _, e := range standard.Types() {
		left[e] = true
	}
	for _, found := range example.FindAllStringSubmatch(page(t), -1) {
		body, whsec := []byte(found[1]), secret("page")
		header := signAt(now)(whsec, "", body)
		e, err := adapter().Envelope(header, body)
		if err != nil {
			t.Errorf("%v in %s", err, body)
			continue
		}
		if !adapter().VerifyWebhook(integrations.Connection{Settings: crm.Values{standard.SettingSecret: whsec}}, header, body) {
			t.Errorf("not verified: %s", body)
		}
		if events, err := adapter().ParseWebhook(e, body); err != nil || len(events) == 0 {
			t.Errorf("%v, %v in %s", events, err, body)
		}
		delete(left, e.Topic)
	}
	if len(left) > 0 {
		t.Errorf("the page has no example of %v", slices.Sorted(maps.Keys(left)))
	}
}

// TestPageFields: the page lists every field that is read, and no other; and
// every event.
func TestPageFields(t *testing.T) {
	read := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range field.FindAllStringSubmatch(string(text), -1) {
			read[f[1]] = read[f[1]] || !strings.HasSuffix(file, "_test.go")
		}
	}
	told := map[string]bool{}
	for _, f := range inline.FindAllStringSubmatch(page(t), -1) {
		told[f[1]] = true
	}
	for f := range read {
		if !told[f] {
			t.Errorf("field %s is read, and the page does not tell of it", f)
		}
	}
	for _, f := range row.FindAllStringSubmatch(page(t), -1) {
		if !read[f[1]] {
			t.Errorf("the page tells of the field %s, and nothing reads it", f[1])
		}
	}
	var events []string
	for _, e := range event.FindAllStringSubmatch(page(t), -1) {
		events = append(events, e[1])
	}
	if slices.Sort(events); !slices.Equal(events, standard.Types()) {
		t.Errorf("the page lists the events %v; read are %v", events, standard.Types())
	}
}
