package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// overShops are the methods that look at more than one shop, each for a reason.
var overShops = map[string]string{
	"Backlog":       "counts what waits, for readiness",
	"CreateToken":   "a token is the installation's; it names its shop itself",
	"Token":         "tells whose a token is and which shop it is for",
	"Tokens":        "lists the tokens for whoever runs the installation",
	"RevokeToken":   "a token is the installation's",
	"Close":         "ends the database itself",
	"Condition":     "tells how the database itself is",
	"ConnectShop":   "makes the shop, or finds it by its own domain",
	"Engine":        "tells how the database itself is",
	"EndingEffects": "the sweep ends what is over in all shops",
	"RunningBulks":  "the sweep goes on with the bulk jobs of all shops",
	"Lead":          "leases are the installation's",
	"LoseLeases":    "the sweep looks after the rows of all shops",
	"LinkToken":     "only seals what it is given",
	"OpenLink":      "tells which shop a sealed link is of; the rows are asked for with that",
	"Ping":          "tells how the database itself is",
	"Resign":        "leases are the installation's",
	"Ring":          "the sweep looks after the rows of all shops; it returns ids and nothing else",
	"Shop":          "finds the shop itself",
	"Shops":         "lists the shops for whoever runs the installation",
}

// belongings are rows of one shop, with values by which they would be known.
type belongings struct {
	webhook        string
	planned, aired crm.Message
	customer       crm.Customer
	gestures
	app
}

// link is a link in one of those mails, as if of a shop.
func (b belongings) link(shopID string) store.Link {
	return store.Link{ShopID: shopID, CustomerID: b.customer.ID, MessageID: b.planned.ID}
}

// mark stands in everything that the shop with these rows must keep to itself.
const mark = "anna-of-the-first-shop"

// within calls one method as a shop, about those rows. A method that only
// writes says what it would have changed by the rows themselves.
var within = map[string]func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error){
	"ApplyFeedback": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.ApplyFeedback(ctx, []crm.Feedback{{ID: "e-" + shopID, ShopID: shopID, MessageID: b.aired.ID, Kind: crm.FeedbackBounced,
			EmailKey: b.customer.EmailKey, Class: crm.BounceInvalid, At: time.Now()}})
	},
	"Brakes": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		brakes, err := s.Brakes(ctx, shopID)
		return len(brakes) > 0, err
	},
	"FeedbackOf": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.FeedbackOf(ctx, shopID, b.aired.ID)
	},
	"Lift": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.Lift(ctx, shopID, b.customer.EmailKey, crm.ScopeAll, "kim")
	},
	"LiftBrake": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		err := s.LiftBrake(ctx, shopID, "", "", "kim")
		return err == nil, err
	},
	"RecordRefusal": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		b.aired.ShopID = shopID
		return s.RecordRefusal(ctx, b.aired, b.customer.EmailKey, crm.BounceInvalid, "5.1.1", true)
	},
	"ApplyEvents": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		cancelled := crm.Order{ID: "1001", CancelledAt: time.Now(), UpdatedAt: time.Now().AddDate(9, 0, 0)}
		return s.ApplyEvents(ctx, shopID, []store.Applied{{WebhookID: b.webhook, State: store.WebhookFailed, Events: []crm.Event{
			{Kind: crm.OrderChanged, Order: &cancelled}, {Kind: crm.AppUninstalled}}}}, nil)
	},
	"CancelMessage": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.CancelMessage(ctx, shopID, b.planned.ID, "changed")
	},
	"ChangeConnection": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		var seen []string
		_, err := s.ChangeConnection(ctx, shopID, func(_ *crm.Shop, v crm.Values) error {
			seen = append(seen, v["secret"])
			v["secret"] = "changed"
			return nil
		})
		return seen, err
	},
	"ChangeShop": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.ChangeShop(ctx, shopID, func(shop *crm.Shop) error { shop.Sender.Name = "changed"; return nil })
	},
	"ClaimMessage": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		b.planned.ShopID = shopID
		return s.ClaimMessage(ctx, b.planned)
	},
	"Connection": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.Connection(ctx, shopID)
	},
	"Customer": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.Customer(ctx, shopID, b.customer.ID)
	},
	"CustomerByEmail": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.CustomerByEmail(ctx, shopID, b.customer.EmailKey)
	},
	"Facts": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.Facts(ctx, shopID, []string{b.planned.ID, b.aired.ID})
	},
	"FactsOf": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		b.planned.ShopID = shopID
		facts, err := s.FactsOf(ctx, shopID, []crm.Message{b.planned})
		for i := range facts {
			facts[i].Message = crm.Message{} // it was given, not found
		}
		return facts, err
	},
	"FailWebhook": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.FailWebhook(ctx, shopID, b.webhook, "changed")
	},
	"Message": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.Message(ctx, shopID, b.planned.ID)
	},
	"Messages": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.Messages(ctx, shopID, store.MessageFilter{OrderID: "1001", Limit: 10})
	},
	"MessagesOf": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.MessagesOf(ctx, shopID, b.customer, 10)
	},
	"Order": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.Order(ctx, shopID, "1001")
	},
	"OrdersOf": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.OrdersOf(ctx, shopID, b.customer, 10)
	},
	"PlanByHand": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		b.planned.ShopID, b.planned.Detail, b.planned.ByHand = shopID, "changed", true
		m, err := s.PlanByHand(ctx, b.planned)
		if m.ID != b.planned.ID {
			m = crm.Message{} // a new one of the shop's own
		}
		return m, err
	},
	"ReceiveWebhook": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		r, err := s.ReceiveWebhook(ctx, store.Webhook{ShopID: shopID, DeliveryID: mark, Headers: "{}"})
		return r.Duplicate, err
	},
	"RecordOutcome": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		b.aired.ShopID = shopID
		return s.RecordOutcome(ctx, store.Outcome{Message: b.aired, State: crm.Sent})
	},
	"ReplayWebhook": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.ReplayWebhook(ctx, shopID, b.webhook)
	},
	"Preferences": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.Preferences(ctx, b.link(shopID))
	},
	"ReviewOf": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		o, said, err := s.ReviewOf(ctx, b.link(shopID))
		return []any{o, said}, err
	},
	"SavePreferences": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.SavePreferences(ctx, b.link(shopID), store.Choices{Stop: true, Locale: "sl"}, nil)
	},
	"SaveReview": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.SaveReview(ctx, b.link(shopID), crm.Review{Rating: 1, Text: "changed"})
	},
	"SaveTemplate": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		t, err := s.SaveTemplate(ctx, shopID, crm.Template{Journey: "thank_you", Locale: "en", Text: "changed"})
		return t.Version > 1, err // whether it follows the version that is there
	},
	"SettleMessage": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.SettleMessage(ctx, shopID, b.aired.ID, true, "changed")
	},
	"Suppress": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.Suppress(ctx, shopID, b.customer.EmailKey, crm.ScopeAll, "changed", time.Time{})
	},
	"Suppressions": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.Suppressions(ctx, shopID, b.customer.EmailKey, 10)
	},
	"Templates": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.Templates(ctx, shopID, "thank_you")
	},
	"Unsubscribe": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.Unsubscribe(ctx, b.link(shopID), crm.ScopeMarketing)
	},
	"WaitingWebhooks": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.WaitingWebhooks(ctx, shopID, []string{b.webhook})
	},
	"Webhook": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.Webhook(ctx, shopID, b.webhook)
	},
	"Webhooks": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.Webhooks(ctx, shopID, store.WebhookFilter{Limit: 10})
	},
}

