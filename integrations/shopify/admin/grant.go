package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// ErrStale is the cause of an error that asks for a new ID token: Shopify did
// not take the one that was to be exchanged.
var ErrStale = errors.New("the ID token is not taken any more")

// Grant asks the shop at base, without a path, for its first tokens: with a
// code, or with an ID token (platforms.md, B.1, B.2). It puts them into v, and
// returns what the merchant allowed. Its errors are *integrations.Error; after
// Temporary and RateLimited it is asked again with another code. ask holds
// secrets, and no error shows them.
func (c *Client) Grant(ctx context.Context, base string, ask map[string]string, v crm.Values) (scopes []string, err error) {
	s := &session{Client: c}
	resp, raw, err := s.ask(ctx, base, ask)
	if err != nil && integrations.KindOf(err) == integrations.Unauthorized {
		return nil, err
	}
	if err != nil { // a token that nobody got does no harm
		return nil, fail(integrations.Temporary, "the shop could not be asked for a token", errors.Unwrap(err))
	}
	told, unreadable := readTokens(raw)
	detail := told.detail(resp)
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests:
		e := fail(integrations.RateLimited, "the shop gives no token now ("+detail+")", nil)
		e.RetryAt = c.now().Add(retryAfter(resp.Header, c.now()))
		return nil, e
	case code >= 500:
		return nil, fail(integrations.Temporary, "the shop gives no token now ("+detail+")", nil)
	case told.Error == "invalid_subject_token":
		return nil, fail(integrations.Rejected, "get a new ID token ("+detail+")", ErrStale)
	case told.Error == "invalid_client" || told.Error == "application_cannot_be_found" || code == http.StatusUnauthorized:
		return nil, fail(integrations.Unauthorized, "Shopify does not know the app by its client id and secret ("+detail+"): set them as its settings show them", nil)
	case code != http.StatusOK:
		return nil, fail(integrations.Rejected, "the shop gives no token for this ("+detail+"): open the app from the shop's admin again", nil)
	case unreadable != nil || told.AccessToken == "":
		return nil, fail(integrations.Temporary, "the answer with the token cannot be read", nil)
	}
	told.into(v, c.now())
	for scope := range strings.SplitSeq(told.Scope, ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			scopes = append(scopes, scope)
		}
	}
	return scopes, nil
}

// ask makes one exchange of tokens.
func (s *session) ask(ctx context.Context, base string, what map[string]string) (*http.Response, []byte, error) {
	body, err := json.Marshal(what)
	if err != nil {
		return nil, nil, fail(integrations.Unauthorized, "what is exchanged for a token is malformed: "+reconnect, nil)
	}
	req, err := http.NewRequest(http.MethodPost, base+"/admin/oauth/access_token", bytes.NewReader(body))
	if err != nil {
		return nil, nil, fail(integrations.Unauthorized, "the address of the Admin API is malformed", nil)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	return s.exchange(ctx, req)
}

// tokens is the answer to any exchange (platforms.md, B.3).
type tokens struct {
	AccessToken  string  `json:"access_token"`
	Scope        string  `json:"scope"`
	ExpiresIn    float64 `json:"expires_in"` // seconds; none: it never ends
	RefreshToken string  `json:"refresh_token"`
	RefreshIn    float64 `json:"refresh_token_expires_in"`
	Error        string  `json:"error"`
	Description  string  `json:"error_description"`
}

func readTokens(raw []byte) (t tokens, err error) {
	err = json.Unmarshal(raw, &t)
	return t, err
}

// detail is what was answered instead of a token, for staff.
func (t tokens) detail(resp *http.Response) string {
	return fmt.Sprintf("%d: %s", resp.StatusCode, integrations.Quote(strings.TrimSpace(t.Error+" "+t.Description)))
}

// into puts the tokens over the settings of a connection.
func (t tokens) into(v crm.Values, now time.Time) {
	v[SettingToken], v[SettingTokenExpires] = t.AccessToken, end(t.ExpiresIn, now)
	if t.RefreshToken != "" {
		v[SettingRefreshToken], v[SettingRefreshExpires] = t.RefreshToken, end(t.RefreshIn, now)
	}
}

// end is so many seconds from now; none is no end.
func end(seconds float64, now time.Time) string {
	if seconds <= 0 {
		return ""
	}
	return now.Add(time.Duration(seconds * float64(time.Second))).UTC().Format(time.RFC3339)
}
