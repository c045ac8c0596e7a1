package smtp

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"strings"

	gomail "github.com/wneessen/go-mail"
	wire "github.com/wneessen/go-mail/smtp"

	"grazie/crm"
	"grazie/integrations"
)

func fail(kind integrations.Kind, detail string, err error) *integrations.Error {
	return &integrations.Error{Kind: kind, Service: "smtp", Detail: detail, Err: err}
}

// dialError classes what went wrong before the first mail: nothing was sent. A
// server that says no for good here means us and not one mail, so staff must
// mend it.
func dialError(err error) *integrations.Error {
	var said *textproto.Error
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fail(integrations.Temporary, "", err)
	case errors.As(err, &said):
		kind := kindOf(said.Code, "")
		if kind == integrations.Rejected {
			kind = integrations.Unauthorized
		}
		return fail(kind, integrations.Quote(said.Error()), nil)
	case errors.Is(err, integrations.ErrPrivateHost), errors.Is(err, wire.ErrUnencrypted),
		errors.Is(err, gomail.ErrNoSupportedAuthDiscovered):
		return fail(integrations.Unauthorized, "", err)
	}
	return fail(integrations.Temporary, "no connection", err)
}

// sendError classes what went wrong with a mail. Without a code from the
// server, only the step tells whether it may have been taken: yes once the final
// dot was on its way, never before it.
func sendError(ctx context.Context, err error) *integrations.Error {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return fail(integrations.Unknown, "", errors.New(integrations.Quote(err.Error())))
	}
	if failed.ErrorCode() == 0 {
		if failed.Reason == gomail.ErrSMTPDataClose {
			return fail(integrations.Unknown, "the connection was lost before the server's answer", ctx.Err())
		}
		return fail(integrations.Temporary, "the connection was lost: "+failed.Reason.String(), ctx.Err())
	}
	said, _, _ := strings.Cut(failed.Error(), ", affected ") // recipient and message id
	detail := integrations.Quote(fmt.Sprintf("%d %s", failed.ErrorCode(), said))
	e := fail(kindOf(failed.ErrorCode(), failed.EnhancedStatusCode()), detail, nil)
	if e.Kind != integrations.Unauthorized {
		e.Code = failed.EnhancedStatusCode()
		e.Class = classOf(failed, detail)
	}
	return e
}

// classOf tells what a refusal means for the address. Only the answer to the
// recipient can be about the recipient: a bare 550 to the sender or to the
// text is about those.
func classOf(failed *gomail.SendError, detail string) crm.BounceClass {
	code := failed.EnhancedStatusCode()
	elsewhere := failed.Reason != gomail.ErrSMTPRcptTo && (code == "" || strings.HasSuffix(code, ".0.0"))
	class := crm.ClassOf(code, detail, elsewhere)
	if elsewhere && class == crm.BounceUnclassified {
		return crm.BounceContent
	}
	return class
}

// kindOf reads an answer's code (mail-and-domain.md, 2.5) and the enhanced ones
// with which mailboxes say "too fast" (4.2.1 and 4.7.28, as Google does).
func kindOf(code int, enhanced string) integrations.Kind {
	switch {
	case code == 530 || code == 534 || code == 535 || code == 538:
		return integrations.Unauthorized
	case code == 421 || enhanced == "4.2.1" || enhanced == "4.7.28":
		return integrations.RateLimited
	case 400 <= code && code < 500:
		return integrations.Temporary
	case 500 <= code && code < 600:
		return integrations.Rejected
	}
	return integrations.Unknown
}
