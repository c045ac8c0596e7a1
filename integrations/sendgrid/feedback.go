package sendgrid

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// event is what we read of one event (mail-and-domain.md, 2.3). Addresses of
// the network and the words of browsers are looked at and not kept.
type event struct {
	ID        text   `json:"sg_event_id"`
	Kind      text   `json:"event"`
	Message   text   `json:"grazie_message"` // our own arguments come back as fields of the event
	Shop      text   `json:"grazie_shop"`
	Email     text   `json:"email"`
	Timestamp number `json:"timestamp"`
	Type      text   `json:"type"` // of a bounce: bounce or blocked; of the account: what became of it
	Status    text   `json:"status"`
	Reason    text   `json:"reason"`
	Response  text   `json:"response"`
	Class     text   `json:"bounce_classification"`
	Group     number `json:"asm_group_id"`
	Machine   any    `json:"sg_machine_open"`
	Browser   text   `json:"useragent"`
}

// ParseFeedback reads a batch. What it does not know in it is left out: new
// kinds of event, new fields, and single events that are no objects. Only a body
// that is no batch at all is an error.
func (s *Mailer) ParseFeedback(body []byte) ([]crm.Feedback, error) {
	var batch []json.RawMessage
	if err := json.Unmarshal(body, &batch); err != nil {
		return nil, errors.New("the body is no JSON array of events")
	}
	all := make([]crm.Feedback, 0, len(batch))
	for _, raw := range batch {
		var e event
		if bytes.HasPrefix(raw, []byte("{")) && json.Unmarshal(raw, &e) == nil {
			if f, known := e.feedback(s.now()); known {
				f.ID = e.id(raw)
				all = append(all, f)
			}
		}
	}
	return all, nil
}

func (e event) feedback(now time.Time) (crm.Feedback, bool) {
	_, key := integrations.Email(string(e.Email))
	f := crm.Feedback{ShopID: string(e.Shop), MessageID: string(e.Message), EmailKey: key, At: e.at(now), Code: clip(string(e.Status), 20)}
	switch e.Kind {
	case "processed":
		f.Kind = crm.FeedbackAccepted
	case "deferred":
		f.Kind, f.Detail = crm.FeedbackDeferred, integrations.Quote(string(e.Response))
		f.Class = e.class(f.Detail, true)
	case "delivered":
		f.Kind, f.Detail = crm.FeedbackDelivered, integrations.Quote(string(e.Response))
	case "bounce":
		f.Kind, f.Detail = crm.FeedbackBounced, integrations.Quote(string(e.Reason))
		if e.Type == "blocked" {
			f.Kind = crm.FeedbackBlocked
		}
		f.Class = e.class(f.Detail, e.Type == "blocked")
	case "dropped":
		f.Kind, f.Detail = crm.FeedbackDropped, integrations.Quote(string(e.Reason))
		f.Class = droppedFor(f.Detail)
	case "spamreport":
		f.Kind = crm.FeedbackComplained
	case "unsubscribe":
		f.Kind = crm.FeedbackUnsubscribed
	case "group_unsubscribe":
		f.Kind, f.Group = crm.FeedbackUnsubscribed, e.group()
	case "group_resubscribe":
		f.Kind, f.Group = crm.FeedbackResubscribed, e.group()
	case "open":
		machine, _ := e.Machine.(bool)
		f.Kind, f.Machine = crm.FeedbackOpened, machine || scanner(string(e.Browser))
	case "click":
		f.Kind, f.Machine = crm.FeedbackClicked, scanner(string(e.Browser))
	case "account_status_change":
		if e.reinstated() {
			return f, false // staff lifts what was stopped once she knows why
		}
		f.Kind, f.Detail = crm.FeedbackAccountSuspended, integrations.Quote(string(e.Type))
		f.ShopID, f.MessageID, f.EmailKey = "", "", ""
	default:
		return f, false
	}
	return f, true
}

// class reads a refusal; where code and words say nothing, SendGrid's own
// reading of them does.
func (e event) class(detail string, blocked bool) crm.BounceClass {
	class := crm.ClassOf(string(e.Status), detail, blocked)
	if class != crm.BounceUnclassified {
		return class
	}
	class, known := map[string]crm.BounceClass{
		"Invalid Address": crm.BounceInvalid, "Mailbox Unavailable": crm.BounceInactive, "Content": crm.BounceContent,
		"Reputation": crm.BounceReputation, "Frequency or Volume Too High": crm.BounceRate, "Technical Failure": crm.BounceNetwork,
	}[string(e.Class)] // the seventh name is "Unclassified"
	if !known || blocked && class.Suppresses() {
		return crm.BounceUnclassified
	}
	return class
}

// droppedFor tells why a mail was not even tried.
func droppedFor(reason string) crm.BounceClass {
	switch {
	case strings.HasPrefix(reason, "Bounced Address"):
		return crm.BounceInactive
	case reason == "Invalid":
		return crm.BounceInvalid
	case strings.HasPrefix(reason, "Spam Reporting Address"):
		return crm.BounceComplained
	case strings.HasPrefix(reason, "Unsubscribed Address"):
		return crm.BounceUnsubscribed
	case strings.Contains(reason, "Quota"):
		return crm.BounceRate
	}
	return crm.BounceContent
}

func (e event) reinstated() bool {
	t := strings.ToLower(string(e.Type))
	return strings.Contains(t, "activat") && !strings.Contains(t, "deactivat") || strings.Contains(t, "reinstat") || strings.Contains(t, "unsuspend")
}

// scanners are programs that open mails and follow links to look for harm.
var scanners = []string{"bot", "crawler", "scanner", "barracuda", "proofpoint", "mimecast", "symantec", "trendmicro", "headless",
	"python-", "curl/", "wget/", "go-http-client", "java/"}

func scanner(browser string) bool {
	browser = strings.ToLower(browser)
	for _, s := range scanners {
		if strings.Contains(browser, s) {
			return true
		}
	}
	return false
}

// at is when it happened. Some senders have told milliseconds; a time that is
// missing or lies ahead is now.
func (e event) at(now time.Time) time.Time {
	at := time.Unix(int64(e.Timestamp), 0)
	if e.Timestamp > 1e11 {
		at = time.UnixMilli(int64(e.Timestamp))
	}
	if e.Timestamp <= 0 || at.After(now) {
		at = now
	}
	return at.UTC()
}

// longestID is what SendGrid promises of its ids.
const longestID = 100

// id is the key against duplicates: SendGrid's, or one made of the event itself.
func (e event) id(raw []byte) string {
	if e.ID != "" && len(e.ID) <= longestID {
		return string(e.ID)
	}
	sum := sha256.Sum256(raw)
	return "sha256:" + base64.RawURLEncoding.EncodeToString(sum[:])
}

func (e event) group() string {
	if e.Group <= 0 {
		return "?"
	}
	return clip(e.Group.String(), 20)
}

func clip(s string, n int) string {
	if len(s) > n {
		return ""
	}
	return s
}
