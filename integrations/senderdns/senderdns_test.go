package senderdns_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"grazie/integrations/senderdns"
)

// zone is a DNS server with records of the tests' own. Names that begin with
// "silent." are never answered, and those with "broken." with SERVFAIL.
type zone struct {
	records map[string][]string // name and type to values

	mu    sync.Mutex
	asked []string
}

func (z *zone) ServeDNS(w dns.ResponseWriter, r *dns.Msg) {
	q := r.Question[0]
	name := strings.TrimSuffix(strings.ToLower(q.Name), ".")
	z.mu.Lock()
	z.asked = append(z.asked, name)
	z.mu.Unlock()
	m := new(dns.Msg)
	m.SetReply(r)
	switch {
	case strings.Contains(name, "silent."):
		return
	case strings.Contains(name, "broken."):
		m.Rcode = dns.RcodeServerFailure
	default:
		z.answer(m, name, q.Qtype)
	}
	_ = w.WriteMsg(m)
}

func (z *zone) answer(m *dns.Msg, name string, kind uint16) {
	add := func(text string) {
		rr, err := dns.NewRR(text)
		if err != nil {
			panic(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	for _, to := range z.records[name+" CNAME"] {
		add(name + ". 60 IN CNAME " + to + ".")
		z.answer(m, to, kind)
		return
	}
	word := dns.TypeToString[kind]
	for _, v := range z.records[name+" "+word] {
		if word == "TXT" {
			var parts []string // of at most 255 octets each
			for chunk := range slices.Chunk([]byte(v), 200) {
				parts = append(parts, fmt.Sprintf("%q", chunk))
			}
			v = strings.Join(parts, " ")
		}
		add(name + ". 60 IN " + word + " " + v)
	}
	if len(m.Answer) == 0 {
		m.Rcode = dns.RcodeNameError
	}
}

// resolver asks the zone.
func (z *zone) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &dns.Server{PacketConn: conn, Handler: z}
	started, ended := make(chan struct{}), make(chan error, 1)
	srv.NotifyStartedFunc = func() { close(started) }
	go func() { ended <- srv.ActivateAndServe() }()
	<-started
	t.Cleanup(func() {
		if err := srv.Shutdown(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func key(t *testing.T, bits int) string {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// good is a domain that SendGrid sends for, with all that mailboxes want.
func good(t *testing.T) map[string][]string {
	public := key(t, 2048)
	return map[string][]string{
		"bottega.it TXT":                       {"google-site-verification=x", "v=spf1 include:_spf.bottega.it include:sendgrid.net ~all"},
		"_spf.bottega.it TXT":                  {"v=spf1 ip4:192.0.2.1 -all"},
		"sendgrid.net TXT":                     {"v=spf1 ip4:198.51.100.0/24 -all"},
		"s1._domainkey.bottega.it CNAME":       {"s1.domainkey.u1.wl1.sendgrid.net"},
		"s2._domainkey.bottega.it CNAME":       {"s2.domainkey.u1.wl1.sendgrid.net"},
		"s1.domainkey.u1.wl1.sendgrid.net TXT": {"k=rsa; t=s; p=" + public},
		"s2.domainkey.u1.wl1.sendgrid.net TXT": {"k=rsa; t=s; p=" + public},
		"_dmarc.bottega.it TXT":                {"v=DMARC1; p=none; rua=mailto:d@bottega.it"},
		"bottega.it MX":                        {"10 mx.bottega.it."},
	}
}

func codes(all []senderdns.Finding) string {
	var words []string
	for _, f := range all {
		words = append(words, f.What+" "+string(f.State)+" "+f.Code)
	}
	return strings.Join(words, ", ")
}

const allGood = "spf ok spf_ok, dkim ok dkim_ok, dmarc ok dmarc_ok, replies ok replies_ok"

func TestCheck(t *testing.T) {
	base := good(t)
	const sendGrid, smtp = "sendgrid", "smtp"
	for name, c := range map[string]struct {
		email, mailer, selector string
		set                     map[string][]string // over the good ones; nil: gone
		want                    string              // the good ones, with these words in their places
	}{
		"good":                 {"", sendGrid, "", nil, allGood},
		"capitals":             {"Anna@Bottega.IT", sendGrid, "", nil, allGood},
		"below the domain":     {"anna@mail.bottega.it", sendGrid, "", map[string][]string{"mail.bottega.it TXT": {"v=spf1 include:sendgrid.net -all"}, "mail.bottega.it A": {"192.0.2.1"}}, allGood},
		"a long key in parts":  {"", smtp, "k1", map[string][]string{"k1._domainkey.bottega.it TXT": {"v=DKIM1; p=" + key(t, 3072)}}, "spf ok spf_there, dkim ok dkim_ok, dmarc ok dmarc_ok, replies ok replies_ok"},
		"no selector":          {"", smtp, "", nil, "spf ok spf_there, dkim unknown dkim_selector, dmarc ok dmarc_ok, replies ok replies_ok"},
		"an odd selector":      {"", smtp, "a b", nil, "spf ok spf_there, dkim unknown dkim_selector, dmarc ok dmarc_ok, replies ok replies_ok"},
		"a selector of none":   {"", smtp, "k1", nil, "spf ok spf_there, dkim missing dkim_missing, dmarc ok dmarc_ok, replies ok replies_ok"},
		"nothing":              {"anna@other.it", sendGrid, "", nil, "spf missing spf_missing, dkim missing dkim_sendgrid, dmarc missing dmarc_missing, replies missing replies_missing"},
		"two SPF":              {"", sendGrid, "", map[string][]string{"bottega.it TXT": {"v=spf1 include:sendgrid.net ~all", "v=spf1 -all"}}, "spf wrong spf_two"},
		"SPF of another kind":  {"", smtp, "", map[string][]string{"bottega.it TXT": {"v=spf10 a", "spf2.0/pra a"}}, "spf missing spf_dots"},
		"SPF for all":          {"", sendGrid, "", map[string][]string{"bottega.it TXT": {"v=spf1 include:sendgrid.net +all"}}, "spf wrong spf_open"},
		"SPF, all alone":       {"", sendGrid, "", map[string][]string{"bottega.it TXT": {"v=spf1 include:sendgrid.net all"}}, "spf wrong spf_open"},
		"SPF leads nowhere":    {"", sendGrid, "", map[string][]string{"_spf.bottega.it TXT": nil}, "spf wrong spf_broken"},
		"SPF in a circle":      {"", sendGrid, "", map[string][]string{"_spf.bottega.it TXT": {"v=spf1 include:bottega.it ~all"}}, allGood},
		"SPF, eleven":          {"", sendGrid, "", map[string][]string{"bottega.it TXT": {"v=spf1 a mx ptr a:b.it a:c.it mx:d.it exists:e.it a/24 include:_spf.bottega.it include:sendgrid.net mx:f.it ~all"}}, "spf wrong spf_lookups"},
		"SPF, ten":             {"", sendGrid, "", map[string][]string{"bottega.it TXT": {"v=spf1 a mx ptr a:b.it a:c.it mx:d.it exists:e.it a/24 include:_spf.bottega.it include:sendgrid.net ip4:192.0.2.2 ~all"}}, allGood},
		"SPF redirects":        {"", sendGrid, "", map[string][]string{"bottega.it TXT": {"v=spf1 redirect=_all.bottega.it"}, "_all.bottega.it TXT": {"v=spf1 include:sendgrid.net ~all"}}, allGood},
		"SPF by SendGrid":      {"", sendGrid, "", map[string][]string{"bottega.it TXT": {"v=spf1 include:_spf.bottega.it ~all"}}, "spf ok spf_provider"},
		"no SPF, by SendGrid":  {"", sendGrid, "", map[string][]string{"bottega.it TXT": nil}, "spf ok spf_provider"},
		"not SendGrid":         {"", sendGrid, "", map[string][]string{"bottega.it TXT": {"v=spf1 include:_spf.bottega.it ~all"}, "s1._domainkey.bottega.it CNAME": nil}, "spf wrong spf_include, dkim missing dkim_sendgrid"},
		"half of the keys":     {"", sendGrid, "", map[string][]string{"s2._domainkey.bottega.it CNAME": nil}, "dkim missing dkim_sendgrid"},
		"a key that leads off": {"", sendGrid, "", map[string][]string{"s1._domainkey.bottega.it CNAME": {"s1.domainkey.u2.wl2.sendgrid.net"}}, "dkim wrong dkim_leads_nowhere"},
		"a key taken back":     {"", sendGrid, "", map[string][]string{"s1.domainkey.u1.wl1.sendgrid.net TXT": {"k=rsa; p="}}, "dkim wrong dkim_no_key"},
		"a garbled key":        {"", sendGrid, "", map[string][]string{"s1.domainkey.u1.wl1.sendgrid.net TXT": {"k=rsa; p=AAAA"}}, "dkim wrong dkim_no_key"},
		"a short key":          {"", sendGrid, "", map[string][]string{"s1.domainkey.u1.wl1.sendgrid.net TXT": {"k=rsa; p=MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhANRtsd+sA+JLwNqtnleHc/0xEuUBi8x/K3+WkgkD8PHlb34dOPjvV8PRfgMIq1f9OPaBE/Q6gkdQZUSNar4Gkft32nJlaQK2KWqVapw/oZcPxBQ2g0HwurgjP/EJcUT6pQIDAQAB"}}, "dkim wrong dkim_short"},
		"a key of Ed25519":     {"", smtp, "k1", map[string][]string{"k1._domainkey.bottega.it TXT": {"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}}, "spf ok spf_there, dkim ok dkim_ok, dmarc ok dmarc_ok, replies ok replies_ok"},
		"no DMARC":             {"", sendGrid, "", map[string][]string{"_dmarc.bottega.it TXT": nil}, "dmarc missing dmarc_missing"},
		"DMARC of its own":     {"anna@mail.bottega.it", sendGrid, "", map[string][]string{"mail.bottega.it TXT": {"v=spf1 include:sendgrid.net -all"}, "mail.bottega.it A": {"192.0.2.1"}, "_dmarc.mail.bottega.it TXT": {"v=DMARC1; p=maybe"}}, "dmarc wrong dmarc_policy"},
		"two DMARC":            {"", sendGrid, "", map[string][]string{"_dmarc.bottega.it TXT": {"v=DMARC1; p=none", "v=DMARC1; p=reject"}}, "dmarc wrong dmarc_two"},
		"DMARC and others":     {"", sendGrid, "", map[string][]string{"_dmarc.bottega.it TXT": {"something else", "v=DMARC1;p=Reject"}}, allGood},
		"no MX":                {"", sendGrid, "", map[string][]string{"bottega.it MX": nil, "bottega.it AAAA": {"2001:db8::1"}}, allGood},
		"takes no mail":        {"", sendGrid, "", map[string][]string{"bottega.it MX": {"0 ."}}, "replies wrong replies_refused"},
		"Gmail":                {"anna@gmail.com", sendGrid, "", nil, "domain wrong free_mail"},
		"Yahoo elsewhere":      {"anna@yahoo.co.uk", sendGrid, "", nil, "domain wrong free_mail"},
		"Libero":               {"anna@libero.it", smtp, "", nil, "domain wrong free_mail"},
		"nobody's":             {"anna@shop.example", smtp, "", nil, "domain wrong reserved"},
		"no address":           {"anna", smtp, "", nil, "domain wrong reserved"},
	} {
		t.Run(name, func(t *testing.T) {
			z := &zone{records: map[string][]string{}}
			for _, all := range []map[string][]string{base, c.set} {
				for k, v := range all {
					z.records[k] = v
				}
			}
			if c.email == "" {
				c.email = "anna@bottega.it"
			}
			got := senderdns.Checker{Resolver: z.resolver(t)}.Check(t.Context(), senderdns.Sender{Email: c.email, Mailer: c.mailer, Selector: c.selector})
			for f := range strings.SplitSeq(c.want, ", ") {
				if !slices.Contains(strings.Split(codes(got), ", "), f) {
					t.Errorf("%s, want %s", codes(got), c.want)
				}
			}
			for _, f := range got {
				if f.Advice == "" || !slices.Contains(senderdns.Codes(), f.Code) || f.State == senderdns.OK && f.Record != (senderdns.Record{}) {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// What to add is told letter by letter.
func TestRecords(t *testing.T) {
	z := &zone{records: map[string][]string{"mail.bottega.it TXT": {"v=spf1 mx ~all"}}}
	got := senderdns.Checker{Resolver: z.resolver(t)}.Check(t.Context(), senderdns.Sender{Email: "anna@mail.bottega.it", Mailer: "sendgrid"})
	want := []senderdns.Record{
		{Name: "mail.bottega.it", Type: "TXT", Value: "v=spf1 mx include:sendgrid.net ~all"},
		{Name: "s1._domainkey.mail.bottega.it", Type: "CNAME", Value: "s1.domainkey.u....wl....sendgrid.net"},
		{Name: "_dmarc.bottega.it", Type: "TXT", Value: "v=DMARC1; p=none"},
		{},
	}
	for i, f := range got {
		if f.Record != want[i] {
			t.Errorf("%s: %+v", f.What, f.Record)
		}
	}
	z = &zone{records: map[string][]string{"bottega.it TXT": {"v=spf1 mx +all"}}}
	if got := (senderdns.Checker{Resolver: z.resolver(t)}).Check(t.Context(), senderdns.Sender{Email: "anna@bottega.it", Mailer: "smtp"}); got[0].Record.Value != "v=spf1 mx ~all" {
		t.Errorf("%+v", got[0])
	}
}

// Who does not answer has not said no.
func TestNoAnswerIsUnknown(t *testing.T) {
	z := &zone{}
	resolver := z.resolver(t)
	const want = "spf unknown unknown, dkim unknown unknown, dmarc unknown unknown, replies unknown unknown"
	if got := (senderdns.Checker{Resolver: resolver}).Check(t.Context(), senderdns.Sender{Email: "anna@broken.bottega.it", Mailer: "sendgrid"}); codes(got) != want {
		t.Error(codes(got))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if got := (senderdns.Checker{Resolver: resolver}).Check(ctx, senderdns.Sender{Email: "anna@silent.bottega.it", Mailer: "sendgrid"}); codes(got) != want {
		t.Error(codes(got))
	}
}

// Only the sender's own names are asked about, whole.
func TestAsksNoOther(t *testing.T) {
	z := &zone{records: good(t)}
	senderdns.Checker{Resolver: z.resolver(t)}.Check(t.Context(), senderdns.Sender{Email: "anna@gmail.com", Mailer: "smtp"})
	if len(z.asked) != 0 {
		t.Errorf("asked %q about an address of a provider", z.asked)
	}
	if senderdns.Asks("outbox") || !senderdns.Asks("smtp") || !senderdns.Asks("sendgrid") {
		t.Error("who is asked about")
	}
	for _, own := range []string{"live.bottega.it", "gmx.shop", "bottega.com", "outlook.boutique"} {
		if got := (senderdns.Checker{Resolver: z.resolver(t)}).Check(t.Context(), senderdns.Sender{Email: "anna@" + own, Mailer: "smtp"}); len(got) != 4 {
			t.Errorf("%s: %s", own, codes(got))
		}
	}
}
