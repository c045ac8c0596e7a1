package senderdns

import "strings"

// dmarc looks at the address's domain, and then at the organisation's (RFC
// 7489, 6.6.3).
func (l look) dmarc() Finding {
	add := Record{"_dmarc." + l.top, "TXT", "v=DMARC1; p=none"}
	names := []string{l.domain}
	if l.top != l.domain {
		names = append(names, l.top)
	}
	for _, name := range names {
		records, absent, err := l.txt("_dmarc." + name)
		own := beginning(records, "v=DMARC1", " ;")
		switch {
		case err != nil && !absent:
			return say(DMARC, Unknown, "unknown", Record{})
		case len(own) == 0:
			continue
		case len(own) > 1:
			return say(DMARC, Wrong, "dmarc_two", Record{})
		}
		switch p, _ := tag(own[0], "p"); strings.ToLower(p) {
		case "none", "quarantine", "reject":
			return say(DMARC, OK, "dmarc_ok", Record{})
		}
		return say(DMARC, Wrong, "dmarc_policy", Record{"_dmarc." + name, "TXT", add.Value})
	}
	return say(DMARC, Missing, "dmarc_missing", add)
}

// receives looks for a server that takes in answers, and what comes back.
func (l look) receives() Finding {
	servers, err := l.dns.LookupMX(l.ctx, l.domain+".")
	for _, mx := range servers {
		if mx.Host == "." { // RFC 7505
			return say(Receives, Wrong, "replies_refused", Record{})
		}
	}
	switch {
	case len(servers) > 0:
		return say(Receives, OK, "replies_ok", Record{})
	case err != nil && !notFound(err):
		return say(Receives, Unknown, "unknown", Record{})
	}
	hosts, err := l.dns.LookupNetIP(l.ctx, "ip", l.domain+".") // without MX the domain itself takes mail (RFC 5321, 5.1)
	switch {
	case len(hosts) > 0:
		return say(Receives, OK, "replies_ok", Record{})
	case notFound(err):
		return say(Receives, Missing, "replies_missing", Record{})
	}
	return say(Receives, Unknown, "unknown", Record{})
}
