package bigcommerce

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"grazie/integrations"
)

const apiURL = "https://api.bigcommerce.com"

// errGone says that the shop does not have what was asked for.
var errGone = errors.New("it is not there")

// get reads a resource into out. An answer without content leaves out as it is:
// lists of the older API answer so when they are empty.
func (p *Platform) get(ctx context.Context, c integrations.Connection, path string, out any) error {
	return p.call(ctx, c, http.MethodGet, path, nil, out)
}

// call makes one request; path begins after the store, with the version of the
// API. Every error is an *integrations.Error, and none of the kind Unknown: all
// that this adapter does looks first at what is there. What is not there is
// errGone, within one of the kind Rejected.
func (p *Platform) call(ctx context.Context, c integrations.Connection, method, path string, in, out any) error {
	req, err := request(c, method, path, in)
	if err != nil {
		return err
	}
	if err := p.quota.room(c.Domain, p.now()); err != nil {
		return err
	}
	resp, body, err := p.exchange(ctx, req)
	if err != nil {
		return err
	}
	p.quota.learn(c.Domain, resp, p.now())
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return p.refusal(c, resp, body)
	}
	if out == nil || len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if json.Unmarshal(body, out) != nil { // its words may quote what stands there
		return fail(integrations.Rejected, method+" "+resource(path)+": the answer is not what BigCommerce documents")
	}
	return nil
}

func request(c integrations.Connection, method, path string, in any) (*http.Request, error) {
	token := c.Settings[SettingToken]
	base := strings.TrimRight(cmp.Or(c.Settings[SettingAPIURL], apiURL), "/")
	u, err := url.Parse(base)
	switch {
	case token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return nil, fail(integrations.Unauthorized, "the connection has no access token: connect the shop again")
	case !StoreHash.MatchString(c.Domain):
		return nil, fail(integrations.Unauthorized, "the connection names no store: connect it again with its store hash")
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, fail(integrations.Unauthorized, "the address of the API is malformed: leave it empty")
	}
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, fail(integrations.Rejected, "the request cannot be written as JSON")
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, base+"/stores/"+c.Domain+path, body)
	if err != nil {
		return nil, fail(integrations.Unauthorized, "the address of the API is malformed: leave it empty")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("X-Auth-Token", token)
	if id := c.Settings[SettingClientID]; id != "" {
		req.Header.Set("X-Auth-Client", id)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// exchange sends a request and reads the whole answer.
func (p *Platform) exchange(ctx context.Context, req *http.Request) (*http.Response, []byte, error) {
	temporary := func(detail string, err error) error {
		return &integrations.Error{Kind: integrations.Temporary, Service: name, Detail: detail, Err: bare(err)}
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, temporary("", err)
	}
	resp, err := p.http.Do(req.WithContext(ctx))
	switch {
	case errors.Is(err, integrations.ErrPrivateHost):
		return nil, nil, &integrations.Error{Kind: integrations.Unauthorized, Service: name, Detail: "the address of the API is not allowed", Err: bare(err)}
	case err != nil:
		return nil, nil, temporary("no answer", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil && resp.StatusCode < 300 { // a refusal is one even if its words broke off
		return nil, nil, temporary("the answer broke off", err)
	}
	return resp, body, nil
}

// bare is the cause of a failed request without its address, which holds ids
// and mail addresses.
func bare(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// refusal classes an answer that is no success.
func (p *Platform) refusal(c integrations.Connection, resp *http.Response, body []byte) error {
	said := cmp.Or(words(body), http.StatusText(resp.StatusCode))
	said = strings.ReplaceAll(said, c.Settings[SettingToken], "(token)")
	e := fail(integrations.Rejected, strconv.Itoa(resp.StatusCode)+": "+integrations.Quote(said))
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusPaymentRequired:
		e.Kind = integrations.Unauthorized
	case code == http.StatusNotFound, code == http.StatusGone:
		e.Err = errGone
	case code == http.StatusTooManyRequests:
		e.Kind, e.RetryAt = integrations.RateLimited, p.quota.until(c.Domain, p.now())
	case code == http.StatusRequestTimeout, code == http.StatusLocked, code == http.StatusTooEarly, code >= 500, code < 400:
		e.Kind = integrations.Temporary
	}
	return e
}

// words are what the API says in words: one object in its newer version, a list
// of them in its older.
func words(body []byte) string {
	type told struct {
		Title   string `json:"title"`
		Message string `json:"message"`
	}
	var one told
	if json.Unmarshal(body, &one) == nil {
		return cmp.Or(one.Title, one.Message)
	}
	var list []told
	if json.Unmarshal(body, &list) == nil && len(list) > 0 {
		return cmp.Or(list[0].Message, list[0].Title)
	}
	return ""
}

// resource is a path without its query, which may hold a mail address.
func resource(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return path
}
