package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
	"grazie/templates/console"
)

func (d desktop) webhookRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("/webhooks", store.Viewer, "webhooks", "webhooks.title", (*seat).listWebhooks),
		page("/webhooks/replay", store.Manager, "webhooks", "webhooks.look-ahead", (*seat).foreseeWebhooks),
		act("/webhooks/replay", store.Manager, "webhooks", "webhooks.replay", (*seat).replayWebhooks),
		look("/webhooks/:webhook", store.Support, "webhooks", "webhooks.one", (*seat).showWebhook),
	}
}

// How many stand on one page of the list, and how many are replayed at once.
const (
	webhooksAPage  = 50
	replayedAtOnce = 25
)

type webhookList struct {
	Webhooks []store.Webhook
	Next     string
	Looked   time.Time
	State    store.WebhookState
	Topic    string
	Again    bool
	Days     dayRange
	Filtered bool
	Tabs     []messageTab
	Query    string // the filter, for a replay of all that it shows
	Reads    bool   // she may read bodies
	May      bool   // replay
}

// webhookQuery is the filter that the address has.
func (v *seat) webhookQuery(limit int) (q store.WebhookQuery, days dayRange) {
	days = v.days()
	q = store.WebhookQuery{State: store.WebhookState(v.QueryParam("state")), Topic: clip(strings.TrimSpace(v.QueryParam("topic")), 200), Again: v.QueryParam("again") != "",
		From: days.from, Until: days.until, Before: clip(v.QueryParam("after"), 200), Limit: limit}
	if !slices.Contains(store.WebhookStates, q.State) {
		q.State = ""
	}
	return q, days
}

// listWebhooks shows what the shop told.
func (v *seat) listWebhooks() error {
	q, days := v.webhookQuery(webhooksAPage)
	found, err := v.Store.WebhookList(v.ctx(), v.shop.ID, q)
	if err != nil {
		return err
	}
	d := webhookList{Webhooks: found.Webhooks, Next: found.Next, Looked: found.Looked, State: q.State, Topic: q.Topic, Again: q.Again, Days: days,
		Filtered: q.Topic != "" || q.Again || days != dayRange{}, Reads: v.may(store.Support), May: v.may(store.Manager)}
	for _, st := range append([]store.WebhookState{""}, store.WebhookStates...) {
		t := messageTab{Key: string(st), Href: v.page.With("state", string(st))}
		if st == "" {
			t.Key = "all"
		}
		if st == q.State {
			t.Here = "page"
		}
		d.Tabs = append(d.Tabs, t)
	}
	filter := v.QueryParams()
	filter.Del("after")
	filter.Del("said")
	d.Query = filter.Encode()
	return v.show("webhooks", d)
}

type webhookPage struct {
	W        store.Webhook
	Body     string // as it is read by people; empty: there is none any more
	Packed   bool   // it is no JSON, and shown as it came
	Headers  []console.Option
	Messages []crm.Message
	May      bool
}

// shownBody is how much of a body a page shows.
const shownBody = 256 << 10

// showWebhook shows one as it came, and what it led to.
func (v *seat) showWebhook() error {
	w, err := v.Store.Webhook(v.ctx(), v.shop.ID, plain(v.Param("webhook")))
	if err != nil {
		return err
	}
	d := webhookPage{W: w, Headers: shownHeaders(w.Headers), May: v.may(store.Manager)}
	d.Body, d.Packed = readable(w.Body)
	if d.Messages, err = v.Store.MessagesByWebhook(v.ctx(), v.shop.ID, w.ID, 100); err != nil {
		return err
	}
	v.page.Named = w.Topic
	return v.show("webhook", d)
}

// readable is a body for people, a line for each of its fields.
func readable(body []byte) (text string, packed bool) {
	var b bytes.Buffer
	if err := json.Indent(&b, body, "", "  "); err != nil {
		b.Reset()
		b.Write(body)
		packed = true
	}
	return strings.ToValidUTF8(string(b.Bytes()[:min(b.Len(), shownBody)]), "\uFFFD"), packed && len(body) > 0
}

// tells are parts of headers' names that stand for what proves who sent it, or
// where from: those are shown to nobody.
var tells = []string{"hmac", "signature", "secret", "token", "authorization", "cookie", "key", "forwarded", "real-ip", "client-ip", "connecting-ip"}

