package jobs

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/labeltest"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
	"grazie/internal/needs"
	"grazie/store"
)

// What an upgrade cannot do without staff's help, the mail does not wait for,
// where the gift is whole without it; where it is not, there is no mail.
func TestRefusedEffects(t *testing.T) {
	t.Run("the fee", func(t *testing.T) {
		g := newGifts(t, 4)
		g.shop.Fee = 490
		g.set("return_upgrade", "label_url", "https://bottega.example/label.pdf")
		id, back := g.returned("giulia")
		g.deliverAll(id)
		g.is(id, crm.Sent, "")
		if e := g.effect(id, crm.ReturnFeeWaived); e.State != crm.EffectFailed || e.Detail == "" {
			t.Errorf("the fee is %s: %q", e.State, e.Detail)
		}
		g.asks(crm.TaskReturnRefused)
		if r := g.shop.ReturnState(back); r.Status != "open" || len(r.Labels) != 1 {
			t.Errorf("the return is %s with %d labels", r.Status, len(r.Labels))
		}
		g.letter(id)
	})
	t.Run("the label", func(t *testing.T) {
		g := newGifts(t, 4)
		g.set("return_upgrade", "label", "easypost")
		g.labels.Refuse = func(*labeltest.Shipment) error { return fmt.Errorf("the parcel is too heavy") }
		id, _ := g.returned("giulia")
		g.deliverAll(id)
		g.is(id, crm.Failed, crm.ReasonLabelMissing)
		g.asks(crm.TaskLabelMissing)
		if n := len(g.mails.Mails()); n != 0 {
			t.Errorf("%d mails", n)
		}
		if given, _ := g.Store.Given(t.Context(), g.shopID, "", "EUR", time.Time{}); given != 0 {
			t.Errorf("%d of the budget are held", given)
		}
	})
}

