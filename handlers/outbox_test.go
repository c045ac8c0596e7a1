package handlers_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"grazie/crm"
	"grazie/handlers"
	"grazie/integrations"
	"grazie/integrations/outbox"
)

const outboxKey = "key-of-the-outbox"

// withOutbox serves an outbox in a folder of the test.
func withOutbox(dir string) func(*door) {
	return func(d *door) {
		d.options.Outbox, d.options.OutboxKey = outbox.New(dir, d.Now), outboxKey
	}
}

// write puts a mail into the outbox.
func (d *door) write(m crm.Mail) {
	d.t.Helper()
	d.pass(time.Second)
	if _, err := d.options.Outbox.Send(d.t.Context(), integrations.Connection{}, m); err != nil {
		d.t.Fatal(err)
	}
}

func letter(id string) crm.Mail {
	return crm.Mail{
		MessageID: id, ShopID: "shp_1", Journey: "thank_you", Purpose: crm.Transactional, Locale: "it",
		From: crm.Mailbox{Name: "Rosa", Email: "rosa@shop.example"}, To: crm.Mailbox{Name: "Anna", Email: "anna@customer.example"},
		ReplyTo: "hello@shop.example", Subject: "Grazie, Anna", Text: "Grazie!\n", HTML: "<p>Grazie!</p>\n",
		Headers: map[string]string{"Auto-Submitted": "auto-generated"},
	}
}

// page reads a page and checks what holds for all of them.
func (d *door) page(path string) *html.Node {
	d.t.Helper()
	a := d.get(path)
	if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html; charset=UTF-8") {
		d.t.Fatalf("%s: %d %v %s", path, a.status, a.header, a.body)
	}
	if csp := a.header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'self'") ||
		strings.Contains(csp, "script-src") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
		d.t.Errorf("%s: %s", path, csp)
	}
	d.kept(path, a.header)
	root, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		d.t.Fatal(err)
	}
	return root
}

// kept checks the headers that keep a page and its address to itself.
func (d *door) kept(path string, h http.Header) {
	d.t.Helper()
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"} {
		if got := h.Get(name); got != want {
			d.t.Errorf("%s: %s is %q", path, name, got)
		}
	}
}

func attribute(n *html.Node, name string) (value string, has bool) {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
	if i < 0 {
		return "", false
	}
	return n.Attr[i].Val, true
}

// all are the elements of a page with a name, and what text each holds.
func all(root *html.Node, name string) (found []*html.Node, texts []string) {
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != name {
			continue
		}
		text := ""
		for below := range n.Descendants() {
			if below.Type == html.TextNode {
				text += below.Data
			}
		}
		found, texts = append(found, n), append(texts, strings.TrimSpace(text))
	}
	return found, texts
}

func TestOutboxNeedsItsKey(t *testing.T) {
	d := newDoor(t, withOutbox(t.TempDir()))
	d.write(letter("msg_1"))
	nowhere := d.get("/no/such/page")
	for _, key := range []string{"", "x", outboxKey[:len(outboxKey)-1], outboxKey + "x", strings.ToUpper(outboxKey), outboxKey + "%00", "*", ":key"} {
		for _, rest := range []string{"", "/msg_1", "/msg_1/html"} {
			if a := d.get("/outbox/" + key + rest); a.status != http.StatusNotFound || a.body != nowhere.body {
				t.Errorf("%q%s: %+v", key, rest, a)
			}
		}
	}
	for _, rest := range []string{"", "/msg_1", "/msg_1/html"} {
		if a := d.get(handlers.OutboxPath(outboxKey) + rest); a.status != http.StatusOK {
			t.Errorf("the key itself, %s: %+v", rest, a)
		}
	}
	without := newDoor(t, withOutbox(t.TempDir()), func(d *door) { d.options.OutboxKey = "" })
	if a := without.get("/outbox/"); a.status != http.StatusNotFound {
		t.Errorf("no key at all: %+v", a)
	}
	none := newDoor(t)
	if a := none.get("/outbox/" + outboxKey); a.status != http.StatusNotFound {
		t.Errorf("no outbox: %+v", a)
	}
}

