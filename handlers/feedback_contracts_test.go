package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations/sendgrid"
	"grazie/internal/needs"
)

// The batches of the contracts name shop and messages by arguments of their
// own. Here they get ours, and messages that went out before.
func TestContractBatches(t *testing.T) {
	dir := filepath.Join(needs.Contracts(t), "sendgrid", "events")
	for file, c := range map[string]struct {
		mails      []string // address and journey of each message, in the sequence in which they are named
		events     int      // that are new
		states     []string
		suppressed map[string]string
		brakes     int
	}{
		"01_every_type_documented_shape.json": {[]string{"example@example.com thank_you"}, 12, []string{"complained complained"},
			map[string]string{"example@example.com": "all bounced, marketing complained"}, 0},
		"02_one_message_life.json": {[]string{"anna.rossi@example.com thank_you"}, 6, []string{"delivered delivered"}, nil, 0},
		"03_bounces.json": {[]string{"gone@example.com birthday_coupon", "nodomain@example.invalid birthday_coupon", "full@example.com birthday_coupon", "policy@outlook.example birthday_coupon",
			"content@example.com birthday_coupon", "rate@example.com birthday_coupon", "expired@example.com birthday_coupon", "unclear@example.com birthday_coupon"}, 8,
			[]string{"bounced bounced", "bounced bounced", "bounced bounced", "failed blocked", "failed blocked", "failed blocked", "failed blocked", "bounced bounced"},
			map[string]string{"gone@example.com": "all bounced", "nodomain@example.invalid": "all bounced"}, 0},
		"04_dropped_reasons.json": {[]string{"dropped1@example.com birthday_coupon", "dropped2@example.com birthday_coupon", "dropped3@example.com birthday_coupon", "invalid@invalid birthday_coupon",
			"dropped5@example.com birthday_coupon", "dropped6@example.com birthday_coupon", "dropped7@example.com birthday_coupon", "dropped8@example.com birthday_coupon"}, 8,
			[]string{"failed dropped", "failed dropped", "failed dropped", "failed dropped", "failed dropped", "failed dropped", "failed dropped", "failed dropped"},
			map[string]string{"dropped1@example.com": "all bounced", "dropped2@example.com": "marketing unsubscribed", "dropped3@example.com": "marketing complained", "invalid@invalid": "all bounced"}, 0},
		"05_unsubscribes_and_complaints.json": {[]string{"anna.rossi@example.com thank_you", "luca@example.com review_request", "luca@example.com birthday_coupon"}, 4,
			[]string{"complained complained", "unknown answer_lost", "unknown answer_lost"},
			map[string]string{"anna.rossi@example.com": "marketing complained", "luca@example.com": "marketing unsubscribed"}, 0},
		"06_duplicates_and_disorder.json":           {[]string{"anna.rossi@example.com thank_you"}, 4, []string{"delivered delivered"}, nil, 0},
		"07_delayed_bounce_without_message_id.json": {[]string{"late@example.com thank_you"}, 1, []string{"unknown answer_lost"}, map[string]string{"late@example.com": "all bounced"}, 0},
		"08_account_status_change.json":             {nil, 1, nil, nil, 1},
		"09_machine_opens_and_scanner_clicks.json":  {[]string{"anna.rossi@example.com thank_you"}, 4, []string{"unknown answer_lost"}, nil, 0},
	} {
		t.Run(strings.TrimSuffix(file, ".json"), func(t *testing.T) {
			p := newProvider(t, func(d *door) { d.now = time.Unix(1764100000, 0).UTC() })
			var mails []crm.Message
			for _, m := range c.mails {
				email, journey, _ := strings.Cut(m, " ")
				mails = append(mails, p.mail(email, journey))
			}
			raw, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			body := named(string(raw), p.shopID, mails)
			for again := range 2 {
				if a := p.tell(body); a.status != http.StatusOK {
					t.Fatalf("%+v", a)
				}
				if got := p.count("new"); got != float64(c.events) || p.count("ignored") != 0 {
					t.Errorf("after %d more: %v new, %v ignored, want %d", again, got, p.count("ignored"), c.events)
				}
				for i, want := range c.states {
					if got := p.state(mails[i]); got != want {
						t.Errorf("%s: %s, want %s", c.mails[i], got, want)
					}
				}
				for _, m := range c.mails {
					email, _, _ := strings.Cut(m, " ")
					if got := p.suppressed(email); got != c.suppressed[email] {
						t.Errorf("%s: %q, want %q", email, got, c.suppressed[email])
					}
				}
				if brakes, err := p.store.Brakes(t.Context(), p.shopID); err != nil || len(brakes) != c.brakes {
					t.Errorf("%+v, %v", brakes, err)
				}
			}
		})
	}
}

