package shippo

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

// transaction is the purchase of a label.
type transaction struct {
	ID          text      `json:"object_id"`
	Status      text      `json:"status"`
	OldStatus   text      `json:"object_status"` // its name in older versions
	CreatedAt   text      `json:"object_created"`
	LabelURL    text      `json:"label_url"`
	Tracking    text      `json:"tracking_number"`
	TrackingURL text      `json:"tracking_url_provider"`
	Rate        rateRef   `json:"rate"`
	Messages    []message `json:"messages"`
}

// rateRef is a rate's id, or the rate itself.
type rateRef struct{ rate }

func (r *rateRef) UnmarshalJSON(b []byte) error {
	if b[0] == '{' {
		return json.Unmarshal(b, &r.rate)
	}
	return json.Unmarshal(b, &r.ID)
}

func (t transaction) state() text { return cmp.Or(t.Status, t.OldStatus) }

// parseTransaction reads the answer to a purchase. Its errors say nothing of the
// body.
func parseTransaction(body []byte) (transaction, error) {
	var t transaction
	if json.Unmarshal(body, &t) != nil || t.ID.Short() == "" {
		return transaction{}, errors.New("the answer is not one about a label")
	}
	return t, nil
}

// find reads the list of a rate's transactions and returns the one that bought
// it or still may: the oldest, so that everybody finds the same. None if there
// are only failed ones. It fails when the list cannot show that none is missing.
func find(body []byte, rateID string) (*transaction, error) {
	var list struct {
		Next    text           `json:"next"`
		Results *[]transaction `json:"results"`
	}
	if json.Unmarshal(body, &list) != nil || list.Results == nil {
		return nil, errors.New("the list of labels cannot be read")
	}
	var found []transaction
	for _, t := range *list.Results {
		if t.Rate.ID != "" && string(t.Rate.ID) != rateID {
			return nil, errors.New("the list of labels shows those of other rates; nothing is bought, so that nothing is bought twice")
		}
		if t.state() != "ERROR" {
			found = append(found, t)
		}
	}
	if len(found) == 0 {
		if list.Next != "" {
			return nil, errors.New("the list of labels goes on; nothing is bought, so that nothing is bought twice")
		}
		return nil, nil
	}
	slices.SortStableFunc(found, func(a, b transaction) int {
		return cmp.Or(order(a)-order(b), cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return &found[0], nil
}

// order puts labels that hold before those under way, and refunded ones last.
func order(t transaction) int {
	switch t.state() {
	case "SUCCESS", "REFUNDREJECTED":
		return 0
	case "REFUNDED", "REFUNDPENDING":
		return 2
	}
	return 1
}

// label is l with what was bought.
func (t transaction) label(l crm.Label) crm.Label {
	l.LabelID, l.URL, l.Tracking = t.ID.Short(), string(t.LabelURL), t.Tracking.Short()
	if integrations.LabelLink(string(t.TrackingURL)) {
		l.TrackingURL = string(t.TrackingURL)
	}
	if price, err := integrations.LabelPrice(string(t.Rate.Amount), string(t.Rate.Currency)); err == nil {
		l.Cost = price
	}
	l.Carrier = cmp.Or(t.Rate.Provider.Short(), l.Carrier)
	return l
}

// refusal says a refused request in words. Shippo writes {"detail": text}, or
// for each field a list of texts, nested like the request.
func refusal(body []byte) string {
	var in any
	if json.Unmarshal(body, &in) != nil {
		return ""
	}
	var parts []string
	walk(in, "", &parts)
	return strings.Join(parts, "; ")
}

// maxParts bounds what is said of one refusal.
const maxParts = 5

func walk(v any, field string, parts *[]string) {
	switch v := v.(type) {
	case string:
		if len(*parts) == maxParts {
			return
		}
		if field != "" && field != "detail" && field != "__all__" {
			v = field + ": " + v
		}
		*parts = append(*parts, v)
	case []any:
		for _, e := range v {
			walk(e, field, parts)
		}
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			walk(v[name], name, parts)
		}
	}
}
