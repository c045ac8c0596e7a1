package handlers

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"html/template"
	"image/png"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"grazie/crm"
	"grazie/desk"
)

// codesPage shows the secret of her codes while it is set up.
type codesPage struct {
	Secret  string
	Picture template.URL // the same, for the camera
	Link    template.URL // the same, for an app on this device
}

// beginCodes makes a secret. It stays with her session until a code of it was
// typed: an app that does not work locks nobody out.
func (v *seat) beginCodes() error {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Grazie", AccountName: cmp.Or(v.staff.Email, v.staff.Name, v.staff.ID)})
	if err != nil {
		return err
	}
	if err := v.remember(pending{TOTP: key.URL()}); err != nil {
		return err
	}
	return v.leave(accountRoot + "/codes")
}

// codes is the secret that is being set up; nil: none is.
func (v *seat) codes() (*otp.Key, error) {
	p, err := pendingOf(v.signed)
	if err != nil || p.TOTP == "" {
		return nil, err
	}
	return otp.NewKeyFromURL(p.TOTP)
}

func codesPageOf(key *otp.Key) (codesPage, error) {
	picture, err := key.Image(220, 220)
	if err != nil {
		return codesPage{}, err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return codesPage{}, err
	}
	return codesPage{key.Secret(), template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), template.URL(key.URL())}, nil
}

func (v *seat) showCodes() error {
	key, err := v.codes()
	if err != nil {
		return err
	}
	if key == nil {
		return v.leave(accountRoot)
	}
	page, err := codesPageOf(key)
	if err != nil {
		return err
	}
	return v.show("account_codes", page)
}

func (v *seat) setCodes() error {
	key, err := v.codes()
	if err != nil {
		return err
	}
	if key == nil {
		return v.leave(accountRoot)
	}
	step, ok := totpStep(key.Secret(), v.typed("code"), v.Now())
	if !ok {
		page, err := codesPageOf(key)
		if err != nil {
			return err
		}
		v.page.Wrong["code"] = v.say("account.codes.no")
		return v.again("account_codes", page, nil)
	}
	if _, err := v.answered(); err != nil {
		return err
	}
	if err := v.Store.SetTOTP(v.noting("account.codes", "on"), v.staff.ID, key.Secret(), step); err != nil {
		return err
	}
	return v.factorAdded("account.said.codes")
}

func (v *seat) dropCodes() error {
	err := v.Store.DropTOTP(v.noting("account.codes", "off"), v.staff.ID)
	if err != nil && !errors.Is(err, crm.ErrNotFound) {
		return err
	}
	return v.done(accountRoot, "account.said.no-codes")
}

// factorAdded leads back, or to the recovery codes that she needs from now on.
func (v *seat) factorAdded(said string) error {
	left, err := v.Store.RecoveryCodes(v.ctx(), v.staff.ID)
	if err != nil {
		return err
	}
	if left == 0 {
		return v.makeRecovery()
	}
	return v.done(accountRoot, said)
}

// makeRecovery shows new recovery codes, once.
func (v *seat) makeRecovery() error {
	codes, err := v.Store.MakeRecoveryCodes(v.noting("account.recovery", ""), v.staff.ID)
	if err != nil {
		return err
	}
	v.page.Title = "account.recovery.title"
	return v.show("account_recovery", codes)
}

// beginPasskey asks the browser to make a passkey.
func (v *seat) beginPasskey() error {
	if v.passkeys == nil {
		return crm.ErrNotFound
	}
	name, err := desk.Line(v.typed("passkey"), 60)
	if err != nil || name == "" {
		return v.againAccount(&crm.Invalid{Field: "passkey", Message: "give it a name by which you know it"})
	}
	h, err := v.holder(v.ctx(), v.staff.ID)
	if err != nil {
		return err
	}
	asked, err := v.creation(h)
	if err != nil {
		return err
	}
	asked.Name = name
	if err := v.remember(asked); err != nil {
		return err
	}
	return v.show("sign_in_passkey", passkeyPage{"create", asked.Options, accountRoot + "/passkeys/done", "account.passkeys.lead", accountRoot})
}

func (v *seat) addPasskey() error {
	asked, err := v.answered()
	if err != nil {
		return err
	}
	h, err := v.holder(v.ctx(), v.staff.ID)
	if err != nil {
		return err
	}
	key, err := v.created(h, asked, v.form().Get("answer"))
	if err == nil {
		key.Name = asked.Name
		err = v.Store.AddPasskey(v.noting("account.passkey", "added"), key)
	}
	if errors.Is(err, errPasskey) || errors.Is(err, crm.ErrConflict) {
		return v.againAccount(&crm.Invalid{Field: "passkey", Message: "the passkey was not accepted"})
	} else if err != nil {
		return err
	}
	return v.factorAdded("account.said.passkey")
}

func (v *seat) removePasskey() error {
	if v.staff.Password == "" && v.staff.Passkeys < 2 {
		return v.againAccount(&crm.Invalid{Field: "password", Message: "set a password first: this passkey is all that lets you in"})
	}
	err := v.Store.RemovePasskey(v.noting("account.passkey", "removed"), v.staff.ID, v.typed("key"))
	if err != nil && !errors.Is(err, crm.ErrNotFound) {
		return err
	}
	return v.done(accountRoot, "account.said.no-passkey")
}
