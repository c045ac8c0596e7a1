package simshop_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"grazie/integrations/shopify/simshop"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

func TestRefresh(t *testing.T) {
	s := simshop.New(1, start)
	c := open(t, s)
	first := s.ExpiringToken()
	refresh := func(token string) reply {
		t.Helper()
		r, err := c.post("/admin/oauth/access_token", "", map[string]any{"client_id": s.ClientID, "client_secret": s.Secret, "grant_type": "refresh_token", "refresh_token": token})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	works := func(token string) bool {
		t.Helper()
		c.token = token
		r, err := c.try(who, nil)
		if err != nil || r.status != 200 && r.status != 401 {
			t.Fatalf("%v, HTTP %d", err, r.status)
		}
		return r.status == 200
	}
	if !works(first.Access) || works(first.Refresh) || !works(s.Token()) {
		t.Error("the first tokens don't do")
	}
	second := refresh(first.Refresh)
	c.hold(second, map[string]string{"/expires_in": "3600", "/refresh_token_expires_in": "7776000"})
	if second.text("/access_token") == first.Access || second.text("/refresh_token") == first.Refresh || second.text("/scope") == "" {
		t.Errorf("a refresh changed nothing: %s", second.raw)
	}
	if !works(first.Access) || !works(second.text("/access_token")) {
		t.Error("the old token did not live out its hour, or the new one does not work")
	}
	retried := refresh(first.Refresh) // the answer was lost, say
	if retried.status != 200 || retried.text("/refresh_token") != second.text("/refresh_token") || !works(retried.text("/access_token")) {
		t.Errorf("the old refresh token did not work again: %s", retried.raw)
	}
	third := refresh(second.text("/refresh_token"))
	if third.status != 200 {
		t.Errorf("HTTP %d %s", third.status, third.raw)
	}
	dead := refresh(first.Refresh)
	if dead.status != 401 || !contains(dead.raw, "active refresh_token") {
		t.Errorf("two refreshes old: HTTP %d %s", dead.status, dead.raw)
	}
	s.MoveTo(s.Clock().Add(time.Hour))
	if works(first.Access) || works(third.text("/access_token")) || !works(s.Token()) {
		t.Error("tokens did not expire, or the one that never does did")
	}
	s.MoveTo(s.Clock().Add(90 * 24 * time.Hour))
	if r := refresh(third.text("/refresh_token")); r.status != 401 {
		t.Errorf("after 90 days: HTTP %d", r.status)
	}
	again := s.ExpiringToken()
	if !works(again.Access) {
		t.Error("installed again, the token does not work")
	}
	s.Revoke()
	if works(again.Access) || refresh(again.Refresh).status != 401 || s.Token() != "" {
		t.Error("a revoked token works")
	}
}

func TestRefreshRefused(t *testing.T) {
	s := simshop.New(1, start)
	c := open(t, s)
	token := s.ExpiringToken()
	good := map[string]string{"client_id": s.ClientID, "client_secret": s.Secret, "grant_type": "refresh_token", "refresh_token": token.Refresh}
	for field, want := range map[string]int{"client_id": 400, "client_secret": 400, "grant_type": 400, "refresh_token": 401} {
		bad := map[string]string{}
		for k, v := range good {
			bad[k] = v
		}
		bad[field] = "wrong"
		if r, err := c.post("/admin/oauth/access_token", "", bad); err != nil || r.status != want {
			t.Errorf("wrong %s: %v, HTTP %d, want %d", field, err, r.status, want)
		}
	}
	form := url.Values{}
	for k, v := range good {
		form.Set(k, v)
	}
	resp, err := http.PostForm(c.url+"/admin/oauth/access_token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("as a form: HTTP %d", resp.StatusCode)
	}
	s.Break(simshop.Faults{Status: 503, Times: 1})
	if r, err := c.post("/admin/oauth/access_token", "", good); err != nil || r.status != 503 {
		t.Errorf("out of order: %v, HTTP %d", err, r.status)
	}
}
