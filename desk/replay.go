package desk

import (
	"cmp"
	"context"

	"grazie/crm"
	"grazie/integrations"
	"grazie/journeys"
	"grazie/store"
)

// Arising is what would come of a webhook if it were read now.
type Arising struct {
	Webhook  store.Webhook
	Applied  store.Applied           // its events; or why it cannot be read, or is of no interest
	ReadAway bool                    // it only names what changed: what that is, the shop is asked at the replay
	Messages []store.ForeseenMessage // those that would be new, would change, or stay as they are
}

// Foresee tells what a replay of webhooks would lead to, and changes nothing. The
// shop itself is not asked for anything.
func (d *Desk) Foresee(ctx context.Context, shop crm.Shop, platform integrations.Platform, hooks []store.Webhook) ([]Arising, error) {
	all := make([]Arising, len(hooks))
	var applied []store.Applied
	reader, reads := platform.(integrations.WebhookReader)
	for i, h := range hooks {
		all[i] = Arising{Webhook: h, Applied: guarded(platform, shop, h)}
		all[i].ReadAway = reads && reader.About(Envelope(shop, h), h.Body) != ""
		if !all[i].ReadAway && all[i].Applied.State == store.WebhookProcessed {
			applied = append(applied, all[i].Applied)
		}
	}
	if len(applied) == 0 {
		return all, nil
	}
	foreseen, err := d.Store.Foresee(ctx, shop.ID, applied, func(e crm.Event) []crm.Message { return journeys.Plan(e, shop) })
	for _, f := range foreseen {
		for i := range all {
			if all[i].Webhook.ID == f.WebhookID {
				all[i].Messages = f.Messages
			}
		}
	}
	return all, err
}

// guarded is ReadWebhook, a panic in which is a reason as well.
func guarded(platform integrations.Platform, shop crm.Shop, h store.Webhook) (a store.Applied) {
	defer func() {
		if recover() != nil { // what it says may be the customer's
			a = store.Applied{WebhookID: h.ID, State: store.WebhookFailed, Reason: "the program has a fault with it"}
		}
	}()
	return ReadWebhook(platform, shop, h)
}

// ReadWebhook parses a webhook by what it holds itself. What cannot be read failed,
// with its reason, and waits for a replay.
func ReadWebhook(platform integrations.Platform, shop crm.Shop, h store.Webhook) store.Applied {
	fail := func(reason string) store.Applied {
		return store.Applied{WebhookID: h.ID, State: store.WebhookFailed, Reason: reason}
	}
	if platform == nil {
		return fail("no adapter for the platform " + shop.Platform)
	}
	a := store.Applied{WebhookID: h.ID, State: store.WebhookProcessed}
	var err error
	if a.Events, err = platform.ParseWebhook(Envelope(shop, h), h.Body); err != nil {
		return fail(err.Error())
	}
	if len(a.Events) == 0 {
		a.State, a.Reason = store.WebhookIgnored, "topic of no interest"
	}
	return a
}

// Envelope is what is known of a stored webhook. One whose time was not told
// happened before it came.
func Envelope(shop crm.Shop, h store.Webhook) integrations.Envelope {
	return integrations.Envelope{Topic: h.Topic, Domain: shop.Domain, DeliveryID: h.DeliveryID, EventID: h.EventID,
		TriggeredAt: cmp.Or(h.TriggeredAt, h.ReceivedAt), Version: h.Version}
}
