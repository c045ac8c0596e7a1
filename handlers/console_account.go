package handlers

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
	"grazie/templates/console"
)

// accountRoutes are the pages of her own account, below /console/account.
func accountRoutes() []ConsoleRoute {
	get := func(path, title string, do func(*seat) error) ConsoleRoute {
		return ConsoleRoute{Method: http.MethodGet, Path: path, Title: title, do: do}
	}
	// What signs her in is changed by who was asked for it in the last minutes.
	factor := func(path, title string, do func(*seat) error) ConsoleRoute {
		return ConsoleRoute{Method: http.MethodPost, Path: path, Title: title, do: func(v *seat) error {
			if !v.recent() {
				return v.leave(accountRoot + "/confirm")
			}
			return do(v)
		}}
	}
	post := func(path, title string, do func(*seat) error) ConsoleRoute {
		return ConsoleRoute{Method: http.MethodPost, Path: path, Title: title, do: do}
	}
	return []ConsoleRoute{
		get("", "account.title", (*seat).showAccount),
		post("", "account.title", (*seat).rename),
		get("/confirm", "account.confirm.title", (*seat).showConfirm),
		post("/confirm", "account.confirm.title", (*seat).confirmPassword),
		post("/confirm/passkey", "account.confirm.title", (*seat).askConfirmPasskey),
		post("/confirm/passkey/done", "account.confirm.title", (*seat).confirmPasskey),
		factor("/password", "account.title", (*seat).changePassword),
		factor("/codes/begin", "account.codes.title", (*seat).beginCodes),
		get("/codes", "account.codes.title", (*seat).showCodes),
		factor("/codes", "account.codes.title", (*seat).setCodes),
		factor("/codes/drop", "account.title", (*seat).dropCodes),
		factor("/recovery", "account.recovery.title", (*seat).makeRecovery),
		factor("/passkeys", "account.passkeys.title", (*seat).beginPasskey),
		factor("/passkeys/done", "account.passkeys.title", (*seat).addPasskey),
		factor("/passkeys/remove", "account.title", (*seat).removePasskey),
		post("/sessions/end", "account.title", (*seat).endSession),
	}
}

const accountRoot = console.Root + "/account"

// recentTime is how long ago somebody may have shown who she is, to change what
// signs her in.
const recentTime = 10 * time.Minute

func (v *seat) recent() bool { return v.Now().Sub(v.signed.CreatedAt) < recentTime }

// accountPage is what the page of her account is told.
type accountPage struct {
	crm.Staff
	Languages   []console.Option
	HasPassword bool
	Recent      bool
	CanPasskeys bool
	Keys        []store.Passkey
	Recovery    int
	Sessions    []accountSession
	Here        string // id of the session of this browser
}

type accountSession struct {
	store.Session
	Browser string
}

func (v *seat) accountPage() (p accountPage, err error) {
	p.Staff, p.Here, p.Recent, p.CanPasskeys, p.HasPassword = v.staff, v.signed.ID, v.recent(), v.passkeys != nil, v.staff.Password != ""
	p.Languages = []console.Option{{Value: "en", Label: "English"}, {Value: "it", Label: "Italiano"}}
	if p.Keys, err = v.Store.Passkeys(v.ctx(), v.staff.ID); err != nil {
		return p, err
	}
	if p.Recovery, err = v.Store.RecoveryCodes(v.ctx(), v.staff.ID); err != nil {
		return p, err
	}
	all, err := v.Store.SessionsOf(v.ctx(), v.staff.ID)
	for _, s := range all {
		p.Sessions = append(p.Sessions, accountSession{s, browserOf(s.Agent)})
	}
	return p, err
}

// browserOf names a browser and its system for people, by its own word; what says
// nothing known is empty.
func browserOf(agent string) string {
	find := func(names [][2]string) string {
		i := slices.IndexFunc(names, func(n [2]string) bool { return strings.Contains(agent, n[0]) })
		if i < 0 {
			return ""
		}
		return names[i][1]
	}
	browser := find([][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"SamsungBrowser/", "Samsung Internet"}, {"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"Safari/", "Safari"}})
	system := find([][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}})
	return strings.Trim(browser+", "+system, ", ")
}

func (v *seat) showAccount() error {
	p, err := v.accountPage()
	if err != nil {
		return err
	}
	return v.show("account", p)
}

// againAccount shows the account with what is wrong with what was typed.
func (v *seat) againAccount(wrong error) error {
	p, err := v.accountPage()
	if err != nil {
		return err
	}
	v.passwordWrong(wrong)
	return v.again("account", p, wrong)
}

func (v *seat) rename() error {
	var wrong []error
	name, err := desk.Line(v.typed("name"), 80)
	if err != nil || name == "" {
		wrong = append(wrong, &crm.Invalid{Field: "name", Message: "say what you are called"})
	}
	locale := v.typed("locale")
	if !slices.Contains(console.Languages, locale) {
		wrong = append(wrong, &crm.Invalid{Field: "locale", Message: "choose one of the languages"})
	}
	if err := errors.Join(wrong...); err != nil {
		return v.againAccount(err)
	}
	if err := v.Store.RenameStaff(v.noting("account.rename", ""), v.staff.ID, name, locale); err != nil {
		return err
	}
	return v.done(accountRoot, "account.said.saved")
}

func (v *seat) changePassword() error {
	password := v.form().Get("password")
	if err := v.checkPassword(password, v.staff.Name, v.staff.Email); err != nil {
		return v.againAccount(err)
	}
	hash, err := v.Store.HashPassword(v.ctx(), password)
	if err != nil {
		return err
	}
	if err := v.Store.SetPassword(v.noting("account.password", ""), v.staff.ID, hash, v.signed.ID); err != nil {
		return err
	}
	return v.done(accountRoot, "account.said.password")
}

func (v *seat) endSession() error {
	id := v.typed("session")
	err := v.Store.EndSessionOf(v.noting("account.end", ""), v.staff.ID, id)
	if err != nil && !errors.Is(err, crm.ErrNotFound) { // it has ended by itself
		return err
	}
	if id == v.signed.ID {
		v.SetCookie(v.sessionCookie("", time.Time{}))
		return v.leave(console.Root + "/sign-in?said=sign-in.said.out")
	}
	return v.done(accountRoot, "account.said.ended")
}
