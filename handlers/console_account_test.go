package handlers_test

import (
	"bytes"
	"encoding/base64"
	"html"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// account signs somebody in who has a password, in a browser of her own.
func (s *scene) account(who string) *visitor {
	s.t.Helper()
	b := s.visitor()
	b.agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	b.signs(s.setPassword(who, goodPassword).Email, goodPassword)
	b.expectTo("/console")
	return b
}

func TestAccount(t *testing.T) {
	s := newScene(t)
	b := s.account("viewer")
	b.look("/console/account")
	b.expect(http.StatusOK, "You sign in as viewer@staff.example", `value="Kim viewer"`, "Firefox, Linux", "this one")
	b.give("/console/account", url.Values{"name": {" "}, "locale": {"fr"}})
	b.expect(http.StatusUnprocessableEntity, `id="f-name-wrong"`, `id="f-locale-wrong"`)
	b.give("/console/account", url.Values{"name": {"Kimmy <b>"}, "locale": {"it"}})
	b.expectTo("/console/account?said=account.said.saved")
	b.look("/console/account?said=account.said.saved")
	b.expect(http.StatusOK, "Il tuo account", "Salvato.", `value="Kimmy <b>"`)
	log, err := s.store.Audit(t.Context(), "", 0, 1)
	if err != nil || len(log) == 0 || log[0].Action != "account.rename" || log[0].Staff != s.staff["viewer"].ID {
		t.Errorf("%+v %v", log, err)
	}
}

// A new password is asked of nobody whom the browser merely knows, and ends all
// other sessions.
func TestChangePassword(t *testing.T) {
	s := newScene(t)
	there := s.account("viewer")
	here := s.visitor()
	here.signs(s.staff["viewer"].Email, goodPassword)
	s.pass(10 * time.Minute)
	for _, path := range []string{"/password", "/codes/begin", "/codes", "/codes/drop", "/recovery", "/passkeys", "/passkeys/done", "/passkeys/remove"} {
		here.give("/console/account"+path, url.Values{"password": {"another quay mustard"}})
		here.expectTo("/console/account/confirm")
	}
	here.look("/console/account")
	here.expect(http.StatusOK, "show once more that it is you")
	if strings.Contains(here.last.body, `action="/console/account/password"`) {
		t.Error("the form is there all the same")
	}
	here.look("/console/account/confirm")
	here.expect(http.StatusOK, "Show that it is you")
	old := here.cookies["grazie"]
	here.give("/console/account/confirm", url.Values{"password": {"something else here"}})
	here.expect(http.StatusUnprocessableEntity, "This is not your password")
	here.give("/console/account/confirm", url.Values{"password": {goodPassword}})
	here.expectTo("/console/account?said=account.said.confirmed")
	if here.cookies["grazie"] == old {
		t.Error("the session keeps its name")
	}
	for _, bad := range []string{"short", "Password1234", "viewer-staff-kim", strings.Repeat("x y z ", 30)} {
		here.give("/console/account/password", url.Values{"password": {bad}})
		here.expect(http.StatusUnprocessableEntity, `id="f-password-wrong"`)
	}
	if !there.inside() {
		t.Fatal("the other is out already")
	}
	here.give("/console/account/password", url.Values{"password": {"another quay mustard"}})
	here.expectTo("/console/account?said=account.said.password")
	if !here.inside() || there.inside() {
		t.Errorf("here %v, there %v", here.inside(), there.inside())
	}
	fresh := s.visitor()
	fresh.signs(s.staff["viewer"].Email, goodPassword)
	fresh.expect(http.StatusUnprocessableEntity)
	fresh.signs(s.staff["viewer"].Email, "another quay mustard")
	fresh.expectTo("/console")
	for range 5 {
		here.give("/console/account/confirm", url.Values{"password": {"guess"}})
	}
	here.give("/console/account/confirm", url.Values{"password": {"another quay mustard"}})
	here.expect(http.StatusTooManyRequests)
}

var qrShown = regexp.MustCompile(`src="data:image/png;base64,([^"]+)"`)
var secretShown = regexp.MustCompile(`<code>([A-Z2-7]{32})</code>`)
var codeShown = regexp.MustCompile(`<code>([a-z0-9]{4}(?:-[a-z0-9]{4}){3})</code>`)

func TestSetUpCodes(t *testing.T) {
	s := newScene(t)
	b := s.account("viewer")
	b.look("/console/account/codes")
	b.expectTo("/console/account") // nothing was begun
	b.give("/console/account/codes/begin", nil)
	b.expectTo("/console/account/codes")
	b.look("/console/account/codes")
	b.expect(http.StatusOK, "Scan this")
	body := html.UnescapeString(b.last.body)
	shown := qrShown.FindStringSubmatch(body)
	secret := secretShown.FindStringSubmatch(body)
	if shown == nil || secret == nil || !strings.Contains(body, `href="otpauth://totp/Grazie:`) {
		t.Fatal(body)
	}
	raw, err := base64.StdEncoding.DecodeString(shown[1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(raw)); err != nil {
		t.Errorf("the picture is none: %v", err)
	}
	b.give("/console/account/codes", url.Values{"code": {"000000"}})
	b.expect(http.StatusUnprocessableEntity, `id="f-code-wrong"`, secret[1])
	other := s.visitor() // as long as no code was right, she signs in without
	other.signs(s.staff["viewer"].Email, goodPassword)
	other.expectTo("/console")
	code, err := totp.GenerateCode(secret[1], s.Now())
	if err != nil {
		t.Fatal(err)
	}
	b.give("/console/account/codes", url.Values{"code": {code}})
	b.expect(http.StatusOK, "Recovery codes", "only time that they are shown")
	codes := codeShown.FindAllStringSubmatch(b.last.body, -1)
	if len(codes) != 8 {
		t.Fatalf("%d codes", len(codes))
	}
	// The code that showed that it works is used by that.
	other.give("/console/sign-out", nil)
	other.signs(s.staff["viewer"].Email, goodPassword)
	other.expectTo("/console/sign-in/second")
	other.give("/console/sign-in/second", url.Values{"code": {code}})
	other.expect(http.StatusUnprocessableEntity)
	other.give("/console/sign-in/second", url.Values{"recovery": {codes[7][1]}})
	other.expectTo("/console")
	b.look("/console/account")
	b.expect(http.StatusOK, "7 codes are left")
	b.give("/console/account/recovery", nil)
	if now := codeShown.FindAllStringSubmatch(b.last.body, -1); len(now) != 8 || now[0][1] == codes[0][1] {
		t.Errorf("%v", now)
	}
	b.give("/console/account/codes/drop", nil)
	b.expectTo("/console/account?said=account.said.no-codes")
	third := s.visitor()
	third.signs(s.staff["viewer"].Email, goodPassword)
	third.expectTo("/console")
}

func TestEndSessions(t *testing.T) {
	s := newScene(t)
	b := s.account("viewer")
	other := s.visitor()
	other.signs(s.staff["viewer"].Email, goodPassword)
	all, err := s.store.SessionsOf(t.Context(), s.staff["viewer"].ID)
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	theirs, err := s.store.SessionsOf(t.Context(), s.staff["manager"].ID)
	if err != nil {
		t.Fatal(err)
	}
	b.give("/console/account/sessions/end", url.Values{"session": {theirs[0].ID}})
	s.shows(s.see("manager", ""))
	hers, _ := s.store.Session(t.Context(), b.cookies["grazie"])
	for _, x := range all {
		if x.ID != hers.ID {
			b.give("/console/account/sessions/end", url.Values{"session": {x.ID}})
			b.expectTo("/console/account?said=account.said.ended")
		}
	}
	if other.inside() || !b.inside() {
		t.Error("the wrong one ended")
	}
	b.give("/console/account/sessions/end", url.Values{"session": {hers.ID}})
	b.expectTo("/console/sign-in?said=sign-in.said.out")
	if b.inside() {
		t.Error("she is still in")
	}
}
