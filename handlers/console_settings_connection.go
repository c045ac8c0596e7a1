package handlers

import (
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
)

// connectionPage is how a shop is connected. No secret of it is ever shown.
type connectionPage struct {
	Shop        crm.Shop
	Missing     []string // scopes
	Can, Cannot []string
	Acts        bool   // the credentials let Grazie act in the shop
	Webhooks    string // where they go
	Last        time.Time
	Chores      []crm.Chore
	Form        *settingForm // nil: nobody may change it here
	May         bool
	Known       bool // this program knows the platform
	FirstSteps  bool // they were not finished
}

// kept are the settings of platforms that nobody types: Grazie keeps them by
// itself, or they are what the shop is known by, or for trials.
var kept = []string{"previous_secret", "token_expires", "refresh_token_expires", "hook_key", "url", "admin_url", "api_url"}

// askTime is how long the shop may take to say whether it takes new credentials.
const askTime = 12 * time.Second

func (v *seat) connectionPage() (connectionPage, error) {
	platform := v.Platforms[v.shop.Platform]
	p := connectionPage{Shop: v.shop, Missing: v.scopesMissing(), May: v.may(store.Owner), Known: platform != nil,
		FirstSteps: v.shop.App && v.shop.SetUpAt.IsZero(), Webhooks: v.PublicURL + "/webhooks/" + v.shop.Platform}
	if v.shop.Platform != "shopify" { // its webhooks name their shop
		p.Webhooks += "/" + v.shop.ID
	}
	var errs [3]error
	p.Last, errs[0] = v.Store.LastWebhook(v.ctx(), v.shop.ID)
	p.Chores, errs[1] = v.Store.Chores(v.ctx(), v.shop.ID)
	var stored crm.Values
	stored, errs[2] = v.Store.Connection(v.ctx(), v.shop.ID)
	if err := errors.Join(errs[:]...); err != nil || platform == nil {
		return p, err
	}
	p.Can, p.Cannot = integrations.Abilities(platform)
	able, is := platform.(integrations.Credentialed)
	p.Acts = is && able.CanAct(integrations.Connection{Settings: stored})
	if p.May && !v.shop.App {
		p.Form = v.connectionForm(platform, stored)
	}
	return p, nil
}

func (v *seat) connectionForm(platform integrations.Platform, stored crm.Values) *settingForm {
	var declared []crm.Setting
	for _, s := range platform.Settings() {
		if !slices.Contains(kept, s.Key) {
			declared = append(declared, s)
		}
	}
	return v.declare(stored, declared, "settings.connection."+platform.Name())
}

func (v *seat) showConnection() error {
	p, err := v.connectionPage()
	if err != nil {
		return err
	}
	return v.show("settings_connection", p)
}

// saveConnection replaces credentials. They are tried first: with some that the
// platform refuses nothing is changed.
func (v *seat) saveConnection() error {
	platform := v.Platforms[v.shop.Platform]
	if platform == nil || v.shop.App {
		return crm.ErrConflict // into an app only its merchant lets Grazie again
	}
	p, err := v.connectionPage()
	if err != nil {
		return err
	}
	stored, err := v.Store.Connection(v.ctx(), v.shop.ID)
	if err != nil {
		return err
	}
	next, err := v.credentials(p.Form, stored)
	if err != nil {
		return v.amend("settings_connection", p, p.Form, err)
	}
	if maps.Equal(next, stored) {
		return v.done(v.path("settings", "connection"), "settings.said.same")
	}
	said := "settings.said.connected"
	switch err := v.tryCredentials(platform, next); integrations.KindOf(err) {
	case integrations.Unauthorized, integrations.Rejected:
		detail := ""
		if told, is := errors.AsType[*integrations.Error](err); is {
			detail = told.Detail
		}
		return v.again("settings_connection", p, &crm.Invalid{Message: v.say("settings.connection.refused", "detail", detail)})
	default:
		if err != nil {
			said = "settings.said.untried"
		}
	}
	_, err = v.Store.ChangeConnection(v.ctx(), v.shop.ID, func(_ *crm.Shop, stored crm.Values) error {
		next, err := v.credentials(p.Form, stored)
		if err != nil {
			return err
		}
		v.act.Detail = p.Form.told()
		clear(stored)
		maps.Copy(stored, next)
		return nil
	})
	if err != nil {
		return v.amend("settings_connection", p, p.Form, err)
	}
	return v.done(v.path("settings", "connection"), said)
}

// tryCredentials asks the shop whether credentials work, if they are of those that could.
func (v *seat) tryCredentials(platform integrations.Platform, settings crm.Values) error {
	checker, is := platform.(integrations.Checker)
	conn := integrations.Connection{ShopID: v.shop.ID, Domain: v.shop.Domain, Settings: settings}
	if able, acts := platform.(integrations.Credentialed); !is || !acts || !able.CanAct(conn) {
		return nil
	}
	ctx, cancel := context.WithTimeout(v.ctx(), askTime)
	defer cancel()
	return checker.Check(ctx, conn)
}

// credentials are those stored, with what was typed over them. The secret that
// was in force is kept as the one before: webhooks may still be signed with it.
func (v *seat) credentials(form *settingForm, stored crm.Values) (crm.Values, error) {
	next, err := form.change(stored)
	if err != nil {
		return nil, err
	}
	var wrong []error
	for _, s := range form.declared {
		typed := v.typed(s.Key)
		if s.Kind != crm.SettingSecret || typed == "" {
			continue
		}
		if strings.ContainsFunc(typed, func(r rune) bool { return r <= ' ' || r > '~' }) {
			wrong = append(wrong, &crm.Invalid{Field: s.Key, Message: v.say("settings.bad.secret")})
		}
	}
	if secret := v.typed("secret"); secret != "" && v.shop.Platform == "standard" && !standardSecret(secret) {
		wrong = append(wrong, &crm.Invalid{Field: "secret", Message: v.say("settings.bad.whsec")})
	}
	if (next["consumer_key"] == "") != (next["consumer_secret"] == "") {
		wrong = append(wrong, &crm.Invalid{Field: "consumer_secret", Message: v.say("settings.bad.both")})
	}
	if next["refresh_token"] != "" && next["client_id"] == "" {
		wrong = append(wrong, &crm.Invalid{Field: "client_id", Message: v.say("settings.bad.client_id")})
	}
	if old := stored["secret"]; old != "" && next["secret"] != old {
		next["previous_secret"] = old
	}
	if next["token"] != stored["token"] { // what belonged to the one before
		delete(next, "token_expires")
		delete(next, "refresh_token_expires")
		if next["refresh_token"] == stored["refresh_token"] {
			delete(next, "refresh_token")
		}
	}
	return next, errors.Join(wrong...)
}

// standardSecret tells whether a secret is one of Standard Webhooks: whsec_ and
// the base64 of 24 to 64 bytes.
func standardSecret(s string) bool {
	text, ok := strings.CutPrefix(s, "whsec_")
	key, err := base64.StdEncoding.DecodeString(text)
	return ok && err == nil && len(key) >= 24 && len(key) <= 64
}
