package main

import (
	"grazie/crm"
)

// explain tells in one sentence or two how a message stands, when, and why.
func explain(m crm.Message) string {
	why := ""
	if m.Reason != "" {
		why = " " + m.Reason.Sentence()
	}
	switch m.State {
	case crm.Planned:
		return "Planned for " + moment(m.DueAt) + "." + why
	case crm.Sending:
		return "A worker is handing it over since " + moment(m.UpdatedAt) + "."
	case crm.Sent:
		return "Sent " + handover(m) + "."
	case crm.Delivered:
		return "Sent " + handover(m) + ", and delivered."
	case crm.Bounced:
		return "Sent " + handover(m) + ", and refused by the mailbox."
	case crm.Complained:
		return "Sent " + handover(m) + ", and reported as spam by the customer."
	case crm.Unknown:
		return "Unknown since " + moment(m.UpdatedAt) + "." + why
	case crm.Skipped:
		return "Not sent." + why
	case crm.Cancelled:
		return "Cancelled " + moment(m.UpdatedAt) + "." + why
	case crm.Failed:
		return "Failed after " + plural(m.Attempt, "try", "tries") + "." + why
	}
	return string(m.State) + "." + why
}

// handover is when a mail was handed over, to whom, and the proof.
func handover(m crm.Message) string {
	s := moment(m.SentAt)
	if m.Mailer != "" {
		s += " by " + m.Mailer
	}
	if m.ProviderID != "" {
		s += ", receipt " + m.ProviderID
	}
	return s
}