// A shop that has no label link fails with a task; staff gives this return its
// own label, as "grazie return label" does, and the mail goes out with it.
func TestStaffGivesTheLabel(t *testing.T) {
	g := newGifts(t, 4)
	id, back := g.returned("giulia")
	g.deliverAll(id)
	m := g.is(id, crm.Failed, crm.ReasonLabelMissing)
	g.asks(crm.TaskLabelMissing)
	const link = "https://bottega.example/label-4711.pdf"
	if _, err := g.Store.ChangeEffect(t.Context(), g.shopID, g.effect(id, crm.LabelBought).ID, func(e *crm.Effect) error {
		e.Label.By, e.Label.URL, e.State = "merchant", link, crm.EffectPlanned
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	g.byHand(m)
	g.rung()
	g.is(id, crm.Sent, "")
	if text := g.letter(id); !strings.Contains(text, link) {
		t.Errorf("the mail names no label: %s", text)
	}
	if r := g.shop.ReturnState(back); len(r.Labels) != 1 || r.Labels[0].URL != link {
		t.Errorf("at the return: %+v", r.Labels)
	}
}

func (g *gifts) byHand(m crm.Message) {
	g.t.Helper()
	m.ByHand, m.Ask = true, &crm.Ask{By: "kim", Reason: "now it can"}
	if _, err := g.Store.PlanByHand(g.t.Context(), m); err != nil {
		g.t.Fatal(err)
	}
	g.later(0)
}

// The shop sets its label link after a return failed for want of it: asked for
// again by hand, that one gets it.
func TestLabelLinkIsSetLater(t *testing.T) {
	g := newGifts(t, 4)
	id, _ := g.returned("giulia")
	g.deliverAll(id)
	m := g.is(id, crm.Failed, crm.ReasonLabelMissing)
	const link = "https://bottega.example/label.pdf"
	g.set("return_upgrade", "label_url", link)
	g.byHand(m)
	g.rung()
	g.is(id, crm.Sent, "")
	if text := g.letter(id); !strings.Contains(text, link) {
		t.Errorf("the mail names no label: %s", text)
	}
}

// A label is paid once, whatever answer gets lost; its shipment is stored
// before it is paid.
func TestLabelWhoseAnswerIsLost(t *testing.T) {
	for _, c := range []struct {
		step      labeltest.Step
		shipments int // may be prepared twice: that costs nothing
	}{{labeltest.Prepare, 2}, {labeltest.Buy, 1}} {
		t.Run(string(c.step), func(t *testing.T) {
			g := newGifts(t, 4)
			g.set("return_upgrade", "label", "easypost")
			g.labels.Pass = func(s labeltest.Step) {
				if s == labeltest.Buy {
					for _, m := range g.messages() {
						if e := g.effect(m.ID, crm.LabelBought); e.Label.ShipmentID == "" {
							t.Error("bought before its shipment is stored")
						}
					}
				}
			}
			id, back := g.returned("giulia")
			g.labels.Fail(c.step, labeltest.Fault{Act: true, Reset: true})
			for range 10 {
				if g.message(id).State != crm.Planned {
					break
				}
				g.deliverAll(id)
				if m := g.message(id); m.State == crm.Planned && (m.Reason != crm.ReasonMakesEffect || m.Detail == "") {
					t.Errorf("it waits because of %s, told %q", m.Reason, m.Detail)
				}
				g.until(g.message(id).DueAt)
			}
			g.is(id, crm.Sent, "")
			if sales, made := len(g.labels.Sales()), len(g.labels.Shipments()); sales != 1 || made != c.shipments {
				t.Errorf("%d labels paid of %d shipments", sales, made)
			}
			if r := g.shop.ReturnState(back); len(r.Labels) != 1 {
				t.Errorf("%d labels at the return", len(r.Labels))
			}
			if given, _ := g.Store.Given(t.Context(), g.shopID, "", "EUR", time.Time{}); given != 720 {
				t.Errorf("the ledger says %d", given)
			}
			g.asks()
		})
	}
}

// A replacement is placed once, however many answers get lost.
func TestReplacementWhoseAnswersAreLost(t *testing.T) {
	g := newGifts(t, 4)
	g.set("return_upgrade", "label_url", "https://bottega.example/label.pdf", "exchange", "true")
	id, _ := g.returned("giulia")
	g.shop.Break(simshop.Faults{LoseEvery: 1})
	for range 8 { // each try gets one step further
		g.deliverAll(id)
		if m := g.message(id); m.State != crm.Planned || m.Reason != crm.ReasonShopAway {
			break
		}
		g.until(g.message(id).DueAt)
	}
	g.shop.Break(simshop.Faults{})
	g.until(g.message(id).DueAt)
	g.rung()
	g.is(id, crm.Sent, "")
	placed := 0
	for _, o := range g.shop.Orders() {
		if g.shop.OrderState(o).Source == "shopify_draft_order" {
			placed++
		}
	}
	if placed != 1 {
		t.Errorf("%d replacements", placed)
	}
	if e := g.effect(id, crm.ReplacementPlaced); e.State != crm.EffectDone || e.Replacement.OrderID == "" || e.Replacement.DueBack.IsZero() {
		t.Errorf("%s: %+v", e.State, e.Replacement)
	}
}

// Staff is asked for goods that do not come back, three times a week apart; and
// not any more once they are there.
func TestGoodsThatDoNotComeBack(t *testing.T) {
	for name, comeBack := range map[string]bool{"never": false, "after the first reminder": true} {
		t.Run(name, func(t *testing.T) {
			g := newGifts(t, 4)
			g.set("return_upgrade", "label_url", "https://bottega.example/label.pdf", "exchange", "true")
			id, back := g.returned("giulia")
			g.deliverAll(id)
			g.is(id, crm.Sent, "")
			asked := 0
			for range 70 {
				g.later(24 * time.Hour)
				g.tidies()
				for _, task := range g.tasks() {
					if task.Kind != crm.TaskGoodsNotBack {
						t.Errorf("staff is asked for %s", task.Kind)
					}
					if days := int(g.Now().Sub(g.effect(id, crm.ReplacementPlaced).CreatedAt).Hours()) / 24; days < 21 {
						t.Errorf("asked after %d days", days)
					}
					asked++
					if err := g.Store.FinishTask(t.Context(), g.shopID, task.ID, "kim"); err != nil {
						t.Fatal(err)
					}
					if comeBack {
						w, err := g.shop.CloseReturn(back)
						if err != nil {
							t.Fatal(err)
						}
						g.take(w)
					}
				}
			}
			if want := map[bool]int{true: 1, false: 3}[comeBack]; asked != want {
				t.Errorf("asked %d times; want %d", asked, want)
			}
		})
	}
}

// What becomes of a return between its request and the look at it.
func TestReturnChangesInBetween(t *testing.T) {
	for name, c := range map[string]struct {
		change func(g *gifts, r *simshop.Return) (simshop.Webhook, error)
		told   bool // by a webhook, before the message is due
		state  crm.MessageState
		reason crm.Reason
	}{
		"declined": {func(g *gifts, r *simshop.Return) (simshop.Webhook, error) {
			return g.shop.DeclineReturn(r, "other", "no")
		}, true, crm.Cancelled, crm.ReasonReturnNotOpen},
		"declined, webhook lost": {func(g *gifts, r *simshop.Return) (simshop.Webhook, error) {
			return g.shop.DeclineReturn(r, "other", "no")
		}, false, crm.Skipped, crm.ReasonReturnNotOpen},
		"approved by staff first": {func(g *gifts, r *simshop.Return) (simshop.Webhook, error) { return g.shop.ApproveReturn(r) }, false, crm.Sent, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGifts(t, 4)
			g.set("return_upgrade", "label_url", "https://bottega.example/label.pdf")
			id, back := g.returned("giulia")
			w, err := c.change(g, back)
			if err != nil {
				t.Fatal(err)
			}
			if c.told {
				g.take(w)
			}
			g.later(time.Second)
			g.deliverAll(id)
			g.is(id, c.state, c.reason)
			if n := len(g.mails.Mails()); n != map[crm.MessageState]int{crm.Sent: 1}[c.state] {
				t.Errorf("%d mails", n)
			}
		})
	}
}

// A return that cannot be read waits, and staff is asked after three days.
func TestReturnCannotBeRead(t *testing.T) {
	g := newGifts(t, 4)
	g.set("return_upgrade", "label_url", "https://bottega.example/label.pdf")
	id, _ := g.returned("giulia")
	g.shop.Break(simshop.Faults{Status: 503})
	g.deliverAll(id)
	if m := g.is(id, crm.Planned, crm.ReasonShopAway); m.DueAt.Sub(g.Now()) > 2*time.Minute || m.Detail == "" {
		t.Errorf("due in %s, told %q", m.DueAt.Sub(g.Now()), m.Detail)
	}
	g.asks()
	g.later(73 * time.Hour)
	g.deliverAll(id)
	g.is(id, crm.Failed, crm.ReasonOutOfTries)
	g.asks(crm.TaskReturnRefused)
	g.shop.Break(simshop.Faults{})
	g.byHand(g.message(id))
	g.rung()
	g.is(id, crm.Sent, "")
}

// The webhook of a return that no shop knows, and a dead token at reading it.
func TestReturnOfNobody(t *testing.T) {
	g := newGifts(t, 4)
	id, _ := g.returned("giulia")
	unknown := g.message(id)
	h := &reading{g.Platforms["shopify"].(*shopify.Platform), func() error {
		return &integrations.Error{Kind: integrations.Rejected, Service: "shopify", Detail: "the shop has no such return"}
	}}
	g.Platforms["shopify"] = h
	g.deliverAll(id)
	g.is(id, crm.Skipped, crm.ReasonReturnUnknown)
	g.asks()

	g.byHand(unknown)
	h.fails = func() error {
		return &integrations.Error{Kind: integrations.Unauthorized, Service: "shopify", Detail: "401"}
	}
	g.rung()
	g.is(id, crm.Planned, crm.ReasonShopAuth)
	g.asks(crm.TaskConnection)
	h.fails = func() error {
		return &integrations.Error{Kind: integrations.RateLimited, Service: "shopify", Detail: "429", RetryAt: g.Now().Add(20 * time.Minute)}
	}
	g.connect(nil)
	g.later(0)
	g.rung()
	if m := g.is(id, crm.Planned, crm.ReasonShopBusy); !m.DueAt.Equal(g.Now().Add(20 * time.Minute)) {
		t.Errorf("due at %s", m.DueAt)
	}
	g.asks()
	h.fails = func() error {
		return &integrations.Error{Kind: integrations.Unsupported, Service: "shopify", Detail: "plan"}
	}
	g.later(21 * time.Minute)
	g.rung()
	g.is(id, crm.Failed, crm.ReasonEffectUnsupported)
}

// reading is a platform that fails to read returns as told.
type reading struct {
	*shopify.Platform
	fails func() error
}

func (r *reading) Return(context.Context, integrations.Connection, string) (crm.Return, error) {
	return crm.Return{}, r.fails()
}

// Limits that are spent skip a gift with the reason, and two at once do not
// both take the last room.
func TestLimitsOfGifts(t *testing.T) {
	eachEngine(t, func(t *testing.T, o store.Options) {
		for rule, reason := range map[string]crm.Reason{"reward_budget": crm.ReasonBudget, "customer_ceiling": crm.ReasonCeiling} {
			g := newGiftsOn(t, 4, fresh(t, o))
			g.set("birthday_coupon", "kind", "fixed_amount", "amount", "5.00")
			g.rule(rule, map[string]string{"reward_budget": "9.00", "customer_ceiling": "4.99"}[rule])
			ids := g.birthdays("giulia", "reka", "neza")
			other := g.second()
			var all sync.WaitGroup
			for i, id := range ids {
				all.Go(func() {
					w := []*Worker{g.Worker, other}[i%2]
					if err := w.deliverMessages(t.Context(), g.shopID, []string{id}); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			g.flying.Wait()
			other.flying.Wait()
			sent := 0
			for _, id := range ids {
				if m := g.message(id); m.State == crm.Sent {
					sent++
				} else {
					g.is(id, crm.Skipped, reason)
				}
			}
			if want := map[string]int{"reward_budget": 1, "customer_ceiling": 0}[rule]; sent != want || len(g.shop.Discounts()) != want {
				t.Errorf("%s: %d mails and %d codes; want %d", rule, sent, len(g.shop.Discounts()), want)
			}
		}
	})
}

// fresh are the options of a database of its own.
func fresh(t *testing.T, o store.Options) store.Options {
	if o.URL != "" {
		return store.Options{URL: needs.FreshPostgres(t)}
	}
	return store.Options{Path: filepath.Join(t.TempDir(), "grazie.db")}
}

// A rule that cannot be read any more, since the shop's currency has no cents,
// holds gifts back and says so.
func TestRuleCannotBeRead(t *testing.T) {
	for rule, value := range map[string]string{"reward_budget": "100.50", "code_prefix": "-"} {
		g := newGifts(t, 4)
		id := g.birthdays("giulia")[0]
		g.rule(rule, value)
		if rule == "reward_budget" {
			g.change(func(s *crm.Shop) { s.Currency = "JPY" })
		}
		g.deliverAll(id)
		m := g.message(id)
		if m.State != crm.Planned || m.Reason != crm.ReasonRule || !strings.Contains(m.Detail, rule) || !m.DueAt.After(g.Now().Add(30*time.Minute)) {
			t.Errorf("%s: %s, %s, told %q, due at %s", rule, m.State, m.Reason, m.Detail, m.DueAt)
		}
	}
}

// The shop's state changes between the plan and the mail.
func TestShopChangesInBetween(t *testing.T) {
	for name, c := range map[string]struct {
		change func(g *gifts)
		state  crm.MessageState
		reason crm.Reason
	}{
		"paused":      {func(g *gifts) { g.change(func(s *crm.Shop) { s.State = crm.ShopPaused }) }, crm.Planned, crm.ReasonShopPaused},
		"uninstalled": {func(g *gifts) { g.take(g.shop.Uninstall()) }, crm.Cancelled, crm.ReasonShopUninstalled},
		"journey off": {func(g *gifts) { g.set("birthday_coupon", "enabled", "false") }, crm.Skipped, crm.ReasonJourneyOff},
	} {
		t.Run(name, func(t *testing.T) {
			for _, when := range []string{"before the code", "while it is made"} {
				g := newGifts(t, 4)
				id := g.birthdays("giulia")[0]
				switch when {
				case "before the code":
					c.change(g)
				default:
					g.AtStep = func(step string) {
						if step == "effect recorded" {
							c.change(g)
						}
					}
				}
				g.deliverAll(id)
				g.is(id, c.state, c.reason)
				if n := len(g.mails.Mails()); n != 0 {
					t.Errorf("%s: %d mails", when, n)
				}
				if want := map[bool]int{true: 1}[when != "before the code"]; len(g.shop.Discounts()) != want {
					t.Errorf("%s: %d codes", when, len(g.shop.Discounts()))
				}
			}
		})
	}
}

// A message whose journey was taken out of the program says so.
func TestJourneyIsGone(t *testing.T) {
	g := newGifts(t, 4)
	if _, err := g.Store.PlanMessages(t.Context(), g.shopID, []crm.Message{{Journey: "name_day", Purpose: crm.Marketing, Subject: "name_day:1", DueAt: g.Now()}}); err != nil {
		t.Fatal(err)
	}
	id := g.messages()[0].ID
	g.later(time.Minute)
	g.rung()
	if m := g.is(id, crm.Failed, crm.ReasonTemplate); !strings.Contains(m.Detail, "name_day") {
		t.Errorf("told %q", m.Detail)
	}
}

// A reminder names the code of the mail that it reminds of, and makes none.
func TestReminderHasTheSameCode(t *testing.T) {
	g := newGifts(t, 4)
	g.set("birthday_coupon", "enabled", "true", "reminder", "true")
	g.born("giulia")
	var ids []string
	for range 40 {
		g.later(24 * time.Hour)
		g.rung()
	}
	for _, m := range g.messages() {
		ids = append(ids, m.ID)
		g.is(m.ID, crm.Sent, "")
	}
	if len(ids) != 2 {
		t.Fatalf("%d messages", len(ids))
	}
	origin, reminder := ids[0], ids[1]
	if _, is := g.message(origin).Reminder(); is {
		origin, reminder = reminder, origin
	}
	code := g.effect(origin, crm.DiscountCodeMade).Code.Code
	if text := g.letter(reminder); !strings.Contains(text, code) || len(g.keeps(reminder)) != 0 || len(g.shop.Discounts()) != 1 {
		t.Errorf("%d codes of its own, %d at the shop: %s", len(g.keeps(reminder)), len(g.shop.Discounts()), text)
	}
}

// A worker that is told to stop begins no further effect.
func TestStopBetweenEffects(t *testing.T) {
	g := newGifts(t, 4)
	g.set("return_upgrade", "label_url", "https://bottega.example/label.pdf")
	id, _ := g.returned("giulia")
	ctx, stop := context.WithCancel(t.Context())
	g.stopping = ctx
	g.AtStep = func(step string) {
		if step == "effect recorded" {
			stop()
		}
	}
	g.deliverAll(id)
	done := 0
	for _, e := range g.keeps(id) {
		if e.State == crm.EffectDone {
			done++
		} else if e.State != crm.EffectPlanned {
			t.Errorf("%s is %s", e.Kind, e.State)
		}
	}
	if done != 1 || g.message(id).State != crm.Planned {
		t.Errorf("%d effects are done, the message is %s", done, g.message(id).State)
	}
	g.stopping, g.AtStep = t.Context(), nil
	g.later(time.Minute)
	g.rung()
	g.is(id, crm.Sent, "")
}

// Every reason that is written here has a sentence for people.
func TestReasonsHaveSentences(t *testing.T) {
	for kind, rule := range failures {
		if s := rule.reason.Sentence(); s == string(rule.reason) || rule.task == "" {
			t.Errorf("%s: %q, task %q", kind, s, rule.task)
		}
	}
	for _, r := range []crm.Reason{crm.ReasonMakesEffect, crm.ReasonReadsReturn, crm.ReasonShopAuth, crm.ReasonShopAway, crm.ReasonShopBusy, crm.ReasonEffectUnsupported,
		crm.ReasonOutOfTries, crm.ReasonCodeEnded, crm.ReasonCodeUsed, crm.ReasonCurrency, crm.ReasonRule, crm.ReasonReturnUnknown, crm.ReasonBudget, crm.ReasonCeiling} {
		if r.Sentence() == string(r) {
			t.Errorf("%s has no sentence", r)
		}
	}
}
