package bigcommerce

import "net/url"

// OrderPage is the order in the shop's control panel.
func (*Platform) OrderPage(domain, orderID string) string {
	return "https://store-" + domain + ".mybigcommerce.com/manage/orders/" + url.PathEscape(orderID)
}