// An id is the name of a file: none may lead out of the folder.
func TestOutboxIdsLeadNowhereElse(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret.json"), []byte(`{"id":"secret","text":"hidden"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	d := newDoor(t, withOutbox(filepath.Join(dir, "outbox")))
	d.write(letter("msg_1"))
	for _, id := range []string{"msg_2", "..%2fsecret", "..%2Fsecret", "%2e%2e%2fsecret", "..%5csecret", ".%2f..%2fsecret", "msg_1%00", "msg_1.json", "%2fetc%2fpasswd",
		"msg_1%2f..%2f..%2fsecret", strings.Repeat("a", 500), "%C0%AE%C0%AE%2fsecret", "msg_1%20"} {
		for _, rest := range []string{"", "/html"} {
			if a := d.get(handlers.OutboxPath(outboxKey) + "/" + id + rest); a.status != http.StatusNotFound || strings.Contains(a.body, "hidden") {
				t.Errorf("%s: %+v", id, a)
			}
		}
	}
}

func TestOutboxPages(t *testing.T) {
	dir := t.TempDir()
	d := newDoor(t, withOutbox(dir))
	list := handlers.OutboxPath(outboxKey)
	if _, texts := all(d.page(list), "p"); len(texts) != 1 || !strings.HasPrefix(texts[0], "No mail yet.") {
		t.Errorf("an empty outbox says %q", texts)
	}
	const mails = 120
	for i := range mails {
		m := letter(fmt.Sprintf("msg_%03d", i))
		m.Subject = fmt.Sprintf("Letter %d", i)
		d.write(m)
	}
	seen, path := 0, list
	for range 3 {
		root := d.page(path)
		_, items := all(root, "li")
		for _, item := range items {
			seen++
			if want := fmt.Sprintf("Letter %d\n", mails-seen); !strings.Contains(item, want) || !strings.Contains(item, "Thank-you") {
				t.Errorf("place %d is %q, want %q", seen, item, want)
			}
		}
		links, _ := all(root, "a")
		last := links[len(links)-1]
		if class, _ := attribute(last, "class"); class != "next" {
			path = ""
			break
		}
		path, _ = attribute(last, "href")
	}
	if seen != mails || path != "" {
		t.Errorf("%d mails were listed; the next page would be %q", seen, path)
	}
	if a := d.get(list + "?after=%22%3E%3Cscript%3E"); a.status != http.StatusOK || strings.Contains(a.body, "<script") {
		t.Errorf("after nonsense: %d", a.status)
	}
	if css := d.get("/style.css"); css.status != http.StatusOK || !strings.HasPrefix(css.header.Get("Content-Type"), "text/css") {
		t.Errorf("style: %+v", css)
	}
}

// A damaged file stands in the list, so that staff sees it, and ends nothing.
func TestOutboxWithDamagedFile(t *testing.T) {
	dir := t.TempDir()
	d := newDoor(t, withOutbox(dir))
	d.write(letter("msg_1"))
	if err := os.WriteFile(filepath.Join(dir, "msg_0.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	root := d.page(handlers.OutboxPath(outboxKey))
	_, items := all(root, "li")
	links, _ := all(root, "a")
	if i := slices.IndexFunc(items, func(s string) bool { return strings.Contains(s, "This file cannot be read.") }); len(items) != 2 || i < 0 || strings.Contains(items[i], "0001") {
		t.Errorf("%q", items)
	}
	if len(links) != 1 {
		t.Errorf("%d links", len(links))
	}
	// What is our own fault is told in the log and not in the answer.
	a := d.get(handlers.OutboxPath(outboxKey) + "/msg_0")
	if a.status != http.StatusInternalServerError || strings.TrimSpace(a.body) != `{"title":"Internal Server Error","status":500}` {
		t.Errorf("%+v", a)
	}
	if !strings.Contains(d.log.String(), "the file of msg_0 is damaged") {
		t.Errorf("the log: %s", d.log)
	}
}
