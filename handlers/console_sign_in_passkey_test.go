package handlers_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"grazie/store"
)

// keyring is an authenticator with passkeys of one person.
type keyring struct {
	t    *testing.T
	site virtualwebauthn.RelyingParty
	auth virtualwebauthn.Authenticator
	key  virtualwebauthn.Credential
}

func newKeyring(t *testing.T) *keyring {
	return &keyring{t: t, site: virtualwebauthn.RelyingParty{ID: "grazie.example", Name: "Grazie", Origin: "https://grazie.example"},
		auth: virtualwebauthn.NewAuthenticator(), key: virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)}
}

var optionsShown = regexp.MustCompile(`data-options="([^"]+)"`)

func (k *keyring) options(page string) string {
	k.t.Helper()
	m := optionsShown.FindStringSubmatch(page)
	if m == nil {
		k.t.Fatalf("the page asks for no passkey: %s", page)
	}
	return html.UnescapeString(m[1])
}

// makes answers a page that wants a new passkey of somebody.
func (k *keyring) makes(page, staffID string) url.Values {
	k.t.Helper()
	o, err := virtualwebauthn.ParseAttestationOptions(k.options(page))
	if err != nil {
		k.t.Fatal(err)
	}
	k.auth.Options.UserHandle = []byte(staffID)
	k.auth.AddCredential(k.key)
	return url.Values{"answer": {virtualwebauthn.CreateAttestationResponse(k.site, k.auth, k.key, *o)}}
}

// signs answers a page that wants one that there is.
func (k *keyring) signs(page string) url.Values {
	k.t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(k.options(page))
	if err != nil {
		k.t.Fatal(err)
	}
	k.key.Counter++
	return url.Values{"answer": {virtualwebauthn.CreateAssertionResponse(k.site, k.auth, k.key, *o)}}
}

// passkeyScene is a scene at an address that browsers know passkeys for.
func passkeyScene(t *testing.T) *scene {
	t.Helper()
	return newScene(t, func(d *door) { d.options.PublicURL = "https://grazie.example" })
}

// addPasskey adds one to an account.
func (k *keyring) addTo(b *visitor, staffID string) {
	k.t.Helper()
	b.give("/console/account/passkeys", url.Values{"passkey": {"my phone"}})
	b.expect(http.StatusOK, `data-passkey="create"`, "/console/static/passkey.js")
	b.give("/console/account/passkeys/done", k.makes(b.last.body, staffID))
	b.expect(http.StatusOK, "Recovery codes")
}

func TestPasskey(t *testing.T) {
	s := passkeyScene(t)
	b := s.account("viewer")
	id := s.staff["viewer"].ID
	b.give("/console/account/passkeys", url.Values{"passkey": {""}})
	b.expect(http.StatusUnprocessableEntity, `id="f-passkey-wrong"`)
	k := newKeyring(t)
	k.addTo(b, id)
	b.look("/console/account")
	b.expect(http.StatusOK, "my phone", "never yet", "8 codes are left")

	// Alone, it is enough.
	in := s.visitor()
	in.look("/console/sign-in")
	in.expect(http.StatusOK, "Sign in with a passkey")
	in.give("/console/sign-in/passkey", url.Values{"to": {"/console/" + s.shopID}})
	in.expect(http.StatusOK, `data-passkey="get"`)
	good := k.signs(in.last.body)
	if in.inside() {
		t.Error("a challenge lets in")
	}
	asked := in.cookies["__Host-grazie"]
	in.give("/console/sign-in/passkey/done", good)
	in.expectTo("/console/" + s.shopID)
	if !in.inside() || in.cookies["__Host-grazie"] == asked {
		t.Error("she is not in, or under the name of before")
	}
	keys, err := s.store.Passkeys(t.Context(), id)
	if err != nil || len(keys) != 1 || keys[0].UsedAt.IsZero() {
		t.Errorf("%+v %v", keys, err)
	}
	// The same answer is good once, for its own challenge.
	again := s.visitor()
	again.cookies["__Host-grazie"] = asked
	again.give("/console/sign-in/passkey/done", good)
	again.expectTo("/console/sign-in")
	again.give("/console/sign-in/passkey", nil)
	again.give("/console/sign-in/passkey/done", good)
	again.expect(http.StatusUnprocessableEntity, "was not accepted")

	// With a password it is the second step, and asked for.
	both := s.visitor()
	both.signs(s.staff["viewer"].Email, goodPassword)
	both.expectTo("/console/sign-in/second")
	both.look("/console/sign-in/second")
	first := k.signs(both.last.body)
	both.give("/console/sign-in/second", url.Values{"answer": {"{}"}})
	both.expect(http.StatusUnprocessableEntity)
	both.give("/console/sign-in/second", first) // of a challenge that was answered, wrongly
	both.expect(http.StatusUnprocessableEntity)
	both.give("/console/sign-in/second", k.signs(both.last.body))
	both.expectTo("/console")

	// And it shows once more who she is.
	s.pass(11 * time.Minute)
	both.give("/console/account/confirm/passkey", nil)
	both.expect(http.StatusOK, `data-passkey="get"`)
	confirm := k.signs(both.last.body)
	was := both.cookies["__Host-grazie"]
	both.give("/console/account/confirm/passkey/done", confirm)
	both.expectTo("/console/account?said=account.said.confirmed")
	if both.cookies["__Host-grazie"] == was {
		t.Error("the session keeps its name")
	}
	both.give("/console/account/passkeys/remove", url.Values{"key": {keys[0].ID}})
	both.expectTo("/console/account?said=account.said.no-passkey")
	gone := s.visitor()
	gone.give("/console/sign-in/passkey", nil)
	gone.give("/console/sign-in/passkey/done", k.signs(gone.last.body))
	gone.expect(http.StatusUnprocessableEntity, "was not accepted")
}

