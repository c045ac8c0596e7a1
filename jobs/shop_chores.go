package jobs

import (
	"context"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

const (
	subscribeEvery = 24 * time.Hour
	tokenEvery     = 20 * 24 * time.Hour // a refresh token lives 90 days (platforms.md, B.3)
)

// subscribe makes the shop's webhooks come to us, where that is asked for by
// the platform's API. An installed app's own manifest does it.
func (w *Worker) subscribe(ctx context.Context, c chore, platform integrations.Platform, conn integrations.Connection) (time.Time, error) {
	next := w.Now().Add(subscribeEvery)
	can, ok := platform.(integrations.Subscriber)
	switch {
	case !ok:
		c.Detail = "the platform " + platform.Name() + " is subscribed to by hand"
		return next, nil
	case c.shop.App && platform.Name() == "shopify":
		c.Detail = "the app's own manifest subscribes"
		return next, nil
	case w.PublicURL == "" || !strings.HasPrefix(w.PublicURL, "https://"):
		c.Detail = "webhooks need a public https address: set GRAZIE_PUBLIC_URL"
		return next, nil
	}
	mended, err := can.Subscribe(ctx, conn, w.PublicURL+"/webhooks/"+platform.Name()+"/"+c.ShopID)
	if err := w.asked(ctx, c, conn, err); err != nil {
		return next, err
	}
	c.Detail = "all subscriptions are there"
	if len(mended) > 0 {
		c.Detail = "subscribed to " + strings.Join(mended, ", ")
		w.Log.Warn("webhook subscriptions were missing and are there again", "shop", c.ShopID, "topics", mended)
	}
	return next, nil
}

// keepToken speaks with a shop that nothing happens in, so that its credentials
// are renewed before they end.
func (w *Worker) keepToken(ctx context.Context, c chore, platform integrations.Platform, conn integrations.Connection) (time.Time, error) {
	next := w.Now().Add(tokenEvery)
	can, ok := platform.(integrations.Checker)
	if !ok {
		c.Detail = "its credentials do not end"
		return next, nil
	}
	if err := w.asked(ctx, c, conn, can.Check(ctx, conn)); err != nil {
		return next, err
	}
	c.Detail = "the credentials work"
	return next, nil
}

// Check tells in a plain error whether the shop lets Grazie act there. A token
// that ended is renewed for it. What it cannot tell is no error.
func (w *Worker) Check(ctx context.Context, shop crm.Shop) error {
	can, ok := w.Platforms[shop.Platform].(integrations.Checker)
	if !ok {
		return nil
	}
	conn, err := w.connection(ctx, shop)
	if err != nil {
		return err
	}
	return can.Check(ctx, conn)
}
