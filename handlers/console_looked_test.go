package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"grazie/store"
)

// lines counts what the shop's audit log has of an action.
func (s *scene) linesOf(action string) int {
	s.t.Helper()
	all, err := s.store.SearchAudit(s.t.Context(), s.shopID, store.AuditFilter{Action: action, Limit: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	return len(all)
}

// A file with all that is known of a customer is a look at her of its own.
func TestConsoleExportFileIsWrittenDown(t *testing.T) {
	s := newScene(t)
	stageCustomers(s)
	if a := s.see("manager", "/customers/9001/export?as=json"); a.status != http.StatusOK {
		t.Fatal(a.status)
	}
	if n := s.linesOf("customers.export"); n != 1 {
		t.Errorf("%d lines", n)
	}
}

// A form that is refused shows the page of a customer as well: nobody looks at it
// unseen by leaving a field empty.
func TestConsoleRefusedFormIsALookToo(t *testing.T) {
	s := newScene(t)
	stageCustomers(s)
	refused := s.post("support", "/customers/9001/suppress", url.Values{})
	if refused.status != http.StatusUnprocessableEntity {
		t.Error(refused.status)
	}
	if !strings.Contains(refused.body, "Maximiliane-Theodora") {
		t.Error("it does not show her")
	}
	if n := s.linesOf("customers.suppress"); n != 1 {
		t.Errorf("%d lines", n)
	}
	if e := s.logged(); e.Target != "9001" || e.Detail != "not done" || e.By != "Kim support" {
		t.Errorf("%+v", e)
	}
	before := s.linesOf("")
	if a := s.post("support", "/customers/none/suppress", url.Values{}); a.status != http.StatusNotFound {
		t.Error(a.status)
	}
	if a := s.post("viewer", "/customers/9001/suppress", url.Values{}); a.status != http.StatusForbidden {
		t.Error(a.status)
	}
	if a := s.post("manager", "/settings/pause", url.Values{}); a.status != http.StatusUnprocessableEntity {
		t.Error(a.status)
	}
	if n := s.linesOf(""); n != before {
		t.Errorf("%d lines of what shows nobody", n-before)
	}
}

// Nor is the mail about somebody's order shown unseen by an address that is none.
func TestConsoleRefusedTestMailIsALookToo(t *testing.T) {
	s := newScene(t)
	if a := s.post("manager", "/gestures/thank_you/mail/en/test", url.Values{"to": {"nobody"}}); a.status != http.StatusUnprocessableEntity {
		t.Fatal(a.status, a.body)
	}
	if n := s.linesOf("templates.test"); n != 1 {
		t.Errorf("%d lines", n)
	}
}
