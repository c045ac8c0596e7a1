package handlers_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
	"golang.org/x/net/html"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/integrations/senderdns"
	"grazie/integrations/sendgrid"
	"grazie/integrations/shopify"
	"grazie/templates"
)

// steps is a door with an app before it that a merchant just installed.
type steps struct {
	*door
	path string

	mu     sync.Mutex
	mails  []map[string]any // that the mail provider took
	status int              // that it answers with; 0: it takes the mail
	hosts  map[string]string
}

// knowing is Shopify, telling what the tests say of a shop.
type knowing struct {
	*shopify.Platform
	told crm.Shop
}

func (k *knowing) Describe(context.Context, integrations.Connection) (crm.Shop, error) {
	return k.told, nil
}

func newSteps(t *testing.T, change ...func(*door)) *steps {
	t.Helper()
	s := &steps{}
	provider := httptest.NewServer(http.HandlerFunc(s.take))
	t.Cleanup(provider.Close)
	renderer, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	with := func(d *door) {
		d.options.Desk = &desk.Desk{Store: d.store, Templates: renderer, PublicURL: public, Now: d.Now}
		d.options.PublicURL = public
		d.options.Mailer = sendgrid.New(http.DefaultClient, d.Now)
		d.options.Connection = integrations.Connection{Settings: crm.Values{"key": "SG.secret", "base_url": provider.URL}}
		d.options.SenderDNS = senderdns.Checker{Resolver: s.resolver(t)}
	}
	s.door = newDoor(t, append([]func(*door){with}, change...)...)
	s.changeShop(func(shop *crm.Shop) { shop.App, shop.State, shop.Owner = true, crm.ShopPaused, "owner@bottega.example" })
	s.path = "/setup/" + s.store.SetupToken(s.shopID)
	t.Cleanup(func() {
		if text := s.log.String(); strings.Contains(text, strings.TrimPrefix(s.path, "/setup/")) || strings.Contains(text, "SG.secret") {
			t.Errorf("the log tells a secret:\n%s", text)
		}
	})
	return s
}

// take is the mail provider.
func (s *steps) take(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status != 0 {
		w.WriteHeader(s.status)
		_, _ = w.Write([]byte(`{"errors":[{"message":"The from address does not match a verified Sender Identity","field":"from"}]}`))
		return
	}
	var mail map[string]any
	_ = json.Unmarshal(body, &mail)
	s.mails = append(s.mails, mail)
	w.Header().Set("X-Message-Id", "receipt")
	w.WriteHeader(http.StatusAccepted)
}

func (s *steps) refuse(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

func (s *steps) taken() []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// resolver asks a DNS server that knows nothing but hosts.
func (s *steps) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	started, ended := make(chan struct{}), make(chan error, 1)
	srv := &dns.Server{PacketConn: conn, NotifyStartedFunc: func() { close(started) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) {
		m := new(dns.Msg)
		m.SetRcode(r, dns.RcodeNameError)
		if rr, err := dns.NewRR(s.hosts[r.Question[0].Name+" "+dns.TypeToString[r.Question[0].Qtype]]); err == nil && rr != nil {
			m.Rcode, m.Answer = dns.RcodeSuccess, []dns.RR{rr}
		}
		_ = w.WriteMsg(m)
	})}
	go func() { ended <- srv.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { _ = srv.Shutdown(); <-ended })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// get is what a browser that speaks English gets.
func (s *steps) get(path string) answer {
	s.t.Helper()
	return s.send(http.MethodGet, path, http.Header{"Accept-Language": {"en"}}, nil)
}

func (s *steps) stored() crm.Shop {
	s.t.Helper()
	shop, err := s.store.Shop(s.t.Context(), s.shopID)
	if err != nil {
		s.t.Fatal(err)
	}
	return shop
}

// form is what a browser would post of a page, with the fields changed as told
// and a button pressed.
func (s *steps) form(page string, do string, changes map[string]string) url.Values {
	s.t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		s.t.Fatal(err)
	}
	v := url.Values{"do": {do}}
	for n := range root.Descendants() {
		is := map[string]string{}
		for _, a := range n.Attr {
			is[a.Key] = a.Val
		}
		_, checked := is["checked"]
		_, chosen := is["selected"]
		switch {
		case n.Data == "input" && is["type"] != "checkbox", n.Data == "input" && checked:
			v.Add(is["name"], is["value"])
		case n.Data == "select":
			v.Add(is["name"], "")
		case n.Data == "option" && chosen:
			for _, a := range n.Parent.Attr {
				if a.Key == "name" {
					v.Set(a.Val, is["value"])
				}
			}
		}
	}
	for name, value := range changes {
		switch key, gesture := strings.CutPrefix(name, "on "); {
		case gesture:
			v["on"] = slices.DeleteFunc(v["on"], func(k string) bool { return k == key })
			if value == "true" {
				v.Add("on", key)
			}
		default:
			v.Set(name, value)
		}
	}
	return v
}

func (s *steps) submit(form url.Values, header ...string) answer {
	s.t.Helper()
	h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Sec-Fetch-Site": {"same-origin"}, "Accept-Language": {"en"}}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return s.send(http.MethodPost, s.path, h, strings.NewReader(form.Encode()))
}

// press opens the page, changes it and presses a button.
func (s *steps) press(do string, changes map[string]string) answer {
	s.t.Helper()
	return s.submit(s.form(s.get(s.path).body, do, changes))
}

// beside is what the page says about a field.
func beside(page, field string) string {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return err.Error()
	}
	for n := range root.Descendants() {
		if slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "id" && a.Val == field+"-wrong" }) {
			return n.FirstChild.Data
		}
	}
	return ""
}

func (s *steps) needs(a answer, status int) answer {
	s.t.Helper()
	if a.status != status {
		s.t.Errorf("%d, want %d:\n%s", a.status, status, a.body)
	}
	return a
}

var answers = map[string]string{"sender_name": "Anna", "sender_email": "anna@bottega.it", "name": "Bottega", "legal_name": "Bottega S.r.l.",
	"address": "Via Roma 1, 00100 Roma", "country": "IT", "timezone": "Europe/Rome", "locale": "it"}
