package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"time"

	"grazie/config"
	"grazie/crm"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

// demoLag is how far the simulated shop's clock begins behind the server's. Each
// webhook moves it on by a moment, and what it tells must not lie in the
// server's future, or a letter would wait for it.
const demoLag = 5 * time.Minute

// What the owner wrote about two places, in the languages she needed.
const (
	aboutBologna = "Bologna è casa nostra: se passi dalla bottega, il caffè lo offro io."
	aboutEngland = "My sister lives in York, so a letter to England always feels a little like home."
)

// ownLabel is where the owner keeps her return labels.
const ownLabel = "https://bottega-demo.example/return-label"

// demoShop is the shop as its owner would have set it up, but for what lets
// the gestures act at once at any hour of the day.
func demoShop(sim *simshop.Shop) crm.Shop {
	return crm.Shop{
		Platform: "shopify", Domain: sim.Domain, Name: sim.Name, Sender: crm.Mailbox{Name: "Anna", Email: "anna@bottega-demo.example"},
		LegalName: "Bottega Demo di Anna Vasari", PostalAddress: "Via dei Vasai 8, 40100 Bologna, Italia",
		Timezone: "Europe/Rome", Country: "IT", Locale: "en", Currency: sim.Currency,
		Areas: []crm.Area{
			{Country: "IT", City: "Bologna", Text: map[string]string{"it": aboutBologna}},
			{Country: "GB", Text: map[string]string{"en": aboutEngland}},
		},
		Rules: crm.Values{"quiet_from": "0:00", "quiet_to": "0:00"},
		Journeys: map[string]crm.Values{
			"thank_you":          {"enabled": "false"}, // until the day begins
			"birthday_coupon":    {"enabled": "true", "hour": "0:00"},
			"anniversary_coupon": {"enabled": "true", "hour": "0:00"},
			"review_request":     {"enabled": "true", "delay": "0s", "delay_abroad": "0s"},
			"return_upgrade":     {"enabled": "true", "label_url": ownLabel},
			"apology":            {"enabled": "true"},
		},
	}
}

// connectedDays is how long ago the shop counts as connected. Most of its
// customers came later, so that Grazie is sure which order is their first; a
// few were there before, and no letter may count their orders (crm.HistoryKnown).
const connectedDays = 380

// openDemoShop opens the simulated shop with its Admin API, and connects it to
// the database, as if some time ago. What happened since then is told here.
func openDemoShop(ctx context.Context, cfg config.Config, log *slog.Logger, day []chapter) (sim *simshop.Shop, shop crm.Shop, shut func(), err error) {
	now := time.Now()
	sim = simshop.New(1, now.Add(-demoLag))
	sim.Fee = 590
	sim.BucketClock(time.Now)
	api, shut, err := serveShop(sim)
	if err != nil {
		return nil, shop, nil, err
	}
	db, err := openStore(ctx, cfg, func() time.Time { return now.AddDate(0, 0, -connectedDays) })
	if err == nil {
		shop, _, err = db.ConnectShop(ctx, demoShop(sim), crm.Values{
			shopify.SettingSecret: sim.Secret, shopify.SettingToken: sim.Token(), shopify.SettingAdminURL: api,
		})
		err = errors.Join(err, quietChores(ctx, db, now), db.Close())
	}
	for _, c := range day {
		if c.history == nil || err != nil {
			continue
		}
		var hooks []simshop.Webhook
		if hooks, err = c.history(sim); err == nil {
			err = tellBefore(ctx, cfg, log, sim, hooks)
		}
	}
	if err != nil {
		shut()
		return nil, shop, nil, err
	}
	sim.Now = now.Add(-demoLag)
	return sim, shop, shut, nil
}

// quietChores says that what a shop needs from time to time was done already:
// its past was read when it was connected, and the rest is for tomorrow.
func quietChores(ctx context.Context, db *store.Store, now time.Time) error {
	const who = "demo"
	chores, err := db.ClaimChores(ctx, who, time.Minute, len(crm.Chores), len(crm.Chores))
	for _, c := range chores {
		if c.EndedAt = c.DueAt; c.Kind != crm.ChoreHistory && c.Kind != crm.ChorePrivacy {
			c.DueAt = now.AddDate(0, 0, 1)
		} else {
			c.DueAt = time.Time{}
		}
		err = errors.Join(err, db.EndChore(ctx, c, who))
	}
	return err
}

// serveShop lets a simulated shop's API answer, until it is shut.
func serveShop(sim *simshop.Shop) (address string, shut func(), err error) {
	api, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("cannot listen: %w", err)
	}
	server := &http.Server{Handler: sim.API(), ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(api) // nobody hears what it says when it is shut
	return "http://" + api.Addr().String(), func() { server.Close() }, nil
}

// tellBefore lets a server hear webhooks whose clock is the shop's.
func tellBefore(ctx context.Context, cfg config.Config, log *slog.Logger, sim *simshop.Shop, told []simshop.Webhook) error {
	p, err := build(ctx, cfg, log, hooks{now: sim.Clock})
	if err != nil {
		return err
	}
	for _, h := range told {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/webhooks/shopify", bytes.NewReader(h.Body))
		r.Header = h.Header
		rec := httptest.NewRecorder()
		if p.handler.ServeHTTP(rec, r); rec.Code != http.StatusOK {
			err = errors.Join(err, fmt.Errorf("%s was answered with %d", h.Topic, rec.Code))
		}
	}
	sim.MoveTo(sim.Clock().Add(time.Second)) // what was rung now is not rung now again
	return errors.Join(err, p.worker.Drain(ctx), p.close())
}
