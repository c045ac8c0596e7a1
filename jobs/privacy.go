package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
)

// privacyEvery is how often a shop's requests are looked at without anybody's
// ringing.
const privacyEvery = 6 * time.Hour

// privacy carries out the shop's open requests about personal data. One that
// fails stands in no other's way.
func (w *Worker) privacy(ctx context.Context, c chore) (time.Time, error) {
	open, err := w.Store.OpenPrivacyRequests(ctx, c.ShopID)
	if err != nil {
		return time.Time{}, err
	}
	next := w.Now().Add(privacyEvery)
	var errs []error
	for _, r := range open {
		err := w.guarded("a request about personal data", r.ID, func() error { return w.carryOut(ctx, c, r) })
		switch {
		case errors.Is(err, errLost) || ctx.Err() != nil:
			return next, cmp.Or(err, ctx.Err())
		case errors.Is(err, store.ErrErasing):
			next = store.EraseAgain(w.Now())
		case errors.Is(err, crm.ErrNotFound): // settled by somebody else meanwhile
		case err != nil:
			errs = append(errs, fmt.Errorf("request %s: %w", r.ID, err))
		}
		if r.Kind == crm.PrivacyEraseShop {
			if _, err := w.Store.Shop(ctx, c.ShopID); errors.Is(err, crm.ErrNotFound) {
				return time.Time{}, errors.Join(errs...) // nothing of it is left
			}
		}
		if err != nil || r.Kind == crm.PrivacyExport {
			errs = append(errs, w.press(ctx, r))
		}
	}
	c.Detail = fmt.Sprintf("%d requests were open", len(open))
	return next, errors.Join(errs...)
}

// carryOut does what one request asks for, as far as that can be done now.
func (w *Worker) carryOut(ctx context.Context, c chore, r crm.PrivacyRequest) error {
	switch r.Kind {
	case crm.PrivacyEraseCustomer:
		return w.eraseCustomer(ctx, c, r)
	case crm.PrivacyEraseShop:
		return w.eraseShop(ctx, c, r)
	case crm.PrivacyExport:
		return w.Store.OpenTask(ctx, crm.Task{ShopID: r.ShopID, Kind: crm.TaskPrivacy, Source: store.PrivacyTask(r.ID), CustomerID: r.CustomerID,
			Detail: fmt.Sprintf(`A customer wants to have all that is known of her, by %s. "grazie privacy show %s --text" writes it; hand it to her by way of the merchant, then "grazie privacy done %s --how ...".`,
				crm.DayOf(r.DueAt, crm.Location(c.shop.Timezone)), r.ID, r.ID)})
	}
	return fmt.Errorf("this program knows no request of the kind %s", r.Kind)
}

// eraseCustomer forgets a customer here first, at once, and then wherever her
// mails went. Her address is known, sealed, until that is done.
func (w *Worker) eraseCustomer(ctx context.Context, c chore, r crm.PrivacyRequest) error {
	for more := true; more; {
		var err error
		if more, err = w.Store.EraseStep(ctx, r.ShopID, r.ID); err != nil {
			return err
		}
		w.step("customer erased")
		if err := c.keep(ctx); err != nil {
			return err
		}
	}
	addresses, err := w.Store.ErasedAddresses(ctx, r.ShopID, r.ID)
	if err != nil {
		return err
	}
	proof, err := w.forgetMails(ctx, r, addresses)
	if err != nil {
		return err
	}
	w.step("mails erased")
	if err := w.Store.EndPrivacy(ctx, r.ShopID, r.ID, crm.PrivacyDone, "", "", proof); err != nil {
		return err
	}
	w.Log.Info("a customer was erased", "shop", r.ShopID, "request", r.ID, "source", r.Source)
	return nil
}

// forgetMails makes the mailer forget addresses, and tells how many.
func (w *Worker) forgetMails(ctx context.Context, r crm.PrivacyRequest, addresses []string) (map[string]int64, error) {
	can, ok := w.Mailer.(integrations.Eraser)
	if !ok || len(addresses) == 0 {
		return nil, nil
	}
	conn := w.Connection
	conn.ShopID = r.ShopID
	if err := can.Erase(ctx, conn, addresses); err != nil {
		if integrations.KindOf(err) == integrations.Unauthorized {
			err = errors.Join(err, w.Store.OpenTask(ctx, crm.Task{ShopID: r.ShopID, Kind: crm.TaskPrivacy, Source: store.PrivacyTask(r.ID),
				Detail: "The mail provider does not let Grazie erase whom it wrote to (" + w.Mailer.Name() + "): allow it for the credentials. It is tried again by itself."}))
		}
		return nil, err
	}
	return map[string]int64{"addresses_at_" + w.Mailer.Name(): int64(len(addresses))}, nil
}

// Where the erasure of a shop is: the mailer forgets first, for afterwards
// nobody knows whom.
const (
	mailsOf  = "mails "
	mailsAre = "mails are forgotten"
)

// eraseShop forgets a shop with all its customers. Its chores go with it.
func (w *Worker) eraseShop(ctx context.Context, c chore, r crm.PrivacyRequest) error {
	for c.shop.State == crm.ShopUninstalled && c.Cursor != mailsAre {
		after, _ := strings.CutPrefix(c.Cursor, mailsOf)
		addresses, next, err := w.Store.ShopAddresses(ctx, r.ShopID, after)
		if err != nil {
			return err
		}
		if _, err := w.forgetMails(ctx, r, addresses); err != nil {
			return err
		}
		if c.Cursor = mailsOf + next; next == "" {
			c.Cursor = mailsAre
		}
		if err := c.keep(ctx); err != nil {
			return err
		}
	}
	for more := true; more; {
		var err error
		if more, err = w.Store.EraseShop(ctx, r.ShopID, r.ID); err != nil {
			return err
		}
		w.step("shop erased")
		if !more { // the chore is gone with the shop
			break
		}
		if err := c.keep(ctx); err != nil {
			return err
		}
	}
	c.Cursor = ""
	r, err := w.Store.PrivacyRequest(ctx, r.ShopID, r.ID)
	if err != nil {
		return err
	}
	if r.State == crm.PrivacyRefused {
		w.Log.Warn("a request to erase a shop was refused", "shop", r.ShopID, "request", r.ID, "detail", r.Detail)
		return w.Store.OpenTask(ctx, crm.Task{ShopID: r.ShopID, Kind: crm.TaskPrivacy, Source: store.PrivacyTask(r.ID), Detail: "A request to erase the whole shop was refused: " + r.Detail})
	}
	w.Log.Info("a shop was erased", "shop", r.ShopID, "request", r.ID)
	return nil
}

// press tells staff of a request whose time is nearly over, or over.
func (w *Worker) press(ctx context.Context, r crm.PrivacyRequest) error {
	now := w.Now()
	switch {
	case r.Late(now):
		w.Log.Error("a request about personal data is late", "shop", r.ShopID, "request", r.ID, "kind", r.Kind, "due", r.DueAt)
	case r.Presses(now):
		w.Log.Warn("a request about personal data is due soon", "shop", r.ShopID, "request", r.ID, "kind", r.Kind, "due", r.DueAt)
	default:
		return nil
	}
	return w.Store.OpenTask(ctx, crm.Task{ShopID: r.ShopID, Kind: crm.TaskPrivacy, Source: store.PrivacyTask(r.ID),
		Detail: fmt.Sprintf(`The request %s (%s) must be done by %s: "grazie privacy show %s" tells how it stands.`, r.ID, r.Kind, crm.DayOf(r.DueAt, time.UTC), r.ID)})
}
