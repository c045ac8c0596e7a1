package integrations_test

import (
	"strconv"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/integrations"
)

// read gives the field "x" of a body to look at, and what was wrong in the end.
func read(t *testing.T, text string, loose bool, look func(integrations.Value) string) (got, wrong string) {
	t.Helper()
	v, err := integrations.ReadBody([]byte(text), loose)
	if err != nil {
		t.Fatal(err)
	}
	if got = look(v.At("x")); v.Err() != nil {
		return "", v.Err().Error()
	}
	return got, ""
}

func TestBodyValues(t *testing.T) {
	text := func(v integrations.Value) string { return v.Text() }
	euro := func(v integrations.Value) string { return v.Money("EUR").String() }
	yen := func(v integrations.Value) string { return v.Money("jpy").String() }
	count := func(v integrations.Value) string { return strconv.Itoa(v.Count()) }
	flag := func(v integrations.Value) string {
		if v.Flag() {
			return "yes"
		}
		return "no"
	}
	at := func(v integrations.Value) string { return v.Time().String() }
	for _, c := range []struct {
		x             string
		look          func(integrations.Value) string
		strict, loose string // what it is; begins with ! for an error that holds the rest
	}{
		{`"a"`, text, "a", "a"},
		{`12345678901234567890`, text, "!x: is a number, not a text", "12345678901234567890"},
		{`null`, text, "", ""},
		{`false`, text, "!x: is a bool", ""},
		{`true`, text, "!x: is a bool", "!x: is a bool"},
		{`[]`, text, "!x: is an array", ""},
		{`[1]`, text, "!x: is an array", "!x: is an array"},
		{`{}`, text, "!x: is an object", "!x: is an object"},
		{`"12.50"`, euro, "12.50 EUR", "12.50 EUR"},
		{`12.5`, euro, "!x: is a number", "12.50 EUR"},
		{`"12.505"`, euro, "!x: is not an amount of EUR", "12.51 EUR"},
		{`10.799999999999999`, euro, "!x", "10.80 EUR"},
		{`"-8.105"`, euro, "!x: is not an amount", "-8.11 EUR"},
		{`1.0e-5`, euro, "!x", "0.00 EUR"},
		{`"12,50"`, euro, "!x: is not an amount", "!x: is not an amount"},
		{`"1e999999999"`, euro, "!x: is not an amount", "!x: is not an amount"},
		{`"99999999999999999999"`, euro, "!x: is not an amount", "!x: is not an amount"},
		{`""`, euro, "0.00 EUR", "0.00 EUR"},
		{`"5900.00"`, yen, "5900 JPY", "5900 JPY"},
		{`"5900.4"`, yen, "!x", "5900 JPY"},
		{`2`, count, "2", "2"},
		{`"2"`, count, "!x: is a text, not a number", "2"},
		{`1.5`, count, "!x: is not a whole number", "2"},
		{`-1`, count, "!x", "!x"},
		{`1e99`, count, "!x", "!x"},
		{`true`, flag, "yes", "yes"},
		{`"yes"`, flag, "!x: is a text, not true or false", "yes"},
		{`"0"`, flag, "!x", "no"},
		{`"perhaps"`, flag, "!x", "!x"},
		{`"2026-11-21T09:30:00+01:00"`, at, "2026-11-21 08:30:00 +0000 UTC", "2026-11-21 08:30:00 +0000 UTC"},
		{`"2026-11-21T09:30:00"`, at, "!x: is not a time stamp", "2026-11-21 09:30:00 +0000 UTC"},
		{`"2026-11-21 09:30:00"`, at, "!x", "2026-11-21 09:30:00 +0000 UTC"},
		{`"9999-12-31T23:59:59-12:00"`, at, "!x", "!x"},
		{`""`, at, "0001-01-01 00:00:00 +0000 UTC", "0001-01-01 00:00:00 +0000 UTC"},
	} {
		for name, want := range map[string]string{"strict": c.strict, "loose": c.loose} {
			got, wrong := read(t, `{"x":`+c.x+`}`, name == "loose", c.look)
			if part, fails := strings.CutPrefix(want, "!"); fails && !strings.Contains(wrong, part) || !fails && (got != want || wrong != "") {
				t.Errorf("%s %s: %q, %q; want %q", name, c.x, got, wrong, want)
			}
		}
	}
}

// An error leads to its place and tells nothing of what stands there; the first
// one counts.
func TestBodyPath(t *testing.T) {
	v, err := integrations.ReadBody([]byte(`{"a":{"list":[{"who":"x"},{"who":"anna@mail.example"}]}}`), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range v.At("a").At("list").List() {
		if !e.At("who").Empty() && e.At("who").Text() != "x" {
			e.At("who").Time()
		}
	}
	v.At("b").Need()
	invalid, ok := v.Err().(*crm.Invalid)
	if !ok || invalid.Field != "a.list[1].who" || strings.Contains(v.Err().Error(), "anna") {
		t.Errorf("%v", v.Err())
	}
}

func TestReadBody(t *testing.T) {
	for text, want := range map[string]string{
		``: "ends too early, at byte 0", `{"a":`: "ends too early, at byte 5", `{"a":x}`: "not JSON at byte 6", `[]`: "is an array, not an object", `null`: "is null",
		`{} {}`: "there is more after its end", `{}]`: "there is more after its end",
		"{\"a\":[" + strings.Repeat("0,", 300_000) + "0]}": "more than 200000 values",
		strings.Repeat(`{"a":`, 20_000):                    "not JSON",
	} {
		if _, err := integrations.ReadBody([]byte(text), true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", text, err, want)
		}
	}
	if _, err := integrations.ReadBody([]byte(" {} \n"), false); err != nil {
		t.Error(err)
	}
}
