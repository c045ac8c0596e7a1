package handlers_test

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"grazie/crm"
	"grazie/store"
)

const goodPassword = "lantern mustard quay"

// visitor is a browser at the door: it keeps cookies as browsers do.
type visitor struct {
	*scene
	cookies map[string]string
	last    answer
	agent   string
}

func (s *scene) visitor() *visitor { return &visitor{scene: s, cookies: map[string]string{}} }

func (b *visitor) ask(method, path string, values url.Values) answer {
	b.t.Helper()
	header := http.Header{"Accept-Language": {"en"}, "User-Agent": {b.agent}}
	for name, value := range b.cookies {
		header.Add("Cookie", name+"="+value)
	}
	if method == http.MethodPost {
		header.Set("Content-Type", "application/x-www-form-urlencoded")
		header.Set("Sec-Fetch-Site", "same-origin")
		b.last = b.send(method, path, header, strings.NewReader(values.Encode()))
	} else {
		b.last = b.send(method, path, header, nil)
	}
	for _, c := range (&http.Response{Header: b.last.header}).Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return b.last
}

func (b *visitor) look(path string) answer { b.t.Helper(); return b.ask(http.MethodGet, path, nil) }
func (b *visitor) give(path string, values url.Values) answer {
	b.t.Helper()
	return b.ask(http.MethodPost, path, values)
}

// signs types an address and a password.
func (b *visitor) signs(email, password string) answer {
	b.t.Helper()
	return b.give("/console/sign-in", url.Values{"email": {email}, "password": {password}})
}

// inside tells whether she is signed in.
func (b *visitor) inside() bool {
	b.t.Helper()
	return b.look("/console/account").status == http.StatusOK
}

// expect checks an answer's status and that its page has some texts.
func (b *visitor) expect(status int, texts ...string) {
	b.t.Helper()
	if b.last.status != status {
		b.t.Errorf("answered %d, want %d: %s", b.last.status, status, b.last.body)
	}
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(b.last.body), text) {
			b.t.Errorf("the page does not tell %q: %s", text, b.last.body)
		}
	}
}

// expectTo checks that she is led somewhere.
func (b *visitor) expectTo(to string) {
	b.t.Helper()
	if got := b.last.header.Get("Location"); b.last.status != http.StatusSeeOther || got != to {
		b.t.Errorf("answered %d to %q, want %q: %s", b.last.status, got, to, b.last.body)
	}
}

