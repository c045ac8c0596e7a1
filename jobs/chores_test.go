package jobs

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/mailertest"
	"grazie/integrations/sendgrid"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

// chore is one of the shop's, as stored.
func (g *gifts) chore(kind crm.ChoreKind) crm.Chore {
	g.t.Helper()
	all, err := g.Store.Chores(g.t.Context(), g.shopID)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, c := range all {
		if c.Kind == kind {
			return c
		}
	}
	g.t.Fatalf("the shop has no chore %s", kind)
	return crm.Chore{}
}

// chores lets everything be done that is due.
func (g *gifts) doChores() {
	g.t.Helper()
	if err := g.DoChores(g.t.Context(), "worker"); err != nil {
		g.t.Fatal(err)
	}
}

// A platform that refuses the credentials for good: the merchant is told once,
// however often it is found out again and whoever else looks, and once more
// when it happens again after she mended it.
func TestMerchantIsToldOnceThatHerShopIsBroken(t *testing.T) {
	eachEngine(t, func(t *testing.T, o store.Options) {
		g := newGiftsOn(t, 4, o)
		g.change(func(s *crm.Shop) { s.Owner, s.Locale, s.Name = "marta@casa.example", "it", "Bottega <b>Marta</b>" })
		g.breakDown()
		if s := g.stored(); s.Broken == "" || s.ToldAt.IsZero() {
			t.Fatalf("broken %q, told at %s", s.Broken, s.ToldAt)
		}
		var both sync.WaitGroup
		for _, worker := range []string{"one", "two"} {
			both.Go(func() { g.tellAgain(worker) })
		}
		both.Wait()
		if n := len(g.notices()); n != 1 {
			t.Fatalf("she was told %d times", n)
		}
		mail := g.notices()[0]
		to := mail.Personalizations[0].To[0].Email
		if to != "marta@casa.example" || !strings.Contains(mail.Subject, "non raggiunge") || strings.Contains(mail.Content[1].Value, "<b>Marta") {
			t.Errorf("to %s: %s", to, mail.Raw)
		}

		g.shop.Break(simshop.Faults{})
		g.connect(crm.Values{shopify.SettingToken: g.shop.Token()})
		g.doChores()
		if s := g.stored(); s.Broken != "" || g.chore(crm.ChoreToken).Detail != "the credentials work" {
			t.Fatalf("broken %q; %+v", s.Broken, g.chore(crm.ChoreToken))
		}
		g.later(tokenEvery + time.Minute)
		g.breakDown()
		if n := len(g.notices()); n != 2 {
			t.Errorf("broken a second time, she was told %d times", n)
		}
	})
}

// breakDown lets the platform refuse the shop's credentials, and the worker
// find out.
func (g *gifts) breakDown() {
	g.t.Helper()
	g.shop.Break(simshop.Faults{DeadToken: true})
	for range 2 {
		g.doChores()
		g.later(2 * time.Minute)
	}
}

// notices are the mails to the merchant.
func (g *gifts) notices() []mailertest.SendGridMail {
	var all []mailertest.SendGridMail
	for _, m := range g.mails.Mails() {
		if strings.HasPrefix(m.CustomArgs[sendgrid.MessageArg], "ntc_") {
			all = append(all, m)
		}
	}
	return all
}

// tellAgain makes the chore due that tells the merchant, as a worker that met
// the refusal does.
func (g *gifts) tellAgain(worker string) {
	if err := g.Store.AskChore(context.Background(), g.shopID, crm.ChoreToken, g.Now(), false); err != nil {
		g.t.Error(err)
	}
	if err := g.DoChores(context.Background(), worker); err != nil {
		g.t.Error(err)
	}
}

// A mail that was certainly not taken is tried again; the merchant is told then.
func TestNoticeWaitsForTheMailer(t *testing.T) {
	g := newGifts(t, 4)
	g.change(func(s *crm.Shop) { s.Owner = "marta@casa.example" })
	right := g.Connection
	g.Connection = integrations.Connection{Settings: crm.Values{"key": "another", "base_url": right.Settings["base_url"]}}
	g.breakDown()
	if n := len(g.notices()); n != 0 || !g.stored().ToldAt.IsZero() {
		t.Fatalf("%d notices, told at %s", n, g.stored().ToldAt)
	}
	if c := g.chore(crm.ChoreToken); c.Attempt == 0 || c.DueAt.IsZero() {
		t.Fatalf("%+v", c)
	}
	g.Connection = right
	g.later(time.Hour)
	g.doChores()
	if n := len(g.notices()); n != 1 {
		t.Errorf("%d notices", n)
	}
}

