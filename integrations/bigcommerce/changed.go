package bigcommerce

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"grazie/integrations"
)

// Topics of what was found by asking: no scope of BigCommerce's begins so.
const (
	topicChangedOrder    = "reconcile/order"
	topicChangedCustomer = "reconcile/customer"
)

// Changed asks for the orders that changed, oldest first, and then for the
// customers. What it hands over are webhooks as thin as BigCommerce's own: the
// object is read when they are processed, and is the newest by then.
func (p *Platform) Changed(ctx context.Context, c integrations.Connection, since, until time.Time, each func(integrations.Changed) error) error {
	type thing struct {
		ID       scalar `json:"id"`
		Modified string `json:"date_modified"`
	}
	hand := func(kind integrations.ChangedKind, topic string, list []thing) error {
		for _, t := range list {
			r := &reader{}
			id, at := r.id("id", t.ID), r.time("date_modified", t.Modified)
			if r.err != nil || id == "" || at.IsZero() {
				continue // what cannot be named cannot be read either
			}
			body, err := thin(c.Domain, topic, string(kind), id, at)
			if err != nil {
				return err
			}
			if err := each(integrations.Changed{Topic: topic, Kind: kind, ID: id, At: at, Body: body}); err != nil {
				return err
			}
		}
		return nil
	}
	between := func(from, to string) string {
		return url.Values{from: {since.UTC().Format(time.RFC3339)}, to: {until.UTC().Format(time.RFC3339)}, "sort": {"date_modified:asc"}}.Encode()
	}
	for page := 1; ; page++ {
		var list []thing
		if err := p.patient(ctx, func() error {
			return p.part(ctx, c, pageOf("/v2/orders?"+between("min_date_modified", "max_date_modified"), page), &list)
		}); err != nil {
			return err
		}
		if err := hand(integrations.ChangedOrder, topicChangedOrder, list); err != nil {
			return err
		}
		if len(list) < pageSize {
			break
		}
	}
	for page := 1; ; page++ {
		var told struct{ Data []thing }
		if err := p.patient(ctx, func() error {
			return p.part(ctx, c, pageOf("/v3/customers?"+between("date_modified:min", "date_modified:max"), page), &told)
		}); err != nil {
			return err
		}
		if err := hand(integrations.ChangedCustomer, topicChangedCustomer, told.Data); err != nil {
			return err
		}
		if len(told.Data) < pageSize {
			return nil
		}
	}
}

// thin is a webhook's body.
func thin(store, topic, kind, id string, at time.Time) ([]byte, error) {
	return json.Marshal(map[string]any{
		"scope": topic, "producer": "stores/" + store, "created_at": at.Unix(),
		"hash": kind + "-" + id + "-" + strconv.FormatInt(at.Unix(), 10), "data": map[string]any{"type": kind, "id": json.Number(id)},
	})
}
