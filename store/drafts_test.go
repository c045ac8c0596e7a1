package store_test

import (
	"errors"
	"testing"

	"grazie/crm"
	"grazie/store"
)

func written(text string, revision int) store.Draft {
	return store.Draft{Template: crm.Template{Journey: "thank_you", Locale: "it", Text: text}, Revision: revision, Base: 0}
}

// Of two who write at one text at a time, one is told, and neither text is lost.
func TestDraftOfTwoWriters(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "drafts.myshopify.com")
		kim, bea := store.Acting(t.Context(), &store.Act{ShopID: shop.ID, By: "Kim", Action: "templates.save"}), store.Acting(t.Context(), &store.Act{ShopID: shop.ID, By: "Bea", Action: "templates.save"})
		first, err := s.SaveDraft(kim, shop.ID, written("one", 0))
		if err != nil || first.Revision != 1 || first.By != "Kim" || first.SavedAt.IsZero() {
			t.Fatal(first, err)
		}
		refused := &store.Act{ShopID: shop.ID, By: "Bea", Action: "templates.save"}
		if _, err := s.SaveDraft(store.Acting(t.Context(), refused), shop.ID, written("another first", 0)); !errors.Is(err, crm.ErrConflict) || refused.Written() {
			t.Error("what was refused stands in the audit log, or was not refused:", err)
		}
		if second, err := s.SaveDraft(bea, shop.ID, written("two", 1)); err != nil || second.Revision != 2 || second.By != "Bea" {
			t.Error(second, err)
		}
		if _, err := s.SaveDraft(t.Context(), shop.ID, written("of an old page", 1)); !errors.Is(err, crm.ErrConflict) {
			t.Error(err)
		}
		if got, err := s.Draft(t.Context(), shop.ID, "thank_you", "it"); err != nil || got.Text != "two" || got.Locale != "it" {
			t.Error(got, err)
		}
		if err := s.DropDraft(t.Context(), shop.ID, "thank_you", "it", 1); !errors.Is(err, crm.ErrConflict) {
			t.Error(err)
		}
	})
}

// To publish ends the draft, and keeps every version with who did it and why. Who
// looked at an older version, or at an older draft, publishes nothing.
func TestPublishedVersions(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "versions.myshopify.com")
		publish := func(by, why, text string, seen, draft int) error {
			ctx := store.Acting(t.Context(), &store.Act{ShopID: shop.ID, By: by, Why: why, Action: "templates.publish"})
			_, err := s.PublishTemplate(ctx, shop.ID, written(text, 0).Template, seen, draft)
			return err
		}
		if _, err := s.SaveDraft(t.Context(), shop.ID, written("one", 0)); err != nil {
			t.Fatal(err)
		}
		if err := publish("Kim", "first", "one", 0, 2); !errors.Is(err, crm.ErrConflict) {
			t.Error("a draft that changed:", err)
		}
		if err := publish("Kim", "first", "one", 0, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Draft(t.Context(), shop.ID, "thank_you", "it"); !errors.Is(err, crm.ErrNotFound) {
			t.Error("the draft is still there:", err)
		}
		if err := publish("Bea", "on an old page", "two", 0, 0); !errors.Is(err, crm.ErrConflict) {
			t.Error(err)
		}
		if _, err := s.SaveTemplate(t.Context(), shop.ID, written("from the command line", 0).Template); err != nil {
			t.Fatal(err)
		}
		if err := publish("Bea", "back", "one", 2, 0); err != nil {
			t.Fatal(err)
		}
		all, err := s.TemplateVersions(t.Context(), shop.ID, "thank_you", "it", 0, 2)
		if err != nil || len(all) != 2 || all[0].Version != 3 || all[0].By != "Bea" || all[0].Why != "back" || all[1].By != "" || all[1].Text != "from the command line" {
			t.Error(all, err)
		}
		if rest, err := s.TemplateVersions(t.Context(), shop.ID, "thank_you", "it", 2, 2); err != nil || len(rest) != 1 || rest[0].Why != "first" {
			t.Error(rest, err)
		}
		if now, err := s.Templates(t.Context(), shop.ID, "thank_you"); err != nil || len(now) != 1 || now[0].Text != "one" || now[0].Version != 3 {
			t.Error(now, err)
		}
	})
}

// What a gesture did is counted as it is.
func TestDoingsAreCounted(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "doings.myshopify.com")
		began := c.Now()
		for _, order := range []string{"1", "2", "3"} {
			o := paidOrder(c, order, "77", "anna@x.example")
			apply(t, s, shop.ID, "d-"+order, paid(o), thankYou(o, c.Now()))
		}
		m := messages(t, s, shop.ID)[0]
		if won, err := s.ClaimMessage(t.Context(), m); !won || err != nil {
			t.Fatal(won, err)
		}
		m.State, m.Attempt = crm.Sending, 1
		if done, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: crm.Sent, SentAt: c.Now()}); !done || err != nil {
			t.Fatal(done, err)
		}
		all, more, err := s.Doings(t.Context(), shop.ID, []string{"thank_you", "apology"}, began)
		if err != nil || more || all["thank_you"] != (store.Doing{Sent: 1, Waiting: 2}) || all["apology"] != (store.Doing{}) {
			t.Error(all, more, err)
		}
		if all, _, err = s.Doings(t.Context(), shop.ID, []string{"thank_you"}, c.Now().AddDate(0, 0, 1)); err != nil || all["thank_you"].Sent != 0 {
			t.Error(all, err)
		}
	})
}