// No shop sees or changes the rows of another, whichever method is called with
// whatever ids. A new method needs a line above before this passes.
func TestShopsAreApart(t *testing.T) {
	methods := reflect.TypeFor[*store.Store]()
	within := maps.Clone(within)
	maps.Copy(within, withinGestures)
	maps.Copy(within, withinApp)
	overShops := maps.Clone(overShops)
	maps.Copy(overShops, overShopsApp)
	for i := range withinConsole {
		maps.Copy(within, withinConsole[i])
		maps.Copy(overShops, overShopsConsole[i])
	}
	for i := range methods.NumMethod() {
		name := methods.Method(i).Name
		if (within[name] == nil) == (overShops[name] == "") {
			t.Errorf("%s needs a case in within, or a reason in overShops", name)
		}
	}
	if n := len(within) + len(overShops); n != methods.NumMethod() {
		t.Errorf("%d methods are listed, the store has %d", n, methods.NumMethod())
	}
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		for name, call := range within {
			t.Run(name, func(t *testing.T) {
				mine, theirs := owner(t, s, c, name)
				if name == "Reviews" || name == "Review" || name == "ReviewPage" {
					if _, err := s.SaveReview(t.Context(), mine.link(mine.ID), crm.Review{Rating: 5, Text: mark}); err != nil {
						t.Fatal(err)
					}
				}
				before := holdings(t, s, mine)
				got, err := call(t.Context(), s, theirs.ID, mine.belongings)
				if err != nil && !errors.Is(err, crm.ErrNotFound) {
					t.Errorf("as another shop: %v", err)
				}
				if text := asText(t, got); strings.Contains(text, mark) || strings.Contains(text, mine.ID) || text == "true" {
					t.Errorf("another shop got %s", text)
				}
				if after := holdings(t, s, mine); after != before {
					t.Errorf("another shop changed\n%s\nto\n%s", before, after)
				}
				// And the shop itself finds or changes something, or all this says nothing.
				got, err = call(t.Context(), s, mine.ID, mine.belongings)
				if text := asText(t, got); !strings.Contains(text, mark) && !strings.Contains(text, mine.ID) && text != "true" && holdings(t, s, mine) == before {
					t.Errorf("the shop itself got %s, %v", text, err)
				}
			})
		}
	})
}

