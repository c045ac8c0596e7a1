package main

import (
	"fmt"
	"strings"

	"grazie/crm"
	"grazie/store"
)

// describeExport writes all that is known of a customer as text that she can read.
func describeExport(g *globals, x store.Export) error {
	fmt.Fprintf(g.out, "What %s knows of you, as of %s\n", x.Shop, moment(x.At))
	for _, c := range x.Customers {
		fmt.Fprintln(g.out, "\nYou")
		if err := describeCustomer(g, c, crm.Shop{}); err != nil {
			return err
		}
		t := newTable(g.out)
		t.field("consent from", crm.Clean(c.Consent.Source+" "+c.Consent.OptInLevel+" "+c.Consent.Wording))
		if err := t.Flush(); err != nil {
			return err
		}
	}
	for _, section := range exportSections(x) {
		fmt.Fprintln(g.out, "\n"+section.title)
		if len(section.rows) == 0 {
			fmt.Fprintln(g.out, "nothing")
			continue
		}
		if err := writeList(g, listing{}, section.rows, "", section.heading, func(row []string) []string { return row }); err != nil {
			return err
		}
	}
	return nil
}

type exportSection struct {
	title, heading string
	rows           [][]string
}

func exportSections(x store.Export) []exportSection {
	return []exportSection{
		{"Your orders", "PLACED|ORDER|STATUS|TOTAL|WHAT", each(x.Orders, func(o crm.Order) []string {
			var goods []string
			for _, it := range o.Items {
				goods = append(goods, fmt.Sprintf("%d %s", it.Quantity, crm.Clean(it.Title+" "+it.Variant)))
			}
			return []string{moment(o.CreatedAt), o.Name, orderStatus(o), o.Total.String(), strings.Join(goods, ", ")}
		})},
		{"What you sent back", "ASKED|RETURN|STATUS|WHAT", each(x.Returns, func(r crm.Return) []string {
			var goods []string
			for _, l := range r.Lines {
				goods = append(goods, fmt.Sprintf("%d %s", l.Quantity, crm.Clean(l.Title+" "+l.Reason)))
			}
			return []string{moment(r.RequestedAt), r.Name, string(r.Status), strings.Join(goods, ", ")}
		})},
		{"Mails to you", "WHEN|KIND|PURPOSE|STATE|WHY", each(x.Messages, func(m crm.Message) []string {
			at := m.SentAt
			if at.IsZero() {
				at = m.DueAt
			}
			note := ""
			if m.Ask != nil {
				note = m.Ask.Note
			}
			return []string{moment(at), m.Journey, string(m.Purpose), string(m.State), crm.Clean(m.Reason.Sentence() + " " + note)}
		})},
		{"What those mails said", "WHEN|TO|SUBJECT|TEXT", each(x.Mails, func(m store.ExportedMail) []string {
			return []string{moment(m.At), m.To, m.Subject, crm.Clean(m.Text)}
		})},
		{"Codes and labels for you", "MADE|WHAT|STATE", each(x.Effects, func(e crm.Effect) []string {
			what := string(e.Kind)
			switch {
			case e.Code != nil:
				what += " " + e.Code.Code
			case e.Label != nil:
				what += " " + e.Label.Tracking
			}
			return []string{moment(e.CreatedAt), what, string(e.State)}
		})},
		{"What they were worth", "WHEN|KIND|AMOUNT", each(x.Rewards, func(r crm.Reward) []string { return []string{moment(r.At), string(r.Kind), r.Amount.String()} })},
		{"What you said", "WHEN|RATING|WORDS", each(x.Reviews, func(r crm.Review) []string { return []string{moment(r.UpdatedAt), fmt.Sprint(r.Rating), r.Text} })},
		{"What your mailbox told", "WHEN|WHAT", each(x.Feedback, func(f crm.Feedback) []string { return []string{moment(f.At), string(f.Kind)} })},
		{"What you are not written to about", "SINCE|WHAT|WHY", each(x.Suppressions, func(s store.Suppressed) []string { return []string{moment(s.At), s.Scope, s.Reason} })},
		{"What staff had to do for you", "WHEN|WHAT|DONE", each(x.Tasks, func(t crm.Task) []string { return []string{moment(t.CreatedAt), t.Detail, moment(t.DoneAt)} })},
		{"What you asked of us", "WHEN|WHAT|STATE", each(x.Requests, func(r crm.PrivacyRequest) []string {
			return []string{moment(r.RequestedAt), string(r.Kind), string(r.State)}
		})},
	}
}

func each[T any](all []T, row func(T) []string) (rows [][]string) {
	for _, v := range all {
		rows = append(rows, row(v))
	}
	return rows
}
