package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// WebhookKeys are the public keys that SendGrid's events are signed with: one,
// or two while one is changed. They are no secret.
type WebhookKeys []string

// UnmarshalText reads keys between commas, as SendGrid shows them.
func (k *WebhookKeys) UnmarshalText(text []byte) error {
	var keys WebhookKeys
	for key := range strings.SplitSeq(string(text), ",") {
		key = strings.TrimSpace(key)
		if !isP256(key) {
			return shown("copy the verification key that SendGrid shows under Settings, Mail Settings, Event Webhook: it begins with MFkw; two keys stand between a comma")
		}
		keys = append(keys, key)
	}
	if len(keys) > 2 {
		return shown("give two keys at most: the one in force, and the one before or after it")
	}
	*k = keys
	return nil
}

func isP256(text string) bool {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return false
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return false
	}
	key, ok := parsed.(*ecdsa.PublicKey)
	return ok && key.Curve == elliptic.P256()
}

// String is the keys as they are set.
func (k WebhookKeys) String() string { return strings.Join(k, ",") }

// LogValue shows them in one line.
func (k WebhookKeys) LogValue() slog.Value { return slog.StringValue(k.String()) }

// Groups are the unsubscribe groups of SendGrid that stand for one journey
// each, group to key. Leaving any other group ends all marketing.
type Groups map[string]string

// UnmarshalText reads 14=review_request,15=birthday_coupon.
func (g *Groups) UnmarshalText(text []byte) error {
	groups := Groups{}
	for pair := range strings.SplitSeq(string(text), ",") {
		group, journey, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if n, err := strconv.ParseUint(group, 10, 31); !ok || err != nil || n == 0 || journey == "" || groups[group] != "" {
			return shown("write the number of each group and its gesture, such as 14=review_request,15=birthday_coupon")
		}
		groups[group] = journey
	}
	*g = groups
	return nil
}

// String is the groups as they are set, the lowest first.
func (g Groups) String() string {
	var pairs []string
	for _, group := range slices.Sorted(maps.Keys(g)) {
		pairs = append(pairs, group+"="+g[group])
	}
	return strings.Join(pairs, ",")
}

// LogValue shows them in one line.
func (g Groups) LogValue() slog.Value { return slog.StringValue(g.String()) }
