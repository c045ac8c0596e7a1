package integrations_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"grazie/integrations"
	"grazie/internal/needs"
)

var attempt = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

var (
	key   = bytes.Repeat([]byte("k"), 24)
	older = bytes.Repeat([]byte("o"), 64)
)

func TestVerifyStandard(t *testing.T) {
	body := []byte(`{"type":"order.paid"}`)
	good := integrations.SignStandard(key, "msg_1", attempt, body)
	with := func(name, value string) http.Header {
		h := good.Clone()
		h.Set(name, value)
		return h
	}
	signed := good.Get(integrations.StandardSignature)
	lower := http.Header{}
	for name, values := range good {
		lower[strings.ToLower(name)] = values
	}
	twice := good.Clone()
	twice.Add(integrations.StandardSignature, signed)
	odd := with(integrations.StandardTimestamp, "+"+good.Get(integrations.StandardTimestamp))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("msg_1." + odd.Get(integrations.StandardTimestamp) + "." + string(body)))
	odd.Set(integrations.StandardSignature, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	other := integrations.SignStandard(older, "msg_1", attempt, body).Get(integrations.StandardSignature)
	for _, c := range []struct {
		name    string
		secrets [][]byte
		header  http.Header
		body    []byte
		now     time.Time
		want    bool
	}{
		{"good", [][]byte{key}, good, body, attempt, true},
		{"names in lower case", [][]byte{key}, lower, body, attempt, true},
		{"the secret before", [][]byte{older, key}, good, body, attempt, true},
		{"a third secret", [][]byte{older, nil, key}, good, body, attempt, true},
		{"signed with both", [][]byte{key}, with(integrations.StandardSignature, other+" "+signed), body, attempt, true},
		{"another version beside", [][]byte{key}, with(integrations.StandardSignature, "v1a,AAAA "+signed), body, attempt, true},
		{"five minutes late", [][]byte{key}, good, body, attempt.Add(5 * time.Minute), true},
		{"five minutes early", [][]byte{key}, good, body, attempt.Add(-5 * time.Minute), true},
		{"later", [][]byte{key}, good, body, attempt.Add(5*time.Minute + time.Second), false},
		{"earlier", [][]byte{key}, good, body, attempt.Add(-5*time.Minute - time.Second), false},
		{"another secret", [][]byte{older}, good, body, attempt, false},
		{"no secret", nil, good, body, attempt, false},
		{"empty secrets", [][]byte{nil, {}}, integrations.SignStandard(nil, "msg_1", attempt, body), body, attempt, false},
		{"the word that stands for no secret", nil, integrations.SignStandard([]byte("no secret verifies nothing"), "msg_1", attempt, body), body, attempt, false},
		{"another body", [][]byte{key}, good, []byte(`{"type":"order.paie"}`), attempt, false},
		{"another id", [][]byte{key}, with(integrations.StandardID, "msg_2"), body, attempt, false},
		{"another time", [][]byte{key}, with(integrations.StandardTimestamp, strconv.FormatInt(attempt.Unix()+1, 10)), body, attempt, false},
		{"a time spelled otherwise", [][]byte{key}, odd, body, attempt, false},
		{"a time beyond all", [][]byte{key}, with(integrations.StandardTimestamp, "99999999999999999999"), body, attempt, false},
		{"no id", [][]byte{key}, integrations.SignStandard(key, "", attempt, body), body, attempt, false},
		{"the version alone", [][]byte{key}, with(integrations.StandardSignature, "v1,"), body, attempt, false},
		{"v1a", [][]byte{key}, with(integrations.StandardSignature, "v1a"+signed[2:]), body, attempt, false},
		{"no version", [][]byte{key}, with(integrations.StandardSignature, signed[3:]), body, attempt, false},
		{"without padding", [][]byte{key}, with(integrations.StandardSignature, strings.TrimRight(signed, "=")), body, attempt, false},
		{"two headers", [][]byte{key}, twice, body, attempt, false},
		{"an endless list", [][]byte{key}, with(integrations.StandardSignature, strings.Repeat("v1,x ", 16)+signed), body, attempt, false},
		{"no headers", [][]byte{key}, http.Header{}, body, attempt, false},
	} {
		if got := integrations.VerifyStandard(c.secrets, c.header, c.body, c.now); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// The library of the specification's authors is the other side: each takes what
// the other signed.
func TestStandardReference(t *testing.T) {
	theirs, err := standardwebhooks.NewWebhookRaw(key)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Truncate(time.Second) // theirs has the machine's clock alone
	for _, body := range []string{`{}`, "", `{"a":"grün"}`, "\x00\xff", strings.Repeat("x", 1<<20)} {
		if err := theirs.Verify([]byte(body), integrations.SignStandard(key, "msg_1", now, []byte(body))); err != nil {
			t.Errorf("theirs refuses what ours signed: %v", err)
		}
		signed, err := theirs.Sign("msg_1", now, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{"Webhook-Id": {"msg_1"}, "Webhook-Timestamp": {strconv.FormatInt(now.Unix(), 10)}, "Webhook-Signature": {signed}}
		if !integrations.VerifyStandard([][]byte{key}, h, []byte(body), now) {
			t.Error("ours refuses what theirs signed")
		}
		h.Set("Webhook-Id", "msg_2")
		if integrations.VerifyStandard([][]byte{key}, h, []byte(body), now) || theirs.Verify([]byte(body), h) == nil {
			t.Error("another id is taken")
		}
	}
}

// The vectors of the specification.
func TestStandardVectors(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(needs.Contracts(t), "standard-webhooks", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []struct {
			Secret    string `json:"secret"`
			ID        string `json:"webhook-id"`
			Timestamp string `json:"webhook-timestamp"`
			Body      string `json:"body"`
			Signature string `json:"webhook-signature"`
		} `json:"vectors"`
	}
	if err := json.Unmarshal(text, &file); err != nil || len(file.Vectors) == 0 {
		t.Fatal(len(file.Vectors), err)
	}
	for _, v := range file.Vectors {
		secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(v.Secret, "whsec_"))
		if err != nil {
			t.Fatal(err)
		}
		seconds, err := strconv.ParseInt(v.Timestamp, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{"Webhook-Id": {v.ID}, "Webhook-Timestamp": {v.Timestamp}, "Webhook-Signature": {v.Signature}}
		if !integrations.VerifyStandard([][]byte{secret}, h, []byte(v.Body), time.Unix(seconds, 0)) {
			t.Errorf("%s is not verified", v.ID)
		}
	}
}
