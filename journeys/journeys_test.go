package journeys_test

import (
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/journeys"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// shop was connected a month before noon.
func shop() crm.Shop {
	return crm.Shop{ID: "shp_1", State: crm.ShopActive, LegalName: "Soap Ltd", PostalAddress: "1 Lane, Bled", ConnectedAt: noon.AddDate(0, -1, 0), Journeys: map[string]crm.Values{}}
}

// order was placed and paid at noon.
func order() *crm.Order {
	return &crm.Order{ID: "1001", Name: "#1001", CustomerID: "7", Email: "anna@mail.example", Status: crm.Paid, Total: crm.Money{Minor: 1000, Currency: "EUR"},
		Items: []crm.LineItem{{Title: "Soap", Quantity: 1}}, CreatedAt: noon, PaidAt: noon, UpdatedAt: noon}
}

// event is one of a kind, with all that any journey may look at.
func event(kind crm.EventKind) crm.Event {
	return crm.Event{Kind: kind, At: noon, Order: order(), Customer: &crm.Customer{ID: "7", Email: "anna@mail.example"}}
}

func thankYou(t testing.TB) journeys.Journey {
	t.Helper()
	j, ok := journeys.Find("thank_you")
	if !ok {
		t.Fatal("there is no thank_you")
	}
	return j
}

var snake = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)

func TestEveryJourneyIsDeclaredInFull(t *testing.T) {
	seen := map[string]bool{}
	for _, j := range journeys.All {
		t.Run(j.Key, func(t *testing.T) {
			if !snake.MatchString(j.Key) || seen[j.Key] {
				t.Errorf("%q is not lower_snake, or not the only one", j.Key)
			}
			seen[j.Key] = true
			if found, ok := journeys.Find(j.Key); !ok || found.Name != j.Name {
				t.Error("it is not found by its key")
			}
			if j.Name == "" || len(j.On) == 0 || j.Purpose != crm.Transactional && j.Purpose != crm.Marketing {
				t.Errorf("name %q, on %v, purpose %q", j.Name, j.On, j.Purpose)
			}
			if j.Due == nil || j.Subject == nil || j.Rule == nil {
				t.Error("it lacks a function")
			}
			if len(j.Settings) == 0 || j.Settings[0].Key != "enabled" || j.Settings[0].Kind != crm.SettingBool {
				t.Fatalf("the first setting is not the switch: %+v", j.Settings)
			}
			keys := map[string]bool{}
			for _, s := range j.Settings {
				if err := s.Check(s.Default); err != nil {
					t.Errorf("its own default is refused: %v", err)
				}
				if !snake.MatchString(s.Key) || keys[s.Key] || s.Label == "" || s.Help == "" {
					t.Errorf("%q is not lower_snake, not the only one, or without words for people", s.Key)
				}
				keys[s.Key] = true
			}
		})
	}
	if _, ok := journeys.Find("name_day_of_the_cat"); ok {
		t.Error("a journey that does not exist was found")
	}
}

func TestEveryJourneyPlansOneMessageForItsEvent(t *testing.T) {
	for _, j := range journeys.All {
		for _, kind := range j.On {
			e, s := event(kind), shop()
			s.Journeys[j.Key] = crm.Values{"enabled": "true"}
			planned := journeys.Plan(e, s)
			i := slices.IndexFunc(planned, func(m crm.Message) bool { return m.Journey == j.Key })
			if i < 0 {
				t.Errorf("%s plans nothing for %s", j.Key, kind)
				continue
			}
			m := planned[i]
			if m.ShopID != s.ID || m.CustomerID != "7" || m.Subject == "" || m.Purpose != j.Purpose || m.State != crm.Planned || m.DueAt.IsZero() || m.ByHand {
				t.Errorf("%s plans %+v", j.Key, m)
			}
			if e.Order != nil && m.OrderID != "1001" {
				t.Errorf("%s does not name the order: %+v", j.Key, m)
			}

			later := event(kind)
			later.At, later.Order.Status, later.Order.UpdatedAt = noon.Add(day), crm.PartiallyRefunded, noon.Add(day)
			if again := j.Subject(later); again != m.Subject {
				t.Errorf("%s would be planned twice: %q and %q", j.Key, m.Subject, again)
			}

			s.Journeys[j.Key] = crm.Values{"enabled": "false"}
			for _, m := range journeys.Plan(e, s) {
				if m.Journey == j.Key {
					t.Errorf("%s is switched off and plans for %s", j.Key, kind)
				}
			}
		}
	}
}

func TestPlanIsRepeatableAndChangesNothing(t *testing.T) {
	for _, kind := range []crm.EventKind{crm.OrderPaid, crm.OrderChanged, crm.CustomerChanged} {
		e, s := event(kind), shop()
		first := journeys.Plan(e, s)
		if again := journeys.Plan(e, s); !reflect.DeepEqual(first, again) {
			t.Errorf("%s: got\n%+v\nand then\n%+v", kind, first, again)
		}
		if !reflect.DeepEqual(e, event(kind)) || !reflect.DeepEqual(s, shop()) {
			t.Errorf("%s: planning changed the event or the shop", kind)
		}
	}
}

func TestOnlyAPaidOrderIsThanked(t *testing.T) {
	for _, kind := range []crm.EventKind{crm.OrderChanged, crm.ParcelChanged, crm.ParcelDelivered, crm.RefundCreated, crm.CustomerChanged, crm.CustomerDeleted, crm.ConsentChanged, crm.AppUninstalled} {
		for _, m := range journeys.Plan(event(kind), shop()) {
			if m.Journey == "thank_you" {
				t.Errorf("%s plans a thank-you", kind)
			}
		}
	}
}

func TestByHandIsDueAtOnceAndSaysWho(t *testing.T) {
	j, s, now := thankYou(t), shop(), noon.Add(90*day)
	s.Journeys[j.Key] = crm.Values{"delay": "3d"}
	m := j.ByHand(event(crm.OrderPaid), s, "kim: try", now)
	if !m.ByHand || !m.DueAt.Equal(now) || m.Detail != "kim: try" || m.Subject != "order:1001" || m.OrderID != "1001" || m.CustomerID != "7" {
		t.Errorf("got %+v", m)
	}
}