type owning struct {
	crm.Shop
	belongings
}

// owner makes two shops. The first has a row of every kind; the second has some
// that look alike: another customer by the same id, another order by the same
// number, the same address.
func owner(t *testing.T, s *store.Store, c *clock, name string) (owning, crm.Shop) {
	t.Helper()
	mine, theirs := connect(t, s, strings.ToLower(name)+"-a.myshopify.com"), connect(t, s, strings.ToLower(name)+"-b.myshopify.com")
	for shop, secret := range map[string]string{mine.ID: mark, theirs.ID: "b"} {
		if _, err := s.ChangeConnection(t.Context(), shop, func(_ *crm.Shop, v crm.Values) error { v["secret"] = secret; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	buy := func(shopID, order, customer, name, email string) {
		o := paidOrder(c, order, customer, email)
		o.Items[0].Title = "Soap for " + name
		events := paid(o)
		events[0].Customer = &crm.Customer{ID: customer, FirstName: name, Email: email, EmailKey: crm.EmailKey(email), UpdatedAt: c.Now()}
		apply(t, s, shopID, "d-"+order, events, thankYou(o, c.Now()))
	}
	buy(mine.ID, "1001", "77", mark, "anna@x.example")
	buy(mine.ID, "1002", "77", mark, "anna@x.example")
	alone := holdings(t, s, owning{Shop: mine})
	buy(theirs.ID, "1001", "78", "Bea", "anna@x.example")
	buy(theirs.ID, "1003", "77", "Cleo", "cleo@x.example")
	if beside := holdings(t, s, owning{Shop: mine}); beside != alone {
		t.Errorf("beside another shop\n%s\nbecame\n%s", alone, beside)
	}
	customer, err := s.Customer(t.Context(), mine.ID, "77")
	if err != nil {
		t.Fatal(err)
	}
	all := messages(t, s, mine.ID)
	b := belongings{customer: customer, webhook: receive(t, s, mine.ID, mark).ID, aired: all[0], planned: all[1]}
	b.gestures = ownGestures(t, s, c, mine, theirs, customer.ID, name)
	b.app = ownApp(t, s, mine.ID)
	if won, err := s.ClaimMessage(t.Context(), b.aired); !won || err != nil {
		t.Fatal(won, err)
	}
	b.aired.State, b.aired.Attempt = crm.Sending, 1
	if name == "SettleMessage" {
		if done, err := s.RecordOutcome(t.Context(), store.Outcome{Message: b.aired, State: crm.Unknown}); !done || err != nil {
			t.Fatal(done, err)
		}
	}
	if name == "ReplayWebhook" {
		if err := s.FailWebhook(t.Context(), mine.ID, b.webhook, "cannot be read"); err != nil {
			t.Fatal(err)
		}
	}
	if name == "Lift" || name == "Suppressions" {
		if err := s.Suppress(t.Context(), mine.ID, customer.EmailKey, crm.ScopeAll, mark, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	forToday(t, s, c, mine, b, name)
	forCustomers(t, s, c, mine, b, name)
	if name == "Brakes" || name == "LiftBrake" || name == "FeedbackOf" {
		buy(mine.ID, "1009", "77", mark, "anna@x.example")
		for _, m := range messages(t, s, mine.ID) {
			if _, err := s.ApplyFeedback(t.Context(), []crm.Feedback{{ID: "of-" + m.ID, ShopID: mine.ID, MessageID: m.ID, Kind: crm.FeedbackComplained,
				EmailKey: customer.EmailKey, Detail: mark, At: c.Now()}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := s.SaveTemplate(t.Context(), mine.ID, crm.Template{Journey: "thank_you", Locale: "en", Text: mark}); err != nil {
		t.Fatal(err)
	}
	ownDraft(t, s, mine.ID)
	return owning{mine, b}, theirs
}

// holdings are all rows of a shop as text.
func holdings(t *testing.T, s *store.Store, o owning) string {
	t.Helper()
	shop, err := s.Shop(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	connection, err := s.Connection(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	webhooks, err := s.Webhooks(t.Context(), o.ID, store.WebhookFilter{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	facts, err := s.FactsOf(t.Context(), o.ID, messages(t, s, o.ID)) // orders, customers, texts, suppressions
	if err != nil {
		t.Fatal(err)
	}
	return asText(t, append([]any{shop, connection, webhooks, facts}, append(keeps(t, s, o.ID, o.belongings), keepsApp(t, s, o.ID)...)...))
}

func asText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
