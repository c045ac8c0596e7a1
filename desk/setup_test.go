package desk_test

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/journeys"
)

// onlyTells is a platform that tells of events and can do nothing.
type onlyTells struct{}

func (onlyTells) Name() string            { return "only" }
func (onlyTells) Settings() []crm.Setting { return nil }
func (onlyTells) Envelope(http.Header, []byte) (integrations.Envelope, error) {
	return integrations.Envelope{}, nil
}
func (onlyTells) VerifyWebhook(integrations.Connection, http.Header, []byte) bool { return false }
func (onlyTells) ParseWebhook(integrations.Envelope, []byte) ([]crm.Event, error) { return nil, nil }

func complete() crm.Shop {
	return crm.Shop{ID: "shp_1", Platform: "shopify", Domain: "bottega.myshopify.com", State: crm.ShopActive, Name: "Bottega", Sender: crm.Mailbox{Name: "Anna", Email: "anna@bottega.example"},
		LegalName: "Bottega Srl", PostalAddress: "Via Roma 1, Bologna", Timezone: "Europe/Rome", Country: "IT", Locale: "it", Currency: "EUR"}
}

// What is missing is told, what stops everything first, with what mends it.
func TestLacks(t *testing.T) {
	allOff := map[string]crm.Values{}
	for _, j := range journeys.All {
		allOff[j.Key] = crm.Values{"enabled": "false"}
	}
	for name, c := range map[string]struct {
		change func(*crm.Shop)
		on     integrations.Platform
		want   []string // with ! those that stop
	}{
		"nothing":       {func(*crm.Shop) {}, shopify.New(), nil},
		"all":           {func(s *crm.Shop) { *s = crm.Shop{Domain: "x.example"} }, shopify.New(), []string{"!name", "!from", "!legal_name", "!address", "!timezone", "!locale", "!currency", "country"}},
		"sender's name": {func(s *crm.Shop) { s.Sender.Name = "" }, shopify.New(), []string{"sender_name"}},
		"odd sender":    {func(s *crm.Shop) { s.Sender.Email = "anna@localhost" }, shopify.New(), []string{"!from"}},
		"odd name":      {func(s *crm.Shop) { s.Sender.Name = `Anna, "the boss" (owner)` }, shopify.New(), nil},
		"odd zone":      {func(s *crm.Shop) { s.Timezone = "Mars/Base" }, shopify.New(), []string{"!timezone"}},
		"broken":        {func(s *crm.Shop) { s.Broken, s.App = "401", true }, shopify.New(), []string{"connection"}},
		"removed":       {func(s *crm.Shop) { s.State = crm.ShopUninstalled }, shopify.New(), []string{"connection"}},
		"no gesture":    {func(s *crm.Shop) { s.Journeys = allOff }, shopify.New(), []string{"gestures"}},
		"one it cannot": {func(s *crm.Shop) {
			s.Journeys = maps.Clone(allOff)
			s.Journeys["birthday_coupon"] = crm.Values{"enabled": "true"}
		}, onlyTells{}, []string{"gestures"}},
		"not set up":     {func(s *crm.Shop) { s.App, s.State = true, crm.ShopPaused }, shopify.New(), []string{"finish"}},
		"paused by hand": {func(s *crm.Shop) { s.App, s.State, s.SetUpAt = true, crm.ShopPaused, time.Unix(1, 0) }, shopify.New(), nil},
	} {
		shop := complete()
		c.change(&shop)
		var got []string
		for _, l := range desk.Lacks(shop, c.on) {
			key := l.Key
			if l.Stops {
				key = "!" + key
			}
			got = append(got, key)
			if !strings.HasSuffix(l.Sentence, ".") || strings.HasPrefix(l.Sentence, " ") || l.Mend != "" && !strings.HasPrefix(l.Mend, "grazie ") {
				t.Errorf("%s: %+v", name, l)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestUnable(t *testing.T) {
	for _, j := range journeys.All {
		if why := desk.Unable(shopify.New(), j.Key); why != "" {
			t.Errorf("%s: %s", j.Key, why)
		}
		if why, needs := desk.Unable(onlyTells{}, j.Key), j.Key != "thank_you" && j.Key != "review_request" && j.Key != "apology"; (why != "") != needs {
			t.Errorf("%s: %q", j.Key, why)
		}
	}
}

// What is shown of a field can be typed again, whatever stands in it.
func TestFieldsReadWhatTheyShow(t *testing.T) {
	shop := complete()
	shop.Sender.Name, shop.ReplyTo, shop.Formal = `Anna \ "A." <x@y.example>, (owner): [1];`, "hello@bottega.example", true
	for _, f := range desk.ShopFields {
		again := crm.Shop{}
		if err := f.Set(&again, f.Show(shop)); err != nil || f.Show(again) != f.Show(shop) {
			t.Errorf("%s: %q became %q: %v", f.Name, f.Show(shop), f.Show(again), err)
		}
		if found, ok := desk.FindShopField(f.Name); !ok || found.Name != f.Name {
			t.Errorf("%s is not found", f.Name)
		}
	}
	var read crm.Shop
	if f, _ := desk.FindShopField("from"); f.Set(&read, f.Show(shop)) != nil || read.Sender != shop.Sender {
		t.Errorf("%+v", read.Sender)
	}
	for _, bad := range []string{"", "anna", "Anna <anna@shop.example>", "<anna@shop.example>", "a@b.example, c@d.example", "anna@localhost", "anna@[192.0.2.1]", "änna@shop.example", "a@shop.example\r\nBcc: x@y.example", `"a b"@shop.example`, strings.Repeat("a", 65) + "@shop.example"} {
		if got, err := desk.Address(bad); err == nil {
			t.Errorf("%q was read as %q", bad, got)
		}
	}
	for _, bad := range []string{"", "und", "english!", "en-x" + strings.Repeat("-abcdefgh", 4)} {
		if got, err := desk.Locale(bad); err == nil {
			t.Errorf("%q was read as %q", bad, got)
		}
	}
	if got, err := desk.Address(" anna@Straße.example "); err != nil || got != "anna@xn--strae-oqa.example" {
		t.Errorf("%q, %v", got, err)
	}
}

// A test mail is the letter of the newest order, to whom the merchant says,
// with nothing in it that belongs to the customer's own pages.
func TestTrial(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		sample, err := r.Trial(t.Context(), r.shop, "me@bottega.example", "[Test]")
		if err != nil || sample.Order != "" || !strings.Contains(sample.Mail.Text, "#1001") || sample.Mail.To != (crm.Mailbox{Email: "me@bottega.example"}) {
			t.Fatalf("%+v, %v", sample, err)
		}
		r.buys("1001", r.anna("77"))
		r.pass(time.Hour)
		test := r.buys("1002", r.anna("78"))
		test.Test, test.UpdatedAt = true, r.Now().Add(time.Minute)
		r.told(false, crm.Event{Kind: crm.OrderChanged, At: r.Now(), Order: &test})
		before := r.rows()
		r.shop.Owner = "me@bottega.example"
		if other, err := r.Trial(t.Context(), r.shop, "friend@bottega.example", "[Test]"); err != nil || other.Order != "" || strings.Contains(other.Mail.Text, "Giulia") {
			t.Errorf("somebody else sees a customer's order: %+v, %v", other, err)
		}
		trial, err := r.Trial(t.Context(), r.shop, "me@bottega.example", "[Test]")
		if err != nil {
			t.Fatal(err)
		}
		customers, _, err := r.Draft(t.Context(), r.shop, desk.Request{Journey: "thank_you", Order: "1001", Ask: kim}, "")
		if err != nil {
			t.Fatal(err)
		}
		m := trial.Mail
		if trial.Order != "#1001" || m.Text != customers.Text || m.HTML != customers.HTML || m.Subject != "[Test] "+customers.Subject || m.From != customers.From {
			t.Errorf("not the letter of the newest real order: %+v", trial)
		}
		if m.To.Email != "me@bottega.example" || m.To.Name != "" || !strings.HasPrefix(m.MessageID, "tst_") || m.Headers["List-Unsubscribe"] != "" || m.Headers["Feedback-ID"] != "" {
			t.Errorf("%+v", m)
		}
		if r.rows() != before || len(r.messages()) != 0 {
			t.Error("a test mail left rows")
		}
		// What the mail provider tells of it is about nothing of ours.
		got, err := r.Store.ApplyFeedback(t.Context(), []crm.Feedback{{ID: "1", ShopID: r.shop.ID, MessageID: m.MessageID, Kind: crm.FeedbackComplained, EmailKey: "me@bottega.example", At: r.Now()}})
		if err != nil || got.Ignored != 1 || got.Suppressed != 0 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// Five an hour and shop, whoever asks.
func TestTrialsAreFew(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		for range desk.TrialsAnHour {
			if err := r.TakeTrial(t.Context(), r.shop); err != nil {
				t.Fatal(err)
			}
			r.pass(time.Minute)
		}
		if err := r.TakeTrial(t.Context(), r.shop); !errors.Is(err, desk.ErrTrials) {
			t.Error(err)
		}
		if err := r.TakeTrial(t.Context(), crm.Shop{ID: "shp_other"}); err != nil {
			t.Errorf("another shop: %v", err)
		}
		r.pass(56 * time.Minute) // an hour after the first
		if err := r.TakeTrial(t.Context(), r.shop); err != nil {
			t.Error(err)
		}
		if err := r.TakeTrial(t.Context(), r.shop); !errors.Is(err, desk.ErrTrials) {
			t.Errorf("an hour after the second it is not yet: %v", err)
		}
	})
}
