package shopify

import "net/url"

// OrderPage is the order in the shop's admin.
func (*Platform) OrderPage(domain, orderID string) string {
	return "https://" + domain + "/admin/orders/" + url.PathEscape(orderID)
}
