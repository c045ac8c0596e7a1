package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/store"
)

// Webhooks of some platforms only name what changed: it is read from the shop.
const (
	readTime   = 25 * time.Second   // the most that reading one thing may take
	batchTime  = time.Minute        // after which a task leaves what is left to the next one
	readFails  = 3                  // failures in a row after which a shop is not asked on
	readAtMost = 3 * 24 * time.Hour // how long a webhook waits for its shop
	firstWait  = 30 * time.Second
	longWait   = 6 * time.Hour
)

// subject is one thing that webhooks of a batch are about.
type subject struct {
	newest int   // of its webhooks
	hooks  []int // all of them
}

// readAll makes events of webhooks, each of one shop. It returns those that
// came to an end, and how; the others were put off, or are left as they are.
func (w *Worker) readAll(ctx context.Context, shop crm.Shop, hooks []store.Webhook) ([]store.Webhook, []store.Applied, error) {
	read := batchRead{Worker: w, shop: shop, hooks: hooks, applied: make([]store.Applied, len(hooks)), ended: make([]bool, len(hooks))}
	reader, conn, err := w.reader(ctx, shop)
	if err != nil {
		return nil, nil, err
	}
	subjects := read.subjects(reader)
	var asked []string // what is to be read from the shop
	for _, s := range subjects {
		for _, i := range s.hooks {
			if reader != nil && s.newest >= 0 {
				asked = append(asked, hooks[i].ID)
			}
		}
	}
	free := len(asked) == 0
	if !free && w.readers.enter(shop.ID, asked) {
		free = true
		defer w.nextReaders(shop.ID)
	}
	for _, s := range subjects {
		if reader == nil || s.newest < 0 {
			for _, i := range s.hooks {
				read.applied[i], read.ended[i] = w.read(shop, hooks[i]), true
			}
			continue
		}
		if !free {
			continue // received as before: whoever leaves a place rings for them
		}
		if err := read.subject(ctx, reader, conn, s); err != nil {
			return nil, nil, err
		}
	}
	if err := read.putOff(ctx); err != nil {
		return nil, nil, err
	}
	var done []store.Webhook
	var applied []store.Applied
	for i, h := range hooks {
		if read.ended[i] {
			done, applied = append(done, h), append(applied, read.applied[i])
		}
	}
	return done, applied, nil
}

// nextReaders leaves a shop's place to those that found none.
func (w *Worker) nextReaders(shopID string) {
	for shop, ids := range w.readers.leave(shopID) {
		w.Bell.Ring(store.KindWebhook, shop, ids...)
	}
}

// reader is what reads a shop's webhooks, if its platform needs one and the
// connection lets it.
func (w *Worker) reader(ctx context.Context, shop crm.Shop) (integrations.WebhookReader, integrations.Connection, error) {
	reader, ok := w.Platforms[shop.Platform].(integrations.WebhookReader)
	if !ok || shop.State == crm.ShopUninstalled { // whose credentials are void: what changed is found if it comes back
		return nil, integrations.Connection{}, nil
	}
	conn, err := w.connection(ctx, shop)
	if err != nil {
		return nil, conn, err
	}
	if can, ok := w.Platforms[shop.Platform].(integrations.Credentialed); ok && !can.CanAct(conn) {
		return nil, conn, nil
	}
	return reader, conn, nil
}

// batchRead is one run over a batch.
type batchRead struct {
	*Worker
	shop    crm.Shop
	hooks   []store.Webhook
	applied []store.Applied
	ended   []bool

	began time.Time // when the shop was first asked
	fails int       // in a row
	stop  error     // why the shop is not asked any more
	waits []wait
}

// wait is what is put off, and why.
type wait struct {
	hooks []int
	err   error
}

// subjects gathers webhooks by what they are about, in the sequence in which
// they came. What nothing is read for has no newest.
func (r *batchRead) subjects(reader integrations.WebhookReader) []*subject {
	var all []*subject
	known := map[string]*subject{}
	for i, h := range r.hooks {
		about := ""
		if reader != nil {
			// A fault in there comes again, and is told, where the body is read.
			_ = r.guarded("a webhook", h.ID, func() error { about = reader.About(envelope(r.shop, h), h.Body); return nil })
		}
		s := known[about]
		if s == nil {
			s = &subject{newest: -1}
			known[about], all = s, append(all, s)
		}
		if s.hooks = append(s.hooks, i); about != "" && (s.newest < 0 || newer(h, r.hooks[s.newest])) {
			s.newest = i
		}
	}
	return all
}

func newer(a, b store.Webhook) bool {
	return cmp.Or(a.TriggeredAt.Compare(b.TriggeredAt), cmp.Compare(a.ID, b.ID)) > 0
}

