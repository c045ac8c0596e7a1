package console

import (
	"strings"

	"grazie/crm"
)

// Reason is a reason as a sentence.
func (p *Page) Reason(r crm.Reason) (string, error) {
	if r == "" {
		return "", nil
	}
	if p.Lang == Languages[0] {
		return r.Sentence(), nil
	}
	return p.Say("reasons." + string(r))
}

// Explain tells in a sentence or two how a message stands, when, and why; it is
// desk.Explain by the shop's clock and in the language of the page.
func (p *Page) Explain(m crm.Message) (string, error) {
	when := m.UpdatedAt
	switch m.State {
	case crm.Planned:
		when = m.DueAt
	case crm.Sent, crm.Delivered, crm.Bounced, crm.Complained:
		when = m.SentAt
	}
	said, err := p.Say("states."+string(m.State)+".sentence", "when", p.When(when), "tries", m.Attempt)
	if err != nil {
		return "", err
	}
	switch m.State {
	case crm.Sending, crm.Sent, crm.Delivered, crm.Bounced, crm.Complained: // the sentence says it
	default:
		why, err := p.Reason(m.Reason)
		if err != nil {
			return "", err
		}
		said = strings.TrimSpace(said + " " + why)
	}
	return said, nil
}

// Would tells what a decision would lead to.
func (p *Page) Would(d crm.Decision) (string, error) {
	said, err := p.Say("states.would." + string(d.Verdict))
	if err != nil {
		return "", err
	}
	why, err := p.Reason(d.Reason)
	return strings.TrimSpace(said + " " + why), err
}
