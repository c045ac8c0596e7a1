package integrations

// OrderPager knows where a shop's own staff looks at an order: there are street
// and telephone, which are not stored here.
type OrderPager interface {
	// OrderPage is an https address; empty where there is none for such an order.
	OrderPage(domain, orderID string) string
}
