package main

import (
	"slices"
	"strings"
	"time"

	"grazie/config"
	"grazie/crm"
	"grazie/handlers"
	"grazie/integrations"
	"grazie/integrations/sendgrid"
)

// feedbackPath is where SendGrid posts its events.
const feedbackPath = "/feedback/sendgrid"

// feedbackSources are the mail providers whose word on mails is taken in,
// whichever mailer sends now: events of the one before come for days.
func feedbackSources(cfg config.Config, now func() time.Time) (map[string]handlers.FeedbackSource, error) {
	for group, journey := range cfg.SendGridGroups {
		if !slices.Contains(journeyKeys(), journey) {
			return nil, &config.Mistake{Variable: "GRAZIE_SENDGRID_UNSUBSCRIBE_GROUPS", Value: group + "=" + journey, Advice: "the gestures are " + strings.Join(journeyKeys(), ", ")}
		}
	}
	parser := sendgrid.New(nil, now) // it reads and sends nothing
	return map[string]handlers.FeedbackSource{parser.Name(): {
		Parser:     parser,
		Connection: integrations.Connection{Settings: crm.Values{sendgrid.SettingWebhookKeys: cfg.SendGridKeys.String()}},
		Ready:      len(cfg.SendGridKeys) > 0,
		Setting:    "GRAZIE_SENDGRID_WEBHOOK_KEYS",
		Groups:     cfg.SendGridGroups,
	}}, nil
}

// feedback says whether SendGrid's word on its mails is taken in.
func (c *checkup) feedback() {
	switch n := len(c.cfg.SendGridKeys); {
	case n > 0:
		c.say(fine, "feedback", "SendGrid's events are taken in at %s%s, signed with %s.", c.cfg.PublicURL, feedbackPath, plural(n, "key", "keys"))
	case c.cfg.Mail.Kind == "sendgrid":
		c.say(note, "feedback", "What becomes of mails is not heard: let SendGrid post its events to %s%s with signature verification, and set GRAZIE_SENDGRID_WEBHOOK_KEYS to its key.", c.cfg.PublicURL, feedbackPath)
	}
}
