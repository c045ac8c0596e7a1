// Package simwoo is a shop on WooCommerce that remembers: as much of its REST
// API v3 as Grazie uses, with its refusals. It serves tests and trials.
package simwoo

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Object is a thing of the shop as its API writes it.
type Object = map[string]any

// Shop is one shop. Fields may be changed while it serves, under its lock.
type Shop struct {
	sync.Mutex
	Key, Secret string // of the API key
	Permissions string // read, write or read_write
	Webhooks    []Object
	Coupons     []Object
	Orders      []Object
	Customers   []Object
	Settings    map[string]string // of the group general
	Name, Zone  string

	// Fault, if set, sees each request first; true: it answered.
	Fault func(w http.ResponseWriter, r *http.Request) bool
	// Calls are the requests so far, method and path.
	Calls []string

	next int
}

// New returns an empty shop that sells in euro.
func New() *Shop {
	return &Shop{Key: "ck_sim", Secret: "cs_sim", Permissions: "read_write", Name: "Bottega &amp; Co", Zone: "Europe/Rome", next: 100,
		Settings: map[string]string{"woocommerce_currency": "EUR", "woocommerce_default_country": "IT:FI"}}
}

const root = "/wp-json"

func (s *Shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Lock()
	defer s.Unlock()
	s.Calls = append(s.Calls, r.Method+" "+strings.TrimPrefix(r.URL.Path, root))
	if s.Fault != nil && s.Fault(w, r) {
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, root)
	if !ok {
		http.Error(w, "<html>not found</html>", http.StatusNotFound)
		return
	}
	if path == "/" { // for everybody
		reply(w, http.StatusOK, Object{"name": s.Name, "timezone_string": s.Zone})
		return
	}
	key, secret, _ := r.BasicAuth()
	if key != s.Key || secret != s.Secret {
		Refuse(w, http.StatusUnauthorized, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
		return
	}
	if r.Method != http.MethodGet && !strings.Contains(s.Permissions, "write") {
		Refuse(w, http.StatusUnauthorized, "woocommerce_rest_authentication_error", "The API key provided does not have write permissions.")
		return
	}
	kind, id, _ := strings.Cut(strings.TrimPrefix(path, "/wc/v3/"), "/")
	switch kind {
	case "coupons":
		s.things(w, r, id, &s.Coupons)
	case "webhooks":
		s.things(w, r, id, &s.Webhooks)
	case "orders":
		s.things(w, r, id, &s.Orders)
	case "customers":
		s.things(w, r, id, &s.Customers)
	case "settings":
		name := strings.TrimPrefix(id, "general/")
		if v, ok := s.Settings[name]; ok {
			reply(w, http.StatusOK, Object{"id": name, "value": v})
			return
		}
		Refuse(w, http.StatusNotFound, "rest_setting_setting_invalid", "Invalid setting.")
	default:
		Refuse(w, http.StatusNotFound, "rest_no_route", "No route was found matching the URL and request method.")
	}
}

func (s *Shop) things(w http.ResponseWriter, r *http.Request, id string, all *[]Object) {
	switch r.Method {
	case http.MethodGet:
		s.list(w, r, *all)
	case http.MethodPost:
		s.create(w, r, all)
	case http.MethodPut:
		for _, o := range *all {
			if fmt.Sprint(o["id"]) == id {
				if change := body(w, r); change != nil {
					maps.Copy(o, change)
					reply(w, http.StatusOK, o)
				}
				return
			}
		}
		Refuse(w, http.StatusNotFound, "woocommerce_rest_invalid_id", "Invalid ID.")
	}
}

func (s *Shop) create(w http.ResponseWriter, r *http.Request, all *[]Object) {
	o := body(w, r)
	if o == nil {
		return
	}
	if code, ok := o["code"].(string); ok {
		o["code"] = strings.ToLower(code)
		if slices.ContainsFunc(*all, func(c Object) bool { return c["code"] == o["code"] }) {
			Refuse(w, http.StatusBadRequest, "woocommerce_rest_coupon_code_already_exists", "The coupon code already exists")
			return
		}
	}
	s.next++
	o["id"] = s.next
	*all = append(*all, o)
	reply(w, http.StatusCreated, o)
}

// list filters, sorts and pages as the API does, as far as Grazie asks for it.
func (s *Shop) list(w http.ResponseWriter, r *http.Request, all []Object) {
	q := r.URL.Query()
	field := "date_modified" // in the shop's own time
	if q.Get("dates_are_gmt") == "true" {
		field += "_gmt"
	}
	found := slices.DeleteFunc(slices.Clone(all), func(o Object) bool {
		at, _ := o[field].(string)
		return q.Get("code") != "" && o["code"] != strings.ToLower(q.Get("code")) ||
			q.Get("modified_after") != "" && at <= q.Get("modified_after") || q.Get("modified_before") != "" && at >= q.Get("modified_before")
	})
	if q.Get("orderby") == "modified" {
		slices.SortStableFunc(found, func(a, b Object) int {
			return strings.Compare(fmt.Sprint(a["date_modified_gmt"]), fmt.Sprint(b["date_modified_gmt"]))
		})
	}
	per, page := number(q.Get("per_page"), 10), number(q.Get("page"), 1)
	w.Header().Set("X-WP-Total", strconv.Itoa(len(found)))
	from := min((page-1)*per, len(found))
	shown := []Object{}
	for _, o := range found[from:min(from+per, len(found))] {
		o = maps.Clone(o)
		delete(o, "secret") // of a webhook: never shown
		if f := q.Get("_fields"); f != "" {
			wanted := strings.Split(f, ",")
			maps.DeleteFunc(o, func(name string, _ any) bool { return !slices.Contains(wanted, name) })
		}
		shown = append(shown, o)
	}
	reply(w, http.StatusOK, shown)
}

func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return otherwise
}

func body(w http.ResponseWriter, r *http.Request) Object {
	var o Object
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil || o == nil {
		Refuse(w, http.StatusBadRequest, "rest_invalid_json", "Invalid JSON body passed.")
		return nil
	}
	return o
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that hung up is no matter
}

// Refuse answers as the API does when it says no.
func Refuse(w http.ResponseWriter, status int, code, message string) {
	reply(w, status, Object{"code": code, "message": message, "data": Object{"status": status}})
}

// Order is a paid order of a customer, as the API writes it.
func Order(id, customer int, email string, modified time.Time) Object {
	at := modified.UTC().Format("2006-01-02T15:04:05")
	return Object{
		"id": id, "number": strconv.Itoa(id), "status": "processing", "currency": "EUR", "total": "49.00", "customer_id": customer,
		"date_created_gmt": at, "date_modified_gmt": at, "date_modified": modified.Add(time.Hour).UTC().Format("2006-01-02T15:04:05"), "date_paid_gmt": at, "date_completed_gmt": nil,
		"billing":    Object{"first_name": "Nina", "last_name": "Huber", "city": "Graz", "country": "AT", "email": email, "address_1": "Gasse 1"},
		"shipping":   Object{"first_name": "Nina", "city": "Graz", "country": "AT"},
		"line_items": []any{Object{"id": id * 10, "name": "Linen apron", "product_id": 11, "quantity": 1, "total": "49.00", "price": 49}},
		"meta_data":  []any{}, "coupon_lines": []any{}, "refunds": []any{}, "shipping_lines": []any{}, "created_via": "checkout",
	}
}
