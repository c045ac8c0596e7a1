package store_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// gestures are rows of what belongs to gifts and returns.
type gestures struct {
	code, label crm.Effect // done; planned
	upgrade     crm.Message
	asked       crm.Message // by hand, waits for a yes
	bulk        crm.Bulk
	task        crm.Task
	early       time.Time // of the first order
}

func as(shopID string, m crm.Message) crm.Message { m.ShopID = shopID; return m }

// longAgo is a shop that was connected before all customers came.
func longAgo(shopID string) crm.Shop { return crm.Shop{ID: shopID} }

// withinGestures is within, for what belongs to gifts and returns.
var withinGestures = map[string]func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error){
	"ApplyReturn": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.ApplyReturn(ctx, shopID, crm.Return{ID: "r1", Status: crm.ReturnClosed, UpdatedAt: time.Now().AddDate(9, 0, 0)})
	},
	"ApproveMessage": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.ApproveMessage(ctx, shopID, b.asked.ID, "changed")
	},
	"BornOn": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.BornOn(ctx, shopID, []crm.MonthDay{"03-05"}, "", 10)
	},
	"Bulk": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.Bulk(ctx, shopID, b.bulk.ID)
	},
	"BulkItems": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.BulkItems(ctx, shopID, b.bulk.ID, 0, 10)
	},
	"Bulks": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.Bulks(ctx, shopID, 10)
	},
	"ChangeEffect": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.ChangeEffect(ctx, shopID, b.code.ID, func(e *crm.Effect) error { e.Detail = "changed"; return nil })
	},
	"ClaimEffect": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		b.label.ShopID = shopID
		_, ok, err := s.ClaimEffect(ctx, b.label)
		return ok, err
	},
	"CountBulk": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		n, err := s.CountBulk(ctx, shopID, b.bulk.ID)
		return len(n) > 0, err
	},
	"CreateBulk": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		_, err := s.CreateBulk(ctx, crm.Bulk{ShopID: shopID}, []string{"order:1001"})
		return nil, err
	},
	"FirstOrder": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		b.customer.CreatedAt = b.early // then her history is known
		at, err := s.FirstOrder(ctx, longAgo(shopID), b.customer)
		return at.Equal(b.early), err
	},
	"Effect": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.Effect(ctx, shopID, b.code.ID)
	},
	"EffectByCode": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.EffectByCode(ctx, shopID, b.code.Code.Code)
	},
	"Effects": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.Effects(ctx, shopID, crm.DiscountCodeMade, "", 10)
	},
	"EffectsOf": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.EffectsOf(ctx, shopID, b.code.MessageID)
	},
	"FinishTask": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.FinishTask(ctx, shopID, b.task.ID, "changed")
	},
	"FirstOrdered": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		at, err := s.FirstOrdered(ctx, shopID)
		return at.Equal(b.early), err
	},
	"Given": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		all, err := s.Given(ctx, shopID, "", "EUR", time.Time{})
		if err != nil {
			return nil, err
		}
		hers, err := s.Given(ctx, shopID, b.customer.ID, "EUR", time.Time{})
		return all+hers > 0, err
	},
	"GoodsBack": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		n, err := s.GoodsBack(ctx, shopID, "r1")
		return n > 0, err
	},
	"MessageAbout": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.MessageAbout(ctx, shopID, b.upgrade.Journey, b.upgrade.Subject)
	},
	"OpenTask": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		b.task.ShopID, b.task.Detail = shopID, "changed"
		return nil, s.OpenTask(ctx, b.task)
	},
	"PlanEffects": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		all, _, err := s.PlanEffects(ctx, as(shopID, crm.Message{ID: b.code.MessageID, CustomerID: b.customer.ID}),
			[]crm.Effect{{Kind: crm.DiscountCodeMade, Code: &crm.DiscountCode{Code: "ANOTHER"}}}, crm.Limits{})
		return all, err
	},
	"PlanMessages": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		b.upgrade.DueAt = b.upgrade.DueAt.Add(time.Hour)
		_, err := s.PlanMessages(ctx, shopID, []crm.Message{b.upgrade})
		return nil, err
	},
	"Planned": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		day, err := s.Planned(ctx, shopID)
		return !day.IsZero(), err
	},
	"RenewConnection": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		var seen string
		err := s.RenewConnection(ctx, shopID, func(v crm.Values) { seen, v["secret"] = v["secret"], "changed" })
		return seen, err
	},
	"Return": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.Return(ctx, shopID, "r1")
	},
	"Returns": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		all, err := s.Returns(ctx, shopID, "", 10)
		if err != nil {
			return nil, err
		}
		of, err := s.Returns(ctx, shopID, "1001", 10)
		return append(all, of...), err
	},
	"Reviews": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.Reviews(ctx, shopID, "", 10)
	},
	"Rewards": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		all, err := s.Rewards(ctx, shopID, "", 10)
		if err != nil {
			return nil, err
		}
		hers, err := s.Rewards(ctx, shopID, b.customer.ID, 10)
		return append(all, hers...), err
	},
	"Room": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		none := int64(1)
		more := crm.Effect{Kind: crm.DiscountCodeMade, Worth: crm.Money{Minor: 1, Currency: "EUR"}}
		full, err := s.Room(ctx, crm.Message{ShopID: shopID, CustomerID: b.customer.ID}, []crm.Effect{more}, crm.Limits{Currency: "EUR", Shop: &none, Customer: &none})
		if err != nil {
			return nil, err
		}
		more.Worth.Minor = 2 // has no room, unless it is seen as stored
		stored, err := s.Room(ctx, as(shopID, crm.Message{ID: b.code.MessageID}), []crm.Effect{more}, crm.Limits{Currency: "EUR", Shop: &none})
		return full != "" || stored == "", err
	},
	"SaveEffect": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		b.label.ShopID, b.label.State = shopID, crm.EffectDone
		return s.SaveEffect(ctx, b.label)
	},
	"SetPlanned": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return nil, s.SetPlanned(ctx, shopID, crm.Day{Year: 2030, Month: 1, Day: 1})
	},
	"SettleItem": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.SettleItem(ctx, shopID, b.bulk.ID, crm.BulkItem{Position: 1, State: crm.BulkRefused, Detail: "changed"})
	},
	"FirstOrdersBetween": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.FirstOrdersBetween(ctx, longAgo(shopID), b.early, b.early.Add(time.Minute))
	},
	"Imports": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		days, err := s.Imports(ctx, shopID)
		return len(days) > 0, err
	},
	"Targets": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		all, err := s.Targets(ctx, shopID, crm.BulkTarget{Orders: true})
		return slices.Contains(all, "order:1002"), err
	},
	"Tasks": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.Tasks(ctx, shopID, true, 10)
	},
	"TurnBulk": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.TurnBulk(ctx, shopID, b.bulk.ID, crm.BulkCancelled, crm.BulkCounted)
	},
	"WaitingItems": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.WaitingItems(ctx, shopID, b.bulk.ID, 10)
	},
}

