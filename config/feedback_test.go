package config

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"
)

func public(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

func TestWebhookKeys(t *testing.T) {
	curve := func(c elliptic.Curve) string {
		key, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return public(t, &key.PublicKey)
	}
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a, b, c := curve(elliptic.P256()), curve(elliptic.P256()), curve(elliptic.P256())
	for text, want := range map[string]int{
		a: 1, a + "," + b: 2, " " + a + " , " + b + " ": 2,
		a + "," + b + "," + c: 0, a + ",": 0, "MFkw": 0, "no key": 0, a[:60]: 0, curve(elliptic.P384()): 0, public(t, edwards): 0,
	} {
		got, err := Load(map[string]string{"GRAZIE_SENDGRID_WEBHOOK_KEYS": text})
		if len(got.SendGridKeys) != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d keys, %v", text, len(got.SendGridKeys), err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "GRAZIE_SENDGRID_WEBHOOK_KEYS=") {
			t.Error(err)
		}
	}
}

func TestUnsubscribeGroups(t *testing.T) {
	got, err := Load(map[string]string{"GRAZIE_SENDGRID_UNSUBSCRIBE_GROUPS": "14=review_request, 15=birthday_coupon"})
	if err != nil || len(got.SendGridGroups) != 2 || got.SendGridGroups["14"] != "review_request" || got.SendGridGroups["15"] != "birthday_coupon" {
		t.Errorf("%v, %v", got.SendGridGroups, err)
	}
	for _, bad := range []string{"review_request", "14", "14=", "x=review_request", "0=review_request", "14=a,14=b", "14=a,"} {
		if _, err := Load(map[string]string{"GRAZIE_SENDGRID_UNSUBSCRIBE_GROUPS": bad}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
