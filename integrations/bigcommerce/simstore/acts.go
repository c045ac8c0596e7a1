package simstore

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// serveCoupons keeps what BigCommerce says of coupons: code and name are unique,
// and some fields are needed.
func (s *Store) serveCoupons(w http.ResponseWriter, r *http.Request, id int) {
	at := slices.IndexFunc(s.Coupons, func(c map[string]any) bool { return c["id"] == id })
	switch r.Method {
	case http.MethodGet:
		var list []any
		for _, c := range s.Coupons {
			if code := r.URL.Query().Get("code"); code == "" || strings.Contains(c["code"].(string), code) {
				list = append(list, c)
			}
		}
		s.plain(w, r.URL.Query().Get, list)
	case http.MethodPost, http.MethodPut:
		in := map[string]any{}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			s.answer(w, 400, []any{map[string]any{"status": 400, "message": "no JSON"}})
			return
		}
		for _, field := range []string{"name", "code", "type", "amount", "applies_to"} {
			if in[field] == nil {
				s.answer(w, 400, []any{map[string]any{"status": 400, "message": "The required field '" + field + "' was not supplied."}})
				return
			}
		}
		if s.Race != nil {
			s.Race()
			s.Race = nil
		}
		for i, c := range s.Coupons {
			if i != at && (c["code"] == in["code"] || c["name"] == in["name"]) {
				s.answer(w, 409, []any{map[string]any{"status": 409, "message": "A coupon with this code or name exists."}})
				return
			}
		}
		if r.Method == http.MethodPut {
			if at < 0 {
				s.gone(w)
				return
			}
			maps.Copy(s.Coupons[at], in)
			s.answer(w, 200, s.Coupons[at])
			return
		}
		s.nextID++
		in["id"], in["num_uses"], in["date_created"] = s.nextID, 0, "Tue, 13 Mar 2018 16:18:59 +0000"
		s.Coupons = append(s.Coupons, in)
		s.answer(w, 201, in)
	default:
		s.answer(w, 405, nil)
	}
}

func (s *Store) serveHooks(w http.ResponseWriter, r *http.Request, id int) {
	at := slices.IndexFunc(s.Hooks, func(h Hook) bool { return h.ID == id })
	switch r.Method {
	case http.MethodGet:
		var list []any
		for _, h := range s.Hooks {
			list = append(list, h)
		}
		s.page(w, r.URL.Query().Get, list)
		return
	case http.MethodPut:
		if at < 0 {
			s.gone(w)
			return
		}
	case http.MethodPost:
		s.nextID++
		s.Hooks = append(s.Hooks, Hook{})
		id, at = s.nextID, len(s.Hooks)-1
	}
	h := Hook{}
	if err := json.NewDecoder(r.Body).Decode(&h); err != nil || !strings.HasPrefix(h.Destination, "https://") {
		s.answer(w, 422, map[string]any{"status": 422, "title": fmt.Sprint("not a webhook: ", err)})
		return
	}
	h.ID = id
	s.Hooks[at] = h
	s.answer(w, 200, map[string]any{"data": h, "meta": map[string]any{}})
}
