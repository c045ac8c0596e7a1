package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"grazie/crm"
	"grazie/journeys"
	"grazie/store"
)

// own is a door with a customer before it: Ada, who bought twice, for whom
// mails wait, and who has links to her own pages from the mail about #2.
type own struct {
	*door
	link store.Link
}

const (
	giftMail   = "birthday_coupon"
	reviewMail = "review_request"
)

func newOwn(t *testing.T, change ...func(*door)) *own {
	t.Helper()
	d := newDoor(t, change...)
	o := &own{door: d}
	d.changeShop(func(s *crm.Shop) {
		s.LegalName, s.PostalAddress = "Bottega S.r.l.", "Via Roma 1, 00100 Roma"
		s.Journeys = map[string]crm.Values{}
		for _, j := range journeys.All {
			s.Journeys[j.Key] = crm.Values{"enabled": strconv.FormatBool(j.Key == giftMail || j.Key == reviewMail)}
		}
	})
	ada := crm.Customer{ID: "77", Email: "ada@posta.example", EmailKey: "ada@posta.example", FirstName: "Ada", Locale: "en", UpdatedAt: d.Now(),
		Consent: crm.Consent{State: crm.ConsentSubscribed, Source: "shopify", At: d.Now().Add(-time.Hour)}}
	events := []crm.Event{{Kind: crm.CustomerChanged, Customer: &ada}}
	var mails []crm.Message
	for id, title := range map[string]string{"1": "Soap", "2": `Olive oil <b>"extra"</b>`} {
		order := crm.Order{ID: id, Name: "#" + id, CustomerID: "77", Email: ada.Email, EmailKey: ada.EmailKey, Status: crm.Paid, Total: crm.Money{Minor: 1000, Currency: "EUR"},
			Items: []crm.LineItem{{Title: title, Quantity: 1}, {Title: "Gift card", GiftCard: true, Quantity: 1}}, CreatedAt: d.Now(), PaidAt: d.Now(), UpdatedAt: d.Now()}
		events = append(events, crm.Event{Kind: crm.OrderChanged, Order: &order})
		mails = append(mails, crm.Message{CustomerID: "77", OrderID: id, Journey: reviewMail, Purpose: crm.Marketing, Subject: "order:" + id, DueAt: d.Now().Add(time.Hour)})
	}
	mails = append(mails, crm.Message{CustomerID: "77", Journey: giftMail, Purpose: crm.Marketing, Subject: "birthday:77:2027-03-05", DueAt: d.Now().Add(time.Hour)})
	if _, err := d.store.ApplyEvents(t.Context(), d.shopID, []store.Applied{{Events: events}}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := d.store.PlanMessages(t.Context(), d.shopID, mails); err != nil {
		t.Fatal(err)
	}
	for _, m := range o.messages() {
		if m.OrderID == "2" {
			o.link = store.Link{ShopID: d.shopID, CustomerID: "77", MessageID: m.ID}
		}
	}
	return o
}

func (d *door) changeShop(change func(*crm.Shop)) {
	d.t.Helper()
	if _, err := d.store.ChangeShop(d.t.Context(), d.shopID, func(s *crm.Shop) error { change(s); return nil }); err != nil {
		d.t.Fatal(err)
	}
}

func (o *own) messages() []crm.Message {
	o.t.Helper()
	all, err := o.store.Messages(o.t.Context(), o.shopID, store.MessageFilter{Limit: 50})
	if err != nil {
		o.t.Fatal(err)
	}
	return all
}

// path is the address of one of her pages.
func (o *own) path(kind string) string { return o.pathOf(kind, o.link) }

func (o *own) pathOf(kind string, l store.Link) string {
	return "/" + kind + "/" + o.store.LinkToken(kind, l.ShopID, l.CustomerID, l.MessageID)
}

// submit posts a form to one of her pages.
func (o *own) submit(path string, form url.Values) answer {
	o.t.Helper()
	return o.send(http.MethodPost, path, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, strings.NewReader(form.Encode()))
}

// oneClick is what a mail program posts (RFC 8058).
func (o *own) oneClick(path string) answer {
	o.t.Helper()
	return o.submit(path, url.Values{"List-Unsubscribe": {"One-Click"}})
}

// rows are all rows about her, as text: what changes, changes that.
func (o *own) rows() string {
	o.t.Helper()
	chosen, err := o.store.Preferences(o.t.Context(), o.link)
	if err != nil {
		o.t.Fatal(err)
	}
	_, review, err := o.store.ReviewOf(o.t.Context(), o.link)
	if err != nil {
		o.t.Fatal(err)
	}
	tasks, err := o.store.Tasks(o.t.Context(), o.shopID, true, 50)
	if err != nil {
		o.t.Fatal(err)
	}
	text, err := json.Marshal([]any{chosen, review, tasks, o.messages()})
	if err != nil {
		o.t.Fatal(err)
	}
	return string(text)
}

// parse reads a page of her own and checks what holds for all of them.
func (o *own) parse(name string, a answer, status int) *html.Node {
	o.t.Helper()
	if a.status != status || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html; charset=UTF-8") {
		o.t.Fatalf("%s: %d %v %s", name, a.status, a.header, a.body)
	}
	if csp := a.header.Get("Content-Security-Policy"); csp != "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'" {
		o.t.Errorf("%s: %s", name, csp)
	}
	if robots := a.header.Get("X-Robots-Tag"); robots != "noindex" {
		o.t.Errorf("%s: robots are told %q", name, robots)
	}
	if len(a.header["Set-Cookie"]) > 0 {
		o.t.Errorf("%s sets a cookie", name)
	}
	o.kept(name, a.header)
	root, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		o.t.Fatal(err)
	}
	if scripts, _ := all(root, "script"); len(scripts) > 0 {
		o.t.Errorf("%s has scripts", name)
	}
	return root
}

