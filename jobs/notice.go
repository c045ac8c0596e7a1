package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/templates"
)

// tellBroken tells the merchant by mail that the platform refuses the shop's
// credentials: once, whatever becomes of the mail, unless it was certainly not
// taken.
func (w *Worker) tellBroken(ctx context.Context, shop crm.Shop) error {
	to := cmp.Or(shop.Owner, shop.ReplyTo, shop.Sender.Email)
	mine := false
	_, err := w.Store.ChangeShop(ctx, shop.ID, func(s *crm.Shop) error {
		mine = s.Broken != "" && s.ToldAt.Before(s.BrokenAt) && to != "" && s.Sender.Email != ""
		if mine {
			s.ToldAt = w.Now().UTC()
		}
		shop = *s
		return nil
	})
	if err != nil || !mine {
		return err
	}
	mail, err := templates.WriteNotice(templates.NoticeBroken, shop, shop.Broken)
	if err != nil {
		return err
	}
	mail.MessageID, mail.From, mail.To = fmt.Sprintf("ntc_%s_%d", shop.ID, shop.BrokenAt.Unix()), shop.Sender, crm.Mailbox{Email: to}
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTime)
	defer cancel()
	if _, err = w.Mailer.Send(sending, w.Connection, mail); err == nil {
		w.Log.Info("the merchant was told that the connection is broken", "shop", shop.ID)
		return nil
	}
	switch integrations.KindOf(err) {
	case integrations.Temporary, integrations.RateLimited, integrations.Unauthorized: // certainly not taken: again later
		last, cancel := lasting(ctx)
		defer cancel()
		_, undo := w.Store.ChangeShop(last, shop.ID, func(s *crm.Shop) error { s.ToldAt = time.Time{}; return nil })
		return errors.Join(err, undo)
	}
	w.Log.Error("the merchant could not be told that the connection is broken", "shop", shop.ID, "error", err.Error())
	return nil
}
