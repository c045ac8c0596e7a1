package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// list reads all pages of a list.
func list(t *testing.T, s *store.Store, shopID string, q store.MessageQuery) (subjects []string) {
	t.Helper()
	for range 1000 {
		page, err := s.MessageList(t.Context(), shopID, q)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Lines) > q.Limit {
			t.Fatalf("%d on a page of %d", len(page.Lines), q.Limit)
		}
		for _, l := range page.Lines {
			subjects = append(subjects, strings.TrimPrefix(l.Subject, "order:"))
		}
		if page.Next == "" {
			return subjects
		}
		q.After = page.Next
	}
	t.Fatal("the list does not end")
	return nil
}

// Each way through a list shows what it is asked for, each message once, in the
// sequence of its own time; and no other shop's.
func TestMessageLists(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, other := connect(t, s, "demo.myshopify.com"), connect(t, s, "other.myshopify.com")
		began := c.Now()
		for i := range 12 {
			for _, id := range []string{shop.ID, other.ID} {
				o := paidOrder(c, fmt.Sprint(1000+i), fmt.Sprint(70+i%3), fmt.Sprintf("c%d@x.example", i%3))
				m := thankYou(o, c.Now().Add(time.Duration(20-i)*time.Hour))
				if i%2 == 1 {
					m.Journey = "review_request"
				}
				apply(t, s, id, fmt.Sprint("d", i), []crm.Event{{Kind: crm.OrderPaid, Order: &o, Customer: &crm.Customer{ID: o.CustomerID, FirstName: "Anna " + o.CustomerID, UpdatedAt: c.Now()}}}, m)
			}
			c.pass(time.Minute)
		}
		c.pass(24 * time.Hour)
		end := func(order string, state crm.MessageState, reason crm.Reason) {
			t.Helper()
			m := bySubject(t, s, shop.ID, "order:"+order)
			if state == crm.Skipped {
				if done, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: state, Reason: reason}); !done || err != nil {
					t.Fatal(done, err)
				}
				return
			}
			if won, err := s.ClaimMessage(t.Context(), m); !won || err != nil {
				t.Fatal(won, err)
			}
			m.State, m.Attempt = crm.Sending, 1
			o := store.Outcome{Message: m, State: state, Reason: reason}
			if state == crm.Sent {
				o.SentAt = c.Now()
			}
			if done, err := s.RecordOutcome(t.Context(), o); !done || err != nil {
				t.Fatal(done, err)
			}
		}
		for _, o := range []string{"1004", "1002"} { // sent at the same moment
			end(o, crm.Sent, "")
		}
		c.pass(time.Hour)
		end("1001", crm.Sent, "")
		end("1003", crm.Unknown, crm.ReasonWorkerLost)
		end("1005", crm.Skipped, crm.ReasonUnsubscribed)
		end("1006", crm.Skipped, crm.ReasonTestOrder)
		if err := s.CancelMessage(t.Context(), shop.ID, bySubject(t, s, shop.ID, "order:1007").ID, "kim: asked"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PlanByHand(t.Context(), crm.Message{ShopID: shop.ID, Journey: "apology", Subject: "by hand", CustomerID: "70", ByHand: true, DueAt: c.Now(), Purpose: crm.Transactional, Ask: &crm.Ask{By: "kim", Reason: "sorry"}}); err != nil {
			t.Fatal(err)
		}
		all := "by hand 1011 1010 1009 1008 1007 1006 1005 1004 1003 1002 1001 1000"
		for name, c := range map[string]struct {
			q    store.MessageQuery
			want string
		}{
			"all":               {store.MessageQuery{}, all},
			"waiting":           {store.MessageQuery{Standing: store.StandsWaiting}, "1011 1010 1009 1008 1000 by hand"},
			"sent":              {store.MessageQuery{Standing: store.StandsSent}, "1001 1004 1002"},
			"unknown":           {store.MessageQuery{Standing: store.StandsUnknown}, "1003"},
			"skipped":           {store.MessageQuery{Standing: store.StandsSkipped}, "1006 1005"},
			"cancelled":         {store.MessageQuery{Standing: store.StandsCancelled}, "1007"},
			"failed":            {store.MessageQuery{Standing: store.StandsFailed}, ""},
			"journey":           {store.MessageQuery{Journey: "review_request"}, "1011 1009 1007 1005 1003 1001"},
			"waiting, journey":  {store.MessageQuery{Standing: store.StandsWaiting, Journey: "thank_you"}, "1010 1008 1000"},
			"reason":            {store.MessageQuery{Standing: store.StandsSkipped, Reason: crm.ReasonTestOrder}, "1006"},
			"customer":          {store.MessageQuery{CustomerID: "71"}, "1010 1007 1004 1001"},
			"customer, sent":    {store.MessageQuery{CustomerID: "71", Standing: store.StandsSent}, "1004 1001"},
			"customer, day":     {store.MessageQuery{CustomerID: "71", From: began.Add(2 * time.Minute), Until: began.Add(8 * time.Minute)}, "1007 1004"},
			"order":             {store.MessageQuery{CustomerID: "71", OrderID: "1004"}, "1004"},
			"by hand":           {store.MessageQuery{ByHand: true}, "by hand"},
			"by hand, waiting":  {store.MessageQuery{ByHand: true, Standing: store.StandsWaiting}, "by hand"},
			"sent, a while":     {store.MessageQuery{Standing: store.StandsSent, From: began.Add(24 * time.Hour), Until: began.Add(24*time.Hour + 30*time.Minute)}, "1004 1002"},
			"waiting, a while":  {store.MessageQuery{Standing: store.StandsWaiting, Until: began.Add(11 * time.Hour)}, "1011 1010"},
			"since next year":   {store.MessageQuery{From: time.Now().AddDate(1, 0, 0)}, ""},
			"until next year":   {store.MessageQuery{Until: time.Now().AddDate(1, 0, 0)}, all},
			"nobody's place":    {store.MessageQuery{Standing: store.StandsSent, After: "x"}, "1001 1004 1002"},
			"nobody's customer": {store.MessageQuery{CustomerID: "nobody"}, ""},
		} {
			for _, limit := range []int{1, 2, 50} {
				c.q.Limit = limit
				got := strings.Join(list(t, s, shop.ID, c.q), " ")
				if name == "sent" || name == "sent, a while" || name == "nobody's place" { // of one moment: either first
					got = strings.Replace(got, "1002 1004", "1004 1002", 1)
				}
				if got != c.want {
					t.Errorf("%s, %d a page: %s\nwant %s", name, limit, got, c.want)
				}
			}
		}
		page, err := s.MessageList(t.Context(), shop.ID, store.MessageQuery{Limit: 50, CustomerID: "71"})
		if err != nil || page.Lines[0].Customer != "Anna 71" || page.Lines[0].Order != "#1010" || page.Lines[0].WebhookID == "" {
			t.Errorf("%+v %v", page.Lines, err)
		}
		counts, err := s.MessageCounts(t.Context(), shop.ID)
		if err != nil || fmt.Sprint(counts) != "map[:13 bounced:0 cancelled:1 complained:0 failed:0 planned:6 sending:0 sent:3 skipped:2 unknown:1]" {
			t.Error(counts, err)
		}
		of, err := s.MessagesByWebhook(t.Context(), shop.ID, page.Lines[0].WebhookID, 10)
		if err != nil || len(of) != 1 || of[0].ID != page.Lines[0].ID {
			t.Error(of, err)
		}
		if !slices.Contains(store.Standings, store.StandsAny) {
			t.Error("there is no list of all")
		}
	})
}
