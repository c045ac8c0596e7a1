package shopify

import (
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

// readUninstalled reads app/uninstalled, the one topic whose body names the
// shop. The header is not signed, so a body of another shop under this shop's
// name is refused (platforms.md, section 0, fact 3).
func readUninstalled(r *reader, e integrations.Envelope, body []byte) []crm.Event {
	var b shopBody
	if !r.decode(body, &b) {
		return nil
	}
	if b.MyshopifyDomain != "" && !strings.EqualFold(b.MyshopifyDomain, e.Domain) {
		r.fail("myshopify_domain", "is not the shop that the header names")
	}
	return []crm.Event{{Kind: crm.AppUninstalled, At: e.TriggeredAt}}
}
