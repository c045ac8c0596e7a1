package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"grazie/integrations/shopify/simshop"
)

// postOffice is a stand-in for SendGrid: it takes mails, now and then badly,
// keeps what it took, and tells afterwards what became of it.
type postOffice struct {
	w    *world
	addr string
	srv  *http.Server
	key  *ecdsa.PrivateKey

	mu      sync.Mutex
	random  *rand.Rand
	mails   []letter
	taken   map[string]int // by message
	untold  []letter
	refusal time.Time            // until when all is refused
	voided  map[string]time.Time // orders that were called off, by name
	byMail  map[string]*citizen
}

// letter is one mail that was taken.
type letter struct {
	message, to, subject string
	at                   time.Time
	marketing            bool
	unsubscribe          string // path of the one-click link
	code                 string
	text                 string
}

func newPostOffice(w *world) (*postOffice, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		return nil, err
	}
	o := &postOffice{w: w, addr: l.Addr().String(), key: key, random: rand.New(rand.NewPCG(w.Seed, 3)), taken: map[string]int{}, voided: map[string]time.Time{}, byMail: map[string]*citizen{}}
	o.srv = &http.Server{Handler: o}
	go o.srv.Serve(l)
	return o, nil
}

func (o *postOffice) close() { o.srv.Close() }

func (o *postOffice) publicKey() string {
	der, err := x509.MarshalPKIXPublicKey(&o.key.PublicKey)
	if err != nil {
		panic("simulate: " + err.Error()) // a key that was just made
	}
	return base64.StdEncoding.EncodeToString(der)
}

func (o *postOffice) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.mails)
}

var codeText = regexp.MustCompile(`\b[A-Z0-9]{2,12}-[0-9A-Z]{5}-[0-9A-Z]{5}\b`)

// ServeHTTP takes a mail as SendGrid's API does.
func (o *postOffice) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	var in struct {
		Personalizations []struct {
			To         []struct{ Email string }
			CustomArgs map[string]string `json:"custom_args"`
		}
		CustomArgs map[string]string `json:"custom_args"`
		Subject    string
		Headers    map[string]string
		Content    []struct{ Type, Value string }
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &in)
	}
	if err != nil || len(in.Personalizations) != 1 || len(in.Personalizations[0].To) != 1 || len(in.Content) == 0 {
		http.Error(rw, `{"errors":[{"message":"not one mail"}]}`, http.StatusBadRequest)
		return
	}
	args := in.CustomArgs
	if len(args) == 0 {
		args = in.Personalizations[0].CustomArgs
	}
	m := letter{message: args["grazie_message"], to: in.Personalizations[0].To[0].Email, subject: in.Subject, at: o.w.now(), text: in.Content[0].Value}
	if list := in.Headers["List-Unsubscribe"]; list != "" {
		m.marketing = true
		if u, err := url.Parse(strings.Trim(strings.SplitN(list, ",", 2)[0], "<> ")); err == nil {
			m.unsubscribe = u.Path
		}
	}
	m.code = codeText.FindString(m.text)
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.w.now().Before(o.refusal):
		http.Error(rw, `{"errors":[{"message":"away"}]}`, http.StatusServiceUnavailable)
		return
	case chance(o.random, 1):
		o.refusal = o.w.now().Add(90 * time.Minute)
		http.Error(rw, `{"errors":[{"message":"away"}]}`, http.StatusServiceUnavailable)
		return
	}
	o.taken[m.message]++
	o.mails, o.untold = append(o.mails, m), append(o.untold, m)
	if chance(o.random, 3) { // taken, and the answer is lost
		if conn, _, err := rw.(http.Hijacker).Hijack(); err == nil {
			conn.Close()
			return
		}
	}
	rw.Header().Set("X-Message-Id", m.message)
	rw.WriteHeader(http.StatusAccepted)
}

// person finds who has an address.
func (o *postOffice) person(email string) *citizen {
	if len(o.byMail) != len(o.w.people) {
		for _, p := range o.w.people {
			o.byMail[p.Email] = p
		}
	}
	return o.byMail[email]
}

// void notes that an order was called off: nothing may thank for it any more.
func (o *postOffice) void(order *simshop.Order) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.voided[order.Name()] = o.w.now()
}

