package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// soul is somebody who has rows wherever a customer can have any.
type soul struct {
	mark  string // stands in every word of hers
	id    string
	order string
	guest string // an order without an account
	back  string // a return
	email string
}

func newSoul(mark, digit string) soul {
	return soul{mark: mark, id: "70000000" + digit, order: "45000000" + digit, guest: "46000000" + digit, back: "88000000" + digit, email: mark + "@mail.example"}
}

// words are what nobody may find once she was erased. Her ids, which tell
// nothing without the shop, stay in what remains.
func (p soul) words() []string { return []string{p.mark} }

func (p soul) rawOrder() []byte {
	return fmt.Appendf(nil, `{"id":%s,"email":"%s","note":"ring at %s","phone":"+39 %s","customer":{"id":%s,"first_name":"%s"},"shipping_address":{"address1":"Via %s 1"}}`,
		p.order, strings.ToUpper(p.email), p.mark, p.mark, p.id, p.mark, p.mark)
}

// live gives her rows of every kind, as they come to be.
func (p soul) live(t *testing.T, s *store.Store, c *clock, shopID string) {
	t.Helper()
	ctx, now := t.Context(), c.Now()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	hook := func(topic, body string) string {
		r, err := s.ReceiveWebhook(ctx, store.Webhook{ShopID: shopID, DeliveryID: store.NewID("d"), Topic: topic, Headers: `{"X-Shopify-Topic":"` + topic + `","From":"` + p.mark + `"}`, Body: []byte(body)})
		ok(err)
		return r.ID
	}
	address := &crm.Address{FirstName: p.mark, LastName: p.mark, City: p.mark, Country: "IT", Company: p.mark}
	o := paidOrder(c, p.order, p.id, p.email)
	o.Shipping, o.Billing, o.Tags, o.Codes = address, address, []string{p.mark}, []crm.CodeOnOrder{{Code: p.mark}}
	o.Items = []crm.LineItem{{ID: "1", ProductID: "2", Title: "Cup for " + p.mark, Variant: p.mark, Quantity: 2, Price: euros(500)}}
	o.Refunds = []crm.Refund{{ID: "r" + p.order, Amount: euros(100), CreatedAt: now}}
	who := crm.Customer{ID: p.id, Email: p.email, EmailKey: crm.EmailKey(p.email), FirstName: p.mark, LastName: p.mark, Locale: "it", Address: address,
		Consent: crm.Consent{State: crm.ConsentSubscribed, Source: p.mark, At: now}, Birthday: crm.Birthday{Day: "03-05", Source: "form", At: now}, CreatedAt: now, UpdatedAt: now, Timezone: "Europe/Rome"}
	guest := paidOrder(c, p.guest, "", p.email)
	guest.Billing = address
	birthday := crm.Message{Journey: "birthday_coupon", Purpose: crm.Marketing, CustomerID: p.id, Subject: "birthday:" + p.id + ":2027-03-05", DueAt: now.AddDate(0, 3, 0)}
	_, err := s.ApplyEvents(ctx, shopID, []store.Applied{
		{WebhookID: hook("orders/paid", string(p.rawOrder())), State: store.WebhookProcessed, Events: []crm.Event{{Kind: crm.OrderPaid, Order: &o, Customer: &who, At: now}}},
		{WebhookID: hook("orders/create", `{"id":`+p.guest+`,"contact_email":"`+strings.ReplaceAll(p.email, "@", `\u0040`)+`"}`), State: store.WebhookProcessed, Events: []crm.Event{{Kind: crm.OrderPaid, Order: &guest, At: now}}},
		{WebhookID: hook("fulfillment_events/create", `{"order_id":`+p.order+`,"address1":"Via `+p.mark+`"}`), State: store.WebhookIgnored},
		{WebhookID: hook("carts/update", `{"admin_graphql_api_id":"gid://shopify/Customer/`+p.id+`","name":"`+p.mark+`"}`), State: store.WebhookFailed},
	}, planning([]crm.Message{thankYou(o, now), birthday}))
	ok(err)
	thanks := bySubject(t, s, shopID, "order:"+p.order)
	won, err := s.ClaimMessage(ctx, thanks, crm.Mail{To: crm.Mailbox{Name: p.mark, Email: p.email}, Subject: "Thank you, " + p.mark, Text: "Dear " + p.mark, HTML: "<p>Dear " + p.mark + "</p>", Template: 3, Locale: "it"})
	ok(err)
	if !won {
		t.Fatal("not claimed")
	}
	thanks.State, thanks.Attempt = crm.Sending, 1
	_, err = s.RecordOutcome(ctx, store.Outcome{Message: thanks, State: crm.Sent, SentAt: now, Mailer: "outbox", ProviderID: "<" + p.mark + ">", Locale: "it", Detail: "250 " + p.mark, Phrases: []string{p.mark}})
	ok(err)
	_, err = s.ApplyFeedback(ctx, []crm.Feedback{{ID: store.NewID("f"), ShopID: shopID, MessageID: thanks.ID, Kind: crm.FeedbackDeferred, EmailKey: p.email, Detail: "450 " + p.mark, At: now}})
	ok(err)
	asked, err := s.PlanByHand(ctx, crm.Message{ShopID: shopID, Journey: "apology", Purpose: crm.Transactional, Subject: "apology:order:" + p.order, CustomerID: p.id, OrderID: p.order, ByHand: true,
		Detail: p.mark, Ask: &crm.Ask{By: "kim", Reason: p.mark, Note: "Dear " + p.mark}})
	ok(err)
	effects, _, err := s.PlanEffects(ctx, bySubject(t, s, shopID, birthday.Subject), codeOf(c, "CODE-"+p.id, p.id, 500), crm.Limits{})
	ok(err)
	finish(t, s, effects[0], crm.EffectDone)
	returned(t, s, shopID, crm.Return{ID: p.back, Name: "#" + p.mark, OrderID: p.order, CustomerID: p.id, Status: crm.ReturnOpen, UpdatedAt: now, ReadAt: now,
		Lines: []crm.ReturnLine{{Title: p.mark, Quantity: 1, Reason: "does not fit " + p.mark}}}, upgrade(p.back, now))
	label, _, err := s.PlanEffects(ctx, bySubject(t, s, shopID, "return:"+p.back), []crm.Effect{{Kind: crm.LabelBought, Worth: euros(700), Label: &crm.Label{By: "easypost", URL: "https://label.example/" + p.mark}},
		{Kind: crm.ReplacementPlaced, Replacement: &crm.Replacement{ReturnID: p.back, OrderID: p.mark}}}, crm.Limits{})
	ok(err)
	claimed, _, err := s.ClaimEffect(ctx, label[0])
	ok(err)
	claimed.State, claimed.Detail, claimed.Receipt = crm.EffectDone, p.mark, crm.Receipt{By: "easypost", ID: p.mark}
	claimed.Label.Tracking, claimed.Label.Cost = p.mark, euros(650)
	_, err = s.SaveEffect(ctx, claimed)
	ok(err)
	_, err = s.SaveReview(ctx, store.Link{ShopID: shopID, CustomerID: p.id, MessageID: thanks.ID}, crm.Review{Rating: 1, Text: "Not for " + p.mark, Publish: true})
	ok(err)
	ok(s.OpenTask(ctx, crm.Task{ShopID: shopID, Kind: crm.TaskTellCustomer, Source: "message:" + asked.ID, CustomerID: p.id, MessageID: asked.ID, Detail: "Call " + p.mark}))
	tasks, err := s.Tasks(ctx, shopID, false, 100)
	ok(err)
	for _, task := range tasks {
		if task.CustomerID == p.id && task.Kind == crm.TaskTellCustomer {
			ok(s.FinishTask(ctx, shopID, task.ID, "kim: called "+p.mark))
		}
	}
	_, err = s.CreateBulk(ctx, crm.Bulk{ShopID: shopID, Journey: "apology"}, []string{"customer:" + p.id, "customer:" + strings.ToUpper(p.email), "order:#" + p.order, "order:" + p.order, "return:" + p.back})
	ok(err)
	ok(s.Suppress(ctx, shopID, p.email, "review_request", "kim: wants none", time.Time{}))
	ok(s.Suppress(ctx, shopID, p.email, crm.ScopeAll, "kim: for now", now.Add(time.Hour)))
	ok(s.Lift(ctx, shopID, p.email, crm.ScopeAll, "kim: "+p.mark+" wrote"))
	_, err = s.AskPrivacy(ctx, crm.PrivacyRequest{ShopID: shopID, Kind: crm.PrivacyExport, Subject: "data_request:55" + p.id[len(p.id)-2:], Source: "shopify", CustomerID: p.id, Email: p.email, OrderIDs: []string{p.order}})
	ok(err)
}
