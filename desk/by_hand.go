package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"grazie/crm"
	"grazie/journeys"
	"grazie/templates"
)

// Print tells two previews apart: whatever staff was shown of one is in it, to
// the letter. What was shown is what is done, or it is shown anew.
func (p Preview) Print() string {
	shown := []any{p.Message.ID, p.Message.State, p.Message.UpdatedAt, p.Message.Purpose, p.Decision.Verdict, p.Decision.Reason}
	for _, e := range p.Effects {
		shown = append(shown, DescribeEffect(e), e.Worth)
	}
	if m := p.Mail; m != nil {
		shown = append(shown, m.From, m.To, m.ReplyTo, m.Subject, m.Text, m.HTML)
	}
	b, err := json.Marshal(shown)
	if err != nil {
		panic(err) // texts and numbers
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Worth is what the effects of a preview come to.
func (p Preview) Worth() crm.Money {
	worth := crm.Money{Currency: p.Facts.Shop.Currency}
	for _, e := range p.Effects {
		worth.Minor += e.Worth.Minor
	}
	return worth
}

// Gifts are, of messages of a shop, the effects that would be made for each now.
func (d *Desk) Gifts(ctx context.Context, shop crm.Shop, messages []crm.Message) ([][]crm.Effect, error) {
	facts, err := d.Store.FactsOf(ctx, shop.ID, messages)
	if err != nil {
		return nil, err
	}
	all := make([][]crm.Effect, len(facts))
	for i, f := range facts {
		j, ok := journeys.Find(f.Message.Journey)
		if !ok || j.Effects == nil {
			continue
		}
		f.Settings, f.Rules = j.Values(f.Shop), journeys.RuleValues(f.Shop)
		all[i] = j.Effects(j.Settle(f), d.Now())
	}
	return all, nil
}

// asIfApproved is a preview of what waits for somebody's yes: what there would be
// after it. The decision stays that it waits, unless there is more in the way.
func (d *Desk) asIfApproved(ctx context.Context, j journeys.Journey, p *Preview) error {
	f := p.Facts
	ask := *f.Message.Ask
	ask.Approval = "-"
	f.Message.Ask = &ask
	decision, effects, err := d.decide(ctx, j, f, d.Now())
	if err != nil {
		return err
	}
	if decision.Verdict != crm.Send {
		p.Decision = decision
		return nil
	}
	p.Effects = effects
	return d.write(j, f, p)
}

// Unwritten says that a mail cannot be written: its template fails, or it would
// tell somebody else's story. Reason is what becomes of the message then.
type Unwritten struct {
	Reason crm.Reason
	Err    error
}

func (e *Unwritten) Error() string { return e.Err.Error() }
func (e *Unwritten) Unwrap() error { return e.Err }

// write puts the mail into a preview; one that cannot be written is an *Unwritten.
func (d *Desk) write(j journeys.Journey, f crm.Facts, p *Preview) error {
	mail, err := d.draft(j, f)
	if err != nil {
		no := &Unwritten{crm.ReasonTemplate, err}
		if errors.As(err, new(*templates.WrongHistory)) {
			no.Reason = crm.ReasonWrongHistory
		}
		return no
	}
	p.Mail = &mail
	return nil
}
