package handlers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/store"
	"grazie/templates/console"
)

// has tells whether there is a text.
func (v *seat) has(key string) bool { return console.Has(v.page.Lang, key) }

// storyItem is one thing that happened with a customer.
type storyItem struct {
	At    time.Time
	Kind  string // what it is, for the mark beside it: good, bad, ask or empty
	Said  string
	More  string // beside it, in somebody's own words or a sentence of ours
	Badge string // key of a text; empty: none
	State string // of the badge
	Link  string

	key string // tells two of one moment apart
}

// storyItems are sorted, the newest first.
type storyItems []storyItem

// itemsAPage is how many stand on the page at once.
const itemsAPage = 40

// page are those that stand behind a place, and the place where it goes on.
func (all storyItems) page(after string) (some storyItems, next string) {
	from := 0
	if after != "" {
		for from < len(all) && all[from].place() >= after {
			from++
		}
	}
	some = all[from:]
	if len(some) > itemsAPage {
		some = some[:itemsAPage]
		next = some[len(some)-1].place()
	}
	return some, next
}

// place sorts as its time and key do.
func (i storyItem) place() string { return fmt.Sprintf("%016x.%s", max(i.At.UnixMicro(), 0), i.key) }

// timeline is all that happened with her, the newest first.
func (v *seat) timeline(c crm.Customer, y store.Story, stops []herStop) storyItems {
	t := &storyTelling{seat: v, orders: map[string]string{}}
	for _, o := range y.Orders {
		t.orders[o.ID] = cmp.Or(o.Name, o.ID)
	}
	for _, o := range y.Orders {
		t.order(o)
	}
	for _, r := range y.Returns {
		at := cmp.Or(r.RequestedAt, r.UpdatedAt, r.ReadAt)
		t.add("r"+r.ID, at, storyItem{Kind: "ask", Said: v.say("customers.story.return", "order", t.named(r.OrderID)), Badge: "customers.return." + string(cmp.Or(r.Status, "requested")),
			State: string(r.Status), Link: v.path("returns", r.ID), More: fewOf(r.Lines, func(l crm.ReturnLine) string { return l.Title })})
	}
	for _, m := range y.Messages {
		t.message(m)
	}
	for _, e := range y.Effects {
		t.effect(e)
	}
	for _, r := range y.Reviews {
		kind := "good"
		if r.Rating <= 2 {
			kind = "bad"
		}
		t.add("v"+r.ID, r.CreatedAt, storyItem{Kind: kind, Said: v.say("customers.story.review", "stars", r.Rating, "order", t.named(r.OrderID)), More: r.Text, Link: v.path("reviews", r.ID)})
	}
	for _, k := range y.Tasks {
		said := string(k.Kind)
		if key := "tasks.kind." + said; v.has(key) {
			said = v.say(key)
		}
		t.add("t"+k.ID, k.CreatedAt, storyItem{Kind: "ask", Said: v.say("customers.story.task", "task", said), Link: v.path("tasks")})
		if !k.DoneAt.IsZero() {
			t.add("td"+k.ID, k.DoneAt, storyItem{Said: v.say("customers.story.task.done", "task", said), More: k.DoneBy, Link: v.path("tasks") + "?state=done"})
		}
	}
	for _, h := range y.Consents {
		kind := ""
		if h.New == crm.ConsentSubscribed {
			kind = "good"
		}
		said := v.say("customers.story.consent", "old", v.say("consent."+consentWord(h.Old)), "new", v.say("consent."+consentWord(h.New)), "source", v.say("consent.source."+h.Source))
		t.add("c"+h.ID, h.At, storyItem{Kind: kind, Said: said, More: strings.Trim(h.By+": "+h.Evidence, ": ")})
	}
	for _, s := range stops {
		t.add("s"+s.Scope+s.Hash, s.At, storyItem{Kind: "bad", Said: v.say("customers.story.stop", "what", s.What), More: s.Why})
	}
	for _, e := range y.Edits {
		said := e.Action
		if v.has(e.Action) {
			said = v.say(e.Action)
		}
		t.add(fmt.Sprint("e", e.Seq), e.At, storyItem{Said: v.say("customers.story.edit", "what", said, "by", e.By), More: e.Why})
	}
	slices.SortFunc(t.items, func(a, b storyItem) int { return cmp.Compare(b.place(), a.place()) })
	return t.items
}

// scope is what a suppression is about, in words.
func (v *seat) scope(scope string) string {
	for _, key := range []string{"suppressions.scope." + scope, "journeys." + scope} {
		if v.has(key) {
			return v.say(key)
		}
	}
	return scope
}

