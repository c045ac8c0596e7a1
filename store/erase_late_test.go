package store_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// heard tells of a customer as her platform does.
func heard(t *testing.T, s *store.Store, shopID string, who crm.Customer) {
	t.Helper()
	who.EmailKey = crm.EmailKey(who.Email)
	apply(t, s, shopID, store.NewID("d"), []crm.Event{{Kind: crm.CustomerChanged, Customer: &who}})
}

// Nobody asked to forget who was only silent: what happens until it is done counts.
func TestForgetOnlyTheSilent(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		long, before := c.Now().AddDate(-4, 0, 0), c.Now().AddDate(-3, 0, 0)
		for _, id := range []string{"1", "2", "3", "4", "5"} {
			heard(t, s, shop.ID, crm.Customer{ID: id, Email: "c" + id + "@x.example", CreatedAt: long, UpdatedAt: long})
		}
		// The fourth had a birthday mail yesterday: who comes back as new tomorrow gets no other.
		if _, err := s.PlanMessages(t.Context(), shop.ID, []crm.Message{{Journey: "birthday_coupon", Purpose: crm.Marketing, CustomerID: "4", Subject: "birthday:4:2026-11-20", DueAt: c.Now()}}); err != nil {
			t.Fatal(err)
		}
		// A guest with the fifth's address was erased on request.
		erase(t, s, ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseCustomer, CustomerID: "gone", Email: "c5@x.example"}))
		ids, _, err := s.Inactive(t.Context(), shop.ID, before, "")
		if err != nil || !slices.Equal(ids, []string{"1", "2", "3", "5"}) {
			t.Fatalf("silent are %v, %v", ids, err)
		}
		if err := s.ForgetInactive(t.Context(), shop.ID, []string{"1", "2", "3", "4", "5"}, before); err != nil {
			t.Fatal(err)
		}
		c.pass(1)
		apply(t, s, shop.ID, "back", paid(paidOrder(c, "1001", "1", "c1@x.example")))
		show := ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyExport, Email: "C2@x.example"})
		open, err := s.OpenPrivacyRequests(t.Context(), shop.ID)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(open, func(r crm.PrivacyRequest) bool { return r.Source == "retention" })
		if done := erase(t, s, open[i]); done.Proof["customers"] != 2 {
			t.Errorf("the proof is %+v", done.Proof)
		}
		for id, stays := range map[string]bool{"1": true, "2": true, "3": false, "4": true, "5": false} {
			if who, err := s.Customer(t.Context(), shop.ID, id); stays != (err == nil && who.Email != "") {
				t.Errorf("customer %s: %+v, %v", id, who, err)
			}
		}
		if r, err := s.PrivacyRequest(t.Context(), shop.ID, show.ID); err != nil || r.State != crm.PrivacyOpen {
			t.Errorf("who wants to see her data: %+v, %v", r, err)
		}
		// Whom the fifth shared an address with did object: nothing of hers comes back.
		old := paidOrder(c, "900", "", "c5@x.example")
		old.CreatedAt = long
		apply(t, s, shop.ID, "old", paid(old))
		if o, err := s.Order(t.Context(), shop.ID, "900"); err != nil || o.Email != "" {
			t.Errorf("%+v, %v", o, err)
		}
	})
}

// Who is erased again, is so with what she bought in between, however late it is told.
func TestErasedAgain(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		heard(t, s, shop.ID, crm.Customer{ID: "77", Email: "anna@x.example", UpdatedAt: c.Now()})
		again := func() {
			erase(t, s, ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseCustomer, CustomerID: "77"}))
		}
		again()
		c.pass(time.Hour)
		between := paidOrder(c, "1001", "77", "anna@x.example")
		c.pass(time.Hour)
		again()
		apply(t, s, shop.ID, "d", paid(between))
		if o, err := s.Order(t.Context(), shop.ID, "1001"); err != nil || o.Email != "" {
			t.Errorf("%+v, %v", o, err)
		}
	})
}

// An order that was being taken in by another worker, who still saw her as she
// was, is found before the erasure ends.
func TestOrderTakenInDuringErasure(t *testing.T) {
	eachRaw(t, func(t *testing.T, s *store.Store, c *clock, raw *raw) {
		shop := connect(t, s, "demo.myshopify.com")
		for _, o := range []crm.Order{paidOrder(c, "1001", "", "anna@x.example"), paidOrder(c, "1002", "", "anna@x.example")} {
			apply(t, s, shop.ID, "d"+o.ID, paid(o))
		}
		rows, _ := raw.list(`select name, customer_id, email_key, counted, created_at, revision, data from orders where id = '1002'`)
		c.pass(1)
		raw.exec(`delete from orders where id = '1002'`)
		r := ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseCustomer, Email: "anna@x.example"})
		if more, err := s.EraseStep(t.Context(), shop.ID, r.ID); !more || err != nil {
			t.Fatal(more, err)
		}
		raw.exec(`insert into orders (shop_id, id, name, customer_id, email_key, counted, created_at, revision, data) values ($1, '1002', $2, $3, $4, $5, $6, $7, $8)`, append([]any{shop.ID}, rows[0]...)...)
		c.pass(1)
		after := paidOrder(c, "1003", "", "anna@x.example") // bought meanwhile: a matter of its own
		apply(t, s, shop.ID, "after", paid(after))
		done := erase(t, s, r)
		if done.Proof["orders"] != 2 {
			t.Errorf("the proof is %v", done.Proof)
		}
		for id, stays := range map[string]bool{"1001": false, "1002": false, "1003": true} {
			if o, err := s.Order(t.Context(), shop.ID, id); err != nil || stays != (o.Email != "") {
				t.Errorf("order %s: %+v, %v", id, o, err)
			}
		}
	})
}