// A chore whose worker is lost is done by another, once its lease ended, and
// the first one's late word changes nothing.
func TestChoreOfALostWorker(t *testing.T) {
	eachEngine(t, func(t *testing.T, o store.Options) {
		g := newGiftsOn(t, 4, o)
		lost, err := g.Store.ClaimChores(t.Context(), "lost", choreLease, 100, len(crm.Chores))
		if err != nil || len(lost) == 0 {
			t.Fatal(lost, err)
		}
		g.doChores()
		if c := g.chore(crm.ChoreToken); !c.EndedAt.IsZero() {
			t.Fatal("a chore was done while another had it")
		}
		g.later(choreLease + time.Second)
		g.doChores()
		if c := g.chore(crm.ChoreToken); c.EndedAt.IsZero() || c.Detail == "" {
			t.Fatalf("nobody took over: %+v", c)
		}
		before := g.chore(crm.ChoreToken)
		for _, c := range lost {
			c.Detail, c.DueAt = "late", g.Now().AddDate(1, 0, 0)
			if kept, err := g.Store.KeepChore(t.Context(), c, "lost", choreLease); err != nil || kept {
				t.Errorf("kept %t, %v", kept, err)
			}
			if err := g.Store.EndChore(t.Context(), c, "lost"); err != nil {
				t.Error(err)
			}
		}
		if after := g.chore(crm.ChoreToken); after != before {
			t.Errorf("%+v became %+v", before, after)
		}
	})
}

// A shop that only sends webhooks is never called, and is not broken for it.
func TestChoresLeaveAShopWithoutTokenAlone(t *testing.T) {
	g := newGifts(t, 4)
	g.connect(crm.Values{shopify.SettingToken: ""})
	g.shop.Break(simshop.Faults{DeadToken: true})
	g.doChores()
	if s := g.stored(); s.Broken != "" {
		t.Errorf("broken: %s", s.Broken)
	}
	for _, kind := range []crm.ChoreKind{crm.ChoreToken, crm.ChoreHistory, crm.ChoreReconcile, crm.ChoreSubscriptions} {
		if c := g.chore(kind); !strings.Contains(c.Detail, "only takes webhooks") || c.DueAt.IsZero() {
			t.Errorf("%s: %+v", kind, c)
		}
	}
}