func shownHeaders(stored string) (all []console.Option) {
	var h map[string]string
	if json.Unmarshal([]byte(stored), &h) != nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		lower := strings.ToLower(name)
		if !slices.ContainsFunc(tells, func(t string) bool { return strings.Contains(lower, t) }) {
			all = append(all, console.Option{Value: name, Label: h[name]})
		}
	}
	return all
}

type replayPage struct {
	All    []foreseen
	Next   string
	Count  int // that would be replayed
	New    int // messages that would be new
	Change int
	Stay   int
	Filter string // that led here, for the page after this one
	Back   string
}

type foreseen struct {
	desk.Arising
	New, Change, Stay []store.ForeseenMessage
}

// foreseeWebhooks lists what a replay would lead to, and does nothing. It is of
// those that are ticked, or else of a page of all that a filter shows.
func (v *seat) foreseeWebhooks() error {
	d := replayPage{Back: v.path("webhooks")}
	hooks := []store.Webhook{}
	if ids := v.QueryParams()["id"]; len(ids) > 0 {
		for _, id := range ids[:min(len(ids), replayedAtOnce)] {
			hooks = append(hooks, store.Webhook{ID: plain(id)})
		}
		if len(ids) > replayedAtOnce { // the rest follows on the next page
			d.Filter = url.Values{"id": ids[replayedAtOnce:]}.Encode()
			d.Next = "ids"
		}
	} else {
		q, _ := v.webhookQuery(replayedAtOnce)
		found, err := v.Store.WebhookList(v.ctx(), v.shop.ID, q)
		if err != nil {
			return err
		}
		hooks, d.Next = found.Webhooks, found.Next
		filter := v.QueryParams()
		filter.Del("said")
		filter.Set("after", found.Next)
		d.Filter = filter.Encode()
	}
	for i := range hooks {
		whole, err := v.Store.Webhook(v.ctx(), v.shop.ID, hooks[i].ID)
		if err != nil {
			return err
		}
		hooks[i] = whole
	}
	arising, err := v.Desk.Foresee(v.ctx(), v.shop, v.Platforms[v.shop.Platform], hooks)
	if err != nil {
		return err
	}
	for _, a := range arising {
		f := foreseen{Arising: a}
		for _, m := range a.Messages {
			switch {
			case m.Was == nil:
				f.New = append(f.New, m)
			case m.Stays():
				f.Stay = append(f.Stay, m)
			default:
				f.Change = append(f.Change, m)
			}
		}
		d.New, d.Change, d.Stay = d.New+len(f.New), d.Change+len(f.Change), d.Stay+len(f.Stay)
		d.All = append(d.All, f)
	}
	d.Count = len(d.All)
	return v.show("replay", d)
}

// replayWebhooks replays those that were listed, and leads on to the next ones.
func (v *seat) replayWebhooks() error {
	ids := v.form()["id"]
	if len(ids) == 0 || len(ids) > replayedAtOnce {
		return &crm.Invalid{Field: "id", Message: "choose some first"}
	}
	for i := range ids {
		ids[i] = plain(ids[i])
		w, err := v.Store.Webhook(v.ctx(), v.shop.ID, ids[i])
		if err != nil {
			return errors.Join(err, crm.ErrNotFound)
		}
		if was := v.form().Get("seen-" + w.ID); was != seenWebhook(w) {
			return crm.ErrConflict
		}
	}
	v.act.Target, v.act.Detail = clip(strings.Join(ids, " "), 1000), ""
	if _, err := v.Store.ReplayWebhooks(v.ctx(), v.shop.ID, ids); err != nil {
		return err
	}
	v.Ring(store.KindWebhook, v.shop.ID, ids...)
	if next, err := url.ParseQuery(v.typed("next")); err == nil && len(next) > 0 {
		return v.done(v.path("webhooks", "replay")+"?"+next.Encode(), "webhooks.said.on")
	}
	if len(ids) == 1 {
		return v.done(v.path("webhooks", ids[0]), "webhooks.said.replayed")
	}
	return v.done(v.path("webhooks"), "webhooks.said.all")
}

func seenWebhook(w store.Webhook) string { return seen(string(w.State), w.ProcessedAt) }

// Seen is how it stood, for the form.
func (f foreseen) Seen() string { return seenWebhook(f.Webhook) }