// Webhooks of others stay, however much their addresses look like hers; hers go,
// those among them that wait for a shop which cannot be asked.
func TestErasedWebhooksAreHers(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		heard(t, s, shop.ID, crm.Customer{ID: "77", Email: "anna@x.example", UpdatedAt: c.Now()})
		hooks := map[string]string{}
		for _, body := range []string{
			`{"email":"joanna@x.example"}`, `{"email":"lisa.anna@x.example"}`, `{"email":"anna@x.example.org"}`, `{"id":771,"customer":{"id":177}}`,
			`{"note":"Anna <ANNA@x.example>."}`, `{"note":"joanna@x.example, anna@x.example"}`, `{"url":"https://x.example/?m=%20anna@x.example&n"}`,
			`{"id":1} {"email":"anna@x.example"}`, `{"note":"\nanna@x.example`, `{"customer":{"id":77},"put":"off"}`,
		} {
			got, err := s.ReceiveWebhook(t.Context(), store.Webhook{ShopID: shop.ID, DeliveryID: store.NewID("d"), Topic: "orders/updated", Headers: "{}", Body: []byte(body)})
			if err != nil {
				t.Fatal(err)
			}
			if hooks[body] = got.ID; strings.Contains(body, "off") {
				err = s.DeferWebhook(t.Context(), shop.ID, got.ID, "waits for the shop", c.Now().Add(time.Hour))
			} else {
				err = s.FailWebhook(t.Context(), shop.ID, got.ID, "cannot be read")
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		erase(t, s, ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseCustomer, CustomerID: "77"}))
		for body, id := range hooks {
			h, err := s.Webhook(t.Context(), shop.ID, id)
			others := strings.HasPrefix(body, `{"email"`) || strings.HasPrefix(body, `{"id":771`)
			if err != nil || others != (len(h.Body) > 0) || h.State == store.WebhookReceived {
				t.Errorf("%s: %q is %s, %v", body, h.Body, h.State, err)
			}
		}
	})
}

// A request that comes again when it is done leaves nothing of her either; nor
// does a return of hers whose order nobody told of.
func TestToldAgainAfterErasure(t *testing.T) {
	eachRaw(t, func(t *testing.T, s *store.Store, c *clock, raw *raw) {
		shop := connect(t, s, "demo.myshopify.com")
		heard(t, s, shop.ID, crm.Customer{ID: "77", Email: "annamark@x.example", UpdatedAt: c.Now()})
		redact := func() {
			r := crm.PrivacyRequest{Kind: crm.PrivacyEraseCustomer, Subject: "webhook:1", Source: "shopify", CustomerID: "77", Email: "annamark@x.example"}
			got, err := s.ReceiveWebhook(t.Context(), store.Webhook{ShopID: shop.ID, DeliveryID: store.NewID("d"), Topic: "customers/redact", Headers: "{}", Body: []byte(`{"email":"annamark@x.example"}`)})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.ApplyEvents(t.Context(), shop.ID, []store.Applied{{WebhookID: got.ID, State: store.WebhookProcessed, Events: []crm.Event{{Kind: crm.PrivacyAsked, At: c.Now(), Privacy: &r}}}}, nil); err != nil {
				t.Fatal(err)
			}
		}
		redact()
		open, err := s.OpenPrivacyRequests(t.Context(), shop.ID)
		if err != nil || len(open) != 1 {
			t.Fatalf("%+v, %v", open, err)
		}
		at := c.Now()
		c.pass(1)
		erase(t, s, open[0])
		redact()
		returned(t, s, shop.ID, crm.Return{ID: "8", Name: "annamark", OrderID: "900", CustomerID: "77", Status: crm.ReturnOpen, RequestedAt: at, UpdatedAt: at, Lines: []crm.ReturnLine{{Title: "annamark"}}})
		if left := linesWith(raw.dump(), "annamark"); len(left) > 0 {
			t.Errorf("came in again:\n%s", strings.Join(left, "\n"))
		}
	})
}

// What is handed to a customer tells of her, not of staff.
func TestExportIsWithoutStaff(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		anna := newSoul("annamark", "01")
		anna.live(t, s, c, shop.ID)
		x, err := s.Export(t.Context(), crm.PrivacyRequest{ShopID: shop.ID, CustomerID: anna.id})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(x)
		if err != nil || strings.Contains(string(text), "kim") || !strings.Contains(string(text), "Dear "+anna.mark) {
			t.Errorf("%s, %v", text, err)
		}
	})
}
