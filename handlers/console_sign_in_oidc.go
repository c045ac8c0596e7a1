package handlers

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"grazie/crm"
	"grazie/store"
	"grazie/templates/console"
)

// OIDC is an OpenID Connect provider that vouches for staff. Only people who are
// on the staff already get in by it.
type OIDC struct {
	Issuer   string // its address; empty: there is none
	ClientID string
	Secret   string
	Name     string // what it is called on the button
	Client   *http.Client
}

// OIDCBack is the path to which the provider sends people back.
const OIDCBack = console.Root + oidcBack

const oidcBack = "/sign-in/identity/back"

// issuer is the provider as it says itself, which is asked when it is first
// needed: that it is away keeps nobody else out.
type issuer struct {
	OIDC
	back string

	mu       sync.Mutex
	provider *oidc.Provider
}

func (i *issuer) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, i.Client)
}

func (i *issuer) known(ctx context.Context) (*oidc.Provider, oauth2.Config, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.provider == nil {
		// The provider keeps the context for its keys: not one that ends with a request.
		p, err := oidc.NewProvider(i.context(context.WithoutCancel(ctx)), i.Issuer)
		if err != nil {
			return nil, oauth2.Config{}, err
		}
		i.provider = p
	}
	return i.provider, oauth2.Config{ClientID: i.ClientID, ClientSecret: i.Secret, Endpoint: i.provider.Endpoint(), RedirectURL: i.back, Scopes: []string{oidc.ScopeOpenID, "email"}}, nil
}

// Check asks a provider who it is.
func (o OIDC) Check(ctx context.Context) error {
	_, err := oidc.NewProvider(oidc.ClientContext(ctx, o.Client), o.Issuer)
	return err
}

// askIssuer sends her to the provider. What it answers must fit what the browser
// was given here: a state, a nonce, and a verifier that only this program knows
// (RFC 7636).
func (v *seat) askIssuer() error {
	if v.issuer == nil {
		return crm.ErrNotFound
	}
	to := inside(v.QueryParam("to"))
	if s, _, err := v.session(v); err == nil && s.Stage == store.StageIn { // a link elsewhere does not sign her out
		return v.leave(to)
	}
	_, way, err := v.issuer.known(v.ctx())
	if err != nil {
		return v.issuerTrouble("away", err)
	}
	p := pending{To: to, State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	if err := v.sessionFor(v, store.Session{Stage: "oidc", Data: p.bytes()}, stepTime); err != nil {
		return err
	}
	return v.leave(way.AuthCodeURL(p.State, oidc.Nonce(p.Nonce), oauth2.S256ChallengeOption(p.Verifier)))
}

// takeIdentity is where the provider sends her back to.
func (v *seat) takeIdentity() error {
	if v.issuer == nil {
		return crm.ErrNotFound
	}
	s, p, err := v.waiting("oidc")
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(p.State), []byte(v.QueryParam("state"))) != 1 {
		return v.issuerTrouble("refused", errors.New("the state is another"))
	}
	if err := v.Store.TakeSession(v.ctx(), s.ID); errors.Is(err, crm.ErrNotFound) {
		return errSignIn
	} else if err != nil {
		return err
	}
	if v.QueryParam("code") == "" {
		return v.issuerTrouble("refused", errors.New("there is no code: "+clip(crm.Clean(v.QueryParam("error")), 80)))
	}
	provider, way, err := v.issuer.known(v.ctx())
	if err != nil {
		return v.issuerTrouble("away", err)
	}
	subject, email, err := v.issuer.redeem(v.issuer.context(v.ctx()), provider, way, p, v.QueryParam("code"))
	if err != nil {
		return v.issuerTrouble("refused", err)
	}
	who, err := v.vouched(subject, email)
	if errors.Is(err, crm.ErrNotFound) || errors.Is(err, crm.ErrConflict) {
		return v.issuerTrouble("stranger", errors.New("nobody on the staff is known by this subject or a verified address of it"))
	} else if err != nil {
		return err
	}
	return v.enterAs(who, "identity", p.To)
}

// redeem trades the code for what the provider says of her: her subject, and her
// address where it is verified.
func (i *issuer) redeem(ctx context.Context, provider *oidc.Provider, way oauth2.Config, p pending, code string) (subject, email string, err error) {
	token, err := way.Exchange(ctx, code, oauth2.VerifierOption(p.Verifier))
	if err != nil {
		var told *oauth2.RetrieveError
		if errors.As(err, &told) { // its body may hold anything
			return "", "", errors.New("the provider refused the code: " + clip(crm.Clean(told.ErrorCode), 80))
		}
		return "", "", errors.New("the provider did not take the code")
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: i.ClientID}).Verify(ctx, raw)
	if err != nil {
		return "", "", errors.New("the ID token is not good")
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(p.Nonce)) != 1 {
		return "", "", errors.New("the nonce is another")
	}
	var said struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := id.Claims(&said); err == nil && said.Verified {
		email = said.Email
	}
	return id.Subject, email, nil
}

// vouched is the member of staff that a provider means: known by its subject, or,
// the first time, by her verified address.
func (v *seat) vouched(subject, email string) (crm.Staff, error) {
	who, err := v.Store.StaffByIdentity(v.ctx(), v.issuer.Issuer, subject)
	if !errors.Is(err, crm.ErrNotFound) {
		return who, err
	}
	if who, err = v.Store.StaffByEmail(v.ctx(), email); err != nil {
		return who, err
	}
	return who, v.Store.AddIdentity(v.ctx(), who.ID, v.issuer.Issuer, subject)
}

// issuerTrouble shows the first step again, with what went wrong elsewhere; the
// log has why.
func (v *seat) issuerTrouble(what string, why error) error {
	v.Log.Warn("somebody could not sign in by "+v.issuer.Name, "what", what, "error", why.Error())
	said, err := v.page.Say("sign-in.identity."+what, "name", v.issuer.Name)
	if err != nil {
		return err
	}
	v.page.Wrong[""] = said
	status := http.StatusForbidden
	if what == "away" {
		status = http.StatusBadGateway
	}
	page := v.signInPage()
	page.To = console.Root
	return v.render(status, "sign_in", page)
}
