package shopify

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/admin"
)

// noApp is what installing fails with where no app is set.
var noApp = fail(integrations.Unsupported, "there is no Shopify app to install: set GRAZIE_SHOPIFY_CLIENT_ID and GRAZIE_SHOPIFY_CLIENT_SECRET")

// BeginInstall begins the authorization code grant (platforms.md, B.1). The
// request is the one with which Shopify opens the app, and is signed.
func (p *Platform) BeginInstall(request url.Values, state, callback string) (domain, location string, err error) {
	if !p.app.there() {
		return "", "", noApp
	}
	domain, ok := shopName(request)
	if !ok {
		return "", "", &crm.Invalid{Field: "shop", Message: "is not the name of a shop at myshopify.com: open the app from the shop's admin"}
	}
	if !p.signedQuery(request) {
		return "", "", integrations.ErrForged
	}
	return domain, p.AuthorizeURL(domain, state, callback), nil
}

// AuthorizeURL is where a merchant allows the app all that it asks for, for
// good and not only for herself. callback must be one of the redirect URLs in
// the app's settings.
func (p *Platform) AuthorizeURL(domain, state, callback string) string {
	return p.app.base(domain) + "/admin/oauth/authorize?" + url.Values{
		"client_id": {p.app.ID}, "scope": {strings.Join(ScopesFor(), ",")}, "redirect_uri": {callback}, "state": {state},
	}.Encode()
}

// FinishInstall exchanges the code. The merchant may have allowed less than was
// asked for: that is told in the grant, and is no error.
func (p *Platform) FinishInstall(ctx context.Context, answer url.Values, _ string) (integrations.Grant, error) {
	if !p.app.there() || p.api == nil {
		return integrations.Grant{}, noApp
	}
	domain, ok := shopName(answer)
	if !ok || !p.signedQuery(answer) {
		return integrations.Grant{}, integrations.ErrForged
	}
	code := answer.Get("code")
	if code == "" {
		return integrations.Grant{}, integrations.ErrForged
	}
	return p.grant(ctx, domain, map[string]string{"code": code})
}

// ExchangeIDToken is the token exchange of a managed installation (B.2). An ID
// token that Shopify itself does not take any more is ErrExpired as well.
func (p *Platform) ExchangeIDToken(ctx context.Context, token string) (integrations.Grant, error) {
	who, err := p.VerifyIDToken(token)
	if err != nil {
		return integrations.Grant{}, err
	}
	if p.api == nil {
		return integrations.Grant{}, noApp
	}
	grant, err := p.grant(ctx, who.Domain, map[string]string{
		"grant_type":           "urn:ietf:params:oauth:grant-type:token-exchange",
		"subject_token":        token,
		"subject_token_type":   "urn:ietf:params:oauth:token-type:id_token",
		"requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
	})
	if errors.Is(err, admin.ErrStale) {
		err = integrations.ErrExpired
	}
	return grant, err
}

// grant asks for tokens that end, as public apps must (platforms.md, fact 1).
// The app's secret is not among what is stored with the shop.
func (p *Platform) grant(ctx context.Context, domain string, ask map[string]string) (integrations.Grant, error) {
	ask["client_id"], ask["client_secret"], ask["expiring"] = p.app.ID, p.app.Secrets[0], "1"
	v := crm.Values{SettingClientID: p.app.ID}
	if p.app.URL != "" {
		v[SettingAdminURL] = p.app.base(domain)
	}
	granted, err := p.api.Grant(ctx, p.app.base(domain), ask, v)
	if err != nil {
		return integrations.Grant{}, err
	}
	return integrations.Grant{Domain: domain, Settings: v, Scopes: granted, Missing: p.MissingScopes(granted)}, nil
}

// shopName is the shop that a query names, by Shopify's own rule.
func shopName(q url.Values) (domain string, ok bool) {
	shop := q["shop"]
	if len(shop) != 1 || !plain(shop[0]) || !ShopName.MatchString(shop[0]) {
		return "", false
	}
	return strings.ToLower(shop[0]), true
}