// give a member of staff a password.
func (s *scene) setPassword(who, password string) crm.Staff {
	s.t.Helper()
	hash, err := s.store.HashPassword(s.t.Context(), password)
	if err == nil {
		err = s.store.SetPassword(s.t.Context(), s.staff[who].ID, hash, "")
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return s.staff[who]
}

func TestSignInByPassword(t *testing.T) {
	s := newScene(t)
	p := s.setPassword("viewer", goodPassword)
	b := s.visitor()
	b.look("/console/" + s.shopID + "/staff")
	b.expectTo("/console/sign-in?to=" + url.QueryEscape("/console/"+s.shopID+"/staff"))
	b.look(b.last.header.Get("Location"))
	b.expect(http.StatusOK, "Sign in", `name="to" value="/console/`+s.shopID+`/staff"`)
	b.give("/console/sign-in", url.Values{"email": {""}, "password": {""}})
	b.expect(http.StatusUnprocessableEntity, "Fill this in.")
	b.signs(p.Email, "something else here")
	b.expect(http.StatusUnprocessableEntity, "do not belong together", `value="`+p.Email+`"`)
	if strings.Contains(b.last.body, "something else here") || b.inside() {
		t.Error("a wrong password is shown again, or good")
	}
	b.give("/console/sign-in", url.Values{"email": {strings.ToUpper(p.Email)}, "password": {goodPassword}, "to": {"/console/" + s.shopID}})
	b.expectTo("/console/" + s.shopID)
	if !b.inside() {
		t.Error("she is not in")
	}
	if b.look("/console/sign-in"); b.last.header.Get("Location") != "/console" {
		t.Errorf("signed in, she is asked again: %d", b.last.status)
	}
	log, err := s.store.Audit(t.Context(), "", 0, 1)
	if err != nil || len(log) == 0 || log[0].Action != "sign-in.in" || log[0].Staff != p.ID || log[0].Detail != "password" {
		t.Errorf("%+v %v", log, err)
	}
	cookie := b.cookies["grazie"]
	b.give("/console/sign-out", nil)
	b.expectTo("/console/sign-in?said=sign-in.said.out")
	b.cookies["grazie"] = cookie
	if b.inside() {
		t.Error("a session that was ended is good")
	}
	if strings.Contains(s.log.String(), goodPassword) || strings.Contains(s.log.String(), cookie) {
		t.Error("the log tells a secret")
	}
}

// What somebody knew before she signed in is worth nothing afterwards.
func TestSessionFixation(t *testing.T) {
	s := newScene(t)
	p := s.setPassword("viewer", goodPassword)
	if err := s.store.SetTOTP(t.Context(), p.ID, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", 0); err != nil {
		t.Fatal(err)
	}
	b := s.visitor()
	b.cookies["grazie"] = "chosen-by-mallory"
	b.signs(p.Email, goodPassword)
	b.expectTo("/console/sign-in/second")
	first := b.cookies["grazie"]
	if first == "chosen-by-mallory" || first == "" {
		t.Fatal("the name of the session stays")
	}
	if b.inside() {
		t.Error("half a sign-in lets in")
	}
	code, _ := totp.GenerateCode("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", s.Now())
	b.give("/console/sign-in/second", url.Values{"code": {code}})
	b.expectTo("/console")
	if b.cookies["grazie"] == first || !b.inside() {
		t.Error("the name of the session stays")
	}
	old := s.visitor()
	for _, known := range []string{"chosen-by-mallory", first} {
		old.cookies["grazie"] = known
		if old.inside() {
			t.Errorf("%s lets in", known)
		}
	}
	// Signing in anew ends the session that the browser had.
	was := b.cookies["grazie"]
	s.pass(time.Minute)
	b.give("/console/sign-in", url.Values{"email": {s.setPassword("manager", goodPassword).Email}, "password": {goodPassword}})
	old.cookies["grazie"] = was
	if old.inside() {
		t.Error("the session before lives on")
	}
}

// An account that is not there, one that was removed, one without a password and
// a wrong password cannot be told from each other.
func TestStrangersLearnNothing(t *testing.T) {
	s := newScene(t)
	s.setPassword("viewer", goodPassword)
	s.setPassword("manager", goodPassword)
	removed := s.staff["manager"]
	if err := s.store.RemoveStaff(t.Context(), removed.ID); err != nil {
		t.Fatal(err)
	}
	norm := regexp.MustCompile(`value="[^"]*@[^"]*"`)
	seen := map[string]answer{}
	for name, email := range map[string]string{"wrong": s.staff["viewer"].Email, "none": "nobody@staff.example", "removed": removed.Email, "no password": s.staff["owner"].Email} {
		b := s.visitor()
		a := b.signs(email, "not the password at all")
		a.body = norm.ReplaceAllString(a.body, "")
		a.header.Del("Content-Length") // it tells how long the address is that she typed
		seen[name] = a
		if len(b.cookies) != 0 {
			t.Errorf("%s: a cookie is set: %v", name, b.cookies)
		}
	}
	for name, a := range seen {
		if want := seen["wrong"]; a.status != want.status || a.body != want.body || !maps.EqualFunc(a.header, want.header, slices.Equal) {
			t.Errorf("%s differs: %d %v %s", name, a.status, a.header, a.body)
		}
	}
}

func TestSessionCookies(t *testing.T) {
	for public, want := range map[string]string{
		"http://grazie.example":  "grazie=%s; Path=/; Expires=%s; HttpOnly; SameSite=Lax",
		"https://grazie.example": "__Host-grazie=%s; Path=/; Expires=%s; HttpOnly; Secure; SameSite=Lax",
	} {
		s := newScene(t, func(d *door) { d.options.PublicURL = public })
		p := s.setPassword("viewer", goodPassword)
		b := s.visitor()
		a := b.signs(p.Email, goodPassword)
		set := a.header.Values("Set-Cookie")
		name, value, _ := strings.Cut(strings.Split(want, "%s")[0], "=")
		until := func(d time.Duration) string { return s.Now().Add(d).UTC().Format(http.TimeFormat) }
		if len(set) != 2 || set[0] != fmt.Sprintf(want, b.cookies[name], until(store.SessionTime)) {
			t.Errorf("%s: %v, %s", public, set, value)
		}
		known := strings.Replace(want, "grazie=", "grazie-known=", 1)
		if set[1] != fmt.Sprintf(known, b.cookies[strings.Replace(name, "grazie", "grazie-known", 1)], until(store.DeviceTime)) {
			t.Errorf("%s: %v", public, set)
		}
		out := b.give("/console/sign-out", nil).header.Get("Set-Cookie")
		if !strings.HasPrefix(out, name+"=;") || !strings.Contains(out, "Max-Age=0") {
			t.Errorf("%s: %s", public, out)
		}
	}
}

func TestSignInLeadsNowhereElse(t *testing.T) {
	s := newScene(t)
	p := s.setPassword("viewer", goodPassword)
	b := s.visitor()
	for _, to := range []string{"https://evil.example/console/", "//evil.example/console/", "/\\evil.example", "/console/../evil", "/console/..%2f..%2fevil/%5c", "javascript:alert(1)", "/consolex", "/webhooks/shopify",
		"/console/sign-out", "/console/sign-in/identity?to=x", "/console//evil.example", "/console/\r\nSet-Cookie: a=b", "console/x", "/console/\\evil.example", "http:/console/x", "/%2f/console/"} {
		b.give("/console/sign-in", url.Values{"email": {p.Email}, "password": {goodPassword}, "to": {to}})
		got := b.last.header.Get("Location")
		if u, err := url.Parse(got); err != nil || u.Host != "" || u.Scheme != "" || got != "/console" && !strings.HasPrefix(got, "/console/..%2f") {
			t.Errorf("%q leads to %q", to, got)
		}
		if got := b.look("/console/sign-in?to=" + url.QueryEscape(to)).header.Get("Location"); got != "/console" && !strings.HasPrefix(got, "/console/..%2f") {
			t.Errorf("%q leads whoever is in to %q", to, got)
		}
	}
	b.give("/console/sign-in", url.Values{"email": {p.Email}, "password": {goodPassword}, "to": {"/console/x/customers?q=anna&state=a"}})
	b.expectTo("/console/x/customers?q=anna&state=a")
}

// Posts that another site made the browser send do nothing.
func TestSignInFromElsewhere(t *testing.T) {
	s := newScene(t)
	p := s.setPassword("viewer", goodPassword)
	form := url.Values{"email": {p.Email}, "password": {goodPassword}}
	for _, path := range []string{"/console/sign-in", "/console/sign-in/passkey", "/console/sign-out", "/console/account", "/console/account/password"} {
		header := s.as("viewer")
		header.Set("Content-Type", "application/x-www-form-urlencoded")
		header.Set("Sec-Fetch-Site", "cross-site")
		header.Set("Origin", "https://evil.example")
		a := s.send(http.MethodPost, path, header, strings.NewReader(form.Encode()))
		if a.status != http.StatusForbidden || len(a.header.Values("Set-Cookie")) != 0 {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
	}
}

// A stranger waits longer and longer; whoever signed in from a browser before
// gets in from there, whatever strangers do.
func TestBruteForce(t *testing.T) {
	s := newScene(t)
	p := s.setPassword("viewer", goodPassword)
	hers := s.visitor()
	hers.signs(p.Email, goodPassword)
	hers.expectTo("/console")

	stranger := s.visitor()
	for i := range 5 {
		if a := stranger.signs(p.Email, fmt.Sprint("guess number ", i)); a.status != http.StatusUnprocessableEntity {
			t.Fatalf("try %d: %d", i, a.status)
		}
	}
	for _, want := range []struct {
		wait time.Duration
		said string
	}{{30 * time.Second, "Wait 30 seconds"}, {time.Minute, "Wait 60 seconds"}, {2 * time.Minute, "Wait 2 minutes"}, {4 * time.Minute, "Wait 4 minutes"}, {8 * time.Minute, "Wait 8 minutes"}, {15 * time.Minute, "Wait 15 minutes"}, {15 * time.Minute, "Wait 15 minutes"}} {
		// The right password does not help while it waits, nor does it tell.
		a := stranger.signs(p.Email, goodPassword)
		stranger.expect(http.StatusTooManyRequests, want.said)
		if a.header.Get("Retry-After") != fmt.Sprint(int(want.wait/time.Second)) {
			t.Errorf("Retry-After: %s, want %s", a.header.Get("Retry-After"), want.wait)
		}
		// One of an account that is not there waits by the same words.
		hers.give("/console/sign-out", nil)
		hers.signs(p.Email, goodPassword)
		hers.expectTo("/console")
		s.pass(want.wait)
		if a := stranger.signs(p.Email, "one more guess"); a.status != http.StatusUnprocessableEntity {
			t.Errorf("after %s: %d", want.wait, a.status)
		}
	}
	// Waiting as told lets in who knows it.
	s.pass(15 * time.Minute)
	other := s.visitor()
	other.signs(p.Email, goodPassword)
	other.expectTo("/console")

	// Many accounts from one address are limited as well.
	s.pass(2 * time.Hour)
	n := 0
	for i := range 40 {
		if s.visitor().signs(fmt.Sprintf("nobody%d@staff.example", i), "guess").status == http.StatusUnprocessableEntity {
			n++
		}
	}
	if n != 20 {
		t.Errorf("%d accounts were tried from one address", n)
	}
	// And in her own browser too, but only by her own tries.
	hers.give("/console/sign-out", nil)
	for range 10 {
		hers.signs(p.Email, "forgotten it")
	}
	hers.signs(p.Email, goodPassword)
	hers.expect(http.StatusTooManyRequests, "Wait 30 seconds")
	s.pass(30 * time.Second)
	hers.signs(p.Email, goodPassword)
	hers.expectTo("/console")
}

// A code works once; a recovery code too; neither can be guessed.
func TestSecondFactor(t *testing.T) {
	s := newScene(t)
	p := s.setPassword("viewer", goodPassword)
	const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	if err := s.store.SetTOTP(t.Context(), p.ID, secret, 0); err != nil {
		t.Fatal(err)
	}
	recovery, err := s.store.MakeRecoveryCodes(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	code := func(off time.Duration) string {
		c, err := totp.GenerateCode(secret, s.Now().Add(off))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	at := func() *visitor {
		t.Helper()
		b := s.visitor()
		b.give("/console/sign-in", url.Values{"email": {p.Email}, "password": {goodPassword}, "to": {"/console/" + s.shopID}})
		b.expectTo("/console/sign-in/second")
		b.look("/console/sign-in/second")
		b.expect(http.StatusOK, "One more step", "Code of your app", "Recovery code")
		return b
	}
	a, b := at(), at()
	now := code(0)
	a.give("/console/sign-in/second", url.Values{"code": {now[:3] + " " + now[3:]}})
	a.expectTo("/console/" + s.shopID)
	b.give("/console/sign-in/second", url.Values{"code": {now}})
	b.expect(http.StatusUnprocessableEntity, "it was used before")
	b.give("/console/sign-in/second", url.Values{"code": {code(-30 * time.Second)}})
	b.expect(http.StatusUnprocessableEntity)
	b.give("/console/sign-in/second", url.Values{"code": {code(30 * time.Second)}})
	b.expectTo("/console/" + s.shopID)

	s.pass(2 * time.Minute)
	for _, stale := range []time.Duration{-90 * time.Second, 90 * time.Second} {
		c := at()
		c.give("/console/sign-in/second", url.Values{"code": {code(stale)}})
		c.expect(http.StatusUnprocessableEntity)
	}
	a, b = at(), at()
	a.give("/console/sign-in/second", url.Values{"recovery": {strings.ToUpper(recovery[0])}})
	a.expectTo("/console/" + s.shopID)
	b.give("/console/sign-in/second", url.Values{"recovery": {recovery[0]}})
	b.expect(http.StatusUnprocessableEntity, "not right")
	for range 5 {
		b.give("/console/sign-in/second", url.Values{"code": {"000000"}})
	}
	b.expect(http.StatusTooManyRequests, "Wait")
	b.give("/console/sign-in/second", url.Values{"code": {code(0)}})
	b.expect(http.StatusTooManyRequests)
	s.pass(11 * time.Minute)
	b.give("/console/sign-in/second", url.Values{"code": {code(0)}})
	if !strings.HasPrefix(b.last.header.Get("Location"), "/console/sign-in") || b.inside() {
		t.Error("half a sign-in outlives its ten minutes")
	}
}
