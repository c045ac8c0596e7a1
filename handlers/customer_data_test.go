package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/store"
)

// She sees what is kept of her, has it as a file, and has it erased by a button: a
// look changes nothing.
func TestOwnData(t *testing.T) {
	o := newOwn(t)
	before := o.rows()
	path := o.path(store.LinkData)
	a := o.get(path)
	o.parse("data", a, http.StatusOK)
	for _, want := range []string{"ada@posta.example", "#2", "Olive oil &lt;b&gt;", "Birthday gift", "planned", "Agreed on", `href="?file=json"`, "Yes, erase what is kept about me", `href="/p/`, `href="/s/`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("lacks %q: %s", want, a.body)
		}
	}
	file := o.get(path + "?file=json")
	var x store.Export
	if err := json.Unmarshal([]byte(file.body), &x); err != nil || len(x.Orders) != 2 || len(x.Customers) != 1 || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") || file.header.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("%v %v %+v", err, file.header, x)
	}
	o.kept("the file", file.header)
	o.parse("posted without a wish", o.submit(path, url.Values{}), http.StatusOK)
	if asked, err := o.store.OpenPrivacyRequests(t.Context(), o.shopID); err != nil || len(asked) != 0 || o.rows() != before {
		t.Errorf("a look changed something: %v %v", asked, err)
	}
	for range 2 {
		a = o.submit(path, url.Values{"do": {"erase"}})
		o.parse("erased", a, http.StatusOK)
		if !strings.Contains(a.body, "Your wish is noted") || strings.Contains(a.body, "Yes, erase") {
			t.Errorf("%s", a.body)
		}
	}
	asked, err := o.store.OpenPrivacyRequests(t.Context(), o.shopID)
	if err != nil || len(asked) != 1 || asked[0].Kind != crm.PrivacyEraseCustomer || asked[0].CustomerID != "77" {
		t.Fatalf("%+v %v", asked, err)
	}
	for more := true; more; {
		if more, err = o.store.EraseStep(t.Context(), o.shopID, asked[0].ID); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []string{store.LinkData, store.LinkReturns, store.LinkBirthday} {
		if a := o.get(o.path(kind)); a.status != http.StatusNotFound || !strings.Contains(a.body, "Qui non è più conservato nulla") {
			t.Errorf("%s afterwards: %d %s", kind, a.status, a.body)
		}
	}
}

// A link that was cut off or is of another page says what to do.
func TestOwnDataLinks(t *testing.T) {
	o := newOwn(t)
	for _, kind := range []string{store.LinkData, store.LinkReturns, store.LinkBirthday} {
		good := o.path(kind)
		for _, bad := range []string{good[:len(good)-3], "/" + kind + "/" + strings.TrimPrefix(o.path(store.LinkPreferences), "/p/")} {
			if a := o.get(bad); a.status != http.StatusNotFound || !strings.Contains(a.body, "This link does not work") {
				t.Errorf("%s: %d %s", bad, a.status, a.body)
			}
		}
		if a := o.get(good); a.header.Get("Referrer-Policy") != "no-referrer" || a.status != http.StatusOK {
			t.Errorf("%s: %d %v", kind, a.status, a.header)
		}
	}
}

// Her returns say how they stand, with what to print.
func TestOwnReturns(t *testing.T) {
	o := newOwn(t)
	if a := o.get(o.path(store.LinkReturns)); !strings.Contains(a.body, "There is no return at the moment.") {
		t.Errorf("%s", a.body)
	}
	o.sendsBack()
	a := o.get(o.path(store.LinkReturns))
	o.parse("returns", a, http.StatusOK)
	for _, want := range []string{"#2-R1", "Accepted. You can send the goods back.", "Olive oil &lt;i&gt;", "https://label.example/1.pdf", "Where the parcel is"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("lacks %q: %s", want, a.body)
		}
	}
	if strings.Contains(a.body, "javascript:") {
		t.Error("an address that is none of the web")
	}
}

// sendsBack opens a return of #2 with a label.
func (o *own) sendsBack() {
	o.t.Helper()
	ctx := o.t.Context()
	r := crm.Return{ID: "r1", Name: "#2-R1", OrderID: "2", CustomerID: "77", Status: crm.ReturnOpen, UpdatedAt: o.Now(), RequestedAt: o.Now(), ReadAt: o.Now(), Lines: []crm.ReturnLine{{Title: "Olive oil <i>", Quantity: 1}}}
	if err := o.store.ApplyReturn(ctx, o.shopID, r); err != nil {
		o.t.Fatal(err)
	}
	planned, err := o.store.PlanMessages(ctx, o.shopID, []crm.Message{{Journey: "return_upgrade", Subject: "return:r1", CustomerID: "77", OrderID: "2", ReturnID: "r1", Purpose: crm.Transactional, DueAt: o.Now()}})
	if err != nil || len(planned) != 1 {
		o.t.Fatal(planned, err)
	}
	m, err := o.store.Message(ctx, o.shopID, planned[0])
	if err != nil {
		o.t.Fatal(err)
	}
	effects, reason, err := o.store.PlanEffects(ctx, m, []crm.Effect{{Kind: crm.LabelBought, Label: &crm.Label{By: "x", ReturnID: "r1"}}}, crm.Limits{Currency: "EUR"})
	if err != nil || reason != "" || len(effects) != 1 {
		o.t.Fatal(effects, reason, err)
	}
	e, ok, err := o.store.ClaimEffect(ctx, effects[0])
	if err != nil || !ok {
		o.t.Fatal(ok, err)
	}
	e.State, e.Label = crm.EffectDone, &crm.Label{By: "x", ReturnID: "r1", URL: "https://label.example/1.pdf", Tracking: "JD0146", TrackingURL: "javascript:alert(1)"}
	if ok, err := o.store.SaveEffect(ctx, e); err != nil || !ok {
		o.t.Fatal(ok, err)
	}
}

// The page for the birthday alone takes it, takes it back, and asks for none where
// it would serve nothing.
func TestOwnBirthday(t *testing.T) {
	o := newOwn(t)
	path := o.path(store.LinkBirthday)
	o.parse("birthday", o.get(path), http.StatusOK)
	if a := o.submit(path, url.Values{"day": {"31"}, "month": {"2"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "There is no such date") {
		t.Errorf("%d %s", a.status, a.body)
	}
	stopped := len(o.stopped())
	o.parse("saved", o.submit(path, url.Values{"day": {"5"}, "month": {"3"}}), http.StatusOK)
	if b := o.chosen().Customer.Birthday; b.Day != "03-05" || b.Source != "form" || len(o.stopped()) != stopped {
		t.Errorf("%+v, stopped %v", b, o.stopped())
	}
	a := o.submit(path, url.Values{"day": {""}, "month": {""}})
	o.parse("deleted", a, http.StatusOK)
	if b := o.chosen().Customer.Birthday; b.Day != "" || !strings.Contains(a.body, "Deleted.") {
		t.Errorf("%+v %s", b, a.body)
	}
	o.changeShop(func(s *crm.Shop) { s.Journeys[giftMail] = crm.Values{"enabled": "false"} })
	a = o.submit(path, url.Values{"day": {"5"}, "month": {"3"}})
	if b := o.chosen().Customer.Birthday; b.Day != "" || !strings.Contains(a.body, "does not ask for birthdays") {
		t.Errorf("%+v %s", b, a.body)
	}
}
