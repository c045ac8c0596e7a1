package desk

import (
	"context"

	"grazie/crm"
	"grazie/journeys"
)

// PreviewStored tells what would be decided now about a message as it stands, or
// as it would stand, and writes its mail whatever that is. A mail that cannot be
// written is nil, and unwritten says why.
func (d *Desk) PreviewStored(ctx context.Context, m crm.Message) (p Preview, unwritten, err error) {
	j, ok := journeys.Find(m.Journey)
	if !ok {
		return p, nil, &NotFound{"gesture", m.Journey}
	}
	f, err := d.Facts(ctx, j, m)
	if err != nil {
		return p, nil, err
	}
	p = Preview{Message: f.Message, Facts: f}
	if p.Decision, p.Effects, err = d.decide(ctx, j, f, d.Now()); err != nil {
		return p, nil, err
	}
	mail, unwritten := d.draft(j, f)
	if unwritten == nil {
		p.Mail = &mail
	}
	return p, unwritten, nil
}

// Worth is the most that what belongs to a message is thought to cost the shop.
func (d *Desk) Worth(ctx context.Context, m crm.Message) (crm.Money, error) {
	j, _ := journeys.Find(m.Journey)
	f, err := d.Facts(ctx, j, m)
	return journeys.Worth(j, f, d.Now()), err
}
