package main

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"

	"grazie/crm"
	"grazie/handlers"
	"grazie/integrations"
	"grazie/jobs"
)

// What the doctor asks of others over the network.

const patience = 10 * time.Second

func (c *checkup) queue(ctx context.Context) {
	if c.cfg.Redis.Embedded() {
		c.say(fine, "queue", "It lives in the server's own process; REDIS_URL is not set.")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	redis.SetLogger(silent{}) // it would tell on stderr what is told here
	client := redis.NewUniversalClient(c.cfg.Redis.Options(2))
	defer client.Close()
	began := time.Now()
	theirs, err := client.Time(ctx).Result()
	if err != nil {
		c.say(trouble, "queue", "Redis at %s does not answer (%v): webhooks are still taken in, and no mail goes out until it is back.", c.cfg.Redis, err)
		return
	}
	took := time.Since(began)
	if err := jobs.CheckRedis(ctx, client); err != nil {
		c.say(trouble, "queue", "%v.", err)
	} else {
		c.say(fine, "queue", "Redis at %s answers, is new enough, and keeps what it is given.", c.cfg.Redis)
	}
	c.clock("queue's", theirs.Sub(began.Add(took/2)))
}

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func (c *checkup) mailer(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	m, known := mailers(c.cfg, time.Now)[c.cfg.Mail.Kind]
	if !known {
		c.say(trouble, "mailer", "This program has no mailer %q: set MAIL_URL.", c.cfg.Mail.Kind)
		return
	}
	if err := m.Check(ctx, integrations.Connection{Settings: crm.Values(c.cfg.Mail.Settings)}); err != nil {
		c.say(trouble, "mailer", "%s cannot be used (%v): mend MAIL_URL or what it names.", c.cfg.Mail, err)
		return
	}
	if c.cfg.Mail.Kind != "outbox" {
		c.say(fine, "mailer", "%s answers and takes our credentials.", c.cfg.Mail)
		return
	}
	c.say(note, "mailer", "Mails are written to %s, not sent: MAIL_URL sends them.", c.cfg.Mail.Settings["dir"])
	if key, err := outboxKey(c.cfg); err == nil && c.store != nil { // without the store the key may be the wrong one
		c.say(fine, "mailer", "They can be read at %s%s while the server runs. The address is its own key.", c.cfg.PublicURL, handlers.OutboxPath(key))
	}
}

// publicAddress checks where customers and shops reach the server. That it does
// not answer is no trouble: it need not run, and from inside of some networks
// it cannot be reached.
func (c *checkup) publicAddress(ctx context.Context) {
	u, err := url.Parse(c.cfg.PublicURL)
	if err != nil || u.Hostname() == "" {
		c.say(trouble, "public address", "It cannot be read: set GRAZIE_PUBLIC_URL to what customers open.")
		return
	}
	switch {
	case loopback(u.Hostname()):
		c.say(note, "public address", "%s is this machine alone: no shop can send webhooks there. Set GRAZIE_PUBLIC_URL.", u)
	case u.Scheme != "https":
		c.say(trouble, "public address", "%s is not encrypted: personal data would travel in the open. Use https.", u)
	default:
		c.say(fine, "public address", "%s is well-formed and encrypted.", u)
	}
	if err := answers(ctx, u.JoinPath("/healthz").String()); err != nil {
		c.say(note, "public address", "No server answers there now (%v).", err)
		return
	}
	c.say(fine, "public address", "A server answers there.")
}

// signIn looks at how staff gets into the console.
func (c *checkup) signIn(ctx context.Context) {
	if c.store != nil {
		if has, err := c.store.HasStaff(ctx); err == nil && !has {
			c.say(note, "sign-in", "Nobody is on the staff: the server prints a link at its start, or use grazie staff add.")
		}
	}
	if c.cfg.OIDCIssuer == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	o := oidcOf(c.cfg)
	defer o.Client.CloseIdleConnections()
	if err := o.Check(ctx); err != nil {
		c.say(trouble, "sign-in", "The provider at %s cannot be used (%v): mend GRAZIE_OIDC_ISSUER. Passwords and passkeys work all the same.", c.cfg.OIDCIssuer, err)
		return
	}
	c.say(fine, "sign-in", "The provider at %s answers. Let it send people back to %s.", c.cfg.OIDCIssuer, c.cfg.PublicURL+handlers.OIDCBack)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// answers tells whether a server of ours is at an address. It may be on a
// private network, whatever mails and shops may reach: staff named it.
func answers(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	client := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true})
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return &url.Error{Op: "GET", URL: address, Err: errStatus(res.Status)}
	}
	return nil
}

type errStatus string

func (e errStatus) Error() string { return "answered " + string(e) }
