package handlers_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"grazie/handlers"
)

// evil are texts that a customer could have for a name.
var evil = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</title><script>alert(1)</script>`, `</bdi></h1><svg onload=alert(1)>`,
	`</pre><iframe src="javascript:alert(1)">`, `javascript:alert(1)`, `{{.Frame}}{{template "x"}}`, `<!--`, `--><script>`, `]]><x>`, `&lt;b&gt;&amp;#x3c;`,
	`=?utf-8?q?<script>?=`, `Win at http://evil.example`, "\u202eelpmaxe.live\u202c", "שלום \u200fעולם مرحبا", "＜script＞", `<base href="//evil.example/">`,
	`<meta http-equiv=refresh content=0;url=//evil.example>`, `<style>*{display:none}</style>`, strings.Repeat("Wolfeschlegelsteinhausenbergerdorff", 20),
	"\u2028\u2029alert(1)", `\u003cscript\u003e`, "💛<b>", `<a href="data:text/html,x">`,
}

// elements that our pages are made of; attributes that they may have.
var (
	elements   = strings.Fields("html head meta title link body header strong a span main h1 h2 p ol li div time bdi code dl dt dd section iframe pre details summary")
	attributes = strings.Fields("lang charset name content rel href class datetime src title sandbox")
)

// What customers and shops write shows as text, whatever it is.
func TestTextsShowAsText(t *testing.T) {
	d := newDoor(t, withOutbox(t.TempDir()))
	list := handlers.OutboxPath(outboxKey)
	for i, text := range evil {
		m := letter(fmt.Sprintf("msg_%03d", i))
		m.From.Name, m.To.Name, m.Text = text, text, "\n"+text
		m.Subject = text
		m.Headers = map[string]string{"X-Test": text}
		if strings.ContainsAny(text, "\u2028\u2029") { // no mailer sends such a header
			m.From.Name, m.To.Name, m.Subject, m.Headers = "Rosa", "Anna", "x", nil
		}
		m.Locale, m.Journey = text, text
		d.write(m)
		root := d.page(list + "/" + m.MessageID)
		harmless(t, text, root)
		if _, h1 := all(root, "h1"); !slices.Equal(h1, []string{m.Subject}) {
			t.Errorf("%q: the heading is %q", text, h1)
		}
		if _, pre := all(root, "pre"); len(pre) != 1 || pre[0] != strings.TrimSpace(m.Text) {
			t.Errorf("%q: the text is %q", text, pre)
		}
		if _, dd := all(root, "dd"); !slices.Contains(dd, m.To.Name+" <anna@customer.example>") || !slices.Contains(dd, m.From.Name+" <rosa@shop.example>") {
			t.Errorf("%q: the head is %q", text, dd)
		}
		frames, _ := all(root, "iframe")
		if len(frames) != 1 {
			t.Fatalf("%q: %d frames", text, len(frames))
		}
		src, _ := attribute(frames[0], "src")
		if box, has := attribute(frames[0], "sandbox"); !has || box != "" || src != list+"/"+m.MessageID+"/html" {
			t.Errorf("%q: the frame is %v", text, frames[0].Attr)
		}
	}
	root := d.page(list)
	harmless(t, "list", root)
	_, items := all(root, "li")
	if len(items) != len(evil) {
		t.Fatalf("%d of %d are listed", len(items), len(evil))
	}
	slices.Reverse(items)
	for i, text := range evil {
		if !strings.Contains(items[i], strings.TrimSpace(text)) {
			t.Errorf("%q is listed as %q", text, items[i])
		}
	}
}

// harmless checks that a page is made of nothing but our own elements and leads
// nowhere else.
func harmless(t *testing.T, what string, root *html.Node) {
	t.Helper()
	for n := range root.Descendants() {
		switch n.Type {
		case html.CommentNode:
			t.Errorf("%q: a comment %q", what, n.Data)
		case html.ElementNode:
			if !slices.Contains(elements, n.Data) {
				t.Errorf("%q: an element %s", what, n.Data)
			}
		}
		for _, a := range n.Attr {
			switch {
			case !slices.Contains(attributes, a.Key):
				t.Errorf("%q: an attribute %s on %s", what, a.Key, n.Data)
			case (a.Key == "href" || a.Key == "src") && !strings.HasPrefix(a.Val, "/outbox/"+outboxKey) && a.Val != "/style.css":
				t.Errorf("%q: leads to %s", what, a.Val)
			case a.Key == "content" && n.Data == "meta" && strings.Contains(a.Val, "url"):
				t.Errorf("%q: meta %s", what, a.Val)
			}
		}
	}
}

// The mail's own HTML is given as it is, into a box that lets nothing out.
func TestMailFrame(t *testing.T) {
	d := newDoor(t, withOutbox(t.TempDir()))
	m := letter("msg_1")
	m.HTML = `<script>top.location="//evil.example"</script><p>Grazie, 安娜</p>`
	d.write(m)
	path := handlers.OutboxPath(outboxKey) + "/msg_1/html"
	a := d.get(path)
	if a.status != http.StatusOK || a.body != m.HTML {
		t.Errorf("%+v", a)
	}
	rules := strings.Split(a.header.Get("Content-Security-Policy"), "; ")
	for _, want := range []string{"sandbox", "default-src 'none'", "frame-ancestors 'self'"} {
		if !slices.Contains(rules, want) {
			t.Errorf("%q is not in %q", want, rules)
		}
	}
	if slices.ContainsFunc(rules, func(r string) bool {
		return strings.Contains(r, "allow") || strings.Contains(r, "script") || strings.Contains(r, "form-action")
	}) {
		t.Errorf("the box is open: %q", rules)
	}
	d.kept(path, a.header)
}
