package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/journeys"
	"grazie/store"
)

// year is what a simulation came to.
type year struct {
	From      string           `json:"from"`
	Days      int              `json:"days"`
	Engine    string           `json:"engine"`
	Customers int              `json:"customers"`
	Orders    int              `json:"orders"`
	Mails     int              `json:"mails"`
	Codes     int              `json:"codes"`
	Used      int              `json:"codes_used"`
	Given     string           `json:"given"` // of the budget, promised and used
	Killed    int              `json:"killed"`
	Took      time.Duration    `json:"took_ns"`
	Journeys  []journeyOutcome `json:"journeys"`
	Broken    []string         `json:"broken"` // what did not hold
}

// journeyOutcome counts the messages of a journey by how they ended and why.
type journeyOutcome struct {
	Journey string                   `json:"journey"`
	Planned int                      `json:"planned"`
	States  map[crm.MessageState]int `json:"states"`
	Reasons map[crm.Reason]int       `json:"reasons"` // of those that were not sent
}

// year looks back.
func (w *world) year(ctx context.Context, took time.Duration) (*year, error) {
	y := &year{From: w.From.String(), Days: w.Days, Engine: w.program.store.Engine(), Customers: len(w.people), Orders: len(w.sim.Orders()), Mails: w.post.count(),
		Killed: w.killed, Took: took, Broken: []string{}}
	messages, err := w.messages(ctx)
	if err != nil {
		return nil, err
	}
	y.count(messages)
	if err := w.check(ctx, y, messages); err != nil {
		return nil, err
	}
	return y, nil
}

func (w *world) messages(ctx context.Context) ([]crm.Message, error) {
	var all []crm.Message
	for before := ""; ; {
		some, err := w.program.store.Messages(ctx, w.shop.ID, store.MessageFilter{Before: before, Limit: mostListed})
		if err != nil || len(some) == 0 {
			return all, err
		}
		all, before = append(all, some...), some[len(some)-1].ID
	}
}

func (y *year) count(messages []crm.Message) {
	for _, j := range journeys.All {
		o := journeyOutcome{Journey: j.Key, States: map[crm.MessageState]int{}, Reasons: map[crm.Reason]int{}}
		for _, m := range messages {
			if m.Journey != j.Key {
				continue
			}
			o.Planned++
			o.States[m.State]++
			if m.SentAt.IsZero() {
				o.Reasons[m.Reason]++
			}
		}
		if o.Planned > 0 {
			y.Journeys = append(y.Journeys, o)
		}
	}
}

// check compares what happened with what must always hold, by the truth that
// the simulation kept for itself.
func (w *world) check(ctx context.Context, y *year, messages []crm.Message) error {
	broken := func(format string, args ...any) {
		if len(y.Broken) < 50 {
			y.Broken = append(y.Broken, fmt.Sprintf(format, args...))
		}
	}
	byID := map[string]crm.Message{}
	seen := map[[2]string]string{}
	for _, m := range messages {
		byID[m.ID] = m
		key := [2]string{m.Journey, m.Subject}
		if other := seen[key]; other != "" {
			broken("%s and %s are about one occasion, %s", m.ID, other, m.Subject)
		}
		seen[key] = m.ID
	}
	for id, n := range w.post.taken {
		if n > 1 {
			broken("%s went out %d times", id, n)
		}
	}
	codes := map[string]string{} // code to the message it came with
	for _, m := range w.post.mails {
		row, ok := byID[m.message]
		if !ok {
			broken("a mail of nobody's went out: %s", m.message)
			continue
		}
		w.checkMail(m, row, broken)
		if m.code != "" {
			if other, twice := codes[m.code]; twice && seen[[2]string{row.Journey, strings.TrimSuffix(row.Subject, ":reminder")}] != other {
				broken("the code %s stands in the mails %s and %s", m.code, other, m.message)
			}
			codes[m.code] = cmp.Or(codes[m.code], m.message)
		}
	}
	w.checkCaps(broken)
	if err := w.checkGifts(ctx, y, broken); err != nil {
		return err
	}
	for _, m := range messages {
		if m.State == crm.Planned && m.DueAt.Before(w.now().Add(-2*time.Hour)) {
			broken("%s is due since %s and still waits", m.ID, m.DueAt.Format(time.RFC3339))
		}
		if m.Reason.Sentence() == string(m.Reason) && m.Reason != "" {
			broken("the reason %s has no sentence", m.Reason)
		}
	}
	return nil
}