// ownGestures gives the first shop of these tests a row of every kind that
// belongs to gifts and returns.
func ownGestures(t *testing.T, s *store.Store, c *clock, mine, theirs crm.Shop, customer, name string) gestures {
	t.Helper()
	g := gestures{early: c.Now().Add(-time.Hour)}
	known(t, s, c, mine.ID, crm.Customer{ID: customer, FirstName: mark, Email: "anna@x.example", EmailKey: "anna@x.example", CreatedAt: c.Now(), Birthday: crm.Birthday{Day: "03-05", At: c.Now()}})
	known(t, s, c, theirs.ID, crm.Customer{ID: customer, FirstName: "Cleo", Email: "cleo@x.example", EmailKey: "cleo@x.example", CreatedAt: c.Now(), Birthday: crm.Birthday{Day: "03-06", At: c.Now()}})
	o := paidOrder(c, "1001", customer, "anna@x.example")
	o.CreatedAt = g.early
	tell(t, s, mine.ID, o)

	g.code = made(t, s, c, gifted(t, s, c, mine.ID, customer), "CODE-"+mark, 500)
	made(t, s, c, gifted(t, s, c, theirs.ID, "78"), "OTHER", 0)
	g.upgrade = upgrade("r1", c.Now())
	returned(t, s, mine.ID, crm.Return{ID: "r1", Name: mark, OrderID: "1001", Status: crm.ReturnOpen, UpdatedAt: c.Now()}, g.upgrade)
	stored := bySubject(t, s, mine.ID, g.upgrade.Subject)
	all, _, err := s.PlanEffects(t.Context(), stored, []crm.Effect{{Kind: crm.LabelBought}, {Kind: crm.ReplacementPlaced, Replacement: &crm.Replacement{ReturnID: "r1"}}}, crm.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, s, all[1], crm.EffectDone)
	if g.label = all[0]; name == "SaveEffect" {
		if g.label, _, err = s.ClaimEffect(t.Context(), g.label); err != nil {
			t.Fatal(err)
		}
	}
	if g.asked, err = s.PlanByHand(t.Context(), crm.Message{ShopID: mine.ID, Journey: "apology", Subject: "apology:1", CustomerID: customer, ByHand: true, Ask: &crm.Ask{By: mark, Approval: crm.ApprovalWanted}}); err != nil {
		t.Fatal(err)
	}
	if name == "ForApproval" {
		if done, err := s.RecordOutcome(t.Context(), store.Outcome{Message: g.asked, State: crm.Planned, Reason: crm.ReasonNeedsApproval, DueAt: c.Now()}); !done || err != nil {
			t.Fatal(done, err)
		}
	}
	for _, shop := range []crm.Shop{mine, theirs} {
		b, err := s.CreateBulk(t.Context(), crm.Bulk{ShopID: shop.ID, Journey: "apology"}, []string{"order:" + map[bool]string{true: mark, false: "1003"}[shop.ID == mine.ID]})
		if err != nil {
			t.Fatal(err)
		}
		if shop.ID == mine.ID {
			g.bulk = b
		}
	}
	if err := s.OpenTask(t.Context(), crm.Task{ShopID: mine.ID, Kind: crm.TaskLowRating, Source: "review:1", OrderID: "1001", Detail: mark}); err != nil {
		t.Fatal(err)
	}
	tasks, err := s.Tasks(t.Context(), mine.ID, false, 1)
	if err != nil || len(tasks) != 1 {
		t.Fatal(tasks, err)
	}
	if g.task = tasks[0]; name == "OpenTask" {
		if err := s.FinishTask(t.Context(), mine.ID, g.task.ID, mark); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SetPlanned(t.Context(), mine.ID, crm.Day{Year: 2026, Month: 11, Day: 21}); err != nil {
		t.Fatal(err)
	}
	if name == "Imports" {
		for range 21 {
			known(t, s, c, mine.ID, crm.Customer{ID: store.NewID("c"), CreatedAt: g.early.AddDate(-1, 0, 0)})
		}
	}
	return g
}

// keeps are the rows of gifts and returns of a shop.
func keeps(t *testing.T, s *store.Store, shopID string, b belongings) []any {
	t.Helper()
	var all []any
	for _, name := range slices.Sorted(maps.Keys(withinGestures)) {
		switch name {
		case "Bulks", "BulkItems", "Effects", "EffectsOf", "Returns", "Rewards", "Tasks", "BornOn":
			found, err := withinGestures[name](t.Context(), s, shopID, b)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, found)
		}
	}
	effects, err := s.EffectsOf(t.Context(), shopID, b.label.MessageID)
	if err != nil {
		t.Fatal(err)
	}
	day, err := s.Planned(t.Context(), shopID)
	if err != nil {
		t.Fatal(err)
	}
	return append(all, effects, day)
}
