package sendgrid

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sendgrid/rest"

	"grazie/crm"
	"grazie/integrations"
)

// answer classes what the API said to a mail (mail-and-domain.md, 2.2; which of
// the 5xx leave it open whether the mail was taken: reliability.md, 5).
func (s *Mailer) answer(r *rest.Response) error {
	detail := fmt.Sprintf("%d: %s", r.StatusCode, said(r))
	switch r.StatusCode {
	case http.StatusAccepted:
		return nil
	case http.StatusOK: // the sandbox, which answers with an empty body
		if r.Body == "" {
			return nil
		}
	case http.StatusUnauthorized, http.StatusForbidden:
		return fail(integrations.Unauthorized, detail, nil)
	case http.StatusTooManyRequests:
		return &integrations.Error{Kind: integrations.RateLimited, Service: s.Name(), Detail: detail, RetryAt: s.retryAt(r.Headers)}
	case http.StatusServiceUnavailable, http.StatusRequestTimeout:
		return &integrations.Error{Kind: integrations.Temporary, Service: s.Name(), Detail: detail, RetryAt: s.retryAt(r.Headers)}
	}
	if 300 <= r.StatusCode && r.StatusCode < 500 {
		e := fail(integrations.Rejected, detail, nil)
		if strings.Contains(detail, "valid address") && strings.Contains(detail, ".to") { // the field is the recipient's
			e.Class = crm.BounceInvalid
		}
		return e
	}
	return fail(integrations.Unknown, detail, nil)
}

// maxWait bounds what a header can make us wait: beyond it, it is a mistake.
const maxWait = time.Hour

// retryAt is when the API wants to be asked again: X-RateLimit-Reset in Unix
// seconds, else Retry-After in seconds or as a date. Zero when it does not say.
func (s *Mailer) retryAt(h http.Header) time.Time {
	now := s.now()
	at := time.Time{}
	after := h.Get("Retry-After")
	if reset, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		at = time.Unix(reset, 0)
	} else if seconds, err := strconv.Atoi(after); err == nil {
		at = now.Add(time.Duration(min(max(seconds, 0), int(maxWait/time.Second))) * time.Second)
	} else if date, err := http.ParseTime(after); err == nil {
		at = date
	}
	switch {
	case at.IsZero():
		return at
	case at.Before(now):
		return now.UTC()
	case at.After(now.Add(maxWait)):
		return now.Add(maxWait).UTC()
	}
	return at.UTC()
}

// said is the first error in the API's answer: its message and the field.
func said(r *rest.Response) string {
	var body struct {
		Errors []struct {
			Message string `json:"message"`
			Field   any    `json:"field"` // a name, null, or the text "null"
		} `json:"errors"`
	}
	text := http.StatusText(r.StatusCode)
	if json.Unmarshal([]byte(r.Body), &body) == nil && len(body.Errors) > 0 {
		text = body.Errors[0].Message
		if field, ok := body.Errors[0].Field.(string); ok && field != "" && field != "null" {
			text += " (" + field + ")"
		}
	}
	return integrations.Quote(text)
}

// Check asks what the key may do.
func (s *Mailer) Check(ctx context.Context, c integrations.Connection) error {
	req, err := request(c, rest.Get, "/v3/scopes")
	if err != nil {
		return err
	}
	resp, err := s.do(ctx, req)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		if err := s.answer(resp); err != nil {
			return err
		}
		return fmt.Errorf("sendgrid: this is not the API: it answered %d when asked what the key may do", resp.StatusCode)
	}
	var granted struct {
		Scopes []string `json:"scopes"`
	}
	if json.Unmarshal([]byte(resp.Body), &granted) != nil {
		return errors.New("sendgrid: this is not the API: the scopes of the key cannot be read")
	}
	if !slices.Contains(granted.Scopes, "mail.send") {
		return fail(integrations.Unauthorized, "the API key may not send mails; give it the permission Mail Send", nil)
	}
	return nil
}