// checkMail looks at one mail that went out.
func (w *world) checkMail(m letter, row crm.Message, broken func(string, ...any)) {
	p := w.post.person(m.to)
	local := m.at.In(p.zone)
	if m.marketing != (row.Purpose == crm.Marketing) {
		broken("%s is %s, and its mail is not", m.message, row.Purpose)
	}
	if m.marketing {
		if h := local.Hour(); h < 8 || h >= 20 {
			broken("%s (%s) went out at %s, her time", m.message, row.Journey, local.Format(time.RFC3339))
		}
		if !p.no.IsZero() && m.at.After(p.no) {
			broken("%s (%s) went to %s, who left on %s, on %s", m.message, row.Journey, m.to, p.no.Format(time.RFC3339), m.at.Format(time.RFC3339))
		}
		if at := p.noMore[row.Journey]; !at.IsZero() && m.at.After(at) {
			broken("%s (%s) went to %s, who wanted no more of these since %s", m.message, row.Journey, m.to, at.Format(time.RFC3339))
		}
		if !p.angry.IsZero() && m.at.After(p.angry) {
			broken("%s went to %s, who reported a mail before", m.message, m.to)
		}
	}
	if !p.dead.IsZero() && m.at.After(p.dead) {
		broken("%s went to %s, whose mailbox refuses everything", m.message, m.to)
	}
	if !p.gone.IsZero() && m.at.After(p.gone) {
		broken("%s went to %s, who is gone", m.message, m.to)
	}
	if day, ok := crm.OccasionDay(row.Subject); ok && !strings.HasSuffix(row.Subject, ":reminder") {
		if late := crm.DayOf(m.at, p.zone).Sub(day); late > 3 || late < -60 {
			broken("%s is about %s and came %d days late", m.message, day, late)
		}
	}
	if row.Journey == "thank_you" || row.Journey == "review_request" {
		for name, at := range w.post.voided {
			if m.at.After(at) && strings.Contains(m.text, name+".") {
				broken("%s speaks of the order %s, which was called off", m.message, name)
			}
		}
	}
	if m.code != "" {
		d, ok := w.sim.Discount(m.code)
		switch {
		case !ok:
			broken("%s names the code %s, which the shop does not have", m.message, m.code)
		case !d.EndsAt.IsZero() && m.at.After(d.EndsAt):
			broken("%s names the code %s, which had ended", m.message, m.code)
		case !slices.Contains(d.Customers, p.ID):
			broken("%s names the code %s, which is not hers", m.message, m.code)
		}
	}
}

// checkCaps counts the marketing that each person got.
func (w *world) checkCaps(broken func(string, ...any)) {
	got := map[string][]time.Time{}
	for _, m := range w.post.mails {
		if m.marketing {
			got[m.to] = append(got[m.to], m.at)
		}
	}
	for _, c := range []struct {
		most int
		in   time.Duration
	}{{1, 24 * time.Hour}, {2, 7 * 24 * time.Hour}, {6, 30 * 24 * time.Hour}} {
		for to, all := range got {
			slices.SortFunc(all, time.Time.Compare)
			for i := c.most; i < len(all); i++ {
				if all[i].Sub(all[i-c.most]) < c.in-time.Minute {
					broken("%s got more than %d marketing mails within %s, the last on %s", to, c.most, c.in, all[i].Format(time.RFC3339))
				}
			}
		}
	}
}

