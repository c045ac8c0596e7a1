package handlers

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"grazie/crm"
	"grazie/store"
	"grazie/templates/console"
)

// newPasskeys is what checks passkeys of the public address. Browsers know none
// for a bare IP address, nor for one that they do not trust.
func newPasskeys(publicURL string) *webauthn.WebAuthn {
	u, err := url.Parse(publicURL)
	if err != nil || u.Hostname() == "" {
		return nil
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil || u.Scheme != "https" && u.Hostname() != "localhost" {
		return nil
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "Grazie", RPOrigins: []string{u.Scheme + "://" + u.Host},
		// Known without a name typed, and opened by her finger or PIN: two factors.
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired},
	})
	if err != nil {
		return nil
	}
	return w
}

// holder is somebody with her passkeys, as the library wants her.
type holder struct {
	crm.Staff
	keys []store.Passkey
}

func (h holder) WebAuthnID() []byte          { return []byte(h.ID) }
func (h holder) WebAuthnName() string        { return h.Email }
func (h holder) WebAuthnDisplayName() string { return h.Name }

func (h holder) WebAuthnCredentials() (all []webauthn.Credential) {
	for _, k := range h.keys {
		var c webauthn.Credential
		if json.Unmarshal([]byte(k.Data), &c) == nil {
			all = append(all, c)
		}
	}
	return all
}

func (d desktop) holder(ctx context.Context, staffID string) (holder, error) {
	p, err := d.Store.Staff(ctx, staffID)
	if err != nil {
		return holder{}, err
	}
	keys, err := d.Store.Passkeys(ctx, p.ID)
	return holder{p, keys}, err
}

// challenge asks for one of somebody's passkeys, or of nobody's in particular.
func (d desktop) challenge(h *holder) (p pending, err error) {
	var options *protocol.CredentialAssertion
	if h == nil {
		options, p.Passkey, err = d.passkeys.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	} else {
		options, p.Passkey, err = d.passkeys.BeginLogin(*h, webauthn.WithUserVerification(protocol.VerificationRequired))
	}
	if err != nil {
		return p, err
	}
	text, err := json.Marshal(options)
	p.Options = string(text)
	return p, err
}

// errPasskey says that a passkey was not accepted, whatever the cause.
var errPasskey = errors.New("the passkey was not accepted")

// signed is who signed a challenge with a passkey: of staffID, or of anybody where
// it is empty. Each challenge is given here once.
func (d desktop) signedBy(ctx context.Context, asked pending, answer, staffID string) (crm.Staff, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil || asked.Passkey == nil || d.passkeys == nil {
		return crm.Staff{}, errPasskey
	}
	var h holder
	var credential *webauthn.Credential
	if staffID == "" {
		_, credential, err = d.passkeys.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
			h, err = d.holder(ctx, string(handle))
			return h, err
		}, *asked.Passkey, parsed)
	} else if h, err = d.holder(ctx, staffID); err == nil {
		credential, err = d.passkeys.ValidateLogin(h, *asked.Passkey, parsed)
	}
	if err != nil {
		return crm.Staff{}, errors.Join(errPasskey, ctx.Err())
	}
	for _, k := range h.keys {
		if k.ID == keyID(credential.ID) {
			if credential.Authenticator.CloneWarning { // its counter went back: there are two of it
				d.Log.Warn("a passkey was refused: it may have been copied", "staff", h.ID)
				return crm.Staff{}, errPasskey
			}
			data, err := json.Marshal(credential)
			if err == nil {
				err = d.Store.UsePasskey(ctx, k, string(data))
			}
			if errors.Is(err, crm.ErrConflict) {
				err = errPasskey
			}
			return h.Staff, err
		}
	}
	return crm.Staff{}, errPasskey
}

func keyID(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

// passkeyPage asks the browser for a passkey, or to make one.
type passkeyPage struct {
	How     string // "get" or "create"
	Options string // as the browser takes them
	Done    string // where the answer goes
	Lead    string // key of what is said
	Back    string // where to go instead
}

// askPasskey begins to sign in with a passkey alone.
func (v *seat) askPasskey() error {
	if v.passkeys == nil {
		return crm.ErrNotFound
	}
	p, err := v.challenge(nil)
	if err != nil {
		return err
	}
	p.To = inside(v.typed("to"))
	if err := v.sessionFor(v, store.Session{Stage: "passkey", Data: p.bytes()}, stepTime); err != nil {
		return err
	}
	return v.show("sign_in_passkey", passkeyPage{"get", p.Options, console.Root + "/sign-in/passkey/done", "sign-in.passkey.lead", console.Root + "/sign-in"})
}

func (v *seat) takePasskey() error {
	s, p, err := v.waiting("passkey")
	if err != nil {
		return err
	}
	if err := v.Store.TakeSession(v.ctx(), s.ID); errors.Is(err, crm.ErrNotFound) {
		return errSignIn
	} else if err != nil {
		return err
	}
	who, err := v.signedBy(v.ctx(), p, v.form().Get("answer"), "")
	if errors.Is(err, errPasskey) {
		v.page.Title, v.page.Wrong[""] = "sign-in.title", v.say("sign-in.passkey.no")
		page := v.signInPage()
		page.To = p.To
		return v.again("sign_in", page, nil)
	} else if err != nil {
		return err
	}
	return v.enterAs(who, "passkey", p.To)
}
