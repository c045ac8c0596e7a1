// Package admin is the client of Shopify's Admin GraphQL API, version 2026-10.
// The functions, one per operation, are generated from ./operations; Client is
// what they are called with. It classes every way in which a call can fail
// (platforms.md, C.2), keeps to the shop's throttle (C.3) and renews tokens
// that run out (B.3).
package admin

//go:generate go run ./prune ../../../../shared/contracts/shopify/admin-2026-10.graphql
//go:generate go tool -modfile=../../../tools.mod genqlient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/Khan/genqlient/graphql"

	"grazie/integrations"
)

// Version is that of the API that the operations were written for.
const Version = "2026-10"

// MaxWait is how long a call may wait for the shop's throttle. What would take
// longer fails with RateLimited and the time.
const MaxWait = 4 * time.Second

// Client speaks with the Admin API of any number of shops. It is made with
// NewClient and may be used by many at once.
type Client struct {
	// AppSecret is the client secret of an app that many shops installed, by its
	// client id; empty: there is none. It serves connections without a secret of
	// their own. Set it before the first call; nil: there is no such app.
	AppSecret func(clientID string) string

	http *http.Client
	now  func() time.Time

	mu    sync.Mutex
	shops map[string]*bucket // by address
	costs map[string]float64 // points that an operation asked for the last time, by its name
}

// NewClient makes a client that sends with client, see integrations.NewHTTPClient.
func NewClient(client *http.Client, now func() time.Time) *Client {
	return &Client{http: client, now: now, shops: map[string]*bucket{}, costs: map[string]float64{}}
}

// On is the shop of a connection, to call operations on. It reads the settings
// of this package; the address is the shop's own, or that of SettingURL. Every
// error of an operation is an *integrations.Error; after one of the kind
// Unknown a mutation may have been done.
func (c *Client) On(conn integrations.Connection) graphql.Client {
	return &session{Client: c, conn: conn}
}

// session is one shop as the operations see it.
type session struct {
	*Client
	conn integrations.Connection
}

// MakeRequest sends one operation, and again when the throttle or a token that
// ran out refused it.
func (s *session) MakeRequest(ctx context.Context, req *graphql.Request, resp *graphql.Response) error {
	base, err := s.base()
	if err != nil {
		return err
	}
	token, err := s.token(ctx, base)
	if err != nil {
		return err
	}
	body, err := json.Marshal(req)
	if err != nil {
		return fail(integrations.Rejected, "the request cannot be written as JSON", err)
	}
	shop, deadline, renewed := s.bucket(base), time.Now().Add(MaxWait), false
	for {
		cost := s.cost(req.OpName)
		if err := shop.take(ctx, s.now, cost, deadline); err != nil {
			return err
		}
		a, err := s.send(ctx, base+"/admin/api/"+Version+"/graphql.json", token, body, mutates(req))
		s.learn(req.OpName, a.cost)
		shop.settle(cost, a)
		switch {
		case err == nil:
			return s.read(a, req, resp)
		case a.throttled:
			if !a.cost.useful() || a.cost.Throttle.Available >= a.cost.Requested { // it does not say what to wait for
				shop.block(time.Second)
			}
		case a.status == http.StatusUnauthorized && !renewed && s.conn.Settings[SettingRefreshToken] != "":
			renewed = true
			if token, err = s.renew(ctx, base, token); err != nil {
				return err
			}
		default:
			if at := retryAt(err); !at.IsZero() {
				shop.block(at.Sub(s.now()))
			}
			return err
		}
	}
}

// send makes one HTTP exchange.
func (s *session) send(ctx context.Context, address, token string, body []byte, mutation bool) (answer, error) {
	req, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return answer{}, fail(integrations.Unauthorized, "the address of the Admin API is malformed", nil)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("X-Shopify-Access-Token", token)
	resp, raw, err := s.exchange(ctx, req)
	if err != nil {
		if integrations.KindOf(err) == integrations.Unknown && !mutation { // reading leaves no trace
			err = fail(integrations.Temporary, "no answer", errors.Unwrap(err))
		}
		return answer{}, err
	}
	return s.class(resp, raw, mutation)
}

// exchange sends a request and reads the whole answer.
func (s *session) exchange(ctx context.Context, req *http.Request) (*http.Response, []byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, fail(integrations.Temporary, "", err)
	}
	ctx, flight := integrations.Watch(ctx)
	resp, err := s.http.Do(req.WithContext(ctx))
	if err == nil {
		defer resp.Body.Close()
		var raw []byte
		if raw, err = io.ReadAll(resp.Body); err == nil {
			return resp, raw, nil
		}
	}
	switch {
	case errors.Is(err, integrations.ErrPrivateHost):
		return nil, nil, fail(integrations.Unauthorized, "the address of the Admin API is not allowed", integrations.Redact(err))
	case flight.MayHaveArrived():
		return nil, nil, fail(integrations.Unknown, "no answer", integrations.Redact(err))
	}
	return nil, nil, fail(integrations.Temporary, "no connection", integrations.Redact(err))
}

// base is where the shop answers, without the path.
func (s *session) base() (string, error) {
	if own := s.conn.Settings[SettingURL]; own != "" {
		u, err := url.Parse(own)
		if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
			return "", fail(integrations.Unauthorized, "the address of the Admin API is malformed: write it as http://127.0.0.1:8080", nil)
		}
		return strings.TrimRight(own, "/"), nil
	}
	if !domain.MatchString(s.conn.Domain) {
		return "", fail(integrations.Unauthorized, "the connection names no shop: connect it again with its name, such as demo.myshopify.com", nil)
	}
	return "https://" + s.conn.Domain, nil
}

func mutates(req *graphql.Request) bool {
	return strings.HasPrefix(strings.TrimSpace(req.Query), "mutation")
}

func fail(kind integrations.Kind, detail string, err error) *integrations.Error {
	return &integrations.Error{Kind: kind, Service: "shopify", Detail: detail, Err: err}
}

func retryAt(err error) time.Time {
	var e *integrations.Error
	if errors.As(err, &e) && e.Kind == integrations.RateLimited {
		return e.RetryAt
	}
	return time.Time{}
}
