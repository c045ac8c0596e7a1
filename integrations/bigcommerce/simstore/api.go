package simstore

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (s *Store) serve(w http.ResponseWriter, r *http.Request, path string) {
	q := r.URL.Query()
	part := strings.Split(strings.Trim(path, "/"), "/") // v2 orders 250 products
	at := func(i int) string {
		if i < len(part) {
			return part[i]
		}
		return ""
	}
	number := func(i int) int { n, _ := strconv.Atoi(at(i)); return n }
	switch at(0) + " " + at(1) {
	case "v2 store":
		s.answer(w, 200, map[string]any{"id": s.Hash, "name": s.Name, "country_code": "IT", "admin_email": "owner@bottega.example", "language": "it",
			"currency": s.Money, "timezone": map[string]any{"name": s.Zone}})
	case "v2 orders":
		s.serveOrders(w, q.Get, at(2), number(2), at(3))
	case "v2 coupons":
		s.serveCoupons(w, r, number(2))
	case "v3 hooks":
		s.serveHooks(w, r, number(2))
	case "v3 customers":
		s.serveCustomers(w, q.Get, at(2), number(3))
	case "v3 orders": // payment_actions/refunds
		var list []any
		for _, o := range s.sorted() {
			if strconv.Itoa(o.ID) == at(2) || slices.Contains(strings.Split(q.Get("order_id:in"), ","), strconv.Itoa(o.ID)) {
				for _, f := range o.Refunds {
					list = append(list, map[string]any{"id": f.ID, "order_id": o.ID, "created": f.At.Format(time.RFC3339), "total_amount": f.Amount,
						"payments": []any{map[string]any{"is_declined": f.Declined}}})
				}
			}
		}
		s.page(w, q.Get, list)
	default:
		s.gone(w)
	}
}

func (s *Store) gone(w http.ResponseWriter) {
	s.answer(w, http.StatusNotFound, []any{map[string]any{"status": 404, "message": "The requested resource was not found."}})
}

// cut is the page of a list that was asked for.
func cut(get func(string) string, list []any) []any {
	limit, _ := strconv.Atoi(get("limit"))
	page, _ := strconv.Atoi(get("page"))
	limit, page = cmp.Or(limit, 50), max(page, 1)
	from := min((page-1)*limit, len(list))
	return list[from:min(from+limit, len(list))]
}

// page answers as the newer API does.
func (s *Store) page(w http.ResponseWriter, get func(string) string, list []any) {
	some := cut(get, list)
	if some == nil {
		some = []any{}
	}
	s.answer(w, 200, map[string]any{"data": some, "meta": map[string]any{"pagination": map[string]any{"total": len(list)}}})
}

// plain answers as the older API does: nothing at all for an empty list.
func (s *Store) plain(w http.ResponseWriter, get func(string) string, list []any) {
	if list = cut(get, list); len(list) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s.answer(w, 200, list)
}

func (s *Store) sorted() []Order {
	var all []Order
	for _, o := range s.Orders {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b Order) int { return a.ID - b.ID })
	return all
}

func between(at time.Time, from, to string) bool {
	since, errSince := time.Parse(time.RFC3339, from)
	until, errUntil := time.Parse(time.RFC3339, to)
	return (errSince != nil || !at.Before(since)) && (errUntil != nil || !at.After(until))
}

func (s *Store) serveOrders(w http.ResponseWriter, get func(string) string, which string, id int, sub string) {
	if which == "count" {
		s.answer(w, 200, map[string]any{"count": len(s.Orders)})
		return
	}
	if which == "" {
		var found []Order
		from, _ := strconv.Atoi(get("min_id"))
		for _, o := range s.sorted() {
			if o.ID >= from && between(o.Modified, get("min_date_modified"), get("max_date_modified")) {
				found = append(found, o)
			}
		}
		if get("sort") == "date_modified:asc" {
			slices.SortStableFunc(found, func(a, b Order) int { return a.Modified.Compare(b.Modified) })
		}
		var list []any
		for _, o := range found {
			list = append(list, o.json(get("include") != ""))
		}
		s.plain(w, get, list)
		return
	}
	o, ok := s.Orders[id]
	if !ok {
		s.gone(w)
		return
	}
	var list []any
	switch sub {
	case "":
		s.answer(w, 200, o.json(get("include") != ""))
		return
	case "products":
		list = o.lines()
	case "coupons":
		for _, c := range o.Codes {
			list = append(list, map[string]any{"code": c.Code, "discount": json.Number(c.Off), "type": 1})
		}
	case "shipments":
		for _, sh := range o.Shipments {
			list = append(list, map[string]any{"id": sh.ID, "order_id": o.ID, "date_created": sh.At.Format(time.RFC1123Z)})
		}
	}
	s.plain(w, get, list)
}

func (o Order) lines() []any {
	var list []any
	for _, it := range o.Items {
		line := map[string]any{"id": it.ID, "product_id": it.ProductID, "name": it.Name, "type": cmp.Or(it.Type, "physical"), "quantity": it.Quantity,
			"quantity_refunded": it.Refunded, "price_ex_tax": it.Price, "price_inc_tax": it.Price, "order_pickup_method_id": 0, "wrapping_id": 0, "product_options": []any{}}
		if it.Option != "" {
			line["product_options"] = []any{map[string]any{"display_value": it.Option}}
		}
		if it.Wrapped {
			line["wrapping_id"] = 3
		}
		list = append(list, line)
	}
	return list
}

