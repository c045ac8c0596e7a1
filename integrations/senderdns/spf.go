package senderdns

import "strings"

// mostLookups is how often an SPF record may send its reader to the DNS
// (RFC 7208, 4.6.4).
const mostLookups = 10

// sendGridSPF is what SendGrid's servers are found under.
const sendGridSPF = "include:sendgrid.net"

func (l look) spf() Finding {
	add, code := Record{l.domain, "TXT", "v=spf1 include:... ~all"}, "spf_dots"
	if l.Mailer == "sendgrid" {
		add.Value, code = "v=spf1 "+sendGridSPF+" ~all", "spf_missing"
	}
	records, absent, err := l.txt(l.domain)
	own := beginning(records, "v=spf1", " ")
	switch {
	case err != nil && !absent:
		return say(SPF, Unknown, "unknown", Record{})
	case len(own) == 0:
		return say(SPF, Missing, code, add)
	case len(own) > 1:
		return say(SPF, Wrong, "spf_two", Record{})
	}
	w := walk{look: l, seen: map[string]bool{}}
	w.read(l.domain, own[0])
	switch {
	case w.open:
		return say(SPF, Wrong, "spf_open", Record{l.domain, "TXT", replaceAll(own[0])})
	case w.broken:
		return say(SPF, Wrong, "spf_broken", Record{})
	case w.lookups > mostLookups:
		return say(SPF, Wrong, "spf_lookups", Record{})
	case l.Mailer == "sendgrid" && !w.sendGrid:
		return say(SPF, Wrong, "spf_include", Record{l.domain, "TXT", include(own[0])})
	case l.Mailer == "sendgrid":
		return say(SPF, OK, "spf_ok", Record{})
	}
	return say(SPF, OK, "spf_there", Record{})
}

// walk follows an SPF record as far as it leads, as well as it can: what does
// not answer is left out of the count.
type walk struct {
	look
	seen                   map[string]bool
	lookups                int
	open, broken, sendGrid bool
}

func (w *walk) read(domain, record string) {
	w.seen[domain] = true
	for _, term := range strings.Fields(record)[1:] {
		term = strings.ToLower(term)
		qualifier := term[0]
		term = strings.TrimLeft(term, "+-~?")
		name, rest, _ := strings.Cut(term, ":")
		name, _, _ = strings.Cut(name, "/")
		switch {
		case strings.HasPrefix(term, "redirect="):
			w.follow(strings.TrimPrefix(term, "redirect="))
		case name == "include":
			w.sendGrid = w.sendGrid || rest == "sendgrid.net" || strings.HasSuffix(rest, ".sendgrid.net")
			w.follow(rest)
		case name == "a" || name == "mx" || name == "ptr" || name == "exists":
			w.lookups++
		case name == "all" && domain == w.domain:
			w.open = w.open || qualifier == '+' || qualifier == 'a'
		}
	}
}

// follow reads the record of another domain.
func (w *walk) follow(domain string) {
	w.lookups++
	if w.seen[domain] || w.lookups > mostLookups || strings.Contains(domain, "%") {
		return
	}
	records, absent, err := w.txt(domain)
	own := beginning(records, "v=spf1", " ")
	switch {
	case err != nil && !absent:
	case len(own) != 1:
		w.broken = true
	default:
		w.read(domain, own[0])
	}
}

// include puts SendGrid before the end of a record.
func include(record string) string {
	terms := strings.Fields(record)
	for i, term := range terms {
		if t := strings.ToLower(strings.TrimLeft(term, "+-~?")); t == "all" || strings.HasPrefix(t, "redirect=") {
			return strings.Join(append(append(append([]string{}, terms[:i]...), sendGridSPF), terms[i:]...), " ")
		}
	}
	return record + " " + sendGridSPF + " ~all"
}

// replaceAll closes a record that lets everybody send.
func replaceAll(record string) string {
	terms := strings.Fields(record)
	for i, term := range terms {
		if strings.EqualFold(strings.TrimPrefix(term, "+"), "all") {
			terms[i] = "~all"
		}
	}
	return strings.Join(terms, " ")
}
