package pages_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/templates/pages"
)

var (
	fifth = time.Date(2027, 3, 5, 12, 0, 0, 0, time.UTC)
	ways  = pages.Ways{Preferences: "/p/token", Data: "/d/token", Returns: "/s/token"}
)

func dataPages(v pages.Visit) map[string]pages.Data {
	euros := crm.Money{Minor: 123450, Currency: "EUR"}
	full := pages.Data{Visit: v, Ways: ways, Name: "Ada Rossi", Email: "ada@posta.example", Place: "Bologna, IT", Speaks: "Italiano", Birthday: "03-05", Agreed: fifth, Zone: time.UTC,
		Orders:  []pages.DataOrder{{Name: "#1001", At: fifth, Total: euros, Goods: []string{"Olive oil"}}},
		Mails:   []pages.DataMail{{Subject: "Thank you, Ada", At: fifth, Said: "data.sent"}, {Subject: "Birthday gift", Said: "data.planned"}, {Subject: "Review requests", Said: "data.not_sent"}},
		Codes:   []pages.DataCode{{Code: "GRAZIE-1", Until: fifth, Said: "data.until"}, {Code: "GRAZIE-2", Said: "data.used"}, {Code: "GRAZIE-3", Said: "data.over"}},
		Reviews: []pages.DataReview{{Order: "#1001", Rating: 4, Text: "Late"}}, More: true, File: "?file=json"}
	asked := full
	asked.AskedAt, asked.DueAt = fifth, fifth.AddDate(0, 0, 30)
	return map[string]pages.Data{"her data": full, "asked": asked, "elsewhere": {Visit: v, Elsewhere: true}, "no data": {Visit: v, Speaks: "English", File: "?file=json"}}
}

func returnsPages(v pages.Visit) map[string]pages.Returns {
	all := pages.Returns{Visit: v, Ways: ways, Zone: time.UTC}
	for _, s := range []crm.ReturnStatus{crm.ReturnRequested, crm.ReturnOpen, crm.ReturnClosed, crm.ReturnDeclined, crm.ReturnCanceled, "of another kind"} {
		all.All = append(all.All, pages.Back{Name: "#1001-R1", Order: "#1001", Goods: []string{"Soap"}, At: fifth, Status: s, Free: true, Replaced: true, Label: "https://label.example/1", Tracking: "https://track.example/1"})
	}
	return map[string]pages.Returns{"returns": all, "no returns": {Visit: v}}
}

func birthdayPages(v pages.Visit) map[string]pages.Preferences {
	return map[string]pages.Preferences{
		"birthday":         {Visit: v, Ways: ways, AskBirthday: true},
		"birthday saved":   {Visit: v, AskBirthday: true, Saved: true, Day: 5, Month: 3, BirthdayWas: "03-05"},
		"birthday deleted": {Visit: v, AskBirthday: true, Saved: true},
		"birthday wrong":   {Visit: v, AskBirthday: true, BadBirthday: true, Day: 31, Month: 2},
		"birthday unasked": {Visit: v},
	}
}

// Dates and amounts stand as each language writes them.
func TestDatesInWords(t *testing.T) {
	for locale, want := range map[string][]string{
		"en": {"5 March 2027", "1234.50 EUR"}, "it": {"5 marzo 2027", "1234,50 EUR"}, "sl": {"5. 3. 2027"}, "hu": {"2027. március 5."},
		"de": {"5. März 2027"}, "es": {"5 de marzo de 2027"}, "fr": {"5 mars 2027"}, "fil": {"5 Marso 2027"},
	} {
		page := render(t, func(b *bytes.Buffer) error { return pages.WriteData(b, dataPages(visit(locale, false))["her data"]) })
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s lacks %q", locale, text)
			}
		}
		if strings.Contains(page, "2024") {
			t.Errorf("%s tells a year of a birthday", locale)
		}
	}
}

// An address that is none of the web does not become a link.
func TestReturnsLinkNowhereElse(t *testing.T) {
	page := render(t, func(b *bytes.Buffer) error {
		return pages.WriteReturns(b, pages.Returns{Visit: visit("en", false), All: []pages.Back{{Label: "javascript:alert(1)", Tracking: "javascript:alert(1)", Goods: []string{"<script>"}}}})
	})
	if strings.Contains(page, `"javascript:`) || strings.Contains(page, "<script>") {
		t.Error(page)
	}
}