func (o Order) json(whole bool) map[string]any {
	address := map[string]any{"first_name": o.FirstName, "last_name": o.LastName, "company": o.Company, "street_1": o.Street, "street_2": "", "city": o.City,
		"state": "", "zip": "40121", "country": "Italy", "country_iso2": o.Country, "phone": "0410999888", "email": o.Email}
	body := map[string]any{
		"id": o.ID, "customer_id": o.CustomerID, "date_created": o.Created.Format(time.RFC1123Z), "date_modified": o.Modified.Format(time.RFC1123Z),
		"date_shipped": "", "status_id": o.StatusID, "payment_status": o.PaymentStatus, "payment_method": cmp.Or(o.PaymentMethod, "Credit Card"),
		"subtotal_ex_tax": o.Subtotal, "subtotal_inc_tax": o.Subtotal, "total_ex_tax": o.Total, "total_inc_tax": o.Total,
		"discount_amount": cmp.Or(o.Discount, "0.0000"), "coupon_discount": cmp.Or(o.CouponOff, "0.0000"), "is_tax_inclusive_pricing": true,
		"currency_code": cmp.Or(o.Currency, "EUR"), "default_currency_code": cmp.Or(o.Currency, "EUR"), "store_default_currency_code": o.ShopCurrency,
		"store_default_to_transactional_exchange_rate": cmp.Or(o.Rate, "1.0000000000"), "items_total": len(o.Items), "items_shipped": len(o.Shipments),
		"customer_locale": o.Locale, "order_source": "www", "billing_address": address,
		"products":     map[string]any{"url": "https://api.example/products", "resource": "/products"},
		"consignments": map[string]any{"url": "https://api.example/consignments", "resource": "/consignments"},
	}
	if whole {
		with := map[string]any{"line_items": o.lines()}
		goods := map[string]any{"pickups": []any{}, "shipping": []any{}, "downloads": []any{}, "email": map[string]any{"gift_certificates": []any{}}}
		if o.Pickup {
			goods["pickups"] = []any{with}
		} else {
			for k, v := range address {
				with[k] = v
			}
			goods["shipping"] = []any{with}
		}
		body["consignments"] = goods
	}
	return body
}

func (s *Store) serveCustomers(w http.ResponseWriter, get func(string) string, which string, id int) {
	switch which {
	case "attributes":
		var list []any
		for id, name := range s.AttributeNames {
			list = append(list, map[string]any{"id": id, "name": name})
		}
		s.page(w, get, list)
		return
	case "subscribers":
		s.serveSubscribers(w, get, id)
		return
	}
	var all []Customer
	for _, c := range s.Customers {
		ids, emails := get("id:in"), get("email:in")
		if (ids == "" || slices.Contains(strings.Split(ids, ","), strconv.Itoa(c.ID))) && (emails == "" || slices.Contains(strings.Split(emails, ","), c.Email)) &&
			between(c.Modified, get("date_modified:min"), get("date_modified:max")) {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b Customer) int { return a.ID - b.ID })
	var list []any
	for _, c := range all {
		list = append(list, c.json())
	}
	s.page(w, get, list)
}

func (c Customer) json() map[string]any {
	fields, attributes := []any{}, []any{}
	for name, v := range c.Fields {
		fields = append(fields, map[string]any{"name": name, "value": v, "customer_id": c.ID})
	}
	for id, v := range c.Attributes {
		attributes = append(attributes, map[string]any{"attribute_id": id, "attribute_value": v})
	}
	return map[string]any{"id": c.ID, "email": c.Email, "first_name": c.FirstName, "last_name": c.LastName, "company": "", "phone": "",
		"date_created": c.Created.Format(time.RFC3339), "date_modified": c.Modified.Format(time.RFC3339), "accepts_product_review_abandoned_cart_emails": true,
		"addresses":   []any{map[string]any{"first_name": c.FirstName, "last_name": c.LastName, "address1": "Via Roma 1", "city": c.City, "country_code": c.Country}},
		"form_fields": fields, "attributes": attributes}
}

func (s *Store) serveSubscribers(w http.ResponseWriter, get func(string) string, id int) {
	of := func(b Subscriber) map[string]any {
		body := map[string]any{"id": b.ID, "email": b.Email, "date_created": b.Modified.Format(time.RFC3339), "date_modified": b.Modified.Format(time.RFC3339), "source": "order"}
		if b.Consents != nil {
			body["consents"] = b.Consents
		}
		return body
	}
	if id != 0 {
		if b, ok := s.Subscribers[id]; ok {
			s.answer(w, 200, map[string]any{"data": of(b), "meta": map[string]any{}})
		} else {
			s.gone(w)
		}
		return
	}
	var all []Subscriber
	for _, b := range s.Subscribers {
		if email := get("email"); email == "" || email == b.Email {
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(a, b Subscriber) int { return a.ID - b.ID })
	var list []any
	for _, b := range all {
		list = append(list, of(b))
	}
	s.page(w, get, list)
}
