package main

import (
	"context"
	"os"
	"strings"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/jobs"
)

func (c *checkup) configuration(flags map[string]bool) {
	values := map[string]string{} // secrets mask themselves
	for _, a := range c.cfg.LogValue().Group() {
		if v := a.Value.Resolve().String(); v != "" {
			values[a.Key] = v
		}
	}
	c.findings = append(c.findings, finding{Check: "configuration", State: fine, Message: "These settings are in force.", Settings: values})
	for _, name := range c.cfg.Unknown {
		if !flags[name] {
			c.say(note, "configuration", "%s is set and nothing reads it: is the name mistyped?", name)
		}
	}
}

func (c *checkup) dataFolder() {
	err := os.MkdirAll(c.cfg.DataDir, 0o700)
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(c.cfg.DataDir, ".doctor-*"); err == nil {
			f.Close()
			err = os.Remove(f.Name())
		}
	}
	if err != nil {
		c.say(trouble, "data folder", "It cannot be written (%v): mend its permissions, or set GRAZIE_DATA_DIR.", err)
		return
	}
	c.say(fine, "data folder", "%s can be written.", c.cfg.DataDir)
}

// database opens the store for all later checks.
func (c *checkup) database(ctx context.Context) (closeStore func()) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	s, err := openStore(ctx, c.cfg, time.Now)
	if err != nil {
		c.say(trouble, "database", "%s cannot be used: %v.", c.cfg.Database, err)
		return func() {}
	}
	c.store = s
	is, err := s.Condition(ctx)
	if err != nil {
		c.say(trouble, "database", "%s does not answer: %v.", c.cfg.Database, err)
		return func() { s.Close() }
	}
	c.say(fine, "database", "%s answers: %s %s, schema %d.", c.cfg.Database, engines[is.Engine], is.Version, is.Schema)
	c.say(fine, "secret key", "It is the one that the database was written with (%s).", c.cfg.SecretKeys)
	if is.Durable {
		c.say(fine, "durability", "What is committed is on the disk (%s).", is.Settings)
	} else {
		c.say(trouble, "durability", "A loss of power can lose what was acknowledged (%s): switch it on in the database.", is.Settings)
	}
	if is.Engine == "postgres" {
		c.clock("database's", time.Until(is.Clock))
	}
	return func() { s.Close() }
}

var engines = map[string]string{"sqlite": "SQLite", "postgres": "PostgreSQL"}

const mostSkew = 5 * time.Second

func (c *checkup) clock(whose string, ahead time.Duration) {
	if ahead.Abs() > mostSkew {
		c.say(trouble, "clock", "The %s clock differs from this machine's by %s: let both follow a time server.", whose, ahead.Abs().Round(time.Second))
		return
	}
	c.say(fine, "clock", "It goes with the %s.", whose)
}

func (c *checkup) zones() {
	if _, err := time.LoadLocation("Europe/Rome"); err != nil {
		c.say(trouble, "clock", "The data of the time zones cannot be read: %v.", err)
		return
	}
	c.say(fine, "clock", "Here it is %s; the time zones are known.", time.Now().UTC().Format(time.RFC3339))
}

// shops looks at what each shop needs for its mails.
func (c *checkup) shops(ctx context.Context) {
	all, err := c.store.Shops(ctx)
	if err != nil {
		c.say(trouble, "shops", "They cannot be read: %v.", err)
		return
	}
	if len(all) == 0 {
		c.say(note, "shops", `None is connected yet: "grazie shop connect --help" tells how.`)
	}
	for _, shop := range all {
		c.shop(ctx, shop)
	}
}

func (c *checkup) shop(ctx context.Context, shop crm.Shop) {
	connection, err := c.store.Connection(ctx, shop.ID)
	if err != nil {
		c.say(trouble, "shops", "%s: its secrets cannot be opened (%v): set the key they were sealed with, or connect the shop again.", shop.Domain, err)
		return
	}
	if _, err := desk.Mailbox(desk.MailboxText(shop.Sender)); err != nil {
		c.say(trouble, "shops", `%s: its sender cannot write mails: %v. Mend it with "grazie shop set %s from=...".`, shop.Domain, err, shop.Domain)
		return
	}
	if _, err := desk.Timezone(shop.Timezone); err != nil {
		c.say(trouble, "shops", `%s: %v. Mend it with "grazie shop set %s timezone=...".`, shop.Domain, err, shop.Domain)
		return
	}
	if shop.State != crm.ShopActive {
		c.say(note, "shops", "%s is %s: nothing goes out for it.", shop.Domain, shop.State)
		return
	}
	c.reach(ctx, shop, connection)
	c.senderDomain(ctx, shop)
	c.say(fine, "shops", "%s is connected; its mails come from %s.", shop.Domain, shop.Sender.Email)
}

// oldestDue is how long a row may wait before somebody should look: the sweep
// rings every few seconds.
const oldestDue = 10 * time.Minute

func (c *checkup) backlog(ctx context.Context) {
	b, err := c.store.Backlog(ctx)
	switch age := time.Since(b.Oldest); {
	case err != nil:
		c.say(trouble, "backlog", "It cannot be read: %v.", err)
	case b.Webhooks+b.Messages == 0:
		c.say(fine, "backlog", "Nothing waits.")
	case age > oldestDue:
		c.say(trouble, "backlog", "%d webhooks and %d mails are due, the oldest since %s: does a server with workers run, and does its queue answer?",
			b.Webhooks, b.Messages, age.Round(time.Second))
	default:
		c.say(fine, "backlog", "%d webhooks and %d mails are due, the oldest since %s.", b.Webhooks, b.Messages, age.Round(time.Second))
	}
}

// reach asks the shop's platform whether Grazie may act there. Shops that only
// send webhooks need not let it.
func (c *checkup) reach(ctx context.Context, shop crm.Shop, settings crm.Values) {
	client := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: c.cfg.AllowPrivateHosts})
	all := platforms(c.cfg, client, time.Now)
	platform := all[shop.Platform]
	if can, ok := platform.(integrations.Credentialed); !ok || !can.CanAct(integrations.Connection{Settings: settings}) {
		c.say(note, "shops", "%s only sends its webhooks: thank-yous and review requests need no more, gifts and free returns need credentials of a platform that knows them.", shop.Domain)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	worker := jobs.New(&jobs.Worker{Store: c.store, Platforms: all, Now: time.Now}, 1)
	if err := worker.Check(ctx, shop); err != nil {
		c.say(note, "shops", "%s does not let Grazie act there (%v): what needs that waits until it does.", shop.Domain, err)
		return
	}
	can, _ := integrations.Abilities(platform)
	c.say(fine, "shops", "%s lets Grazie act there: %s.", shop.Domain, strings.Join(can, ", "))
}
