package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"grazie/crm"
	"grazie/store"
)

type webhookCmd struct {
	List   webhookListCmd   `cmd:"" help:"List the webhooks that came in."`
	Show   webhookShowCmd   `cmd:"" help:"Show one webhook with headers and body."`
	Replay webhookReplayCmd `cmd:"" help:"Process webhooks again."`
}

type webhookListCmd struct {
	inShop
	State store.WebhookState `help:"Only those in this state: received, processed, ignored, failed." placeholder:"STATE"`
	Topic string             `help:"Only those of this topic, such as orders/paid." placeholder:"TOPIC"`
	page
	listing
}

func (c *webhookListCmd) Run(ctx context.Context, g *globals) error {
	if err := errors.Join(oneOf("--state", c.State, store.WebhookStates), c.page.check()); err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.Webhooks(ctx, shop.ID, store.WebhookFilter{State: c.State, Topic: c.Topic, Before: c.Before, Limit: c.Limit})
	if err != nil {
		return err
	}
	return writeList(g, c.listing, all, "No webhook of this kind came in.", "RECEIVED|STATE|TOPIC|AGAIN|ID|REASON", func(w store.Webhook) []string {
		return []string{moment(w.ReceivedAt), string(w.State), w.Topic, strconv.Itoa(w.Duplicates), w.ID, w.Reason}
	})
}

type webhookShowCmd struct {
	ID string `arg:"" help:"The webhook's id, whk_..."`
	inShop
	Raw bool `help:"Write the body alone, byte for byte as it came."`
	listing
}

func (c *webhookShowCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	w, err := s.Webhook(ctx, shop.ID, c.ID)
	if err != nil {
		return missing(err, `there is no webhook %q of %s: "grazie webhook list" shows those there are`, c.ID, shop.Domain)
	}
	switch {
	case c.Raw:
		_, err = g.out.Write(w.Body)
		return err
	case c.JSON:
		return writeJSON(g.out, webhookView(w))
	}
	return describeWebhook(g, w)
}

// webhookView shows headers and body as the JSON that they are.
func webhookView(w store.Webhook) any {
	view := struct {
		store.Webhook
		Headers json.RawMessage `json:"headers"`
		Body    json.RawMessage `json:"body,omitempty"`
		Text    string          `json:"body_text,omitempty"` // when the body is no JSON
	}{Webhook: w, Headers: json.RawMessage("{}")}
	if json.Valid([]byte(w.Headers)) {
		view.Headers = json.RawMessage(w.Headers)
	}
	if json.Valid(w.Body) {
		view.Body = w.Body
	} else {
		view.Text = string(w.Body)
	}
	return view
}

func describeWebhook(g *globals, w store.Webhook) error {
	t := newTable(g.out)
	t.field("id", w.ID)
	t.field("topic", w.Topic)
	t.field("state", string(w.State))
	t.field("reason", w.Reason)
	t.field("delivery", w.DeliveryID)
	t.field("event", w.EventID)
	t.field("came again", plural(w.Duplicates, "time", "times"))
	t.field("triggered", moment(w.TriggeredAt))
	t.field("received", moment(w.ReceivedAt))
	t.field("processed", moment(w.ProcessedAt))
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(g.out, "\nheaders")
	headers := map[string]string{}
	_ = json.Unmarshal([]byte(w.Headers), &headers)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		fmt.Fprintf(g.out, "  %s: %s\n", crm.Clean(name), crm.Clean(headers[name]))
	}
	var body bytes.Buffer
	if err := json.Indent(&body, w.Body, "  ", "  "); err != nil {
		_, err := fmt.Fprintf(g.out, "\nbody, %d bytes that are no JSON: --raw shows them\n", len(w.Body))
		return err
	}
	_, err := fmt.Fprintf(g.out, "\nbody\n  %s\n", body.String())
	return err
}