// tell says what became of the mails that were taken since the last time:
// delivered, bounced, reported; and people open them, use the codes, or leave
// by the link.
func (o *postOffice) tell(ctx context.Context) error {
	o.mu.Lock()
	mails := o.untold
	o.untold = nil
	o.mu.Unlock()
	slices.SortFunc(mails, func(a, b letter) int { return strings.Compare(a.message, b.message) }) // workers raced
	var events []map[string]any
	var leaving []letter
	now := o.w.now()
	for i, m := range mails {
		p := o.person(m.to)
		if p == nil {
			return fmt.Errorf("a mail went to %s, who is nobody", m.to)
		}
		event := map[string]any{"email": m.to, "timestamp": now.Unix(), "sg_event_id": m.message + "-" + strconv.Itoa(i), "sg_message_id": m.message + ".0",
			"grazie_message": m.message, "grazie_shop": o.w.shop.ID, "event": "delivered", "response": "250 OK"}
		switch {
		case p.bounces:
			p.dead = now
			event["event"], event["type"], event["status"], event["reason"] = "bounce", "bounce", "5.1.1", "550 5.1.1 user unknown"
		case m.marketing && chance(o.random, 0.3):
			p.angry = now
			events = append(events, event)
			event = map[string]any{"email": m.to, "timestamp": now.Unix() + 1, "sg_event_id": m.message + "-spam", "sg_message_id": m.message + ".0",
				"grazie_message": m.message, "grazie_shop": o.w.shop.ID, "event": "spamreport"}
		default:
			if m.code != "" && chance(o.random, 300) {
				p.codes = append(p.codes, m.code)
			}
			if m.marketing && chance(o.random, 5) {
				leaving = append(leaving, m)
			}
		}
		events = append(events, event)
		if chance(o.random, 30) {
			events = append(events, event) // told twice
		}
	}
	o.random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	if err := o.feedback(ctx, events); err != nil {
		return err
	}
	for _, m := range leaving {
		if err := o.leave(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// leave is a customer at the link of a mail. Half of them click once, which
// ends mails of that kind; the others open the page and end them all.
func (o *postOffice) leave(ctx context.Context, m letter) error {
	p, form := o.person(m.to), "scope=all"
	if chance(o.random, 500) {
		row, err := o.w.program.store.Message(ctx, o.w.shop.ID, m.message)
		if err != nil {
			return err
		}
		form = "List-Unsubscribe=One-Click"
		p.noMore[row.Journey] = o.w.now()
	} else {
		p.no = o.w.now()
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for range 20 {
		switch status := o.w.ask(ctx, http.MethodPost, m.unsubscribe, header, []byte(form)); status {
		case http.StatusOK:
			return nil
		case 0, http.StatusServiceUnavailable:
		default:
			return fmt.Errorf("the link to unsubscribe was answered with %d", status)
		}
	}
	return errors.New("the link to unsubscribe found nobody twenty times")
}

// feedback posts events, signed as SendGrid signs, until they are taken.
func (o *postOffice) feedback(ctx context.Context, events []map[string]any) error {
	if len(events) == 0 {
		return nil
	}
	body, err := json.Marshal(events)
	if err != nil {
		return err
	}
	stamp := strconv.FormatInt(o.w.now().Unix(), 10)
	digest := sha256.Sum256(append([]byte(stamp), body...))
	signature, err := ecdsa.SignASN1(crand.Reader, o.key, digest[:])
	if err != nil {
		return err
	}
	header := http.Header{"Content-Type": {"application/json"}, "X-Twilio-Email-Event-Webhook-Timestamp": {stamp},
		"X-Twilio-Email-Event-Webhook-Signature": {base64.StdEncoding.EncodeToString(signature)}}
	for range 20 {
		switch status := o.w.ask(ctx, http.MethodPost, "/feedback/sendgrid", header, body); {
		case status >= 200 && status < 300:
			return nil
		case status != 0 && status != http.StatusServiceUnavailable:
			return fmt.Errorf("feedback was answered with %d", status)
		}
	}
	return errors.New("feedback found nobody twenty times")
}
