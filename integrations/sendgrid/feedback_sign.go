package sendgrid

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"grazie/integrations"
)

// SettingWebhookKeys holds the public keys that events are signed with, as
// SendGrid shows them, between commas. Two of them let a key be changed.
const SettingWebhookKeys = "webhook_keys"

// Headers of a signed batch of events.
const (
	SignatureHeader = "X-Twilio-Email-Event-Webhook-Signature"
	TimestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp"
)

// A batch is sent again for a day, and nobody says that it is signed anew. What
// comes twice within it is known by the ids of its events.
const (
	oldest = 24 * time.Hour
	ahead  = 5 * time.Minute // clocks differ
)

// VerifyFeedback tells whether one of the connection's keys signed the time and
// the body, byte for byte (mail-and-domain.md, 2.4), and not too long ago.
func (s *Mailer) VerifyFeedback(c integrations.Connection, header http.Header, body []byte) bool {
	timestamp := header.Get(TimestampHeader)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return false
	}
	now := s.now()
	if signed := time.Unix(seconds, 0); signed.Before(now.Add(-oldest)) || signed.After(now.Add(ahead)) {
		return false
	}
	return signedBy(c.Settings[SettingWebhookKeys], header.Get(SignatureHeader), timestamp, body)
}

func signedBy(keys, signature, timestamp string, body []byte) bool {
	der, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || len(der) == 0 {
		return false
	}
	h := sha256.New()
	h.Write([]byte(timestamp))
	h.Write(body)
	digest := h.Sum(nil)
	for text := range strings.SplitSeq(keys, ",") {
		if key := publicKey(text); key != nil && ecdsa.VerifyASN1(key, digest, der) {
			return true
		}
	}
	return false
}

// publicKey reads a key of the curve P-256; nil: it is none.
func publicKey(text string) *ecdsa.PublicKey {
	der, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return nil
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil
	}
	key, ok := parsed.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil
	}
	return key
}
