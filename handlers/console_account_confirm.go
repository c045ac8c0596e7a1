package handlers

import (
	"errors"
	"time"

	"grazie/crm"
	"grazie/store"
)

// confirmPage is what the page is told that asks once more who she is.
type confirmPage struct{ Password, Passkey bool }

func (v *seat) confirmPage() confirmPage {
	return confirmPage{v.staff.Password != "", v.staff.Passkeys > 0 && v.passkeys != nil}
}

func (v *seat) showConfirm() error { return v.show("account_confirm", v.confirmPage()) }

func (v *seat) confirmPassword() error {
	limit := store.Limit{Name: "confirm " + v.staff.ID, Free: 5, Most: 15 * time.Minute}
	if err := v.try("account_confirm", v.confirmPage(), store.Limit{}, limit); err != nil || v.Response().Committed {
		return err
	}
	right, err := v.Store.CheckPassword(v.ctx(), v.form().Get("password"), v.staff.Password)
	if err != nil {
		return err
	}
	if !right {
		v.page.Wrong["password"] = v.say("account.confirm.no")
		return v.again("account_confirm", v.confirmPage(), nil)
	}
	if err := v.Store.Tried(v.ctx(), store.Limit{}, limit); err != nil {
		return err
	}
	return v.confirmed()
}

// confirmed begins her session anew: under another name, and young.
func (v *seat) confirmed() error {
	if err := v.signIn(v, v.staff.ID); err != nil {
		return err
	}
	return v.done(accountRoot, "account.said.confirmed")
}

func (v *seat) askConfirmPasskey() error {
	if !v.confirmPage().Passkey {
		return v.leave(accountRoot + "/confirm")
	}
	h, err := v.holder(v.ctx(), v.staff.ID)
	if err != nil {
		return err
	}
	asked, err := v.challenge(&h)
	if err != nil {
		return err
	}
	if err := v.remember(asked); err != nil {
		return err
	}
	return v.show("sign_in_passkey", passkeyPage{"get", asked.Options, accountRoot + "/confirm/passkey/done", "account.confirm.passkey", accountRoot + "/confirm"})
}

func (v *seat) confirmPasskey() error {
	asked, err := v.answered()
	if err != nil {
		return err
	}
	_, err = v.signedBy(v.ctx(), asked, v.form().Get("answer"), v.staff.ID)
	if errors.Is(err, errPasskey) {
		v.page.Wrong[""] = v.say("sign-in.passkey.no")
		return v.again("account_confirm", v.confirmPage(), nil)
	} else if err != nil {
		return err
	}
	return v.confirmed()
}

// answered takes what her session waits for out of it: each challenge is answered
// once.
func (v *seat) answered() (pending, error) {
	asked, err := pendingOf(v.signed)
	if err != nil {
		return asked, err
	}
	if err := v.Store.SaveSession(v.ctx(), v.signed, nil); errors.Is(err, crm.ErrNotFound) {
		return pending{}, nil // somebody was quicker: it waits for nothing
	} else if err != nil {
		return asked, err
	}
	v.signed.Data = nil
	return asked, nil
}
