package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/store"
)

// stageTokens puts something on each page of its area.
func stageTokens(s *scene) {
	s.t.Helper()
	for _, name := range []string{`<img src=x onerror=alert(1)> helpdesk`, "מוקד שירות הלקוחות", strings.Repeat("Kundendienstmitarbeiterschnittstelle", 2)} {
		s.token(name, store.Support, s.shopID)
	}
	old := s.token("The one before", store.Viewer, s.shopID)
	if err := s.store.RevokeToken(s.t.Context(), old.ID); err != nil {
		s.t.Fatal(err)
	}
	s.ids["token"] = s.token("Shipping software", store.Viewer, s.shopID).ID
}

var secretForm = regexp.MustCompile(`grz_[a-z0-9]{52}`)

// A token is shown on the page that answers, and never again; it works from then
// on, until it is revoked.
func TestConsoleTokens(t *testing.T) {
	s := newScene(t)
	a := s.post("owner", "/tokens", url.Values{"name": {" Helpdesk "}, "role": {"support"}})
	s.shows(a, "The token for “Helpdesk”", "It is shown this one time")
	secret := secretForm.FindString(a.body)
	made, err := s.store.Token(t.Context(), secret)
	if err != nil || made.Name != "Helpdesk" || made.Role != store.Support || made.ShopID != s.shopID {
		t.Fatalf("%+v, %v", made, err)
	}
	s.tokens["made"] = secret // the log is searched for it in the end
	if e := s.logged(); e.Action != "tokens.create" || e.Target != made.ID || e.Detail != "support" || e.By != "Kim owner" {
		t.Errorf("%+v", e)
	}
	a = s.see("owner", "/tokens")
	s.shows(a, "Helpdesk", "Support")
	if strings.Contains(a.body, "grz_") || strings.Contains(a.body, secret[4:]) {
		t.Error("it is shown a second time")
	}
	if a := s.ask("made", "GET /tasks", nil); a.status != http.StatusOK {
		t.Errorf("it does not work: %d", a.status)
	}
	s.leads(s.post("owner", "/tokens/"+made.ID+"/revoke", url.Values{"reason": {"lost"}}), "/tokens?said=tokens.said.revoked")
	if a := s.ask("made", "GET /tasks", nil); a.status != http.StatusUnauthorized {
		t.Errorf("revoked, it answers %d", a.status)
	}
	if e := s.logged(); e.Action != "tokens.revoke" || e.Target != made.ID || e.Why != "lost" {
		t.Errorf("%+v", e)
	}
	s.shows(s.see("owner", "/tokens?said=tokens.said.revoked"), "The token works no more.", "revoked")
	if a := s.post("owner", "/tokens/"+made.ID+"/revoke", nil); a.status != http.StatusNotFound {
		t.Errorf("revoked twice: %d", a.status)
	}
}

// What cannot be taken is said beside the field, and nothing is made.
func TestConsoleTokensWrong(t *testing.T) {
	s := newScene(t)
	s.token("Helpdesk", store.Viewer, s.shopID)
	before, err := s.store.TokensOf(t.Context(), s.shopID)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		form url.Values
		said string
	}{
		"no name":        {url.Values{"name": {"  "}, "role": {"viewer"}}, "Write a name of up to 80 characters"},
		"a long name":    {url.Values{"name": {strings.Repeat("a", 81)}, "role": {"viewer"}}, "Write a name of up to 80 characters"},
		"no role":        {url.Values{"name": {"Shipping"}}, "Choose a role."},
		"a role of none": {url.Values{"name": {"Shipping"}, "role": {"admin"}}, "Choose a role."},
		"a taken name":   {url.Values{"name": {"HELPDESK"}, "role": {"viewer"}}, "Another token in force has this name."},
	} {
		a := s.post("owner", "/tokens", c.form)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, c.said) || strings.Contains(a.body, "grz_") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		if typed := strings.TrimSpace(c.form.Get("name")); typed != "" && !strings.Contains(a.body, `value="`+typed+`"`) {
			t.Errorf("%s: what was typed is gone: %s", name, a.body)
		}
	}
	if after, err := s.store.TokensOf(t.Context(), s.shopID); err != nil || len(after) != len(before) {
		t.Errorf("%d tokens, %v", len(after), err)
	}
}

// A shop's page shows the tokens of this shop alone: not another's, nor those of
// the whole installation, which are managed by who runs it.
func TestConsoleTokensOfOthers(t *testing.T) {
	s := newScene(t)
	other := s.token("Theirs", store.Owner, s.connect("other.myshopify.com", crm.Values{"secret": "another secret"}))
	all := s.token("Head office", store.Owner, "")
	a := s.see("owner", "/tokens")
	if s.shows(a, "viewer"); strings.Contains(a.body, "Theirs") || strings.Contains(a.body, "Head office") {
		t.Error(a.body)
	}
	for _, id := range []string{other.ID, all.ID} {
		if a := s.post("owner", "/tokens/"+id+"/revoke", nil); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", id, a.status)
		}
	}
	for _, name := range []string{"Theirs", "Head office"} {
		if _, err := s.store.Token(t.Context(), s.tokens[name]); err != nil {
			t.Errorf("%s works no more: %v", name, err)
		}
	}
	// Two shops may each have a helpdesk; one of all shops is in the way of both.
	s.shows(s.post("owner", "/tokens", url.Values{"name": {"theirs"}, "role": {"viewer"}}), "grz_")
	if a := s.post("owner", "/tokens", url.Values{"name": {"head office"}, "role": {"viewer"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a name of the installation's: %d", a.status)
	}
}
