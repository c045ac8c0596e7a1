// Package console renders the pages that staff works with. It makes no
// decisions: what a page shows is given to it.
//
// A page is a file of pages/, its words stand in texts/en and texts/it, and what
// several pages share in parts/. All of it is in the program.
package console

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"grazie/crm"
)

//go:embed pages parts texts static
var files embed.FS

// Static is a file that pages load: console.css, htmx.min.js. Its name is checked
// by fs.ValidPath.
func Static(name string) ([]byte, error) { return files.ReadFile("static/" + name) }

// Page is what every page is told, and in Data what it alone shows.
type Page struct {
	Lang  string // "en" or "it", see Language
	Title string // key of a text
	Named string // what the title is followed by: an order's number, a name; may be empty

	Shop  *Shop  // nil: the page is of no shop
	Staff string // name of who looks; empty: nobody is signed in
	Role  string
	Nav   []Item
	Here  string // key of the item that the page belongs to
	Zone  *time.Location
	Now   time.Time

	Address  string   // path and query of the page itself, for forms that come back to it
	Embedded bool     // inside the admin of the shop's platform: there it has no sign-out, and scripts that follow
	Scripts  []string // of the platform
	ClientID string   // of the app, for them

	Said  string            // key of what was just done
	Typed url.Values        // what was sent, on the page that answers it; nil: the page was only looked at
	Wrong map[string]string // by field, what is wrong with it; "" is about the whole
	Data  any
}

// Shop is the shop that a page is about.
type Shop struct{ ID, Name, Domain, Currency string }

// Item is one way to go.
type Item struct {
	Key   string // its text is "nav." and the key
	Href  string
	Group string // items of a group stand together
	Count int    // what waits there; 0 is not shown
}

// Root is where the pages of all shops are.
const Root = "/console"

// Path is the address of a page of the shop: $.Path "customers" .ID.
func (p *Page) Path(parts ...any) string {
	all := []string{Root}
	if p.Shop != nil {
		all = append(all, p.Shop.ID)
	}
	for _, part := range parts {
		all = append(all, url.PathEscape(fmt.Sprint(part)))
	}
	return strings.Join(all, "/")
}

// With is the page's own address with one value of its query changed; an empty
// value takes it out. A change goes back to the first page of a list.
func (p *Page) With(name, value string) string {
	u, err := url.Parse(p.Address)
	if err != nil {
		return p.Address
	}
	q := u.Query()
	q.Del("after")
	q.Del("said")
	q.Set(name, value)
	if value == "" {
		q.Del(name)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// Value is what a field shows: what was typed, else what is stored.
func (p *Page) Value(field string, stored any) string {
	if p.Typed != nil {
		return p.Typed.Get(field)
	}
	if stored == nil {
		return ""
	}
	return fmt.Sprint(stored)
}

// Checked is Value for a box to tick.
func (p *Page) Checked(field string, stored bool) bool {
	if p.Typed != nil {
		return p.Typed.Get(field) != ""
	}
	return stored
}

// Write renders a page of pages/, by its name without ".html".
func Write(w io.Writer, name string, p *Page) error { return execute(w, name, "layout", p) }

// WritePart renders one named block of a page alone, for what is put into a page
// that is already there.
func WritePart(w io.Writer, name, block string, p *Page) error { return execute(w, name, block, p) }

func execute(w io.Writer, name, block string, p *Page) error {
	t := parsed()[name]
	if t == nil {
		return fmt.Errorf("console: there is no page %q", name)
	}
	var b bytes.Buffer // whole before its first byte goes out
	if err := t.ExecuteTemplate(&b, block, p); err != nil {
		return errors.Join(fmt.Errorf("console: the page %q cannot be rendered", name), err)
	}
	_, err := b.WriteTo(w)
	return err
}

// Names are all pages there are.
func Names() (all []string) {
	for name := range parsed() {
		all = append(all, name)
	}
	return all
}

// parsed are all pages, each with the parts. They are read when the first of them
// is asked for: commands of the command line need none.
var parsed = sync.OnceValue(func() map[string]*template.Template {
	parts := template.Must(template.New("").Funcs(funcs).ParseFS(files, "parts/*.html"))
	all := map[string]*template.Template{}
	err := fs.WalkDir(files, "pages", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := files.ReadFile(file)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(path.Base(file), ".html")
		if all[name] != nil {
			return fmt.Errorf("console: two pages are named %q", name)
		}
		all[name] = template.Must(template.Must(parts.Clone()).New("page").Parse(string(text)))
		return nil
	})
	if err != nil {
		panic(err) // it is in the binary
	}
	return all
})

var funcs = template.FuncMap{
	// dict gives a part several things: template "field" (dict "Page" $ "Name" "why").
	"dict": func(pairs ...any) (map[string]any, error) {
		if len(pairs)%2 != 0 {
			return nil, errors.New("dict takes names and values")
		}
		m := map[string]any{}
		for i := 0; i < len(pairs); i += 2 {
			m[fmt.Sprint(pairs[i])] = pairs[i+1]
		}
		return m, nil
	},
	"list": func(all ...any) []any { return all },
}

// Money is an amount in the language of the page.
func (p *Page) Money(m crm.Money) string {
	s := m.String()
	if p.Lang == "it" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// After is where the list on the page begins; empty: at its start.
func (p *Page) After() string {
	u, err := url.Parse(p.Address)
	if err != nil {
		return ""
	}
	return u.Query().Get("after")
}

// From is the page's own address with the list from a place on.
func (p *Page) From(after string) string {
	u, err := url.Parse(p.Address)
	if err != nil {
		return p.Address
	}
	q := u.Query()
	q.Del("said")
	q.Set("after", after)
	u.RawQuery = q.Encode()
	return u.String()
}

// Option is one of the choices of a field.
type Option struct{ Value, Label string }
