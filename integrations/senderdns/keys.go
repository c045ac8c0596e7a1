package senderdns

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"regexp"
	"strings"
)

// Selector is how the name of a DKIM key looks (RFC 6376, 3.1).
var Selector = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$`)

// shortest is the shortest RSA key that mailbox providers take, in bits.
const shortest = 1024

// dkim looks for the keys under the address's domain, and under the
// organisation's: a signature of either is aligned (RFC 7489, 3.1.1).
func (l look) dkim() Finding {
	selectors := []string{l.Selector}
	switch {
	case l.Selector != "" && !Selector.MatchString(l.Selector), l.Selector == "" && l.Mailer != "sendgrid":
		return say(DKIM, Unknown, "dkim_selector", Record{})
	case l.Selector == "":
		selectors = []string{"s1", "s2"}
	}
	worst := say(DKIM, OK, "dkim_ok", Record{})
	for _, s := range selectors {
		f := l.key(s, l.domain)
		if f.State == Missing && l.top != l.domain {
			if above := l.key(s, l.top); above.State != Missing {
				f = above
			}
		}
		if f.State != OK {
			worst = f
			break
		}
	}
	return worst
}

func (l look) key(selector, domain string) Finding {
	name := selector + "._domainkey." + domain
	add := Record{name, "TXT", "v=DKIM1; k=rsa; p=..."}
	code := "dkim_missing"
	if l.Mailer == "sendgrid" {
		add, code = Record{name, "CNAME", selector + ".domainkey.u....wl....sendgrid.net"}, "dkim_sendgrid"
	}
	records, absent, err := l.txt(name)
	switch {
	case err != nil && !absent:
		return say(DKIM, Unknown, "unknown", Record{})
	case len(records) == 0:
		if to, err := l.dns.LookupCNAME(l.ctx, name+"."); err == nil && strings.TrimSuffix(to, ".") != name {
			return say(DKIM, Wrong, "dkim_leads_nowhere", add)
		}
		return say(DKIM, Missing, code, add)
	}
	for _, r := range records {
		p, ok := tag(r, "p")
		if p = strings.Join(strings.Fields(p), ""); !ok || p == "" {
			continue
		}
		if k, _ := tag(r, "k"); k != "" && !strings.EqualFold(k, "rsa") {
			return say(DKIM, OK, "dkim_ok", Record{})
		}
		der, err := base64.StdEncoding.DecodeString(p)
		if err != nil {
			continue
		}
		if public, err := x509.ParsePKIXPublicKey(der); err == nil {
			if k, is := public.(*rsa.PublicKey); is && k.N.BitLen() < shortest {
				return say(DKIM, Wrong, "dkim_short", Record{})
			}
			return say(DKIM, OK, "dkim_ok", Record{})
		}
	}
	return say(DKIM, Wrong, "dkim_no_key", add)
}
