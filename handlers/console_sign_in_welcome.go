package handlers

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
	"grazie/templates/console"
)

// WelcomePath is the path of the page that an invitation leads to. Whoever has
// the address may use it up.
func WelcomePath(secret string) string { return console.Root + "/welcome/" + secret }

// welcomePage is what the page of an invitation is told.
type welcomePage struct {
	store.Invitation
	Path     string // of the page itself
	Shop     string // empty: all shops
	Account  bool   // there is an account with this address: she signs in and joins
	Herself  bool   // and it is hers who is signed in
	Passkeys bool
}

// welcome reads the invitation that the address holds.
func (v *seat) welcome() (welcomePage, error) {
	i, err := v.Store.Invitation(v.ctx(), plain(v.Param("token")))
	if err != nil {
		return welcomePage{}, err
	}
	p := welcomePage{Invitation: i, Path: WelcomePath(plain(v.Param("token"))), Passkeys: v.passkeys != nil}
	if i.ShopID != "" {
		shop, err := v.Store.Shop(v.ctx(), i.ShopID)
		if err != nil {
			return p, err
		}
		p.Shop = shop.Name
		if p.Shop == "" {
			p.Shop = shop.Domain
		}
	}
	if i.StaffID != "" {
		v.page.Title = "sign-in.anew.title"
		return p, nil
	}
	who, err := v.Store.StaffByEmail(v.ctx(), i.Email)
	if errors.Is(err, crm.ErrNotFound) {
		return p, nil
	}
	p.Account = err == nil
	if s, _, failed := v.session(v); err == nil && failed == nil && s.Stage == store.StageIn {
		v.signed, v.staff, p.Herself = s, who, s.StaffID == who.ID
	}
	return p, err
}

// gone says that a link is good no more, and what to do.
func (v *seat) gone(err error) error {
	if !errors.Is(err, crm.ErrNotFound) {
		return err
	}
	v.page.Title = "sign-in.gone.title"
	return v.render(http.StatusNotFound, "welcome_gone", nil)
}

func (v *seat) showWelcome() error {
	p, err := v.welcome()
	if err != nil {
		return v.gone(err)
	}
	return v.show("welcome", p)
}

// typedStaff is what she typed about herself.
func (v *seat) typedStaff(p welcomePage) (who crm.Staff, err error) {
	var wrong []error
	who.Locale = v.page.Lang
	if p.StaffID == "" {
		if who.Name, err = desk.Line(v.typed("name"), 80); err != nil || who.Name == "" {
			wrong = append(wrong, &crm.Invalid{Field: "name", Message: "say what you are called"})
		}
		who.Email = p.Email
		if p.Email == "" {
			if who.Email, err = desk.Address(v.typed("email")); err != nil {
				wrong = append(wrong, &crm.Invalid{Field: "email", Message: err.Error()})
			}
		}
	}
	return who, errors.Join(wrong...)
}

// checkPassword says beside its field why a new password is not taken.
func (v *seat) checkPassword(password string, about ...string) error {
	if why := store.PasswordRefused(password, about...); why != "" {
		return &crm.Invalid{Field: "password-" + why, Message: "the password is not taken"}
	}
	return nil
}

// takeWelcome uses an invitation up: with a password, or by who is signed in.
func (v *seat) takeWelcome() error {
	p, err := v.welcome()
	if err != nil {
		return v.gone(err)
	}
	if p.Account {
		if !p.Herself {
			return v.leave(p.Path)
		}
		return v.accept(p, store.Accepted{As: v.staff.ID}, "joined")
	}
	who, err := v.typedStaff(p)
	password := v.form().Get("password")
	about := []string{who.Name, who.Email, p.Shop}
	if p.StaffID != "" {
		old, failed := v.Store.Staff(v.ctx(), p.StaffID)
		if failed != nil {
			return v.gone(failed)
		}
		about = append(about, old.Name, old.Email)
	}
	if err = errors.Join(err, v.checkPassword(password, about...)); err != nil {
		return v.againWelcome(p, err)
	}
	if who.Password, err = v.Store.HashPassword(v.ctx(), password); err != nil {
		return err
	}
	return v.accept(p, store.Accepted{Staff: who}, "password")
}

func (v *seat) againWelcome(p welcomePage, err error) error {
	v.passwordWrong(err)
	return v.again("welcome", p, err)
}

// passwordWrong puts what is wrong with a new password beside its field.
func (v *seat) passwordWrong(err error) {
	for field, said := range v.invalid(err) {
		switch field {
		case "password-short", "password-long", "password-common":
			v.page.Wrong["password"] = v.say("sign-in." + field)
		default:
			v.page.Wrong[field] = said
		}
	}
}

