package main

import (
	"fmt"
	"strings"

	"grazie/crm"
	"grazie/desk"
)

// printMail prints a mail as text, or its HTML alone.
func printMail(g *globals, mail crm.Mail, html bool) error {
	if html {
		_, err := fmt.Fprintln(g.out, mail.HTML)
		return err
	}
	t := newTable(g.out)
	t.field("from", desk.MailboxText(mail.From))
	t.field("to", desk.MailboxText(mail.To))
	t.field("reply to", mail.ReplyTo)
	t.field("language", mail.Locale)
	t.field("subject", mail.Subject)
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(g.out, "\n%s\n", strings.TrimRight(mail.Text, "\n"))
	return err
}