var (
	theirMessage = regexp.MustCompile(`"message_id": "([^"]+)"`)
	theirShop    = regexp.MustCompile(`"shop": "[^"]+"`)
)

// named gives a batch our arguments: the first message that it names is the
// first of mails. One that names none is about the first.
func named(body, shopID string, mails []crm.Message) string {
	if len(mails) == 0 || strings.Contains(body, "YXN5bmMtYm91bmNlLTE") { // about nobody's mail, on purpose
		return body
	}
	seen := map[string]crm.Message{}
	body = theirMessage.ReplaceAllStringFunc(body, func(found string) string {
		if _, known := seen[found]; !known {
			seen[found] = mails[len(seen)]
		}
		return fmt.Sprintf(`"grazie_message": %q`, seen[found].ID)
	})
	body = theirShop.ReplaceAllString(body, fmt.Sprintf(`"grazie_shop": %q`, shopID))
	if len(seen) == 0 {
		body = strings.ReplaceAll(body, `"event":`, fmt.Sprintf(`"grazie_message": %q, "grazie_shop": %q, "event":`, mails[0].ID, shopID))
	}
	return body
}

// The contracts' own batches carry other programs' arguments: signed with the
// right key they are taken, and nothing follows from them.
func TestContractBatchesOfOthersAreIgnored(t *testing.T) {
	dir := filepath.Join(needs.Contracts(t), "sendgrid", "events")
	p := newProvider(t)
	anna := p.mail("anna.rossi@example.com", "thank_you")
	for _, file := range []string{"02_one_message_life.json", "03_bounces.json", "04_dropped_reasons.json", "05_unsubscribes_and_complaints.json"} {
		raw, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if a := p.tell(string(raw)); a.status != http.StatusOK {
			t.Fatalf("%s: %+v", file, a)
		}
	}
	if p.state(anna) != "unknown answer_lost" || p.suppressed("anna.rossi@example.com") != "" {
		t.Error(p.state(anna), p.suppressed("anna.rossi@example.com"))
	}
}

// The contracts' signatures at the door itself: with their key and at their time.
func TestContractSignaturesAtTheDoor(t *testing.T) {
	dir := filepath.Join(needs.Contracts(t), "sendgrid", "events")
	var vectors struct {
		Key        string `json:"public_key_base64_der"`
		Signatures []struct {
			File, Timestamp, Signature, Note string
			Valid                            bool
		}
	}
	readJSON(t, filepath.Join(dir, "signatures.json"), &vectors)
	p := newProvider(t, func(d *door) {
		d.now = time.Unix(1764000100, 0).UTC()
		d.options.Feedback["sendgrid"].Connection.Settings[sendgrid.SettingWebhookKeys] = vectors.Key
	})
	forged := 0
	for _, v := range vectors.Signatures {
		raw, err := os.ReadFile(filepath.Join(dir, v.File))
		if err != nil {
			t.Fatal(err)
		}
		want := http.StatusOK
		if !v.Valid {
			want, forged = http.StatusUnauthorized, forged+1
		}
		if seconds, err := strconv.Atoi(v.Timestamp); err != nil || seconds == 0 {
			t.Fatal(v.Timestamp)
		}
		h := http.Header{http.CanonicalHeaderKey(sendgrid.SignatureHeader): {v.Signature}, http.CanonicalHeaderKey(sendgrid.TimestampHeader): {v.Timestamp}}
		if a := p.send("POST", "/feedback/sendgrid", h, strings.NewReader(string(raw))); a.status != want {
			t.Errorf("%s (%s): %d, want %d", v.File, v.Note, a.status, want)
		}
	}
	if forged != 5 {
		t.Errorf("%d vectors must fail", forged)
	}
}

func readJSON(t *testing.T, path string, v any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}