// accept uses the invitation up and signs her in.
func (v *seat) accept(p welcomePage, a store.Accepted, how string) error {
	action := "sign-in.joined"
	if p.StaffID != "" {
		action = "sign-in.anew"
	}
	act := &store.Act{ShopID: p.ShopID, By: "invitation", Action: action, Target: p.ID, Detail: how}
	if a.As != "" {
		act.Staff, act.By = v.staff.ID, v.name()
	} else if a.Staff.Name != "" {
		act.By = a.Staff.Name
	}
	who, err := v.Store.Accept(store.Acting(v.ctx(), act), plain(v.Param("token")), a)
	switch {
	case errors.Is(err, crm.ErrNotFound):
		return v.gone(err)
	case errors.Is(err, crm.ErrConflict) && p.Email == "" && p.StaffID == "":
		return v.againWelcome(p, &crm.Invalid{Field: "email", Message: "somebody has this address"})
	case err != nil:
		return err
	}
	to := console.Root
	if p.ShopID != "" {
		to += "/" + p.ShopID
	}
	if a.As != "" {
		return v.leave(to)
	}
	return v.enterAs(who, how, to)
}

// askWelcomePasskey begins to make her first passkey instead of a password.
func (v *seat) askWelcomePasskey() error {
	p, err := v.welcome()
	if err != nil {
		return v.gone(err)
	}
	if p.Account || v.passkeys == nil {
		return v.leave(p.Path)
	}
	who, err := v.typedStaff(p)
	if err != nil {
		return v.againWelcome(p, err)
	}
	if who.ID = p.StaffID; who.ID == "" {
		who.ID = store.NewID("stf_")
	} else if who, err = v.Store.Staff(v.ctx(), who.ID); err != nil {
		return v.gone(err)
	}
	asked, err := v.creation(holder{Staff: who})
	if err != nil {
		return err
	}
	asked.ID, asked.Name, asked.Email, asked.Invitation = who.ID, who.Name, who.Email, p.ID
	if err := v.sessionFor(v, store.Session{Stage: "welcome", Data: asked.bytes()}, stepTime); err != nil {
		return err
	}
	return v.show("sign_in_passkey", passkeyPage{"create", asked.Options, p.Path + "/passkey/done", "sign-in.passkey.first", p.Path})
}

func (v *seat) takeWelcomePasskey() error {
	p, err := v.welcome()
	if err != nil {
		return v.gone(err)
	}
	s, asked, err := v.waiting("welcome")
	if errors.Is(err, errSignIn) || err == nil && asked.Invitation != p.ID {
		return v.leave(p.Path)
	} else if err != nil {
		return err
	}
	if err := v.Store.TakeSession(v.ctx(), s.ID); errors.Is(err, crm.ErrNotFound) {
		return v.leave(p.Path)
	} else if err != nil {
		return err
	}
	who := crm.Staff{ID: asked.ID, Name: asked.Name, Email: asked.Email, Locale: v.page.Lang}
	key, err := v.created(holder{Staff: who}, asked, v.form().Get("answer"))
	if err != nil {
		v.page.Wrong[""] = v.say("sign-in.passkey.no")
		return v.again("welcome", p, nil)
	}
	key.Name = v.say("account.passkeys.first")
	return v.accept(p, store.Accepted{Staff: who, Passkey: &key}, "passkey")
}

// creation asks the browser to make a passkey for somebody.
func (d desktop) creation(h holder) (p pending, err error) {
	var except []protocol.CredentialDescriptor
	for _, c := range h.WebAuthnCredentials() {
		except = append(except, c.Descriptor())
	}
	options, asked, err := d.passkeys.BeginRegistration(h, webauthn.WithExclusions(except))
	if err != nil {
		return p, err
	}
	text, err := json.Marshal(options)
	p.Passkey, p.Options = asked, string(text)
	return p, err
}

// created checks the passkey that the browser made.
func (d desktop) created(h holder, asked pending, answer string) (store.Passkey, error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil || asked.Passkey == nil || d.passkeys == nil {
		return store.Passkey{}, errPasskey
	}
	c, err := d.passkeys.CreateCredential(h, *asked.Passkey, parsed)
	if err != nil {
		return store.Passkey{}, errPasskey
	}
	data, err := json.Marshal(c)
	return store.Passkey{ID: keyID(c.ID), StaffID: h.ID, Data: string(data)}, err
}
