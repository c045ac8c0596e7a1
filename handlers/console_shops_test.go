package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// Who works for several shops chooses; who works for one is led there; and nobody
// sees a shop that is not hers.
func TestConsoleListsOwnShops(t *testing.T) {
	s := newScene(t)
	s.leads(s.see("viewer", "/console"), "")
	s.connect("third.myshopify.com", crm.Values{"secret": "another secret"})
	s.hire("of all", store.Viewer, "")
	if a := s.see("of all", "/console"); a.status != http.StatusOK || strings.Count(a.body, `class="card"`) != 3 {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.leads(s.see("viewer", "/console"), "")
}

// The token of a frame shows what it was made for, for an hour, and nothing else.
func TestViewTokens(t *testing.T) {
	s := newScene(t)
	good := s.store.ViewToken(s.shopID, "nothing/at all")
	for name, token := range map[string]string{"no such view": good, "of another kind": s.store.SetupToken(s.shopID), "tampered with": good[:len(good)-2] + "AA", "none": "x"} {
		if a := s.see("nobody", "/console/view/"+token); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if shop, what, err := s.store.OpenView(good); err != nil || shop != s.shopID || what != "nothing/at all" {
		t.Error(shop, what, err)
	}
	s.pass(store.ViewTime + time.Second)
	if _, _, err := s.store.OpenView(good); err == nil {
		t.Error("opened after its time")
	}
}
