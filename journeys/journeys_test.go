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

// event is one of a kind, with all that any journey may look at: the order was
// delivered today, a year after her first, and today is her birthday.
func event(kind crm.EventKind) crm.Event {
	e := crm.Event{Kind: kind, At: noon, Order: order(), FirstOrder: noon.AddDate(-1, 0, 0), Customer: &crm.Customer{ID: "7", Email: "anna@mail.example",
		Birthday: crm.Birthday{Day: "11-21", At: noon.AddDate(0, -6, 0)}}}
	e.Order.Fulfillments = []crm.Fulfillment{{ID: "1", Status: "success", CreatedAt: noon.Add(-2 * day), DeliveredAt: noon}}
	if kind == crm.ReturnChanged {
		e.Return = &crm.Return{ID: "9", OrderID: "1001", CustomerID: "7", Status: crm.ReturnRequested, RequestedAt: noon}
	}
	return e
}

// journey is one of journeys.All.
func journey(t testing.TB, key string) journeys.Journey {
	t.Helper()
	j, ok := journeys.Find(key)
	if !ok {
		t.Fatalf("there is no %s", key)
	}
	return j
}

func thankYou(t testing.TB) journeys.Journey { return journey(t, "thank_you") }

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
			if j.Name == "" || j.Purpose != crm.Transactional && j.Purpose != crm.Marketing {
				t.Errorf("name %q, on %v, purpose %q", j.Name, j.On, j.Purpose)
			}
			if j.Occasions == nil || j.Rule == nil {
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
			if _, calendar := crm.OccasionDay(m.Subject); calendar != (m.OrderID == "") || !calendar && m.OrderID != "1001" {
				t.Errorf("%s names the order wrongly: %+v", j.Key, m)
			}
			if (m.ReturnID != "") != (kind == crm.ReturnChanged) {
				t.Errorf("%s names the return wrongly: %+v", j.Key, m)
			}

			later := event(kind)
			later.At, later.Order.Status, later.Order.UpdatedAt = noon.Add(day), crm.PartiallyRefunded, noon.Add(day)
			if again := j.Messages(later, s); len(again) == 0 || again[0].Subject != m.Subject || !again[0].DueAt.Equal(m.DueAt) {
				t.Errorf("%s would be planned twice, or moved: %+v and %+v", j.Key, m, again)
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

// TestWhatIsOnByDefault: a merchant who only connected a shop sends thanks, and
// nothing that costs money or needs somebody's consent.
func TestWhatIsOnByDefault(t *testing.T) {
	for _, j := range journeys.All {
		want := j.Key == "thank_you" || j.Key == "apology"
		if on := j.Values(shop()).Bool("enabled"); on != want {
			t.Errorf("%s: on %v", j.Key, on)
		}
		if len(j.On) == 0 && j.Key != "apology" {
			t.Errorf("%s is started by nothing", j.Key)
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
	ask := crm.Ask{By: "kim", Reason: "she asked"}
	for key, subject := range map[string]string{
		"thank_you": "order:1001", "review_request": "review:1001", "return_upgrade": "return:9", "apology": "apology:1001",
		"birthday_coupon": "birthday:7:2026-11-21", "anniversary_coupon": "anniversary:7:2026-11-21",
	} {
		j, s, now := journey(t, key), shop(), noon.Add(time.Hour)
		s.Journeys[key] = crm.Values{"delay": "3d", "lead_days": "0", "enabled": "false"}
		m, ok := j.ByHand(event(crm.ReturnChanged), s, ask, now)
		if !ok || !m.ByHand || !m.DueAt.Equal(now) || m.Detail != "kim: she asked" || m.Subject != subject || m.CustomerID != "7" || m.Ask == nil || m.Ask.Offer != "" {
			t.Errorf("%s: got %+v, %v", key, m, ok)
		}
		again := ask
		again.Again = "the first was lost"
		m, ok = j.ByHand(event(crm.ReturnChanged), s, again, now)
		if of, is := m.Again(); !ok || !is || of != subject || m.Subject != subject+":again:2026-11-21" {
			t.Errorf("%s again: got %+v, %v", key, m, ok)
		}
		if m, ok := j.ByHand(crm.Event{}, s, ask, now); ok {
			t.Errorf("%s: about nothing at all: got %+v", key, m)
		}
	}
	if len(journeys.All) != 6 {
		t.Errorf("there are %d journeys: name the subjects of the new ones", len(journeys.All))
	}
}

// TestNothingPanicsOnNothing asks about facts and events that hold nothing, as
// they may be when rows are lost or erased.
func TestNothingPanicsOnNothing(t *testing.T) {
	kinds := []crm.EventKind{"", crm.OrderChanged, crm.OrderPaid, crm.ParcelChanged, crm.ParcelDelivered, crm.RefundCreated, crm.CustomerChanged, crm.CustomerDeleted,
		crm.ConsentChanged, crm.AppUninstalled, crm.ReturnChanged, crm.DayBegan, crm.AskedByHand}
	for _, j := range journeys.All {
		for _, kind := range kinds {
			for _, e := range []crm.Event{{Kind: kind}, {Kind: kind, Order: &crm.Order{}}, {Kind: kind, Customer: &crm.Customer{}}, {Kind: kind, Return: &crm.Return{}}} {
				j.Messages(e, crm.Shop{})
			}
		}
		for _, subject := range []string{"", "order:1", "birthday:7:2026-11-21", "birthday:7:2026-11-21:reminder", "review:1:reminder"} {
			for _, byHand := range []bool{false, true} {
				f := crm.Facts{Message: crm.Message{Subject: subject, ByHand: byHand}, Settings: crm.Values{"enabled": "true"}, Customer: crm.Customer{Email: "anna@mail.example"}}
				if d := journeys.Decide(j, f, noon); d.Verdict == crm.Send && j.Key != "apology" {
					t.Errorf("%s: %q about nothing is sent", j.Key, subject)
				}
				if j.Effects != nil {
					j.Effects(f, noon)
				}
				j.Rule(f, noon)
				journeys.Decide(j, crm.Facts{}, time.Time{})
			}
		}
	}
}

// A journey that always does something at the shop before its mail says what, so
// that staff is told where it cannot. The apology's gift is not always there.
func TestNeeds(t *testing.T) {
	for _, j := range journeys.All {
		if want := j.Effects != nil && j.Key != "apology"; want != (len(j.Needs) > 0) {
			t.Errorf("%s needs %v", j.Key, j.Needs)
		}
	}
}
