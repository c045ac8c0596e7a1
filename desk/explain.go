package desk

import (
	"fmt"
	"strings"
	"time"

	"grazie/crm"
)

// Explain tells in one sentence or two how a message stands, when, and why.
func Explain(m crm.Message) string {
	s := standing(m)
	if m.ByHand && m.Detail != "" {
		s += " By hand, " + strings.TrimSuffix(m.Detail, ".") + "."
	}
	if m.Ask != nil && m.Ask.Again != "" {
		s += " A second one for this occasion: " + strings.TrimSuffix(m.Ask.Again, ".") + "."
	}
	return s
}

func standing(m crm.Message) string {
	why := ""
	if m.Reason != "" && !(m.Reason == crm.ReasonByHand && m.ByHand && m.Detail != "") { // else told twice
		why = " " + m.Reason.Sentence()
	}
	switch m.State {
	case crm.Planned:
		return "Planned for " + Moment(m.DueAt) + "." + why
	case crm.Sending:
		return "A worker is handing it over since " + Moment(m.UpdatedAt) + "."
	case crm.Sent:
		return "Sent " + handover(m) + "."
	case crm.Delivered:
		return "Sent " + handover(m) + ", and delivered."
	case crm.Bounced:
		return "Sent " + handover(m) + ", and refused by the mailbox."
	case crm.Complained:
		return "Sent " + handover(m) + ", and reported as spam by the customer."
	case crm.Unknown:
		return "Unknown since " + Moment(m.UpdatedAt) + "." + why
	case crm.Skipped:
		return "Not sent." + why
	case crm.Cancelled:
		return "Cancelled " + Moment(m.UpdatedAt) + "." + why
	case crm.Failed:
		tries := fmt.Sprintf("%d tries", m.Attempt)
		if m.Attempt == 1 {
			tries = "1 try"
		}
		return "Failed after " + tries + "." + why
	}
	return string(m.State) + "." + why
}

// handover is when a mail was handed over, to whom, and the proof.
func handover(m crm.Message) string {
	s := Moment(m.SentAt)
	if m.Mailer != "" {
		s += " by " + m.Mailer
	}
	if m.ProviderID != "" {
		s += ", receipt " + m.ProviderID
	}
	return s
}

// Would tells in a sentence or two what a decision would lead to.
func Would(d crm.Decision) string {
	switch d.Verdict {
	case crm.Send:
		return "It would be sent now."
	case crm.Defer:
		return "It would wait. " + d.Reason.Sentence()
	}
	return "It would not be sent. " + d.Reason.Sentence()
}

// DescribeEffect tells an effect in a few words.
func DescribeEffect(e crm.Effect) string {
	s := strings.ReplaceAll(string(e.Kind), "_", " ")
	switch c := e.Code; {
	case c == nil:
	case c.Kind == crm.Percentage:
		s += fmt.Sprintf(" of %d %%", c.Percent)
	case c.Kind == crm.FixedAmount:
		s += " of " + c.Amount.String()
	case c.Kind == crm.FreeProduct:
		s += " for " + c.Product
	default:
		s += " for free shipping"
	}
	if e.Code != nil && !e.Code.EndsAt.IsZero() {
		s += ", good until " + Moment(e.Code.EndsAt)
	}
	if e.Label != nil && e.Label.By != "" {
		s += " by " + e.Label.By
	}
	if e.Worth.Minor > 0 {
		s += ", worth up to " + e.Worth.String()
	}
	return s
}

// Moment is a time for people and programs alike, in UTC; never is empty.
func Moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
