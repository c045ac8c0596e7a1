package handlers

import (
	"cmp"
	"strings"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
)

// alarm is one thing that is wrong, or should be known, and where it is mended.
type alarm struct {
	Mark  string // "bad": something does not go out that should; "ask": somebody should look; "know"
	Text  string
	Aside string     // in the words of whom it was heard from
	Href  string     // empty: nowhere here
	Link  string     // what the link is called
	Brake *crm.Brake // that a manager may lift
	Seen  string
}

// troubles are all of them, what stops most first.
func (v *seat) troubles(d todayData) (all []alarm) {
	add := func(mark, key string, href string, values ...any) *alarm {
		t := alarm{Mark: mark, Text: v.say("today.trouble."+key, values...), Href: href}
		if href != "" {
			t.Link = v.say("today.mend." + key)
		}
		all = append(all, t)
		return &all[len(all)-1]
	}
	count := func(n int64, mark, key, href string) {
		if n > 0 {
			form := "other"
			if n == 1 {
				form = "one"
			}
			t := add(mark, key+"."+form, "", "n", n)
			t.Href, t.Link = href, v.say("today.mend."+key)
		}
	}
	shop := v.shop
	switch {
	case shop.State == crm.ShopUninstalled:
		add("bad", "removed", v.path("settings", "connection"), "when", v.page.When(shop.RemovedAt))
	case shop.Broken != "":
		add("bad", "broken", v.path("settings", "connection"), "when", v.page.When(shop.BrokenAt)).Aside = shop.Broken
	}
	if shop.State == crm.ShopPaused && (shop.Held || !shop.App || !shop.SetUpAt.IsZero()) {
		add("ask", "paused", v.path("settings", "pause"))
	}
	for _, b := range d.brakes {
		key := "brake.all"
		switch {
		case b.Domain != "":
			key = "brake.domain"
		case b.Journey != "":
			key = "brake.journey"
		}
		name := b.Journey
		if name != "" {
			name = v.journeyName(name)
		}
		t := add("bad", key, "", "gesture", name, "domain", b.Domain, "when", v.page.When(b.Since))
		t.Aside, t.Brake, t.Seen = b.Detail, &b, seen("", b.Since)
	}
	count(int64(d.silence.Unanswered), "bad", "unanswered", v.path("webhooks"))
	count(d.silence.Overdue, "bad", "overdue", v.path("queue"))
	if !d.silence.Quiet.IsZero() {
		add("ask", "quiet", v.path("webhooks"), "when", v.page.When(d.silence.Quiet))
	}
	v.requestsPress(d.requests, count)
	count(d.glance.Unknown, "ask", "unknown", v.path("messages")+"?state=unknown")
	count(d.glance.Failed, "ask", "failed", v.path("messages")+"?state=failed")
	count(d.glance.Webhooks, "ask", "webhooks", v.path("webhooks")+"?state=failed")
	for _, l := range desk.Lacks(shop, v.Platforms[shop.Platform]) {
		if l.Key == desk.LackConnection {
			continue // it is told above
		}
		mark := "know"
		if l.Stops || l.Key == desk.LackFinish || l.Key == desk.LackGestures {
			mark = "ask"
		}
		all = append(all, alarm{Mark: mark, Text: v.say("today.lack."+l.Key, "scopes", strings.Join(v.scopesMissing(), ", ")),
			Href: v.lackPath(l.Key), Link: v.say("today.lack.mend")})
	}
	count(d.glance.Tasks, "know", "tasks", v.path("tasks"))
	if v.Outbox != nil {
		add("know", "outbox", "")
	}
	if v.EmbeddedQueue {
		add("know", "embedded", "")
	}
	return all
}

// requestsPress tells of requests about personal data that are near their end.
func (v *seat) requestsPress(requests []crm.PrivacyRequest, count func(n int64, mark, key, href string)) {
	var near, late int64
	for _, r := range requests {
		switch {
		case r.Late(v.Now()):
			late++
		case r.Presses(v.Now()):
			near++
		}
	}
	count(late, "bad", "privacy_late", v.path("tasks"))
	count(near, "ask", "privacy_near", v.path("tasks"))
}

// scopesMissing are those that gestures need and the merchant has not allowed.
func (v *seat) scopesMissing() []string {
	if scoped, ok := v.Platforms[v.shop.Platform].(integrations.Scoped); ok && len(v.shop.Scopes) > 0 {
		return scoped.MissingScopes(v.shop.Scopes)
	}
	return nil
}

// lackPath is where something that is missing is filled in.
func (v *seat) lackPath(key string) string {
	switch key {
	case desk.LackScopes, desk.LackFinish:
		return v.path("settings", "connection")
	case desk.LackGestures:
		return v.path("gestures")
	case "from":
		key = "sender_email"
	}
	return v.path("settings") + "#f-" + key
}

// journeyName is what people call a gesture.
func (v *seat) journeyName(key string) string {
	name, err := v.page.SayOr("journeys."+key, cmp.Or(key, "?"))
	if err != nil {
		return key
	}
	return name
}
