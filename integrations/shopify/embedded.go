package shopify

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"grazie/integrations"
)

// tolerance is how far Shopify's clock and ours may be apart, as in its own
// library (platforms.md, B.2).
const tolerance = 10 * time.Second

// maxIDToken is far beyond any ID token that Shopify makes.
const maxIDToken = 8 << 10

// appBridge is the script that a page needs inside Shopify's admin (B.5).
const appBridge = "https://cdn.shopify.com/shopifycloud/app-bridge.js"

// VerifyOpening tells which shop opens the app: the query is signed.
func (p *Platform) VerifyOpening(request url.Values) (domain string, err error) {
	domain, ok := shopName(request)
	if !ok || !p.signedQuery(request) {
		return "", integrations.ErrForged
	}
	return domain, nil
}

// idToken are the claims that are looked at.
type idToken struct {
	Issuer    string           `json:"iss"`
	Dest      string           `json:"dest"`
	Audience  string           `json:"aud"`
	Subject   string           `json:"sub"`
	Expires   *jwt.NumericDate `json:"exp"`
	NotBefore *jwt.NumericDate `json:"nbf"`
	Issued    *jwt.NumericDate `json:"iat"`
}

func (t *idToken) GetExpirationTime() (*jwt.NumericDate, error) { return t.Expires, nil }
func (t *idToken) GetNotBefore() (*jwt.NumericDate, error)      { return t.NotBefore, nil }
func (t *idToken) GetIssuedAt() (*jwt.NumericDate, error)       { return t.Issued, nil }
func (t *idToken) GetIssuer() (string, error)                   { return t.Issuer, nil }
func (t *idToken) GetSubject() (string, error)                  { return t.Subject, nil }
func (t *idToken) GetAudience() (jwt.ClaimStrings, error)       { return jwt.ClaimStrings{t.Audience}, nil }

// shop is the one that the token is for: destination and issuer name the same.
func (t *idToken) shop() (domain string, ok bool) {
	host, https := strings.CutPrefix(t.Dest, "https://")
	return strings.ToLower(host), https && ShopName.MatchString(host) && strings.EqualFold(t.Issuer, t.Dest+"/admin")
}

// VerifyIDToken checks signature, audience, shop and times, in this sequence: a
// token that is not ours is forged, however old it is.
func (p *Platform) VerifyIDToken(token string) (integrations.Identity, error) {
	forged := integrations.ErrForged
	if !p.app.there() || p.now == nil || len(token) > maxIDToken {
		return integrations.Identity{}, forged
	}
	var keys jwt.VerificationKeySet
	for _, secret := range p.app.Secrets {
		if secret != "" {
			keys.Keys = append(keys.Keys, []byte(secret))
		}
	}
	var t idToken
	_, err := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding()).
		ParseWithClaims(token, &t, func(*jwt.Token) (any, error) { return keys, nil })
	domain, ok := t.shop()
	if err != nil || !ok || t.Audience != p.app.ID || t.Subject == "" || t.NotBefore == nil {
		return integrations.Identity{}, forged
	}
	err = jwt.NewValidator(jwt.WithLeeway(tolerance), jwt.WithTimeFunc(p.now), jwt.WithExpirationRequired()).Validate(&t)
	switch {
	case errors.Is(err, jwt.ErrTokenExpired) || errors.Is(err, jwt.ErrTokenNotValidYet):
		return integrations.Identity{}, integrations.ErrExpired
	case err != nil:
		return integrations.Identity{}, forged
	}
	who := integrations.Identity{Domain: domain, Staff: t.Subject}
	if t.Issued != nil {
		who.At = t.Issued.UTC()
	}
	return who, nil
}

// Frame lets a shop's own admin show the page, and nobody where there is no
// such shop. In trials the stand-in of the shops may, too.
func (p *Platform) Frame(domain string) (ancestors, scripts []string) {
	if !plain(domain) || !ShopName.MatchString(domain) {
		return nil, nil
	}
	ancestors = []string{"https://" + domain, "https://admin.shopify.com"}
	if p.app.URL != "" {
		ancestors = append(ancestors, p.app.base(domain))
	}
	return ancestors, []string{appBridge}
}

// ClientID is empty where there is no app.
func (p *Platform) ClientID() string { return p.app.ID }
