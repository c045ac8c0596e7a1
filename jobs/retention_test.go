package jobs

import (
	"net/http"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations/mailertest"
	"grazie/store"
)

// A shop's nights forget what was kept long enough, and nothing before; an
// occasion that had its mail does not get another for that.
func TestRetention(t *testing.T) {
	eachEngine(t, func(t *testing.T, o store.Options) {
		g := newGiftsOn(t, 4, o)
		id, order, _ := g.buyer("giulia")
		m := g.messages()[0]
		hook := m.WebhookID
		broken, err := g.Store.ReceiveWebhook(t.Context(), store.Webhook{ShopID: g.shopID, DeliveryID: "broken", Topic: "orders/paid", Headers: "{}", Body: []byte("{")})
		if err != nil {
			t.Fatal(err)
		}
		if err := g.processWebhooks(t.Context(), g.shopID, []string{broken.ID}); err != nil {
			t.Fatal(err)
		}
		if _, err := g.Store.ApplyFeedback(t.Context(), []crm.Feedback{{ID: "f1", ShopID: g.shopID, MessageID: m.ID, Kind: crm.FeedbackDelivered, At: g.Now()}}); err != nil {
			t.Fatal(err)
		}
		link := store.Link{ShopID: g.shopID, CustomerID: id, MessageID: m.ID}
		if _, err := g.Store.SaveReview(t.Context(), link, crm.Review{Rating: 5, Text: "lovely"}); err != nil {
			t.Fatal(err)
		}
		gone := func() (all []string) {
			if _, err := g.Store.Webhook(t.Context(), g.shopID, hook); err != nil {
				all = append(all, "webhook")
			}
			if _, err := g.Store.Webhook(t.Context(), g.shopID, broken.ID); err != nil {
				all = append(all, "unread webhook")
			}
			if told, err := g.Store.FeedbackOf(t.Context(), g.shopID, m.ID); err != nil || len(told) == 0 {
				all = append(all, "feedback")
			}
			if said, err := g.Store.Reviews(t.Context(), g.shopID, "", 10); err != nil || said[0].Text == "" {
				all = append(all, "review")
			}
			if g.message(m.ID).CustomerID == "" {
				all = append(all, "message")
			}
			if who, err := g.Store.Customer(t.Context(), g.shopID, id); err != nil || who.Email == "" {
				all = append(all, "customer")
			}
			return all
		}
		for _, step := range []struct {
			days int
			want int
		}{{6, 0}, {2, 1}, {23, 2}, {360, 2}, {10, 3}, {332, 5}, {360, 5}, {10, 6}} {
			g.later(time.Duration(step.days) * 24 * time.Hour)
			for range 3 { // the erasure that a night asks for is another chore
				g.doChores()
				g.later(6 * time.Minute)
			}
			if got := gone(); len(got) != step.want {
				t.Errorf("on %s gone are %v, want %d of them", g.Now().Format(time.DateOnly), got, step.want)
			}
		}
		// The occasion had its mail: its row still says so.
		kept := g.message(m.ID)
		if kept.Subject != "order:"+order || kept.State != crm.Delivered || kept.OrderID != "" || kept.ProviderID != "" {
			t.Errorf("%+v", kept)
		}
		if r := g.requests()[0]; r.Source != "retention" || r.State != crm.PrivacyDone || r.Proof["customers"] == 0 {
			t.Errorf("%+v", r)
		}
		if c := g.chore(crm.ChoreRetention); !c.DueAt.After(g.Now()) || c.DueAt.Sub(g.Now()) > 25*time.Hour {
			t.Errorf("its next night is %s", c.DueAt)
		}
		// Nobody objected: who comes back is new, and not suppressed.
		if all, err := g.Store.Suppressions(t.Context(), g.shopID, "", 10); err != nil || len(all) > 0 {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// Whoever is active, by account or by address, stays.
func TestActiveCustomersStay(t *testing.T) {
	g := newGifts(t, 4)
	g.mails.Fault = func(string) mailertest.Fault { return mailertest.Fault{Status: http.StatusServiceUnavailable} }
	now := g.Now()
	long := now.AddDate(-4, 0, 0)
	known := func(c crm.Customer) {
		t.Helper()
		c.Email, c.UpdatedAt = c.EmailKey, now
		if _, err := g.Store.ApplyEvents(t.Context(), g.shopID, []store.Applied{{Events: []crm.Event{{Kind: crm.CustomerChanged, Customer: &c}}}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	known(crm.Customer{ID: "1", EmailKey: "old@x.example", CreatedAt: long})
	known(crm.Customer{ID: "2", EmailKey: "agreed@x.example", CreatedAt: long, Consent: crm.Consent{State: crm.ConsentSubscribed, At: now}})
	known(crm.Customer{ID: "3", EmailKey: "guest@x.example", CreatedAt: long})
	known(crm.Customer{ID: "4", EmailKey: "born@x.example", CreatedAt: long, Birthday: crm.Birthday{Day: "03-05", At: now}})
	known(crm.Customer{ID: "5", EmailKey: "young@x.example", CreatedAt: now})
	known(crm.Customer{ID: "6", EmailKey: "unknown@x.example"})
	guest := crm.Order{ID: "9", Email: "guest@x.example", EmailKey: "guest@x.example", CreatedAt: now, UpdatedAt: now}
	if _, err := g.Store.ApplyEvents(t.Context(), g.shopID, []store.Applied{{Events: []crm.Event{{Kind: crm.OrderChanged, Order: &guest}}}}, nil); err != nil {
		t.Fatal(err)
	}
	ids, next, err := g.Store.Inactive(t.Context(), g.shopID, now.AddDate(-3, 0, 0), "")
	if err != nil || next != "" || len(ids) != 1 || ids[0] != "1" {
		t.Errorf("inactive are %v, %q, %v", ids, next, err)
	}
}

func TestNights(t *testing.T) {
	for _, zone := range []string{"Europe/Rome", "America/Los_Angeles", "Pacific/Auckland", "UTC"} {
		shop := crm.Shop{ID: "shp_" + zone, Timezone: zone}
		at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
		for range 3 {
			next := night(shop, at)
			if h := next.In(crm.Location(zone)).Hour(); h < 1 || h > 3 || !next.After(at) || next.Sub(at) > 26*time.Hour {
				t.Errorf("%s: after %s comes %s", zone, at, next)
			}
			at = next
		}
	}
	p := place{"2026-11", "msg_1", `customer "7"`}
	if got := readPlace(p.text(), crm.Day{Year: 2026, Month: 11, Day: 30}); got != p {
		t.Errorf("%+v", got)
	}
	if got := readPlace(p.text(), crm.Day{Year: 2026, Month: 12, Day: 1}); got != (place{"2026-12", "", p.customer}) {
		t.Errorf("in another month %+v", got)
	}
}
