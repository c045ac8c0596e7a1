package woocommerce

import "net/url"

// OrderPage is the order in the shop's admin. The address is the older one of two:
// shops that keep orders in tables of their own lead on from it.
func (*Platform) OrderPage(domain, orderID string) string {
	return "https://" + domain + "/wp-admin/post.php?" + url.Values{"post": {orderID}, "action": {"edit"}}.Encode()
}
