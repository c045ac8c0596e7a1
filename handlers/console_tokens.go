package handlers

import (
	"errors"
	"slices"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
	"grazie/templates/console"
)

func (d desktop) tokenRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("/tokens", store.Owner, "tokens", "tokens.title", (*seat).listTokens),
		act("/tokens", store.Owner, "tokens", "tokens.create", (*seat).createToken),
		act("/tokens/:token/revoke", store.Owner, "tokens", "tokens.revoke", (*seat).revokeToken),
	}
}

type tokensPage struct {
	Tokens []store.Token
	Roles  []console.Option
	Role   string // the one that is offered
	API    string // where the API is
	Made   store.Token
	Secret string // of the one that was made: shown now, and never again
}

func (v *seat) listTokens() error {
	p, err := v.tokens()
	if err != nil {
		return err
	}
	return v.show("tokens", p)
}

func (v *seat) tokens() (tokensPage, error) {
	p := tokensPage{API: v.PublicURL + apiPath, Role: string(store.Viewer)}
	for _, role := range store.Roles {
		p.Roles = append(p.Roles, console.Option{Value: string(role), Label: v.say("tokens.role." + string(role))})
	}
	all, err := v.Store.TokensOf(v.ctx(), v.shop.ID)
	slices.SortStableFunc(all, func(a, b store.Token) int { // those that work come first
		switch {
		case a.RevokedAt.IsZero() == b.RevokedAt.IsZero():
			return 0
		case a.RevokedAt.IsZero():
			return -1
		}
		return 1
	})
	p.Tokens = all
	return p, err
}

// createToken shows what the token's holder sends on the page that answers: it
// stands in no address, and nobody sees it a second time.
func (v *seat) createToken() error {
	name, err := desk.Line(v.typed("name"), 80)
	role := store.Role(v.typed("role"))
	var wrong []error
	if err != nil || name == "" {
		wrong = append(wrong, &crm.Invalid{Field: "name", Message: v.say("tokens.bad.name")})
	}
	if !slices.Contains(store.Roles, role) {
		wrong = append(wrong, &crm.Invalid{Field: "role", Message: v.say("tokens.bad.role")})
	}
	var secret string
	made := store.Token{ID: store.NewID("tok_"), ShopID: v.shop.ID, Role: role, Name: name}
	if len(wrong) == 0 {
		v.act.Target, v.act.Detail = made.ID, string(role)
		if made, secret, err = v.Store.CreateToken(v.ctx(), made); errors.Is(err, crm.ErrConflict) {
			wrong = append(wrong, &crm.Invalid{Field: "name", Message: v.say("tokens.taken")})
		} else if err != nil {
			return err
		}
	}
	p, err := v.tokens()
	if err != nil {
		return err
	}
	v.page.Title = "tokens.title"
	if len(wrong) > 0 {
		return v.again("tokens", p, errors.Join(wrong...))
	}
	p.Made, p.Secret = made, secret
	v.page.Address = v.path("tokens")
	return v.show("tokens", p)
}

func (v *seat) revokeToken() error {
	if err := v.Store.RevokeTokenOf(v.ctx(), v.shop.ID, plain(v.Param("token"))); err != nil {
		return err
	}
	return v.done(v.path("tokens"), "tokens.said.revoked")
}
