package templates

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"grazie/crm"
)

// hostile are the values that the guard's tests bind: what a customer or a
// shop could have typed.
func hostile() map[string]any {
	return map[string]any{
		"customer": map[string]any{"first_name": `<script>alert("1")</script>`, "name": `' onload=x`},
		"order": map[string]any{
			"name": "#1", "number": 2, "gift": false, "product": "<b>&amp;",
			"items": []any{map[string]any{"title": "<i>A</i>", "quantity": 1}, map[string]any{"title": "B", "quantity": 2}},
		},
		"letter": map[string]any{"paragraphs": []any{"<u>1</u>", "2"}, "greeting": "Hi\nyou"},
		"place":  map[string]any{}, "shop": map[string]any{"name": "S"}, "sender": map[string]any{},
		"locale": "en", "dir": "ltr", "formal": false,
	}
}

func TestGuardRenders(t *testing.T) {
	g := newGuard(thankYou)
	for source, want := range map[string]string{
		`{{ customer.first_name }}`:                                                       `&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;`,
		`<a title="{{ customer.name }}">`:                                                 `<a title="&#39; onload=x">`,
		`{{ letter.paragraphs }}`:                                                         `&lt;u&gt;1&lt;/u&gt;2`,
		`{{ letter.paragraphs | join: "<br>" }}`:                                          `&lt;u&gt;1&lt;/u&gt;&lt;br&gt;2`,
		`{{ letter.paragraphs | first | upcase }}`:                                        `&lt;U&gt;1&lt;/U&gt;`,
		`{{ customer.first_name | escape }}`:                                              `&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;`,
		`{{ letter.greeting | newline_to_br }}`:                                           "Hi<br>\nyou",
		`{% capture x %}<b>{{ order.product }}</b>{% endcapture %}{{ x }}`:                `<b>&lt;b&gt;&amp;amp;</b>`,
		`{% capture x %}<b>{{ order.product }}</b>{% endcapture %}{{ x | upcase }}`:       `&lt;B&gt;&amp;LT;B&amp;GT;&amp;AMP;AMP;&lt;/B&gt;`,
		`{% for i in order.items %}{{ forloop.index }}{{ i.title }}{% endfor %}`:          `1&lt;i&gt;A&lt;/i&gt;2B`,
		`{% for i in order.items -%}  {{ i.quantity }} {%- endfor %}`:                     `12`,
		`{% for i in (1..3) reversed %}{{ i }}{% endfor %}`:                               `321`,
		`{% for i in order.items %}{% break %}{% endfor %}-`:                              `-`,
		`{% raw %}{{ not.liquid }}{% endraw %}`:                                           `{{ not.liquid }}`,
		`{% comment %}{% include "x" %}{{ y | z }}{% endcomment %}.`:                      `.`,
		`{% if order.number > 1 and order.items.size == 2 %}y{% else %}n{% endif %}`:      `y`,
		`{% if place.city %}in {{ place.city }}{% endif %}{{ place.city }}`:               ``,
		`{% assign n = order.number | plus: 3 %}{{ n | times: 2 }}`:                       `10`,
		`{{ order.items[1].title }}{{ order.items.first.title | default: "x" | size }}`:   `B8`,
		`{% case order.number %}{% when 1 %}a{% when 2 %}b{% endcase %}`:                  `b`,
		`{% unless order.gift %}no{% endunless %} {{ "a" | append: "b" | prepend: "c" }}`: `no cab`,
		`{{ "abc" | replace: "b", "<" }}{{ "long enough" | truncate: 5 }}`:                `a&lt;clong…`,
		`<a href="https://shop.example/{{ order.name }}">`:                                `<a href="https://shop.example/#1">`,
		`1 < 2 {{ locale }} <!--[if mso]>{{ dir }}<![endif]--></p {{ locale }}`:           `1 < 2 en <!--[if mso]>ltr<![endif]--></p en`,
		`@media (x){.a{color:red}}`:                                                       `@media (x){.a{color:red}}`,
		`{{ order }}{{ customer }}`:                                                       ``,
	} {
		c, err := g.compile(partHTML, source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got, err := c.render(hostile()); err != nil || got != want {
			t.Errorf("%s\n got %q, %v\nwant %q", source, got, err, want)
		}
	}
	c, err := g.compile(partText, `{{ customer.first_name }}`)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := c.render(hostile()); got != `<script>alert("1")</script>` {
		t.Errorf("plain text was changed: %s", got)
	}
}

func TestGuardRefuses(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.txt")
	if err := os.WriteFile(secret, []byte("host file content"), 0o600); err != nil {
		t.Fatal(err)
	}
	g := newGuard(thankYou)
	for _, c := range []struct {
		source  string
		line    int
		message string
	}{
		{"a\n{% include '" + secret + "' %}", 2, `no tag "include"`},
		{"{% cycle 'a', 'b' %}", 1, `no tag "cycle"`},
		{"{% tablerow x in order.items %}{% endtablerow %}", 1, "no tag"},
		{"{% grazie_tick 1 %}", 1, "no tag"},
		{"\n\n{{ customer.frist_name }}", 3, `"customer.frist_name"`},
		{"{{ nobody }}", 1, `"nobody"`},
		{"{{ order.name.secret }}", 1, "order.name.secret"},
		{"{% if\n custmer.name %}{% endif %}", 1, `"custmer"`},
		{"{% for i in order.items %}\n{{ i.price }}{% endfor %}", 2, `"i.price"`},
		{"{{ order.name | json }}", 1, `no filter "json"`},
		{"{{ order.name | grazie_html: grazie_meter }}", 1, "grazie_html"},
		{"{{ grazie_meter }}", 1, "grazie_meter"},
		{"{% assign grazie_meter = 1 %}", 1, "taken"},
		{"{% capture grazie_meter %}{% endcapture %}", 1, "taken"},
		{"{% assign customer = 1 %}", 1, "taken"},
		{"{% for i in (1..3000000) %}{% endfor %}", 1, "too long"},
		{"{% for i in (1..3000) %}{% for j in (1..3000) %}{{ j }}{% endfor %}{% endfor %}", 1, "too long"},
		{"{{ (1..1000000000).AsArray }}", 1, "range"},
		{"{% for i in (1..1000000000).AsArray %}{% endfor %}", 1, "range"},
		{"{% assign r = (1..1000000000) %}{{ r | join }}", 1, "range"},
		{"{% assign s = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}{% for i in (1..60) %}{% assign s = s | append: s %}{% endfor %}", 1, "longer than"},
		{"{% assign s = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}{% for i in (1..60) %}{% capture s %}{{ s }}{{ s }}{% endcapture %}{% endfor %}", 1, "longer than"},
		{"one\n{{ customer.name\n}}", 0, ""}, // the engine takes a line break before the end
		{"one\ntwo {{ customer.name", 2, "not closed"},
		{"{% if order.gift %}\n", 1, "unterminated"},
		{"{% raw %}", 0, "never closed"},
		{"x\n{% endif %}", 2, "not inside"},
		{"{{ order.name; }}", 1, "does not belong"},
		{"{{ order.name) | raw: (order.name }}", 1, "closes nothing"},
		{"{{ %loop x in y }}", 1, "does not belong"},
		{"{{ order.name ;\x00 }}", 1, "control character"},
		{"{{ order.number | divided_by: 0 }}", 1, "zero"},
		{"{{ a b c }}", 1, "no variable"},
		{"\n{{ order.name order.name }}", 2, "not valid Liquid"},
		{"{{ 'x' | append }}" + strings.Repeat("y", maxSource), 0, "longer than 64 KB"},
		{"{% break %}", 1, "break"},
		{"\n<p title={{ customer.name }}>", 2, "quotes"},
		{"<p {{ customer.name }}>", 1, "quotes"},
		{"<a href=\"{{ customer.name }}\">", 1, "begin with a value"},
		{"<a title='>' HREF = '{{ customer.name }}'>", 1, "begin with a value"},
		{"<p style=\"color:{{ customer.name }}\">", 1, "style"},
		{"<p onclick='{{ customer.name }}'>", 1, "script"},
	} {
		start := time.Now()
		tpl, err := g.compile(partHTML, c.source)
		if err == nil {
			_, err = tpl.render(hostile())
		}
		if time.Since(start) > 5*time.Second {
			t.Errorf("%.60s took %s", c.source, time.Since(start))
		}
		if c.message == "" {
			if err != nil {
				t.Errorf("%.60s: %v", c.source, err)
			}
			continue
		}
		var te *TemplateError
		if !errors.As(err, &te) {
			t.Errorf("%.60s: not refused: %v", c.source, err)
			continue
		}
		if te.Part != partHTML || te.Line != c.line || !strings.Contains(te.Message, c.message) || strings.Contains(te.Message, reserved) && !strings.Contains(c.source, reserved) {
			t.Errorf("%.60s\n got %d %q\nwant %d %q", c.source, te.Line, te.Message, c.line, c.message)
		}
	}
}

func TestGuardBoundsOutput(t *testing.T) {
	g := newGuard(thankYou)
	big := strings.Repeat("b", maxText)
	source := `{% for i in (1..100) %}` + `{{ order.product }}` + `{% endfor %}`
	vars := hostile()
	vars["order"].(map[string]any)["product"] = big
	c, err := g.compile(partText, source)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.render(vars); err == nil || !strings.Contains(err.Error(), "KB") {
		t.Errorf("800 KB of values passed: %v", err)
	}
	c, err = g.compile(partText, `{% for i in (1..100) %}`+strings.Repeat("x", 2000)+`{% endfor %}`)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := c.render(vars); err == nil {
		t.Errorf("%d bytes of text passed", len(out))
	}
}

// FuzzGuard: whatever a template says, it does not panic, ends, stays small,
// reads no file and writes no value unescaped.
func FuzzGuard(f *testing.F) {
	for _, s := range []string{
		"{{ customer.first_name }}", "{% for i in (1..9) %}{{ i }}{% endfor %}", "{% include 'guard.go' %}",
		"{% capture x %}{{ order.product }}{% endcapture %}{{ x | append: x }}", "{% assign a = customer.name %}{{ a | escape }}",
		"{%- if order.gift -%}{{- letter.greeting | newline_to_br -}}{%- endif -%}", "{% raw %}{{{% endraw %}", "{{ order.items[0].title | default: 'x' }}",
		"{% for p in letter.paragraphs limit: 1 offset: 0 reversed %}{{ p }}{% else %}-{% endfor %}", "{% case locale %}{% when 'en' %}{% endcase %}",
	} {
		f.Add(s)
	}
	g := newGuard(thankYou)
	const canary = `<script>alert("1")</script>`
	f.Fuzz(func(t *testing.T, source string) {
		start := time.Now()
		c, err := g.compile(partHTML, source)
		if err != nil {
			var te *TemplateError
			if !errors.As(err, &te) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		out, err := c.render(hostile())
		if d := time.Since(start); d > 10*time.Second {
			t.Fatalf("took %s", d)
		}
		if err != nil {
			return
		}
		if len(out) > maxOutput {
			t.Fatalf("%d bytes", len(out))
		}
		if strings.Contains(out, canary) && !strings.Contains(source, "script") {
			t.Fatalf("a value came out unescaped: %q", out)
		}
		if strings.Contains(out, "<i>A") && !strings.Contains(source, "<i>A") {
			t.Fatalf("an element of a list came out unescaped: %q", out)
		}
		if strings.Contains(out, "package templates") && !strings.Contains(source, "package templates") {
			t.Fatal("it read a file")
		}
	})
}

func TestCheck(t *testing.T) {
	r := newRenderer(t)
	ok := crm.Template{Journey: thankYou, Locale: "de-AT", Subject: "Danke, {{ customer.first_name | default: 'du' }}"}
	if err := r.Check(ok); err != nil {
		t.Error(err)
	}
	for part, tpl := range map[string]crm.Template{
		partSubject: {Subject: "a\nb"}, partHTML: {HTML: "x\n{% include '../renderer.go' %}"}, partText: {Text: "x\n{{ nope }}"},
	} {
		tpl.Journey, tpl.Locale = thankYou, "en"
		var te *TemplateError
		if err := r.Check(tpl); !errors.As(err, &te) || te.Part != part || te.Line == 0 {
			t.Errorf("%s: %v", part, err)
		}
	}
	// A subject that is empty for a customer without a name is no subject.
	if err := r.Check(crm.Template{Journey: thankYou, Locale: "en", Subject: "{{ customer.first_name }}"}); err == nil {
		t.Error("a subject that can come out empty passed")
	}
	var inv *crm.Invalid
	if err := r.Check(crm.Template{Journey: thankYou, Locale: "ja"}); !errors.As(err, &inv) || inv.Field != "locale" {
		t.Error(err)
	}
	if err := r.Check(crm.Template{Journey: "name_day", Locale: "en"}); !errors.As(err, &inv) || inv.Field != "journey" {
		t.Error(err)
	}
}

func TestMerchantsOwnParts(t *testing.T) {
	r := newRenderer(t)
	f := thanks("de")
	built, err := r.Mail(f, autumn)
	if err != nil {
		t.Fatal(err)
	}
	f.Templates = []crm.Template{
		{Journey: thankYou, Locale: "en", Subject: "not this"},
		{Journey: thankYou, Locale: "de", Subject: "{{ sender.name }} sagt danke"},
	}
	m, err := r.Mail(f, autumn)
	if err != nil || m.Subject != "Marta Lina sagt danke" || m.HTML != built.HTML || m.Text != built.Text {
		t.Errorf("%v, subject %q; the other parts should be the built-in ones", err, m.Subject)
	}
	f.Templates = append(f.Templates, crm.Template{Journey: thankYou, Locale: "de-AT", HTML: "<p>{{ customer.first_name }} & {{ place.city }}</p>"})
	f.Customer.Locale = "de-AT"
	if m, err = r.Mail(f, autumn); err != nil || m.HTML != "<p>Jana & Freiburg im Breisgau</p>" || m.Subject != built.Subject {
		t.Errorf("%v %q %q", err, m.HTML, m.Subject)
	}
	f.Templates[2].HTML = "{% include 'x' %}"
	var te *TemplateError
	if _, err := r.Mail(f, autumn); !errors.As(err, &te) {
		t.Errorf("a broken template must not become a mail: %v", err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	g := newGuard(thankYou)
	c := newCache(3)
	for i := range 10 {
		if _, err := c.part(g, thankYou, partText, strings.Repeat("x", i+1)); err != nil {
			t.Fatal(err)
		}
	}
	a, _ := c.part(g, thankYou, partText, "again")
	b, _ := c.part(g, thankYou, partText, "again")
	if len(c.parts) != 3 || a != b {
		t.Errorf("%d kept, the same one twice: %v", len(c.parts), a == b)
	}
}
