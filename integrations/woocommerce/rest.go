package woocommerce

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

// answer is what a shop said to one request.
type answer struct {
	body  []byte
	total int64  // things in all, of a list; 0: not told
	code  string // of a refusal: the shop's own word for it
}

// call makes one request below /wp-json. Every act looks first at what is there,
// so that an answer that was lost is Temporary, whatever the method. A refusal
// comes with the shop's word for it.
func (p *Platform) call(ctx context.Context, c integrations.Connection, method, path string, query url.Values, in any) (answer, error) {
	site, err := p.site(c)
	if err != nil {
		return answer{}, err
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	got, err := p.api.Call(ctx, site, method, path, in)
	if err != nil {
		return answer{}, err
	}
	body := bytes.TrimSpace(bytes.TrimPrefix(got.Body, []byte("\xef\xbb\xbf"))) // some plugins write a mark before all
	if !got.Good() {
		return p.refusal(site, got, body)
	}
	if !json.Valid(body) {
		return answer{}, p.api.Fail(integrations.Temporary, "the shop answered something else than its API's JSON: a plugin or a page before it may be in the way", nil)
	}
	total, _ := strconv.ParseInt(got.Header.Get("X-WP-Total"), 10, 64)
	return answer{body: body, total: max(0, total)}, nil
}

// site is the connection as the client wants it.
func (p *Platform) site(c integrations.Connection) (integrations.Connection, error) {
	_, location, err := p.Shop(c.Settings[SettingURL])
	if err != nil {
		return c, p.api.Fail(integrations.Unauthorized, "the shop's address "+err.(*crm.Invalid).Message, nil)
	}
	key, secret := c.Settings[SettingKey], c.Settings[SettingKeySecret]
	if key == "" || secret == "" || strings.Contains(key, ":") {
		return c, p.api.Fail(integrations.Unauthorized, "the shop's API key is missing or malformed", nil)
	}
	return integrations.Connection{Settings: crm.Values{"key": key + ":" + secret, "base_url": location + "/wp-json"}}, nil
}

// authorize puts key and secret on a request, as Basic: over TLS alone.
func authorize(r *http.Request, pair string) {
	key, secret, _ := strings.Cut(pair, ":")
	r.SetBasicAuth(key, secret)
}

// refusal classes an answer that is no success.
func (p *Platform) refusal(site integrations.Connection, got integrations.JSONAnswer, body []byte) (answer, error) {
	var said struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &said) // of a page of HTML nothing is known
	code, message := crm.Clean(said.Code), crm.Clean(said.Message)
	for secret := range strings.SplitSeq(site.Settings["key"], ":") {
		message = strings.ReplaceAll(message, secret, "(key)")
	}
	e := p.api.Refusal(site, got, strings.TrimSpace(code+" "+message))
	switch {
	case got.Status >= 300 && got.Status < 400:
		e.Kind, e.Detail = integrations.Unauthorized, "the shop sends its API elsewhere: connect it by the address that it has now"
	case got.Status == http.StatusNotFound && (code == "" || code == "rest_no_route"):
		e.Kind, e.Detail = integrations.Unauthorized, "at this address there is no REST API of WooCommerce: is the shop there, and are permalinks switched on?"
	case got.Status == http.StatusForbidden && code == "": // WordPress itself always has a word for it
		e.Kind = integrations.Temporary
		e.Detail += " (not the shop's own words: a firewall before the shop may refuse Grazie)"
	case got.Status == http.StatusUnauthorized && code == "":
		e.Detail += " (does the server hand the Authorization header on to WordPress?)"
	}
	return answer{code: code}, e
}

// read decodes an answer.
func (p *Platform) read(a answer, into any) error {
	if err := json.Unmarshal(a.body, into); err != nil {
		return p.odd()
	}
	return nil
}

// odd says that an answer is none of what was asked for.
func (p *Platform) odd() error {
	return p.api.Fail(integrations.Temporary, "the shop's answer lacks what was asked for", nil)
}
