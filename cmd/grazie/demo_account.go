package main

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations/outbox"
	"grazie/store"
)

// languages are those that Grazie writes in.
var languages = map[string]string{"en": "English", "it": "Italian", "sl": "Slovenian", "hu": "Hungarian", "fil": "Filipino",
	"de": "German", "fr": "French", "es": "Spanish"}

func (a *account) opening(base, wanted string, moved bool) {
	a.line(styleBold, "Grazie: a simulated day of a small shop")
	if moved {
		a.wrapped("", styleFaint, "The address "+wanted+" is in use, so this is another one.")
	}
	a.wrapped("", styleFaint, "A real server listens at "+base+", with an embedded database and queue. "+
		"A simulated shop sends it signed webhooks, and makes codes and labels when it is asked to; "+
		"mails are written to files, and none leaves this machine.")
}

func (a *account) chapter(title string) {
	fmt.Fprintln(a.out)
	a.wrapped("", styleBold, title)
}

// scene tells what happened, then webhook by webhook what became of it, then
// of the letter.
func (a *account) scene(sc scene, s *stage, broken []string) {
	mark, style := "✓", styleGreen
	if len(broken) > 0 {
		mark, style = "✗", styleRed
	}
	for i, l := range wrapText(sc.story, a.width-2) {
		if i > 0 {
			mark = " "
		}
		fmt.Fprintln(a.out, a.paint(style, mark), l)
	}
	var all []piece
	for _, d := range s.deliveries {
		all = append(all, piece{styleFaint, d.tell()})
	}
	for _, said := range s.said {
		all = append(all, piece{"", said})
	}
	switch m := s.ended.message; {
	case sc.want.note != "" && len(broken) == 0:
		all = append(all, piece{styleYellow, sc.want.note})
	case m.State == crm.Sent && s.ended.news:
		all = append(all, piece{styleGreen, "sent in " + cmp.Or(languages[m.Locale], m.Locale)})
	case m.State == crm.Planned && m.Reason != crm.ReasonDelay:
		all = append(all, piece{styleYellow, "waits: " + m.Reason.Sentence()})
	case m.State == crm.Planned:
		all = append(all, piece{styleYellow, fmt.Sprintf("waits %.1f s more", time.Until(m.DueAt).Seconds())})
	case m.State != "" && m.State != crm.Sent:
		all = append(all, piece{styleYellow, "no mail: " + m.Reason.Sentence()})
	}
	if s.ended.news {
		all = append(all, piece{"", s.ended.address})
	}
	a.pieces(all)
	for _, b := range broken {
		a.wrapped("  ", styleRed, b)
	}
}

// tell is a webhook in a few words.
func (d delivery) tell() string {
	what := fmt.Sprintf("%s %d ", d.sent.Topic, d.status)
	switch {
	case d.status == http.StatusUnauthorized:
		return what + "refused, nothing stored"
	case d.again:
		return what + "seen before"
	case d.row.State == store.WebhookFailed:
		return what + "failed: " + strings.TrimPrefix(d.row.Reason, d.sent.Topic+": ")
	}
	return what + string(d.row.State)
}

// letter shows one whole mail: it is what all this is for.
func (a *account) letter(m outbox.Mail) {
	if m.ID == "" {
		return
	}
	a.chapter("One of the letters, as text")
	bar := a.paint(styleFaint, "│ ")
	fmt.Fprintf(a.out, "%s%s\n", bar, a.paint(styleFaint, "From     ")+m.From.Name+" <"+m.From.Email+">")
	fmt.Fprintf(a.out, "%s%s\n", bar, a.paint(styleFaint, "To       ")+m.To.Name+" <"+m.To.Email+">")
	fmt.Fprintf(a.out, "%s%s\n%s\n", bar, a.paint(styleFaint, "Subject  ")+m.Subject, bar)
	for l := range strings.SplitSeq(strings.TrimSpace(m.Text), "\n") {
		for _, l := range wrapText(l, min(a.width-4, 76)) {
			fmt.Fprintln(a.out, bar+l)
		}
	}
}

func (a *account) verdict(held int, broken, atLast []string) {
	fmt.Fprintln(a.out)
	if len(broken) == 0 {
		a.line(styleGreen, fmt.Sprintf("✓ All %d expectations held, in the database and in the mails.", held))
		return
	}
	a.line(styleRed, fmt.Sprintf("✗ %d of %d expectations did not hold.", len(broken), held+len(broken)))
	for _, b := range atLast {
		a.wrapped("  ", styleRed, b)
	}
}

// closing says where to go on from here.
func (a *account) closing(base, password, kept string) {
	ended := password == ""
	fmt.Fprintln(a.out)
	if ended {
		a.wrapped("", styleFaint, "The addresses answered while it ran. Without --exit it stays up, and the mails can be read as they look.")
	} else {
		fmt.Fprintf(a.out, "Read all mails at %s\n", a.paint(styleBold, base))
		fmt.Fprintf(a.out, "Look into the shop at %s, as %s with the password %s\n", a.paint(styleBold, base+"/console"), demoOwner, password)
	}
	if kept != "" {
		a.wrapped("", "", "Database and mails are kept in "+kept+"; with GRAZIE_DATA_DIR set to it, grazie message list and the other commands look into them.")
	}
	if !ended {
		a.line("", "Ctrl-C ends.")
	}
}
