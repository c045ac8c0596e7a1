package templates

import (
	"slices"
	"strings"
	"testing"

	"grazie/crm"
)

// TestVariables: what Variables tells of a journey is what a template of it
// gets, and no more.
func TestVariables(t *testing.T) {
	r := newRenderer(t)
	for _, journey := range r.Journeys() {
		var want []string
		for _, v := range Variables(journey) {
			want = append(want, v.Name)
			if v.Means == "" {
				t.Errorf("%s of %s means nothing", v.Name, journey)
			}
		}
		slices.Sort(want)
		if len(slices.Compact(slices.Clone(want))) != len(want) {
			t.Errorf("%s tells a variable twice: %v", journey, want)
		}
		got := map[string]bool{}
		for _, f := range samples(crm.Template{Journey: journey}) { // an empty list shows no elements
			l, err := r.write(f, r.tongues["en"], "en", samplesAt)
			if err != nil {
				t.Fatal(journey, err)
			}
			for _, name := range names("", l.vars(r.kits[journey].gesture)) {
				got[name] = true
			}
		}
		for name := range got {
			if !slices.Contains(want, name) && !slices.Contains(want, name+"[]") && !slices.ContainsFunc(want, func(w string) bool { return strings.HasPrefix(w, name+"[]") }) {
				t.Errorf("%s: %s is there and not told of", journey, name)
			}
		}
		for _, name := range want {
			if !got[name] {
				t.Errorf("%s: %s is told of and not there", journey, name)
			}
		}
	}
	if Variables("name_day") != nil {
		t.Error("a journey without a mail has variables")
	}
}

// TestOwnTexts: merchants may write every mail anew, with its own variables,
// and marketing must show the way out.
func TestOwnTexts(t *testing.T) {
	r := newRenderer(t)
	const out = `<a href="{{ unsubscribe_url }}">{{ letter.unsubscribe }}</a>`
	for name, c := range map[string]struct {
		journey, html, text string
		wrong               string // the part at fault
	}{
		"birthday":                     {birthday, `<p>{{ code }} {{ value }} {{ terms | join: ", " }}{% if belated %}late{% endif %}</p><a href="{{ discount_url }}">x</a>` + out, "", ""},
		"no way out":                   {birthday, `<p>{{ code }}</p>`, "", partHTML},
		"the way out is not a link":    {birthday, `<p>{{ code }} {{ unsubscribe_url }}</p>`, "", partHTML},
		"the way out in a comment":     {birthday, `<!-- ` + out + ` --><p>{{ code }}</p>`, "", partHTML},
		"the way out for some":         {birthday, `{% if ahead %}` + out + `{% endif %}`, "", partHTML},
		"another quote":                {anniversary, `<a href='{{ unsubscribe_url }}'>{{ years }}</a>`, "", ""},
		"text without":                 {reviewRequest, "", "{{ review_url }}", partText},
		"text with":                    {reviewRequest, "", "{{ review_url }} {{ unsubscribe_url }}", ""},
		"transactional needs none":     {returnUpgrade, `<a href="{{ label_url }}">{{ letter.how }}</a>{{ tracking }}`, "{{ note }}{{ return_name }}", ""},
		"an apology can be marketing":  {apology, `<p>{{ offer }}{{ code }}</p>`, "", partHTML},
		"an apology that shows it":     {apology, `<p>{{ letter.listen }}</p>{% if unsubscribe_url != "" %}` + out + `{% endif %}`, "", ""},
		"another journey's variable":   {returnUpgrade, `{{ code }}`, "", partHTML},
		"a link that is no address":    {birthday, `<a href="{{ code }}">` + out, "", partHTML},
		"a link of one's own variable": {birthday, `{% assign x_url = code %}<a href="{{ x_url }}">` + out, "", partHTML},
		"an address with a filter":     {birthday, `<a href="{{ unsubscribe_url | upcase }}">` + out, "", partHTML},
	} {
		tpl := crm.Template{Journey: c.journey, Locale: "en", HTML: c.html, Text: c.text}
		err := r.Check(tpl)
		part := ""
		if fault, ok := err.(*TemplateError); ok {
			part = fault.Part
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if part != c.wrong {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := gestureFacts(birthday, "en")
	f.Templates = []crm.Template{{Journey: birthday, Locale: "en", HTML: `<p>{{ code }}</p>`}}
	if _, err := r.Mail(f, autumn); err == nil || !strings.Contains(err.Error(), "unsubscribe_url") {
		t.Errorf("a stored template without the way out became a mail: %v", err)
	}
	f.Templates[0].HTML = `<p>{{ code }} & {{ note }}</p><a href="{{ unsubscribe_url }}">out</a>`
	if m, err := r.Mail(f, autumn); err != nil || m.HTML != `<p>GRAZIE-7KQ2M-9XTBC & </p><a href="https://grazie.lina.example/u/Zm9vYmFyYmF6&amp;x">out</a>` {
		t.Errorf("%v %s", err, m.HTML)
	}
}

// TestLongLetter: a long letter shows the way out near its top as well.
func TestLongLetter(t *testing.T) {
	r := newRenderer(t)
	f := gestureFacts(birthday, "en")
	m, err := r.Mail(f, autumn)
	if err != nil || strings.Count(m.HTML, `href="https://grazie.lina.example/u/`) != 1 {
		t.Fatalf("%v: a short letter shows it %d times", err, strings.Count(m.HTML, "/u/"))
	}
	l, err := r.write(f, r.tongues["en"], "en", autumn)
	if err != nil {
		t.Fatal(err)
	}
	l.paragraphs = append(l.paragraphs, strings.Repeat("word ", 400))
	l.long = l.length() > longLetter
	if m, err = r.set(l, f); err != nil {
		t.Fatal(err)
	}
	if at := strings.Index(m.HTML, "/u/"); at < 0 || at > strings.Index(m.HTML, "Emily") || strings.Count(m.Text, "/u/") != 2 {
		t.Errorf("a long letter does not show it near its top:\n%s", m.Text)
	}
}

func TestLinks(t *testing.T) {
	for in, good := range map[string]bool{
		"https://a.example/x?y=1&z=2": true, "http://localhost:8080/u/x": true, "": false, "ftp://a.example": false, "javascript:alert(1)": false, "//a.example": false, "https://": false,
		"https://a.example/\" onclick=": false, "https://a.example/ö": false, "https://u:p@a.example/": false, "https://a.example/<x>": false, "https://a.example/\n": false, "https://a.example/" + strings.Repeat("x", 900): false,
	} {
		if (link(in) == in && in != "") != good {
			t.Errorf("%q: %q", in, link(in))
		}
	}
	for in, want := range map[string]string{"Demo.MyShopify.com": "demo.myshopify.com", "a_b.example": "", "localhost": "", "": "", "-a.example": "", "a..b": "", "a.example/x": ""} {
		if got := host(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	for shop, want := range map[string]crm.Shop{
		"Demo Shop <birthday.demo.myshopify.com>": {Name: "Demo Shop", Domain: "demo.myshopify.com"},
		"<birthday.demo.myshopify.com>":           {Name: "Café", Domain: "demo.myshopify.com"},
		"<birthday.lina.example>":                 {Name: "“x”", Domain: "x", Sender: crm.Mailbox{Email: "m@lina.example"}},
	} {
		if got := listID("birthday", want); got != shop {
			t.Errorf("%q, want %q", got, shop)
		}
	}
}