func says(t *testing.T, a answer, texts ...string) {
	t.Helper()
	plain := html.UnescapeString(a.body)
	for _, text := range texts {
		if !strings.Contains(plain, text) {
			t.Errorf("the page does not say %q:\n%s", text, a.body)
		}
	}
}

// Programs that look into mails open every link, again and again.
func TestOpeningAPageChangesNothing(t *testing.T) {
	o := newOwn(t)
	before := o.rows()
	for _, kind := range []string{store.LinkUnsubscribe, store.LinkPreferences, store.LinkReview} {
		for range 2 {
			o.parse(kind, o.get(o.path(kind)), http.StatusOK)
		}
		if a := o.send(http.MethodHead, o.path(kind), http.Header{}, nil); a.status != http.StatusOK || a.body != "" {
			t.Errorf("HEAD %s: %+v", kind, a)
		}
		// What stands behind the question mark is no form.
		for _, query := range []string{"?scope=all&List-Unsubscribe=One-Click", "?do=stop&rating=1", "?_method=POST"} {
			o.parse(kind, o.get(o.path(kind)+query), http.StatusOK)
		}
		for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch} {
			if a := o.send(method, o.path(kind), http.Header{}, nil); a.status != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %+v", method, kind, a)
			}
		}
	}
	if after := o.rows(); after != before {
		t.Errorf("from\n%s\nto\n%s", before, after)
	}
}

