package woocommerce

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/url"
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

// permissions are what a key must allow.
const permissions = "read_write"

// BeginInstall reads "?shop=" and the address of a shop. There the merchant
// allows Grazie a key (platforms.md, E.1).
func (p *Platform) BeginInstall(request url.Values, state, callback string) (name, location string, err error) {
	name, site, err := p.Shop(request.Get("shop"))
	if invalid, ok := errors.AsType[*crm.Invalid](err); ok {
		return "", "", &crm.Invalid{Field: "shop", Message: invalid.Message}
	}
	if !strings.HasPrefix(callback, "https://") && !p.plain {
		return "", "", &crm.Invalid{Field: "shop", Message: "WooCommerce sends its keys to https:// addresses alone: GRAZIE_PUBLIC_URL must begin with it"}
	}
	query := url.Values{
		"app_name": {"Grazie"}, "scope": {permissions}, "user_id": {state},
		"return_url": {callback + "?" + url.Values{"state": {state}}.Encode()}, "callback_url": {callback},
	}
	return name, site + "/wc-auth/v1/authorize?" + query.Encode(), nil
}

// FinishInstall is never called: the shop posts its keys, see ReceiveKeys.
func (p *Platform) FinishInstall(context.Context, url.Values, string) (integrations.Grant, error) {
	return integrations.Grant{}, integrations.ErrForged
}

// PostedState is the state that a post of keys names.
func (p *Platform) PostedState(body []byte) (string, error) {
	v, err := integrations.ReadBody(body, true)
	if err != nil {
		return "", integrations.ErrForged
	}
	state := v.At("user_id").Text()
	if v.Err() != nil || state == "" {
		return "", integrations.ErrForged
	}
	return state, nil
}

// ReceiveKeys makes a grant of posted keys, once the shop takes them.
func (p *Platform) ReceiveKeys(ctx context.Context, name string, body []byte) (integrations.Grant, error) {
	v, err := integrations.ReadBody(body, true)
	if err != nil {
		return integrations.Grant{}, integrations.ErrForged
	}
	key, secret, allowed := v.At("consumer_key").Text(), v.At("consumer_secret").Text(), v.At("key_permissions").Text()
	if v.Err() != nil || key == "" || secret == "" || len(key)+len(secret) > maxHeader {
		return integrations.Grant{}, integrations.ErrForged
	}
	g := integrations.Grant{Domain: name, Scopes: []string{allowed}, Settings: crm.Values{
		SettingURL: p.scheme(name) + "://" + name, SettingKey: key, SettingKeySecret: secret, SettingSecret: rand.Text() + rand.Text(),
	}}
	if allowed != permissions {
		g.Missing = []string{permissions}
	}
	return g, p.Check(ctx, integrations.Connection{Domain: name, Settings: g.Settings})
}

// scheme is that of a shop by its domain: without TLS only in trials, for a
// stand-in on this machine.
func (p *Platform) scheme(name string) string {
	host, _, _ := strings.Cut(name, "/")
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if ip := net.ParseIP(host); p.plain && (host == "localhost" || ip != nil && ip.IsLoopback()) {
		return "http"
	}
	return "https"
}
