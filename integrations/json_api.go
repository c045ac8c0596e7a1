package integrations

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"grazie/crm"
)

// JSONAPI makes an adapter's requests to a service that speaks JSON over HTTP,
// and classes how they fail. A lost answer is Temporary here, unlike with mails:
// who uses it looks first at what is there, before it makes or buys anything.
type JSONAPI struct {
	Service   string // the adapter's name
	BaseURL   string // when the setting base_url is empty
	Client    *http.Client
	Now       func() time.Time
	Authorize func(r *http.Request, key string)
}

// JSONAnswer is an answer with a status: of success, or a refusal.
type JSONAnswer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Good tells whether the service did what it was asked for.
func (a JSONAnswer) Good() bool { return a.Status >= 200 && a.Status < 300 }

// Call makes one request with in as its JSON, or none. The error is an *Error
// that says nothing of what was sent.
func (l *JSONAPI) Call(ctx context.Context, c Connection, method, path string, in any) (JSONAnswer, error) {
	if err := ctx.Err(); err != nil {
		return JSONAnswer{}, l.Fail(Temporary, "", err)
	}
	req, err := l.request(c, method, path, in)
	if err != nil {
		return JSONAnswer{}, err
	}
	ctx, flight := Watch(ctx)
	resp, err := l.Client.Do(req.WithContext(ctx))
	switch {
	case errors.Is(err, ErrPrivateHost):
		return JSONAnswer{}, l.Fail(Unauthorized, "the API address is not allowed", bare(err))
	case err != nil && flight.MayHaveArrived():
		return JSONAnswer{}, l.Fail(Temporary, "no answer", bare(err))
	case err != nil:
		return JSONAnswer{}, l.Fail(Temporary, "no connection", bare(err))
	}
	defer resp.Body.Close()
	a := JSONAnswer{Status: resp.StatusCode, Header: resp.Header}
	if a.Body, err = io.ReadAll(resp.Body); err != nil && a.Good() { // a refusal is one even if its words broke off
		return JSONAnswer{}, l.Fail(Temporary, "the answer cannot be read", bare(err))
	}
	return a, nil
}

func (l *JSONAPI) request(c Connection, method, path string, in any) (*http.Request, error) {
	key := c.Settings["key"]
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, l.Fail(Unauthorized, "the API key is missing or malformed", nil)
	}
	base := strings.TrimRight(cmp.Or(c.Settings["base_url"], l.BaseURL), "/")
	if u, err := url.Parse(base); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, l.Fail(Unauthorized, "the API address is malformed; write it as "+l.BaseURL, nil)
	}
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, l.Fail(Rejected, "the request cannot be written as JSON", nil)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, base+path, body)
	if err != nil {
		return nil, l.Fail(Unauthorized, "the API address is malformed; write it as "+l.BaseURL, nil)
	}
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	l.Authorize(req, key)
	return req, nil
}

// bare is the cause of a failed request without its URL, which holds ids.
func bare(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// Refusal classes an answer that is no success. said is what it says in words,
// already without addresses; the key is taken out here.
func (l *JSONAPI) Refusal(c Connection, a JSONAnswer, said string) *Error {
	e := l.Fail(Rejected, strconv.Itoa(a.Status)+": "+Quote(l.keyless(c, cmp.Or(said, http.StatusText(a.Status), "no reason told"))), nil)
	switch a.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusPaymentRequired: // no money on the account: staff mends it
		e.Kind = Unauthorized
	case http.StatusTooManyRequests:
		e.Kind, e.RetryAt = RateLimited, l.retryAt(a.Header)
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly:
		e.Kind, e.RetryAt = Temporary, l.retryAt(a.Header)
	}
	if a.Status >= 500 {
		e.Kind, e.RetryAt = Temporary, l.retryAt(a.Header)
	}
	return e
}

// Refuse is Refusal for a service that answers with a success and says no inside.
func (l *JSONAPI) Refuse(c Connection, kind Kind, said string) *Error {
	return l.Fail(kind, Quote(l.keyless(c, said)), nil)
}

// settle is how long after a purchase without an answer nothing is asked again:
// carriers take longer than our time-out, and a service may show a purchase only
// at its end.
const settle = time.Minute

// InDoubt sets the time to look again after a purchase whose end is not known. A
// time that the service named is kept, and other kinds of error stay.
func (l *JSONAPI) InDoubt(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Kind == Temporary && e.RetryAt.IsZero() {
		e.RetryAt = l.Now().Add(settle).UTC()
	}
	return err
}

func (l *JSONAPI) keyless(c Connection, text string) string {
	if key := c.Settings["key"]; key != "" {
		text = strings.ReplaceAll(text, key, "(key)")
	}
	return text
}

// Fail is an error of the service.
func (l *JSONAPI) Fail(kind Kind, detail string, err error) *Error {
	return &Error{Kind: kind, Service: l.Service, Detail: detail, Err: err}
}

// retryAt reads Retry-After, in seconds or as a date, of at most an hour: what
// lies beyond is a mistake. Zero when it does not say.
func (l *JSONAPI) retryAt(h http.Header) time.Time {
	const most = time.Hour
	now := l.Now().UTC()
	after := h.Get("Retry-After")
	at, err := http.ParseTime(after)
	if seconds, bad := strconv.Atoi(after); bad == nil {
		at, err = now.Add(time.Duration(min(max(seconds, 0), int(most/time.Second)))*time.Second), nil
	}
	switch {
	case err != nil:
		return time.Time{}
	case at.Before(now):
		return now
	case at.After(now.Add(most)):
		return now.Add(most)
	}
	return at.UTC()
}

// JSONText is a JSON value that is text to us: some services write a price as
// text and others as a number.
type JSONText string

func (t *JSONText) UnmarshalJSON(b []byte) error {
	var s string
	if b[0] == '"' {
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
	} else if b[0] == '-' || b[0] >= '0' && b[0] <= '9' {
		s = string(b)
	} else if string(b) != "null" {
		return fmt.Errorf("neither text nor a number")
	}
	*t = JSONText(crm.Clean(s))
	return nil
}

// maxText bounds the words of a service that are kept: ids, names, numbers.
const maxText = 100

// Short is the text if it is one to keep, else nothing.
func (t JSONText) Short() string {
	if len(t) > maxText {
		return ""
	}
	return string(t)
}