// checkGifts counts codes by occasion and what they were worth, from the
// shop's own list, against the budget.
func (w *world) checkGifts(ctx context.Context, y *year, broken func(string, ...any)) error {
	owners := map[string]int{}
	for _, d := range w.sim.Discounts() {
		y.Codes++
		y.Used += d.Used()
		if d.Used() > 1 {
			broken("the code %s was used %d times", d.Code, d.Used())
		}
		owners[fmt.Sprint(d.Customers, d.CreatedAt.Truncate(24*time.Hour))]++
	}
	for who, n := range owners {
		if n > 2 {
			broken("%d codes on one day for %s", n, who)
		}
	}
	s := w.program.store
	zone, _ := time.LoadLocation(w.shop.Timezone)
	var told []string
	for first := w.From.Year; first <= crm.DayOf(w.now(), zone).Year; first++ {
		since := crm.Day{Year: first, Month: 1, Day: 1}.At(0, 0, 0, zone)
		given, err := s.Given(ctx, w.shop.ID, "", w.shop.Currency, since)
		if err != nil {
			return err
		}
		if first < crm.DayOf(w.now(), zone).Year {
			later, err := s.Given(ctx, w.shop.ID, "", w.shop.Currency, crm.Day{Year: first + 1, Month: 1, Day: 1}.At(0, 0, 0, zone))
			if err != nil {
				return err
			}
			given -= later
		}
		told = append(told, fmt.Sprintf("%d: %s", first, crm.Money{Minor: given, Currency: w.shop.Currency}))
	}
	y.Given = strings.Join(told, ", ")
	// The budget binds what is promised; what was really used is told.
	budget, err := crm.ParseMoney(w.shop.Rules["reward_budget"], w.shop.Currency)
	if err != nil {
		return err
	}
	rewards, err := s.Rewards(ctx, w.shop.ID, "", 1_000_000)
	if err != nil {
		return err
	}
	running, at := map[int]int64{}, 0
	for _, r := range slices.Backward(rewards) {
		at = r.At.In(zone).Year()
		running[at] += r.Amount.Minor
		if r.Kind == crm.RewardPromised && running[at] > budget.Minor {
			broken("the promise %s of %s went over the budget of %d", r.EffectID, r.Amount, at)
		}
	}
	return nil
}

// print tells it to people.
func (y *year) print(out io.Writer) error {
	fmt.Fprintf(out, "%d days from %s on %s: %d customers, %d orders, %d mails, %d codes (%d used), gifts %s. It took %s.\n",
		y.Days, y.From, y.Engine, y.Customers, y.Orders, y.Mails, y.Codes, y.Used, y.Given, y.Took.Round(time.Second))
	if y.Killed > 0 {
		fmt.Fprintf(out, "%d workers were lost on the way.\n", y.Killed)
	}
	for _, j := range y.Journeys {
		fmt.Fprintf(out, "\n%s: %d planned\n", j.Journey, j.Planned)
		t := newTable(out)
		for _, state := range slices.SortedFunc(maps.Keys(j.States), func(a, b crm.MessageState) int { return j.States[b] - j.States[a] }) {
			t.row("  "+string(state), fmt.Sprint(j.States[state]), "")
		}
		for _, r := range slices.SortedFunc(maps.Keys(j.Reasons), func(a, b crm.Reason) int { return cmp.Or(j.Reasons[b]-j.Reasons[a], cmp.Compare(a, b)) }) {
			t.row("    "+string(r), fmt.Sprint(j.Reasons[r]), r.Sentence())
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	if len(y.Broken) == 0 {
		_, err := fmt.Fprintln(out, "\nAll that must hold held: nothing twice, nothing out of its window, nothing to the suppressed, no budget overdrawn.")
		return err
	}
	_, err := fmt.Fprintf(out, "\nDid not hold:\n  %s\n", strings.Join(y.Broken, "\n  "))
	return err
}
