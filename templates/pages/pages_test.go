package pages_test

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"grazie/crm"
	"grazie/templates/pages"
)

func mail() pages.OutboxMail {
	return pages.OutboxMail{ID: "msg_1", From: crm.Mailbox{Name: "Rosa", Email: "rosa@shop.example"}, To: crm.Mailbox{Name: "Anna", Email: "anna@customer.example"}, ReplyTo: "hello@shop.example",
		Subject: "Grazie", Locale: "it", Journey: "Thank-you", Text: "Grazie!", Frame: "/outbox/key/msg_1/html", Href: "/outbox/key/msg_1",
		At: time.Date(2026, 3, 5, 10, 4, 9, 0, time.FixedZone("", 3600)), Headers: map[string]string{"B": "2", "A": "1"}}
}

func render(t *testing.T, write func(*bytes.Buffer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func list(t *testing.T, o pages.Outbox) string {
	t.Helper()
	return render(t, func(b *bytes.Buffer) error { return pages.WriteOutbox(b, o) })
}

func letter(t *testing.T, m pages.OutboxMail) string {
	t.Helper()
	return render(t, func(b *bytes.Buffer) error { return pages.WriteMail(b, m) })
}

func has(t *testing.T, page string, wanted map[string]bool) {
	t.Helper()
	for text, want := range wanted {
		if strings.Contains(page, text) != want {
			t.Errorf("%q is there: %t, want %t, in\n%s", text, !want, want, page)
		}
	}
}

func TestList(t *testing.T) {
	has(t, list(t, pages.Outbox{}), map[string]bool{"No mail yet.": true, "<ol": false, "in all": false, "Older": false})
	has(t, list(t, pages.Outbox{Mails: []pages.OutboxMail{mail()}, Total: 1}), map[string]bool{
		"1 in all": true, "5 Mar 2026 09:04:09 UTC": true, `datetime="2026-03-05T10:04:09&#43;01:00"`: true, "Thank-you · it · ": true, `href="/outbox/key/msg_1"`: true, "Older": false})
	bare := mail()
	bare.Locale = ""
	has(t, list(t, pages.Outbox{Mails: []pages.OutboxMail{bare, {ID: "msg_0"}}, Total: 70, Next: "/outbox/key?after=msg_0"}), map[string]bool{
		"Thank-you · <time": true, "This file cannot be read.": true, "<code>msg_0</code>": true, "0001": false, `href="/outbox/key?after=msg_0">Older mails`: true})
}

func TestMail(t *testing.T) {
	page := letter(t, mail())
	has(t, page, map[string]bool{
		// Each apart from the other, or a name written from right to left turns the address around.
		"<bdi>Rosa</bdi> &lt;<bdi>rosa@shop.example</bdi>&gt;": true,
		"Reply to": true, "Language": true, `src="/outbox/key/msg_1/html" title="The mail as HTML" sandbox></iframe>`: true})
	if a, b := strings.Index(page, "<dt>A</dt>"), strings.Index(page, "<dt>B</dt>"); a < 0 || b < a {
		t.Error("headers are not in order")
	}
	bare := mail()
	bare.ReplyTo, bare.Locale, bare.Headers, bare.To.Name = "", "", nil, ""
	has(t, letter(t, bare), map[string]bool{"<dd><bdi>anna@customer.example</bdi></dd>": true, "Reply to": false, "Language": false, "Headers": false})
}

// Every page is one document with a language, a title and one heading, and each
// part of it that has a style of its own finds it.
func TestMarkup(t *testing.T) {
	css := string(pages.Style())
	for name, page := range map[string]string{
		"empty": list(t, pages.Outbox{}), "list": list(t, pages.Outbox{Mails: []pages.OutboxMail{mail(), {ID: "msg_0"}}, Next: "/x"}), "mail": letter(t, mail()),
	} {
		root, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			count[n.Data]++
			for _, a := range n.Attr {
				// "next" is for tests and people's own styles.
				if a.Key == "class" && a.Val != "next" && !strings.Contains(css, "."+a.Val+" ") && !strings.Contains(css, "."+a.Val+",") {
					t.Errorf("%s: there is no style for %q", name, a.Val)
				}
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: the policy of the page forbids %s", name, a.Key)
				}
			}
		}
		for _, once := range []string{"title", "h1", "main", "header"} {
			if count[once] != 1 {
				t.Errorf("%s: %d of %s", name, count[once], once)
			}
		}
		if count["script"]+count["style"] != 0 || !strings.HasPrefix(page, "<!doctype html>\n<html lang=\"en\">") {
			t.Errorf("%s: begins %.60q, with %d scripts and %d styles", name, page, count["script"], count["style"])
		}
	}
	if strings.Contains(css, "url(") || strings.Contains(css, "@import") {
		t.Error("the style asks for something else")
	}
}

// Text can be read on each of its grounds, in light and dark (WCAG 2.2, 1.4.3).
func TestContrast(t *testing.T) {
	colour := regexp.MustCompile(`--(\w+): #([0-9a-f]{6})`)
	schemes := strings.SplitN(string(pages.Style()), "prefers-color-scheme: dark", 2)
	for i, css := range schemes {
		is := map[string]float64{}
		for _, m := range colour.FindAllStringSubmatch(css, -1) {
			is[m[1]] = luminance(m[2])
		}
		for _, ink := range []string{"ink", "soft", "link"} {
			for _, ground := range []string{"paper", "card"} {
				pair := []float64{is[ink] + .05, is[ground] + .05}
				if ratio := slices.Max(pair) / slices.Min(pair); len(is) < 6 || ratio < 4.5 {
					t.Errorf("scheme %d: %s on %s: %.2f", i, ink, ground, ratio)
				}
			}
		}
	}
}

func luminance(hex string) float64 {
	var l float64
	for i, weight := range []float64{.2126, .7152, .0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			panic(fmt.Sprint(hex, err))
		}
		c := float64(n) / 255
		if c <= .04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+.055)/1.055, 2.4)
		}
		l += weight * c
	}
	return l
}