// envelope is what is known of a stored webhook. One whose time was not told
// happened before it came.
func envelope(shop crm.Shop, h store.Webhook) integrations.Envelope {
	return desk.Envelope(shop, h)
}

// subject reads one thing once. Only the newest webhook tells of it; the others
// are older words about the same, and done with it.
func (r *batchRead) subject(ctx context.Context, reader integrations.WebhookReader, conn integrations.Connection, s *subject) error {
	if r.began.IsZero() {
		r.began = time.Now()
	}
	if r.stop == nil && time.Since(r.began) > batchTime {
		return nil // received as before: another task rings for them
	}
	if r.stop != nil {
		r.waits = append(r.waits, wait{s.hooks, r.stop})
		return nil
	}
	events, err := r.ask(ctx, reader, conn, r.hooks[s.newest])
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.step("subject read")
	kind := integrations.KindOf(err)
	switch {
	case err == nil:
		r.fails = 0
		r.tell(s, events)
	case final(err):
		r.fails = 0
		r.end(s, store.WebhookFailed, err.Error())
	default:
		r.waits = append(r.waits, wait{s.hooks, err})
		if r.fails++; r.fails >= readFails || kind == integrations.RateLimited || kind == integrations.Unauthorized {
			r.stop = err
		}
		if kind == integrations.Unauthorized {
			r.broken(ctx, r.shop, conn.Settings, detail(err))
		}
	}
	return nil
}

// ask reads one thing, in its time; a panic is an error like any other of the program.
func (r *batchRead) ask(ctx context.Context, reader integrations.WebhookReader, conn integrations.Connection, h store.Webhook) (events []crm.Event, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("a webhook made the program panic", "webhook", h.ID, "shop", r.shop.ID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			events, err = nil, errFault
		}
	}()
	events, err = reader.ReadWebhook(ctx, conn, envelope(r.shop, h), h.Body)
	if err != nil && ctx.Err() != nil { // whatever it made of that
		err = &integrations.Error{Kind: integrations.Temporary, Service: r.shop.Platform, Detail: "the shop did not answer in time", Err: ctx.Err()}
	}
	return events, err
}

// tell lets the newest webhook of a subject tell what was read.
func (r *batchRead) tell(s *subject, events []crm.Event) {
	if len(events) == 0 {
		r.end(s, store.WebhookIgnored, "the shop has nothing of it any more that is of interest")
		return
	}
	r.end(s, store.WebhookProcessed, "a newer webhook told of it")
	r.applied[s.newest].Reason, r.applied[s.newest].Events = "", events
}

func (r *batchRead) end(s *subject, state store.WebhookState, reason string) {
	for _, i := range s.hooks {
		r.applied[i] = store.Applied{WebhookID: r.hooks[i].ID, State: state, Reason: reason}
		r.ended[i] = true
	}
}

// putOff lets what could not be read wait, for longer the longer it waits
// already. What waited too long failed, and can be replayed; but while the shop
// refuses our credentials, all of it waits for staff.
func (r *batchRead) putOff(ctx context.Context) error {
	now := r.Now().UTC()
	for _, wait := range r.waits {
		for _, i := range wait.hooks {
			h := r.hooks[i]
			age := now.Sub(h.ReceivedAt)
			tried := h.Reason != "" // since it came, or was replayed
			if tried && age > readAtMost && integrations.KindOf(wait.err) != integrations.Unauthorized {
				r.applied[i], r.ended[i] = store.Applied{WebhookID: h.ID, State: store.WebhookFailed, Reason: "the shop could not be asked for three days: " + detail(wait.err)}, true
				continue
			}
			pause := firstWait
			if tried {
				pause = min(max(age/2, firstWait), longWait)
			}
			at := now.Add(jitter(pause, h.ID))
			if named := retryAt(wait.err); !named.IsZero() {
				at = named
			}
			if err := r.Store.DeferWebhook(ctx, r.shop.ID, h.ID, "waits for the shop: "+detail(wait.err), at); err != nil {
				return err
			}
			r.Metrics.webhooks.WithLabelValues(h.Topic, string(store.WebhookReceived)).Inc()
			r.Log.Warn("a webhook waits for its shop", "webhook", h.ID, "shop", r.shop.ID, "topic", h.Topic, "error", wait.err.Error(), "at", at)
		}
	}
	return nil
}

// final tells whether reading again would end in the same way.
func final(err error) bool {
	var e *integrations.Error
	return !errors.As(err, &e) || e.Kind == integrations.Rejected || e.Kind == integrations.Unsupported
}
