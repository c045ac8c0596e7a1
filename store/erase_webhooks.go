package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/klauspost/compress/s2"

	"grazie/crm"
)

// someWebhooks empties, of the next webhooks, those that tell of her. One that
// was not processed yet is left to be: that empties it. One that waits for its
// shop is not waited for. The rows stay, so that a copy is known as one.
func (e *erasing) someWebhooks(ctx context.Context) (waits bool, err error) {
	type hook struct {
		id, topic, state, reason string
		body                     []byte
	}
	some, err := rows(ctx, e.tx, func(r *sql.Rows) (h hook, err error) {
		var packed []byte
		if err = r.Scan(&h.id, &h.topic, &h.state, &h.reason, &packed); err == nil && !bytes.Equal(packed, emptied) {
			h.body, err = s2.Decode(nil, packed)
		}
		return h, err
	}, `select id, topic, state, reason, body from webhooks where shop_id = $1 and id > $2 order by id limit $3`, e.ShopID, e.about.After, eraseWebhooks)
	if err != nil {
		return false, err
	}
	n := newNeedles(e.about)
	var hers []string
	for _, h := range some {
		e.about.After = h.id
		switch {
		case len(h.body) == 0 || !n.in(h.topic, h.body):
		case h.state == string(WebhookReceived) && h.reason == "":
			e.about.Waits = true
		default: // among them what was put off, perhaps for good: it has nothing to tell any more
			hers = append(hers, h.id)
		}
	}
	if len(hers) > 0 {
		p := params{e.ShopID, emptied, noHeaders, WebhookIgnored, crm.ReasonErased, micros(e.now()), WebhookReceived}
		if err := e.exec(ctx, "webhooks", `update webhooks set body = $2, headers = $3, reason = case when state = $7 then $5 else reason end,
				processed_at = case when state = $7 then $6 else processed_at end, state = case when state = $7 then $4 else state end
			where shop_id = $1 and id`+e.in(&p, hers), p...); err != nil {
			return false, err
		}
	}
	switch {
	case len(some) == eraseWebhooks:
	case e.about.Waits: // from the beginning, once they are processed
		e.about.Waits, e.about.After = false, ""
		return true, nil
	default:
		e.about.Stage, e.about.After = stageOut, ""
	}
	return false, nil
}

// needles are what a body that tells of a customer holds.
type needles struct {
	emails            []string // lower case
	customers, orders map[string]bool
	returns           map[string]bool
}

func newNeedles(about subjectOf) needles {
	n := needles{customers: map[string]bool{}, orders: map[string]bool{}, returns: map[string]bool{}}
	for _, e := range slices.Concat(about.Emails, about.Keys) {
		n.emails = append(n.emails, strings.ToLower(e))
	}
	n.emails = distinct(n.emails)
	for ids, all := range map[*[]string]map[string]bool{&about.Customers: n.customers, &about.Orders: n.orders, &about.Returns: n.returns} {
		for _, id := range *ids {
			all[id] = true
		}
	}
	return n
}

// telling is how long an id must be to tell by itself whose it is, wherever it
// stands. Shorter ones, as some platforms count them, are looked for where an
// id of their kind stands.
const telling = 9

// in tells whether a body is about her. It is read as JSON, so that it does not
// matter how it was written down; what is not one JSON value is searched as it
// is, and nobody else loses anything by it: it cannot be replayed.
func (n needles) in(topic string, body []byte) bool {
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&v) != nil || d.More() {
		lower := strings.ToLower(string(body))
		return n.text(lower) || slices.ContainsFunc(n.emails, func(e string) bool { return strings.Contains(lower, e) })
	}
	return n.found(nounOf(topic), "", v)
}

// found looks into a value that stands under a key, inside of a noun.
func (n needles) found(noun, key string, v any) bool {
	switch v := v.(type) {
	case map[string]any:
		if is := nounOf(key); is != "" {
			noun = is
		} else if t, ok := v["type"].(string); ok && nounOf(t) != "" {
			noun = nounOf(t)
		} else if !wraps[key] {
			noun = ""
		}
		for key, v := range v {
			if n.text(key) || n.found(noun, strings.ToLower(strings.ReplaceAll(key, "_", "")), v) {
				return true
			}
		}
	case []any:
		for _, v := range v {
			if n.found(noun, key, v) {
				return true
			}
		}
	case string:
		return n.text(v) || n.id(noun, key, v)
	case json.Number:
		return n.id(noun, key, v.String())
	}
	return false
}

// wraps are keys whose value is the noun that the body is about.
var wraps = map[string]bool{"": true, "data": true, "payload": true, "resource": true, "object": true}

// nounOf is what a key, a topic or a type speaks of.
func nounOf(word string) string {
	word = strings.ToLower(word)
	switch {
	case strings.Contains(word, "customer"):
		return "customer"
	case strings.Contains(word, "return"):
		return "return"
	case strings.Contains(word, "order"):
		return "order"
	}
	return ""
}

// id tells whether a value is an id of hers: a long one anywhere, a short one
// where an id of its kind stands. Global ids name their kind themselves.
func (n needles) id(noun, key, v string) bool {
	if kind, id, ok := globalID(v); ok {
		v, noun, key = id, nounOf(kind), "id"
	}
	if len(v) >= telling && (n.customers[v] || n.orders[v] || n.returns[v]) {
		return true
	}
	if key != "id" { // order_id, orders_to_redact
		noun = nounOf(key)
	}
	switch noun {
	case "customer":
		return n.customers[v]
	case "order":
		return n.orders[v]
	case "return":
		return n.returns[v]
	}
	return false
}

// globalID reads "gid://shopify/Order/1001?key=...".
func globalID(v string) (kind, id string, ok bool) {
	path, found := strings.CutPrefix(v, "gid://")
	if !found {
		return "", "", false
	}
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	if len(parts) != 3 {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// text tells whether a text holds an address of hers, in whatever case, or an
// id of hers that tells by itself.
func (n needles) text(s string) bool {
	lower := strings.ToLower(s)
	for _, e := range n.emails {
		if holdsAddress(lower, e) {
			return true
		}
	}
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_'
	}) {
		if len(word) >= telling && (n.customers[word] || n.orders[word] || n.returns[word]) {
			return true
		}
	}
	return false
}

// holdsAddress tells whether a text holds an address, and not as the end or the
// beginning of another one's: anna@x.example is not in joanna@x.example.
func holdsAddress(text, address string) bool {
	for {
		before, after, found := strings.Cut(text, address)
		if !found {
			return false
		}
		if (!localEnd.MatchString(before) || encoded.MatchString(before)) && !domainGoesOn.MatchString(after) {
			return true
		}
		text = text[len(before)+1:]
	}
}

var (
	localEnd     = regexp.MustCompile(`[\p{L}\p{N}_+-]$|[\p{L}\p{N}]\.$`)
	encoded      = regexp.MustCompile(`%[0-9a-f]{2}$`) // ?mail=%20anna@x.example
	domainGoesOn = regexp.MustCompile(`^[-.]?[\p{L}\p{N}]`)
)
