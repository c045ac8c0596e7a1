package handlers

import (
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"grazie/crm"
	"grazie/store"
	"grazie/templates/console"
)

// totpWay is RFC 6238 as all authenticator apps know it.
var totpWay = totp.ValidateOpts{Period: 30, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// totpStep finds the time step that a code is of: of this one, the one before or
// the next, for clocks that differ.
func totpStep(secret, code string, now time.Time) (step int64, ok bool) {
	code = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, code)
	for _, at := range []time.Time{now, now.Add(-30 * time.Second), now.Add(30 * time.Second)} {
		want, err := totp.GenerateCodeCustom(secret, at, totpWay)
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = at.Unix()/30, true
		}
	}
	return step, ok
}

// beginSecond makes the session that waits for somebody's second factor.
func (v *seat) beginSecond(p crm.Staff, to string) error {
	asked, err := v.secondChallenge(p)
	if err != nil {
		return err
	}
	asked.To = to
	return v.sessionFor(v, store.Session{StaffID: p.ID, Stage: "second", Data: asked.bytes()}, stepTime)
}

func (v *seat) secondChallenge(p crm.Staff) (pending, error) {
	if p.Passkeys == 0 || v.passkeys == nil {
		return pending{}, nil
	}
	h, err := v.holder(v.ctx(), p.ID)
	if err != nil {
		return pending{}, err
	}
	return v.challenge(&h)
}

// secondPage is what the page of the second step is told.
type secondPage struct {
	TOTP    bool
	Passkey *passkeyPage // nil: none can be asked for
}

func secondPageOf(p crm.Staff, asked pending) secondPage {
	page := secondPage{TOTP: p.TOTP}
	if asked.Passkey != nil {
		page.Passkey = &passkeyPage{How: "get", Options: asked.Options, Done: console.Root + "/sign-in/second"}
	}
	return page
}

// second is who is at the second step.
func (v *seat) second() (store.Session, pending, crm.Staff, error) {
	s, asked, err := v.waiting("second")
	if err != nil {
		return s, asked, crm.Staff{}, err
	}
	p, err := v.Store.Staff(v.ctx(), s.StaffID)
	if errors.Is(err, crm.ErrNotFound) {
		err = errSignIn
	}
	return s, asked, p, err
}

func (v *seat) showSecond() error {
	_, asked, p, err := v.second()
	if err != nil {
		return err
	}
	return v.show("sign_in_second", secondPageOf(p, asked))
}

// takeSecond is the second step: a code, a passkey, or a recovery code.
func (v *seat) takeSecond() error {
	s, asked, p, err := v.second()
	if err != nil {
		return err
	}
	// Only who knows the password is here, so nobody else can make her wait.
	limit := store.Limit{Name: "second " + p.ID, Free: 5, Most: 15 * time.Minute}
	if err := v.try("sign_in_second", secondPageOf(p, asked), store.Limit{}, limit); err != nil || v.Response().Committed {
		return err
	}
	how, field := "", ""
	switch {
	case v.form().Get("answer") != "":
		next, err := v.secondChallenge(p)
		if err != nil {
			return err
		}
		next.To = asked.To
		if err := v.Store.SaveSession(v.ctx(), s, next.bytes()); errors.Is(err, crm.ErrNotFound) { // this one is answered already
			return errSignIn
		} else if err != nil {
			return err
		}
		_, err = v.signedBy(v.ctx(), asked, v.form().Get("answer"), p.ID)
		if err == nil {
			how = "password and passkey"
		} else if !errors.Is(err, errPasskey) {
			return err
		}
		asked = next
	case v.typed("recovery") != "":
		field = "recovery"
		good, err := v.Store.UseRecoveryCode(v.ctx(), p.ID, v.typed("recovery"))
		if err != nil {
			return err
		}
		if good {
			how = "password and recovery code"
		}
	default:
		field = "code"
		good, err := v.codeOf(p, v.typed("code"))
		if err != nil {
			return err
		}
		if good {
			how = "password and code"
		}
	}
	if how == "" {
		v.page.Wrong[field] = v.say("sign-in.second.no")
		return v.again("sign_in_second", secondPageOf(p, asked), nil)
	}
	if err := v.Store.Tried(v.ctx(), store.Limit{}, limit); err != nil {
		return err
	}
	return v.enterAs(p, how, asked.To)
}

// codeOf tells whether a code is somebody's, and not used yet.
func (v *seat) codeOf(p crm.Staff, code string) (bool, error) {
	secret, err := v.Store.TOTP(v.ctx(), p.ID)
	if errors.Is(err, crm.ErrNotFound) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	step, ok := totpStep(secret, code, v.Now())
	if !ok {
		return false, nil
	}
	return v.Store.UseTOTP(v.ctx(), p.ID, step)
}
