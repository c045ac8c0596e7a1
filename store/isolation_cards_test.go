package store_test

import (
	"context"
	"errors"
	"time"

	"grazie/crm"
	"grazie/store"
)

var withinCards = ofShop{
	"Callables": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if _, err := arrived(ctx, s, shopID, b); err != nil {
			return nil, err
		}
		return s.Callables(ctx, shopID, time.Now().Add(24*time.Hour), crm.Money{}, 10)
	},
	"TakeCall": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		id, err := arrived(ctx, s, shopID, b)
		if err != nil {
			return nil, err
		}
		return s.TakeCall(ctx, shopID, id, "stf_1", mark, manyCalls)
	},
	"Call": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		id, err := called(ctx, s, shopID, b, "")
		if err != nil {
			return nil, err
		}
		return s.Call(ctx, shopID, id)
	},
	"LeaveCall": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		id, err := called(ctx, s, shopID, b, "")
		if err != nil {
			return nil, err
		}
		if err := s.LeaveCall(ctx, shopID, id, "stf_1"); err != nil {
			return nil, crm.ErrNotFound
		}
		return true, nil
	},
	"FinishCall": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		_, err := called(ctx, s, shopID, b, crm.CallHappy)
		return err == nil, err
	},
	"CallsLeft": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if _, err := called(ctx, s, shopID, b, crm.CallHappy); err != nil {
			return nil, err
		}
		n, err := s.CallsLeft(ctx, shopID, manyCalls)
		return n < manyCalls.PerDay, err
	},
	"CallsMade": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if _, err := called(ctx, s, shopID, b, crm.CallHappy); err != nil {
			return nil, err
		}
		return s.CallsMade(ctx, shopID, time.Time{}, 10)
	},
	"CallsAbout": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		id, err := called(ctx, s, shopID, b, crm.CallHappy)
		if err != nil {
			return nil, err
		}
		return s.CallsAbout(ctx, shopID, id)
	},
	"CallOutcomes": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if _, err := called(ctx, s, shopID, b, crm.CallHappy); err != nil {
			return nil, err
		}
		n, err := s.CallOutcomes(ctx, shopID, time.Time{})
		return n[crm.CallHappy] > 0, err
	},
	"OrdersByID": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.OrdersByID(ctx, shopID, []string{"1002"})
	},
	"CustomersByID": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		found, err := s.CustomersByID(ctx, shopID, []string{b.customer.ID})
		return found, err
	},
	"DataOf": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		x, _, err := s.DataOf(ctx, b.link(shopID))
		return x, err
	},
	"ErasureOf": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.ErasureOf(ctx, b.link(shopID))
	},
	"AskErasure": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		r, err := s.AskErasure(ctx, b.link(shopID))
		return r.ShopID, err
	},
	"ToPack": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		all, _, err := s.ToPack(ctx, shopID, time.Time{}, time.Now().AddDate(10, 0, 0), 10)
		return all, err
	},
	"Signature": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if shopID == b.ShopID() {
			if err := s.SaveSignature(ctx, shopID, []byte(mark)); err != nil {
				return nil, err
			}
		}
		png, _, err := s.Signature(ctx, shopID)
		return string(png), err
	},
	"SaveSignature": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		err := s.SaveSignature(ctx, shopID, []byte(mark))
		if err != nil {
			return nil, err
		}
		png, _, err := s.Signature(ctx, b.ShopID()) // of the first shop, whoever saved one
		return string(png), err
	},
	"Task": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return ownTask(ctx, s, b, func(t crm.Task) (any, error) { return s.Task(ctx, shopID, t.ID) })
	},
	"OpenTasks": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return ownTask(ctx, s, b, func(t crm.Task) (any, error) { return s.OpenTasks(ctx, shopID, t.Kind, "", 10) })
	},
	"DoneTasks": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return ownTask(ctx, s, b, func(t crm.Task) (any, error) {
			if err := s.FinishTask(ctx, shopID, t.ID, mark); err != nil {
				return nil, err
			}
			return s.DoneTasks(ctx, shopID, time.Time{}, 10)
		})
	},
	"TaskCounts": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return ownTask(ctx, s, b, func(t crm.Task) (any, error) {
			n, err := s.TaskCounts(ctx, shopID)
			return n[t.Kind] > 0, err
		})
	},
	"TakeTask": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return ownTask(ctx, s, b, func(t crm.Task) (any, error) {
			err := s.TakeTask(ctx, shopID, t.ID, "", "stf_1", mark)
			return err == nil, err
		})
	},
}

var overShopsCards = map[string]string{}

var manyCalls = store.CallQuota{PerDay: 50, PerWeek: 50}

// ownTask asks for the task of the first shop.
func ownTask(ctx context.Context, s *store.Store, b belongings, then func(crm.Task) (any, error)) (any, error) {
	all, err := s.OpenTasks(ctx, b.ShopID(), crm.TaskLowRating, "", 1)
	if err != nil || len(all) == 0 {
		return nil, crm.ErrNotFound
	}
	return then(all[0])
}

// arrived is an order of the first shop that its customer has, and may be called
// about.
func arrived(ctx context.Context, s *store.Store, shopID string, b belongings) (string, error) {
	const id = "9009"
	if shopID != b.ShopID() {
		return id, nil
	}
	at := time.Now().Add(-time.Hour)
	o := crm.Order{ID: id, Name: "#" + mark, CustomerID: "909", Email: "dora@x.example", EmailKey: "dora@x.example", Status: crm.Paid, Total: crm.Money{Minor: 900, Currency: "EUR"},
		Items: []crm.LineItem{{Title: "Soap", Quantity: 1}}, CreatedAt: at, PaidAt: at, UpdatedAt: at,
		Fulfillments: []crm.Fulfillment{{ID: "1", Status: "success", CreatedAt: at, UpdatedAt: at, DeliveredAt: at}}}
	dora := crm.Customer{ID: "909", FirstName: mark, Email: "dora@x.example", EmailKey: "dora@x.example", UpdatedAt: at}
	_, err := s.ApplyEvents(ctx, shopID, []store.Applied{{Events: []crm.Event{{Kind: crm.OrderChanged, Order: &o, Customer: &dora}}}}, nil)
	return id, err
}

// called is such an order, once somebody took the call, and made it if there is an
// outcome.
func called(ctx context.Context, s *store.Store, shopID string, b belongings, outcome crm.CallState) (string, error) {
	id, err := arrived(ctx, s, shopID, b)
	if err == nil && shopID == b.ShopID() {
		_, err = s.TakeCall(ctx, shopID, id, "stf_1", mark, manyCalls)
	}
	if err == nil && outcome != "" {
		if err = s.FinishCall(ctx, crm.CallTry{ShopID: shopID, OrderID: id, Outcome: outcome, StaffID: "stf_1", By: mark}, time.Now(), nil); errors.Is(err, crm.ErrConflict) {
			err = crm.ErrNotFound // nobody of the other shop took it
		}
	}
	return id, err
}