type storyTelling struct {
	*seat
	orders map[string]string // names by id
	items  storyItems
}

func (t *storyTelling) named(order string) string { return cmp.Or(t.orders[order], order, "–") }

// add leaves out what has no time: it cannot be told when it was.
func (t *storyTelling) add(key string, at time.Time, i storyItem) {
	if !at.IsZero() {
		i.At, i.key = at, key
		t.items = append(t.items, i)
	}
}

func (t *storyTelling) order(o crm.Order) {
	name := t.named(o.ID)
	key := "o" + o.ID
	goods := fewOf(o.Goods(), func(i crm.LineItem) string { return i.Title })
	t.add(key, o.CreatedAt, storyItem{Kind: "good", Said: t.say("customers.story.order", "order", name, "amount", t.page.Money(o.Total)), More: goods})
	t.add(key+"x", o.CancelledAt, storyItem{Kind: "bad", Said: t.say("customers.story.cancelled", "order", name)})
	for _, f := range o.Fulfillments {
		t.add(key+"f"+f.ID, f.CreatedAt, storyItem{Said: t.say("customers.story.parcel", "order", name)})
		t.add(key+"d"+f.ID, f.DeliveredAt, storyItem{Kind: "good", Said: t.say("customers.story.delivered", "order", name)})
		if f.ShipmentStatus == "failure" {
			t.add(key+"u"+f.ID, cmp.Or(f.ShipmentAt, f.UpdatedAt), storyItem{Kind: "bad", Said: t.say("customers.story.undelivered", "order", name)})
		}
	}
	for _, r := range o.Refunds {
		t.add(key+"r"+r.ID, r.CreatedAt, storyItem{Kind: "ask", Said: t.say("customers.story.refund", "order", name, "amount", t.page.Money(r.Amount))})
	}
}

func (t *storyTelling) message(m crm.Message) {
	if m.State == crm.Planned {
		return // it stands beside the timeline, among what comes
	}
	kind := map[crm.MessageState]string{crm.Sent: "good", crm.Delivered: "good", crm.Bounced: "bad", crm.Complained: "bad", crm.Failed: "bad", crm.Unknown: "ask"}[m.State]
	more, err := t.page.Explain(m)
	if err != nil {
		panic(err) // a test holds that every state and reason has a text
	}
	said := t.gestureName(m.Journey)
	if m.OrderID != "" {
		said = t.say("customers.story.mail", "gesture", said, "order", t.named(m.OrderID))
	}
	t.add("m"+m.ID, cmp.Or(m.SentAt, m.UpdatedAt), storyItem{Kind: kind, Said: said, More: more, Badge: "states." + string(m.State), State: string(m.State), Link: t.path("messages", m.ID)})
}

// gestureName is a journey's name in her language; one that this program does not
// know is its key.
func (v *seat) gestureName(journey string) string {
	if key := "journeys." + journey; v.has(key) {
		return v.say(key)
	}
	return journey
}

func (t *storyTelling) effect(e crm.Effect) {
	c := e.Code
	if c == nil || e.State == crm.EffectPlanned || e.State == crm.EffectDoing {
		return
	}
	link := t.path("codes", e.ID)
	gives := t.say("effects.gives."+string(c.Kind), "percent", c.Percent, "amount", t.page.Money(c.Amount), "product", c.Product)
	if e.State != crm.EffectFailed {
		t.add("k"+e.ID, e.CreatedAt, storyItem{Kind: "good", Said: t.say("customers.story.code", "code", c.Code, "gives", gives), Link: link})
	}
	for _, u := range c.Uses {
		said := "customers.story.used"
		if u.PassedOn {
			said = "customers.story.used.other"
		}
		t.add("k"+e.ID+u.OrderID, u.At, storyItem{Kind: "good", Said: t.say(said, "code", c.Code, "order", t.named(u.OrderID), "amount", t.page.Money(u.Discount)), Link: link})
	}
	if c.Ended != "" {
		t.add("ke"+e.ID, c.EndedAt, storyItem{Said: t.say("customers.story.ended."+string(c.Ended), "code", c.Code), Link: link})
	}
}

// fewOf are the first few of some things, by their names.
func fewOf[T any](all []T, name func(T) string) string {
	var names []string
	for _, x := range all[:min(len(all), 3)] {
		names = append(names, name(x))
	}
	text := strings.Join(names, ", ")
	if len(all) > 3 {
		text += fmt.Sprintf(" +%d", len(all)-3)
	}
	return text
}
