package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// app is what belongs to a shop as such.
type app struct {
	worker               string // who does its chores
	request, shopRequest crm.PrivacyRequest
}

// ShopID is the shop that these are of.
func (a app) ShopID() string { return a.request.ShopID }

// ownApp lets a worker take the first shop's chores.
func ownApp(t *testing.T, s *store.Store, mine string) app {
	t.Helper()
	a := app{worker: "worker-" + mine}
	claimed, err := s.ClaimChores(t.Context(), a.worker, time.Minute, 1000, len(crm.Chores))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range claimed {
		if c.ShopID != mine {
			if err := s.EndChore(t.Context(), c, a.worker); err != nil {
				t.Fatal(err)
			}
		}
	}
	a.request = ask(t, s, crm.PrivacyRequest{ShopID: mine, Kind: crm.PrivacyEraseCustomer, Subject: "erase " + mark, CustomerID: "77", Email: "anna@x.example"})
	a.shopRequest = ask(t, s, crm.PrivacyRequest{ShopID: mine, Kind: crm.PrivacyEraseShop, Subject: "erase all of " + mark})
	return a
}

func ask(t *testing.T, s *store.Store, r crm.PrivacyRequest) crm.PrivacyRequest {
	t.Helper()
	r, err := s.AskPrivacy(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// keepsApp are the rows of a shop as such.
func keepsApp(t *testing.T, s *store.Store, shopID string) []any {
	t.Helper()
	chores, err := s.Chores(t.Context(), shopID)
	if err != nil {
		t.Fatal(err)
	}
	requests, err := s.OpenPrivacyRequests(t.Context(), shopID)
	if err != nil {
		t.Fatal(err)
	}
	return []any{chores, requests}
}

// withinApp is within, for what belongs to shops as such.
var withinApp = map[string]func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error){
	"AskPrivacy": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.AskPrivacy(ctx, crm.PrivacyRequest{ShopID: shopID, Kind: crm.PrivacyExport, Subject: "request of " + mark[:4], CustomerID: b.customer.ID})
	},
	"DropDone": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if err := s.FinishTask(ctx, shopID, b.task.ID, "kim"); err != nil {
			return nil, err
		}
		gone, _, err := s.DropDone(ctx, shopID, time.Now().AddDate(9, 0, 0))
		return gone > 0, err
	},
	"DropFeedback": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if _, err := s.ApplyFeedback(ctx, []crm.Feedback{{ID: "drop-" + shopID, ShopID: shopID, MessageID: b.aired.ID, Kind: crm.FeedbackDelivered, At: time.Now()}}); err != nil {
			return nil, err
		}
		gone, _, err := s.DropFeedback(ctx, shopID, time.Now().AddDate(9, 0, 0))
		return gone > 0, err
	},
	"DropMessages": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if err := s.CancelMessage(ctx, shopID, b.planned.ID, "kim"); err != nil {
			return nil, err
		}
		gone, _, _, err := s.DropMessages(ctx, shopID, time.Now().AddDate(9, 0, 0), "")
		return gone > 0, err
	},
	"DropReviewTexts": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if _, err := s.SaveReview(ctx, b.link(shopID), crm.Review{Rating: 5, Text: "words"}); err != nil {
			return nil, err
		}
		gone, _, _, err := s.DropReviewTexts(ctx, shopID, time.Now().AddDate(9, 0, 0), "")
		return gone > 0, err
	},
	"DropWebhooks": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if err := s.FailWebhook(ctx, shopID, b.webhook, "changed"); err != nil {
			return nil, err
		}
		if _, _, err := s.DropWebhooks(ctx, shopID, time.Now().AddDate(9, 0, 0), time.Now().AddDate(9, 0, 0)); err != nil {
			return nil, err
		}
		_, err := s.Webhook(ctx, shopID, b.webhook)
		return errors.Is(err, crm.ErrNotFound) && shopID == b.ShopID(), nil
	},
	"EndPrivacy": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.EndPrivacy(ctx, shopID, b.request.ID, crm.PrivacyDone, "kim", "", nil)
	},
	"EraseShop": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.EraseShop(ctx, shopID, b.shopRequest.ID)
	},
	"EraseStep": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.EraseStep(ctx, shopID, b.request.ID)
	},
	"ErasedAddresses": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		all, err := s.ErasedAddresses(ctx, shopID, b.request.ID)
		return len(all) > 0, err
	},
	"Export": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.Export(ctx, crm.PrivacyRequest{ShopID: shopID, CustomerID: b.customer.ID, Email: b.customer.Email, OrderIDs: []string{"1001"}})
	},
	"ForgetInactive": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.ForgetInactive(ctx, shopID, []string{b.customer.ID}, time.Now())
	},
	"Inactive": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		ids, _, err := s.Inactive(ctx, shopID, time.Now().AddDate(9, 0, 0), "")
		return len(ids) > 0 && shopID == b.ShopID(), err
	},
	"OpenPrivacyRequests": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.OpenPrivacyRequests(ctx, shopID)
	},
	"PrivacyRequest": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.PrivacyRequest(ctx, shopID, b.request.ID)
	},
	"ShopAddresses": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		all, _, err := s.ShopAddresses(ctx, shopID, "")
		return len(all) > 0 && shopID == b.ShopID(), err
	},
	"Subject": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		counts, err := s.Subject(ctx, crm.PrivacyRequest{ShopID: shopID, CustomerID: b.customer.ID})
		return counts["messages"] > 0 && shopID == b.ShopID(), err
	},
	"AskChore": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return nil, s.AskChore(ctx, shopID, crm.ChoreHistory, time.UnixMicro(1), false)
	},
	"Chores": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.Chores(ctx, shopID)
	},
	"DeferWebhook": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.DeferWebhook(ctx, shopID, b.webhook, "changed", time.Now().AddDate(1, 0, 0))
	},
	"EndChore": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return nil, s.EndChore(ctx, crm.Chore{ShopID: shopID, Kind: crm.ChoreHistory, Detail: "changed"}, b.worker)
	},
	"HoldChore": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.HoldChore(ctx, shopID, crm.ChoreHistory, b.worker, time.Minute)
	},
	"KeepChore": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.KeepChore(ctx, crm.Chore{ShopID: shopID, Kind: crm.ChoreHistory, Detail: "changed"}, b.worker, time.Minute)
	},
	"NewestOrders": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.NewestOrders(ctx, shopID, 10)
	},
	"Knows": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.Knows(ctx, shopID, "order", "1002", time.UnixMicro(1), "")
	},
}

// overShopsApp is overShops, for the same.
var overShopsApp = map[string]string{
	"EraseOrphans":    "deletes what came in for a shop that is not here any more, and of one that is, nothing",
	"PrivacyRequests": "lists the proofs for whoever runs the installation; shops that were erased are among them",
	"Rotate":          "seals everything anew, for whoever runs the installation",
	"BeginInstall":    "a shop that is installed is not here yet",
	"EndInstall":      "a shop that is installed is not here yet",
	"TakeInstall":     "a shop that is installed is not here yet",
	"ReturnInstall":   "a shop that is installed is not here yet",
	"InstallShop":     "makes the shop, or finds it by its own domain",
	"ClaimChores":     "workers do the chores of all shops",
	"ShopOn":          "finds the shop itself",
	"SetupToken":      "only seals what it is given",
	"OpenSetup":       "tells which shop a sealed token is of; the rows are asked for with that",
}
