package store

import (
	"context"
	"fmt"

	"grazie/crm"
)

// RecordRefusal counts what a mailer was told at once, while a mail was handed
// over: m as its outcome was recorded, the key of the address that it went to,
// and class and code of the integrations.Error. final says that the message is
// not tried again. A mailbox that is not there suppresses its address, as if a
// provider had told it later. It is called after RecordOutcome; doing it twice
// for one try changes nothing.
func (s *Store) RecordRefusal(ctx context.Context, m crm.Message, emailKey string, class crm.BounceClass, code string, final bool) (FeedbackResult, error) {
	if class == "" {
		return FeedbackResult{}, nil // nothing was said about the address
	}
	kind := crm.FeedbackDeferred
	if final {
		kind = crm.FeedbackBlocked
		if class.Suppresses() || class == crm.BounceFull || class == crm.BounceUnclassified {
			kind = crm.FeedbackBounced
		}
	}
	return s.feed(ctx, []crm.Feedback{{
		ID: fmt.Sprintf("refusal:%s:%d", m.ID, m.Attempt), ShopID: m.ShopID, MessageID: m.ID, Kind: kind, At: s.now(),
		EmailKey: emailKey, Class: class, Code: code,
	}}, &m)
}

// moveRefused gives a message that ended with this try the reason of its end.
// It never was with a provider, so nothing else about it changes.
func (f *feeding) moveRefused(ctx context.Context, moving []fed) error {
	for _, e := range moving {
		m := e.message
		if e.Kind == crm.FeedbackDeferred || m.State != crm.Failed || m.Attempt != f.refused.Attempt {
			continue // it is tried again, or was taken up meanwhile
		}
		was := *m
		m.State, m.Reason = steps[e.Kind].state, steps[e.Kind].reason
		if err := f.save(ctx, was, m); err != nil {
			return err
		}
	}
	return nil
}