// What is not a passkey of this site, made by its owner's hand, is refused.
func TestPasskeyRefused(t *testing.T) {
	s := passkeyScene(t)
	b := s.account("viewer")
	k := newKeyring(t)
	k.addTo(b, s.staff["viewer"].ID)
	for name, spoil := range map[string]func(k *keyring){
		"another site":       func(k *keyring) { k.site.Origin = "https://grazie.example.evil.example" },
		"another party":      func(k *keyring) { k.site.ID = "evil.example" },
		"another key":        func(k *keyring) { k.key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2) },
		"somebody else":      func(k *keyring) { k.auth.Options.UserHandle = []byte(s.staff["owner"].ID) },
		"nobody":             func(k *keyring) { k.auth.Options.UserHandle = []byte("stf_none") },
		"without her finger": func(k *keyring) { k.auth.Options.UserNotVerified = true },
		"a copy":             func(k *keyring) { k.key.Counter = 0 },
	} {
		copied := *k
		in := s.visitor()
		in.give("/console/sign-in/passkey", nil)
		ok := copied.signs(in.last.body) // its counter goes on
		in.give("/console/sign-in/passkey/done", ok)
		in.expectTo("/console")
		k.key.Counter = copied.key.Counter
		if name == "a copy" {
			copied.key.Counter = 0
		}
		spoil(&copied)
		bad := s.visitor()
		bad.give("/console/sign-in/passkey", nil)
		bad.give("/console/sign-in/passkey/done", copied.signs(bad.last.body))
		if bad.last.status != http.StatusUnprocessableEntity || bad.inside() {
			t.Errorf("%s: %d", name, bad.last.status)
		}
	}
	for _, junk := range []string{"", "{}", "null", strings.Repeat("[", 100000)} {
		bad := s.visitor()
		bad.give("/console/sign-in/passkey", nil)
		bad.give("/console/sign-in/passkey/done", url.Values{"answer": {junk}})
		bad.expect(http.StatusUnprocessableEntity)
	}
}

// Somebody who is invited needs no password at all.
func TestWelcomeByPasskey(t *testing.T) {
	s := passkeyScene(t)
	_, secret, err := s.store.Invite(t.Context(), store.Invitation{Email: "anna@staff.example", ShopID: s.shopID, Role: store.Owner, Until: s.Now().Add(store.InvitationTime)})
	if err != nil {
		t.Fatal(err)
	}
	path := "/console/welcome/" + secret
	k, b := newKeyring(t), s.visitor()
	b.look(path)
	b.expect(http.StatusOK, "Use a passkey instead")
	b.give(path+"/passkey", url.Values{"name": {""}})
	b.expect(http.StatusUnprocessableEntity, `id="f-name-wrong"`)
	b.give(path+"/passkey", url.Values{"name": {"Anna"}})
	b.expect(http.StatusOK, `data-passkey="create"`)
	user := regexp.MustCompile(`"user":\{[^}]*"id":"([^"]+)"`).FindStringSubmatch(k.options(b.last.body))
	if user == nil {
		t.Fatal(k.options(b.last.body))
	}
	b.give(path+"/passkey/done", k.makes(b.last.body, "stf_x"))
	b.expectTo("/console/" + s.shopID)
	p, err := s.store.StaffByEmail(t.Context(), "anna@staff.example")
	if err != nil || p.Password != "" || p.Passkeys != 1 {
		t.Fatal(p, err)
	}
	k.auth.Options.UserHandle = []byte(p.ID)
	in := s.visitor()
	in.give("/console/sign-in/passkey", nil)
	in.give("/console/sign-in/passkey/done", k.signs(in.last.body))
	in.expectTo("/console")
	// It is all that lets her in, so it stays.
	keys, err := s.store.Passkeys(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	in.give("/console/account/passkeys/remove", url.Values{"key": {keys[0].ID}})
	in.expect(http.StatusUnprocessableEntity, "Set a password first")
	in.give("/console/account/password", url.Values{"password": {goodPassword}})
	in.give("/console/account/passkeys/remove", url.Values{"key": {keys[0].ID}})
	in.expectTo("/console/account?said=account.said.no-passkey")
}

// Where browsers know no passkeys, none are offered.
func TestNoPasskeys(t *testing.T) {
	for _, public := range []string{"http://127.0.0.1:8080", "https://[::1]", "http://grazie.example", ""} {
		s := newScene(t, func(d *door) { d.options.PublicURL = public })
		b := s.visitor()
		if b.look("/console/sign-in"); strings.Contains(b.last.body, "passkey") {
			t.Errorf("%s offers passkeys", public)
		}
		b.give("/console/sign-in/passkey", nil)
		b.expect(http.StatusNotFound)
	}
}
