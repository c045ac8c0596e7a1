package desk_test

import (
	"fmt"
	"regexp"
	"testing"

	"grazie/crm"
	"grazie/desk"
	"grazie/journeys"
)

// What is only shown opens no customer's pages.
func TestPreviewHasNoLiveLinks(t *testing.T) {
	page := regexp.MustCompile(`https://grazie\.example/([upr])/([^\s"<>?}]+)`)
	each(t, func(t *testing.T, r *room) {
		anna := r.anna("77")
		anna.Birthday = crm.Birthday{Day: "11-25", Source: "form", At: r.Now(), FirstDay: "11-25", FirstAt: r.Now()}
		r.buys("1001", anna)
		ask := desk.Request{Journey: "birthday_coupon", Customer: "77", Ask: kim}
		for _, stored := range []bool{false, true} {
			if stored {
				r.run(ask)
			}
			p := r.preview(ask)
			mail, _, err := r.Draft(t.Context(), r.shop, ask, "")
			if err != nil || p.Mail == nil {
				t.Fatal(err, p.Decision)
			}
			for what, shown := range map[string]any{"preview": *p.Mail, "facts": p.Facts.Links, "draft": mail} {
				kinds := map[string]bool{}
				for _, link := range page.FindAllStringSubmatch(fmt.Sprintf("%+v", shown), -1) {
					if kinds[link[1]] = true; link[2] != "preview" {
						t.Errorf("%s: a live link: %s", what, link[0])
					}
				}
				if !kinds["u"] || !kinds["p"] {
					t.Errorf("%s has only links of %v", what, kinds)
				}
			}
		}
	})
}

// A dry run knows what a worker would find out before the mail.
func TestPreviewKnowsTheLimits(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.buys("1001", r.anna("77"))
		gift := desk.Request{Journey: "apology", Order: "1001", Ask: kim}
		gift.Ask.Offer = crm.OfferCode
		word := gift
		word.Ask.Offer = crm.OfferNone
		for name, c := range map[string]struct {
			rule, value string
			want        crm.Decision
		}{
			"no limit":          {"reward_budget", "", crm.Decision{Verdict: crm.Send}},
			"room":              {"reward_budget", "1000.00", crm.Decision{Verdict: crm.Send}},
			"budget":            {"reward_budget", "1.00", crm.SkipFor(crm.ReasonBudget)},
			"ceiling":           {"customer_ceiling", "1.00", crm.SkipFor(crm.ReasonCeiling)},
			"means nothing":     {"reward_budget", "1.005", crm.Decision{Verdict: crm.Defer, Reason: crm.ReasonRule}},
			"room for her gift": {"customer_ceiling", "1000.00", crm.Decision{Verdict: crm.Send}},
		} {
			r.set(func(s *crm.Shop) { s.Rules = crm.Values{c.rule: c.value} })
			p := r.preview(gift)
			if p.Decision.Verdict != c.want.Verdict || p.Decision.Reason != c.want.Reason {
				t.Errorf("%s: %+v, want %+v", name, p.Decision, c.want)
			}
			if send := c.want.Verdict == crm.Send; (p.Mail != nil) != send || (len(p.Effects) == 1) != send {
				t.Errorf("%s shows %v and %v", name, p.Mail, p.Effects)
			}
			if d, err := r.Decide(t.Context(), r.shop, gift); d.Reason != c.want.Reason || err != nil {
				t.Errorf("%s: decided %+v, %v", name, d, err)
			}
			if d, err := r.Decide(t.Context(), r.shop, word); d.Verdict != crm.Send && c.want.Reason != crm.ReasonRule || err != nil {
				t.Errorf("%s, without a gift: %+v, %v", name, d, err)
			}
		}

		// What is promised already counts, and her own promise does not count twice.
		r.set(func(s *crm.Shop) { s.Rules = crm.Values{"reward_budget": "10.00"} })
		m := r.run(gift)
		effects := r.preview(gift).Effects
		f, err := r.Store.FactsOf(t.Context(), r.shop.ID, []crm.Message{m})
		if err != nil || len(effects) != 1 {
			t.Fatal(err, effects)
		}
		f[0].Rules = journeys.RuleValues(f[0].Shop)
		limits, err := journeys.Limits(f[0], r.Now())
		if err != nil {
			t.Fatal(err)
		}
		effects[0].Worth.Minor, effects[0].Code.Code = 999, "KEEP-THIS"
		if _, full, err := r.Store.PlanEffects(t.Context(), m, effects, limits); full != "" || err != nil {
			t.Fatal(full, err)
		}
		if p := r.preview(gift); p.Decision.Verdict != crm.Send {
			t.Errorf("her own promise: %+v", p.Decision)
		}
		r.buys("1002", r.anna("78"))
		gift.Order = "1002"
		if p := r.preview(gift); p.Decision != crm.SkipFor(crm.ReasonBudget) || p.Mail != nil {
			t.Errorf("the budget is spent: %+v", p.Decision)
		}
	})
}

// A return of which only webhooks spoke is read before anything is decided.
func TestPreviewOfAReturnThatWasNotRead(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		o := r.buys("1001", r.anna("77"))
		r.told(false, crm.Event{Kind: crm.ReturnChanged, At: r.Now(), Return: &crm.Return{ID: "5", OrderID: o.ID, CustomerID: "77", Status: crm.ReturnRequested,
			RequestedAt: r.Now(), UpdatedAt: r.Now()}})
		ask := desk.Request{Journey: "return_upgrade", Return: "5", Ask: kim}
		p := r.preview(ask)
		if p.Decision.Verdict != crm.Defer || p.Decision.Reason != crm.ReasonReadsReturn || p.Mail != nil {
			t.Errorf("%+v", p.Decision)
		}
		r.set(func(s *crm.Shop) { s.State = crm.ShopUninstalled })
		if p := r.preview(ask); p.Decision != crm.SkipFor(crm.ReasonShopUninstalled) {
			t.Errorf("what closes before counts first: %+v", p.Decision)
		}
	})
}