// A token opens its own page and no other; one that was changed opens nothing,
// and the answer says what to do.
func TestWrongTokens(t *testing.T) {
	o := newOwn(t)
	before := o.rows()
	token := o.store.LinkToken(store.LinkUnsubscribe, o.shopID, "77", o.link.MessageID)
	for _, kind := range []string{store.LinkUnsubscribe, store.LinkPreferences, store.LinkReview} {
		for _, bad := range []string{"x", token[1:], "A" + token, strings.ToLower(token), "%00", "..%2f..", strings.Repeat("A", 3000), token + "%20"} {
			for _, a := range []answer{o.get("/" + kind + "/" + bad), o.oneClick("/" + kind + "/" + bad)} {
				o.parse(bad, a, http.StatusNotFound)
				says(t, a, "This link does not work", "use the link in a newer one")
			}
		}
		if kind != store.LinkUnsubscribe {
			o.parse("a token of another kind", o.oneClick("/"+kind+"/"+token), http.StatusNotFound)
		}
	}
	german := o.send(http.MethodGet, "/u/x", http.Header{"Accept-Language": {"de-AT, en;q=0.5"}}, nil)
	says(t, german, `lang="de"`, "Dieser Link funktioniert nicht")
	// Of another shop, the same ids lead nowhere.
	other := o.link
	other.ShopID = o.connect("other.myshopify.com", crm.Values{})
	says(t, o.oneClick(o.pathOf(store.LinkUnsubscribe, other)), "Fatto")
	o.parse("preferences", o.submit(o.pathOf(store.LinkPreferences, other), url.Values{"do": {"stop"}}), http.StatusNotFound)
	o.parse("review", o.submit(o.pathOf(store.LinkReview, other), url.Values{"rating": {"1"}}), http.StatusNotFound)
	if after := o.rows(); after != before {
		t.Errorf("from\n%s\nto\n%s", before, after)
	}
	// What mail programs take along after a link is no part of it.
	o.parse("with a full stop", o.get("/u/"+token+"."), http.StatusOK)
}

// Without the database nothing is saved, and no page says so.
func TestOwnPagesWithoutDatabase(t *testing.T) {
	o := newOwn(t)
	paths := map[string]string{}
	for _, kind := range []string{store.LinkUnsubscribe, store.LinkPreferences, store.LinkReview} {
		paths[kind] = o.path(kind)
	}
	o.closeStore()
	for kind, path := range paths {
		for name, a := range map[string]answer{"get": o.get(path), "post": o.submit(path, url.Values{"rating": {"5"}, "do": {"save"}})} {
			o.parse(kind+" "+name, a, http.StatusServiceUnavailable)
			says(t, a, "Nothing has been saved.")
			if a.header.Get("Retry-After") == "" {
				t.Errorf("%s %s does not say when to come again", kind, name)
			}
		}
	}
	if text := o.log.String(); strings.Count(text, "could not be served") != 6 || strings.Contains(text, strings.TrimPrefix(paths["u"], "/u/")) {
		t.Errorf("the log: %s", text)
	}
}

// A form is read up to 64 KiB.
func TestFormsAreBounded(t *testing.T) {
	o := newOwn(t)
	before := o.rows()
	for _, kind := range []string{store.LinkUnsubscribe, store.LinkPreferences, store.LinkReview} {
		body := "rating=5&text=" + strings.Repeat("a", 70<<10)
		multi := "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n" + strings.Repeat("a", 70<<10) + "\r\n--b--\r\n"
		for name, a := range map[string]answer{
			"announced": o.send(http.MethodPost, o.path(kind), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, strings.NewReader(body)),
			"in chunks": o.send(http.MethodPost, o.path(kind), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, struct{ *strings.Reader }{strings.NewReader(body)}),
			"multipart": o.send(http.MethodPost, o.path(kind), http.Header{"Content-Type": {"multipart/form-data; boundary=b"}}, struct{ *strings.Reader }{strings.NewReader(multi)}),
		} {
			o.parse(kind+" "+name, a, http.StatusRequestEntityTooLarge)
			says(t, a, "Nothing has been saved.")
		}
	}
	for _, kind := range []string{store.LinkPreferences, store.LinkReview} {
		if a := o.send(http.MethodPost, o.path(kind), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, strings.NewReader("do=stop&rating=5&%zz")); a.status != http.StatusBadRequest {
			t.Errorf("%s took a broken form: %+v", kind, a)
		}
	}
	if after := o.rows(); after != before {
		t.Errorf("from\n%s\nto\n%s", before, after)
	}
}
