// Package standard is the adapter for shops whose software has no adapter of its
// own: it pushes events in the form of Standard Webhooks, in a schema that
// docs/standard-webhooks.md describes. Nothing can be done in such a shop: there
// are no discount codes and no return upgrades.
//
// The rules of the envelope come from the specification 1.0.0 (platforms.md,
// E.3).
package standard

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"grazie/crm"
	"grazie/integrations"
)

// Keys of the settings of a connection.
const (
	SettingSecret         = "secret"
	SettingPreviousSecret = "previous_secret"
)

// Platform reads events by Standard Webhooks. It may be shared.
type Platform struct{ now func() time.Time }

var (
	_ integrations.Platform     = (*Platform)(nil)
	_ integrations.Credentialed = (*Platform)(nil)
)

// New returns the adapter; now tells how old a signature is.
func New(now func() time.Time) *Platform { return &Platform{now: now} }

// Name is the word that is stored with every shop of this platform.
func (*Platform) Name() string { return "standard" }

// CanAct is never so: the shop is not reached from here.
func (*Platform) CanAct(integrations.Connection) bool { return false }

// Settings declares what a connection needs.
func (*Platform) Settings() []crm.Setting {
	return []crm.Setting{
		{Key: SettingSecret, Label: "Signing secret", Kind: crm.SettingSecret, Required: true,
			Help: "What the sender signs with: whsec_ and the base64 of 24 to 64 bytes."},
		{Key: SettingPreviousSecret, Label: "Previous signing secret", Kind: crm.SettingSecret,
			Help: "Accepted as well, until all senders have the new one. Remove it afterwards."},
	}
}

const secretPrefix = "whsec_"

// NewSecret draws a secret of 32 bytes.
func NewSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(b)
}

// Key is the key that a secret stands for. The error says what is wrong with it
// and does not quote it.
func Key(secret string) ([]byte, error) {
	text, ok := strings.CutPrefix(secret, secretPrefix)
	if !ok {
		return nil, errors.New("is no secret of Standard Webhooks: it begins with whsec_")
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("holds no base64 behind whsec_: copy it again, with the = at its end")
	}
	if len(key) < 24 || len(key) > 64 {
		return nil, fmt.Errorf("stands for %d bytes; the specification wants 24 to 64", len(key))
	}
	return key, nil
}

// ahead is how far an event may lie in the future. What counts as newer than all
// that follows would stop a thing from ever changing again.
const ahead = 24 * time.Hour

// maxHeader is far beyond any id that is sent.
const maxHeader = 255

// Envelope reads the headers, and of the body what it is about and when. The
// shop is told by nothing but the address.
func (p *Platform) Envelope(header http.Header, body []byte) (integrations.Envelope, error) {
	for _, name := range []string{integrations.StandardID, integrations.StandardTimestamp, integrations.StandardSignature} {
		most := maxHeader
		if name == integrations.StandardSignature {
			most = 16 * maxHeader // several signatures
		}
		v := integrations.HeaderValue(header, name)
		if v == "" {
			return integrations.Envelope{}, refuse("header %s is missing", name)
		}
		if len(v) > most || !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) {
			return integrations.Envelope{}, refuse("header %s holds no value of Standard Webhooks", name)
		}
	}
	v, err := integrations.ReadBody(body, false)
	if err != nil {
		return integrations.Envelope{}, refuse("%v", err)
	}
	e := integrations.Envelope{
		Topic:       v.At("type").Need().Text(),
		DeliveryID:  integrations.HeaderValue(header, integrations.StandardID),
		TriggeredAt: v.At("timestamp").Need().Time(),
		Version:     "1",
	}
	if len(e.Topic) > maxHeader || strings.ContainsFunc(e.Topic, unicode.IsControl) {
		v.At("type").Fail("is not the name of an event")
	}
	if e.TriggeredAt.After(p.now().Add(ahead)) {
		v.At("timestamp").Fail("lies more than a day ahead: is the sender's clock right?")
	}
	if err := v.Err(); err != nil {
		return integrations.Envelope{}, refuse("%v", err)
	}
	return e, nil
}

func refuse(format string, args ...any) error {
	return &integrations.Refused{Message: fmt.Sprintf(format, args...)}
}

// VerifyWebhook tells whether one of the two secrets signed the request within
// five minutes of now. It is asked when the request comes in and never again.
func (p *Platform) VerifyWebhook(c integrations.Connection, header http.Header, body []byte) bool {
	var keys [][]byte
	for _, setting := range []string{SettingSecret, SettingPreviousSecret} {
		key, _ := Key(c.Settings[setting]) // none verifies nothing
		keys = append(keys, key)
	}
	return integrations.VerifyStandard(keys, header, body, p.now())
}
