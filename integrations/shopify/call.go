package shopify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/Khan/genqlient/graphql"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/admin"
)

// on is the shop of a connection, to call operations on.
func (p *Platform) on(c integrations.Connection) (graphql.Client, error) {
	if p.api == nil {
		return nil, fail(integrations.Unsupported, "this adapter reads webhooks only")
	}
	return p.api.On(c), nil
}

// Check tells whether the shop takes the connection's token, and whether it
// may do what gestures need. A merchant who installed the app may have allowed
// less and keep it: that is no fault of the connection, see MissingScopes.
func (p *Platform) Check(ctx context.Context, c integrations.Connection) error {
	shop, err := p.on(c)
	if err != nil {
		return err
	}
	told, err := admin.Shop(ctx, shop)
	if err != nil {
		return err
	}
	var granted, needed []string
	for _, s := range told.CurrentAppInstallation.AccessScopes {
		granted = append(granted, s.Handle)
	}
	for _, s := range Scopes {
		if s.Acts {
			needed = append(needed, s.Name)
		}
	}
	if lack := missing(needed, granted); len(lack) > 0 && !p.app.holds(c.Settings) {
		return fail(integrations.Unauthorized, "the app lacks permissions; give it "+strings.Join(lack, ", "))
	}
	return nil
}

// repeatable makes of an error that leaves open whether something was done one
// that asks for another try: every act of this adapter looks first at what is
// there, or finds out when it is refused.
func repeatable(err error) error {
	var e *integrations.Error
	if !errors.As(err, &e) || e.Kind != integrations.Unknown {
		return err
	}
	again := *e
	again.Kind = integrations.Temporary
	return &again
}

// receipt is the proof of an act in a shop.
func (p *Platform) receipt(global string) crm.Receipt {
	return crm.Receipt{By: p.Name(), ID: number(global), At: p.now()}
}

// odd says that an answer without any error lacks what was to be made.
func odd(what string) error {
	return fail(integrations.Temporary, "the shop answered without an error and without "+what)
}

func fail(kind integrations.Kind, detail string) *integrations.Error {
	return &integrations.Error{Kind: kind, Service: "shopify", Detail: detail}
}

// global is the id as the API wants it: "1234" becomes gid://shopify/Order/1234.
func global(kind, id string) (string, error) {
	if id == "" || len(id) > maxDigits || strings.Trim(id, "0123456789") != "" {
		return "", fail(integrations.Rejected, fmt.Sprintf("this is no id of Shopify's for a %s", kind))
	}
	return "gid://shopify/" + kind + "/" + id, nil
}

// number is the id as Grazie keeps it: the end of a global one.
func number(global string) string {
	path, _, _ := strings.Cut(global, "?")
	return path[strings.LastIndexByte(path, '/')+1:]
}

func pointer[T any](v T) *T { return &v }

// text is what may be null, or nothing.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
