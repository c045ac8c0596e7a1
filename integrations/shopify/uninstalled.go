package shopify

import (
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

// readUninstalled reads app/uninstalled, whose body is the shop. The header is
// not signed, so a body of another shop under this shop's name is refused, and
// one of something else under this topic (platforms.md, section 0, fact 3).
func readUninstalled(r *reader, e integrations.Envelope, body []byte) []crm.Event {
	var b shopBody
	var has struct {
		Domain told `json:"myshopify_domain"`
	}
	if !r.decode(body, &b) || !r.decode(body, &has) {
		return nil
	}
	if !has.Domain { // Shopify's own example tells it as null
		r.fail("myshopify_domain", "is missing: the body is no shop")
	}
	if b.MyshopifyDomain != "" && !strings.EqualFold(b.MyshopifyDomain, e.Domain) {
		r.fail("myshopify_domain", "is not the shop that the header names")
	}
	return []crm.Event{{Kind: crm.AppUninstalled, At: e.TriggeredAt}}
}

type scopesBody struct {
	Current   []string `json:"current"`
	UpdatedAt scalar   `json:"updated_at"`
}

// readScopes reads app/scopes_update: all that the merchant allows from now on.
func readScopes(r *reader, e integrations.Envelope, body []byte) []crm.Event {
	var b scopesBody
	var has struct {
		Current told `json:"current"`
	}
	if !r.decode(body, &b) || !r.decode(body, &has) {
		return nil
	}
	if !has.Current {
		r.fail("current", "is missing")
	}
	at := firstTime(r.time("updated_at", b.UpdatedAt), e.TriggeredAt)
	return []crm.Event{{Kind: crm.ScopesChanged, At: at, Scopes: b.Current}}
}