// A chore whose shop takes longer for one answer than the lease lasts stays with
// its worker; one that was asked for from its beginning is let go, also by the
// process that has it anew.
func TestChoreIsHeldWhileItIsDone(t *testing.T) {
	eachEngine(t, func(t *testing.T, o store.Options) {
		g := newGiftsOn(t, 4, o)
		claim := func() (map[crm.ChoreKind]crm.Chore, string) {
			t.Helper()
			all := map[crm.ChoreKind]crm.Chore{}
			claimed, as, err := g.claimChores(t.Context(), "worker", 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range claimed {
				all[c.Kind] = c
			}
			return all, as
		}
		mine, as := claim()
		if len(mine) != 1 {
			t.Fatal(mine)
		}
		for kind, c := range mine {
			beat := make(chan time.Time)
			held, release := g.holdOn(t.Context(), c, as, beat)
			defer release()
			for range 4 {
				g.later(choreLease * 3 / 4)
				beat <- g.Now()
				beat <- g.Now() // the first one is through
			}
			if more, _ := claim(); len(more) != 1 || more[kind].Kind == kind {
				t.Errorf("beside what is held, %v came", more)
			}
			if held.Err() != nil {
				t.Fatal("it was let go:", context.Cause(held))
			}
			if err := g.Store.AskChore(t.Context(), g.shopID, kind, g.Now().Add(-time.Hour), true); err != nil {
				t.Fatal(err)
			}
			g.later(2 * choreLease) // the others are free again
			if again, _ := claim(); len(again) != 1 || again[kind].Kind != kind {
				t.Fatalf("it was asked for again, and %v came", again)
			}
			select {
			case beat <- g.Now():
			case <-held.Done(): // a beat from before was slower than all that
			}
			select {
			case <-held.Done():
			case <-time.After(10 * time.Second):
				t.Fatal("two do it at once")
			}
			if !errors.Is(context.Cause(held), errLost) {
				t.Error("it ended with", context.Cause(held))
			}
			if kept, err := g.Store.KeepChore(t.Context(), c, as, choreLease); err != nil || kept {
				t.Error("the first run wrote over the second", err)
			}
		}
	})
}

// long is a platform whose past takes long to tell.
type long struct {
	integrations.Platform
	pages int
	told  []string
	pass  func()
}

func (l *long) History(_ context.Context, _ integrations.Connection, cursor string, each func(integrations.Portion) error) error {
	for i := len(cursor); i < l.pages; i++ {
		l.pass()
		l.told = append(l.told, cursor)
		cursor += "x"
		if err := each(integrations.Portion{Cursor: cursor, Done: int64(i + 1)}); err != nil {
			return err
		}
	}
	return nil
}

// The past of a large shop is read in turns: what is due meanwhile is done in
// between, nothing is told twice, and it counts as no failure.
func TestHistoryTakesTurns(t *testing.T) {
	eachEngine(t, func(t *testing.T, o store.Options) {
		g := newGiftsOn(t, 4, o)
		past := &long{Platform: g.Platforms["shopify"], pages: 7, pass: func() { g.later(choreTurn / 2) }}
		g.Platforms["shopify"] = past
		if err := g.Store.AskChore(t.Context(), g.shopID, crm.ChoreHistory, g.Now().Add(-time.Hour), true); err != nil {
			t.Fatal(err)
		}
		turns := 0
		for c := g.chore(crm.ChoreHistory); c.EndedAt.IsZero(); c = g.chore(crm.ChoreHistory) {
			claimed, as, err := g.claimChores(t.Context(), "worker", 1)
			if err != nil || len(claimed) != 1 {
				t.Fatal(claimed, err)
			}
			if claimed[0].Kind == crm.ChoreHistory {
				turns++
			} else if turns == 0 {
				t.Fatalf("%s was more overdue", claimed[0].Kind)
			}
			g.doChore(t.Context(), claimed[0], as)
			if c := g.chore(crm.ChoreHistory); c.Attempt != 0 {
				t.Fatalf("a turn counts as a failure: %+v", c)
			}
			if turns == 1 && claimed[0].Kind == crm.ChoreHistory {
				next, as, err := g.claimChores(t.Context(), "worker", 1)
				if err != nil || len(next) != 1 || next[0].Kind == crm.ChoreHistory {
					t.Fatalf("the others wait for the past: %v, %v", next, err)
				}
				g.doChore(t.Context(), next[0], as)
			}
		}
		if c := g.chore(crm.ChoreHistory); turns != 4 || len(past.told) != 7 || c.Done != 7 {
			t.Errorf("%d turns told %v: %+v", turns, past.told, c)
		}
	})
}

// unread is a platform whose past cannot be read.
type unread struct{ *shopify.Platform }

func (unread) History(context.Context, integrations.Connection, string, func(integrations.Portion) error) error {
	return &integrations.Error{Kind: integrations.Rejected, Service: "shopify", Detail: "not allowed"}
}

// A shop whose past cannot be read is asked for lost webhooks all the same.
func TestReconcileDoesNotWaitForEver(t *testing.T) {
	g := newGifts(t, 4)
	g.Platforms["shopify"] = unread{g.Platforms["shopify"].(*shopify.Platform)}
	if err := g.Store.AskChore(t.Context(), g.shopID, crm.ChoreHistory, g.Now(), true); err != nil {
		t.Fatal(err)
	}
	g.doChores()
	if c := g.chore(crm.ChoreReconcile); !c.EndedAt.IsZero() {
		t.Fatal("it did not wait for the past at all")
	}
	for range 12 {
		g.later(5*time.Minute + time.Second)
		g.doChores()
	}
	if c := g.chore(crm.ChoreReconcile); c.EndedAt.IsZero() || c.Attempt != 0 {
		t.Errorf("it waits: %+v", c)
	}
}
