package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/Khan/genqlient/graphql"

	"grazie/integrations"
)

// answer is what came back of one exchange, as far as it could be read.
type answer struct {
	status    int
	data      json.RawMessage
	cost      *cost
	throttled bool // refused by the throttle: certainly not done
}

// complaint is an entry of errors.
type complaint struct {
	Message    string `json:"message"`
	Extensions struct {
		Code string `json:"code"`
	} `json:"extensions"`
}

// complaints are errors as GraphQL lists them, or the one text that Shopify
// puts there outside of it.
type complaints []complaint

func (c *complaints) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		*c = complaints{{Message: text}}
		return nil
	}
	return json.Unmarshal(raw, (*[]complaint)(c))
}

// class tells an answer that counts from every other one. Shopify answers 200
// to nearly everything: the errors beside the data decide (platforms.md, C.2).
func (c *Client) class(resp *http.Response, raw []byte, mutation bool) (answer, error) {
	var body struct {
		Data       json.RawMessage `json:"data"`
		Errors     complaints      `json:"errors"`
		Extensions struct {
			Cost *cost `json:"cost"`
		} `json:"extensions"`
	}
	unreadable := json.Unmarshal(raw, &body)
	a := answer{status: resp.StatusCode, data: body.Data, cost: body.Extensions.Cost}
	if resp.StatusCode != http.StatusOK {
		return a, c.refused(resp, body.Errors, mutation)
	}
	if unreadable != nil {
		return a, fail(lost(mutation), "the answer cannot be read", nil)
	}
	for _, e := range body.Errors {
		if e.Extensions.Code == "THROTTLED" {
			a.throttled = true
			return a, fail(integrations.RateLimited, e.text(), nil)
		}
	}
	if len(body.Errors) > 0 {
		e := body.Errors[0]
		return a, fail(e.kind(mutation), e.text(), nil)
	}
	if len(body.Data) == 0 || string(body.Data) == "null" {
		return a, fail(lost(mutation), "the answer holds nothing", nil)
	}
	return a, nil
}

// kind of an error at the top of a 200. Codes in capitals are Shopify's own,
// others come from checking the request, which was not done then.
func (e complaint) kind(mutation bool) integrations.Kind {
	switch e.Extensions.Code {
	case "ACCESS_DENIED", "UNAUTHORIZED", "FORBIDDEN":
		return integrations.Unauthorized
	case "SHOP_INACTIVE":
		return integrations.Temporary
	case "INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE", "":
		return lost(mutation)
	}
	return integrations.Rejected
}

func (e complaint) text() string {
	if e.Extensions.Code == "" {
		return integrations.Quote(e.Message)
	}
	return integrations.Quote(e.Extensions.Code + ": " + e.Message)
}

// refused classes an HTTP status that is no 200.
func (c *Client) refused(resp *http.Response, errs complaints, mutation bool) error {
	said := http.StatusText(resp.StatusCode)
	if len(errs) > 0 {
		said = errs[0].text()
	}
	detail := fmt.Sprintf("%d: %s", resp.StatusCode, said)
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return fail(integrations.Unauthorized, detail, nil)
	case code == http.StatusPaymentRequired:
		return fail(integrations.Temporary, "the shop is frozen until its owner has paid Shopify ("+detail+")", nil)
	case code == http.StatusLocked:
		return fail(integrations.Temporary, "Shopify has locked the shop; its owner must speak with Shopify ("+detail+")", nil)
	case code == http.StatusNotFound, 300 <= code && code < 400:
		return fail(integrations.Unauthorized, "no such shop answers at this address: connect it with the name that it has at myshopify.com ("+detail+")", nil)
	case code == http.StatusTooManyRequests:
		e := fail(integrations.RateLimited, detail, nil)
		e.RetryAt = c.now().Add(retryAfter(resp.Header, c.now()))
		return e
	case code == http.StatusServiceUnavailable, code == 430: // 430 is Shopify's own: it takes us for an attack
		return fail(integrations.Temporary, detail, nil)
	case code >= 500:
		return fail(lost(mutation), detail, nil)
	case 200 <= code && code < 300:
		return fail(lost(mutation), detail, nil)
	}
	return fail(integrations.Rejected, detail, nil)
}

// lost is the kind of a failure that tells nothing: a change may have been
// made, reading leaves no trace.
func lost(mutation bool) integrations.Kind {
	if mutation {
		return integrations.Unknown
	}
	return integrations.Temporary
}

// A 429 without a Retry-After waits as long as the smallest plan needs for a
// call; beyond the longest wait the header is a mistake.
const (
	shortestRetry = 2 * time.Second
	longestRetry  = time.Hour
)

// retryAfter reads the header, which holds seconds, even broken ones, or a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	after, d := strings.TrimSpace(h.Get("Retry-After")), shortestRetry
	if seconds, err := strconv.ParseFloat(after, 64); err == nil && seconds >= 0 {
		d = time.Duration(min(seconds, longestRetry.Seconds()) * float64(time.Second))
	} else if at, err := http.ParseTime(after); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, shortestRetry), longestRetry)
}

// read puts the data where the operation wants it.
func (s *session) read(a answer, req *graphql.Request, resp *graphql.Response) error {
	if err := json.Unmarshal(a.data, resp.Data); err != nil {
		return fail(lost(mutates(req)), "the answer is not what the API of version "+Version+" promises", err)
	}
	return nil
}
