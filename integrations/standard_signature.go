package integrations

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of Standard Webhooks 1.0.0 (platforms.md, E.3), which several
// platforms send.
const (
	StandardID        = "webhook-id"        // the same on retries: the key against duplicates
	StandardTimestamp = "webhook-timestamp" // seconds since 1970, of this attempt
	StandardSignature = "webhook-signature" // "v1,..." and others, a blank between them
)

// StandardTolerance is how far the time of an attempt may lie from ours, before
// or after. A request that was captured is worth nothing after it.
const StandardTolerance = 5 * time.Minute

// VerifyStandard tells whether one of the secrets signed the request by Standard
// Webhooks, at a time near now. secrets are keys as bytes; empty ones verify
// nothing. Of the signatures only those of version v1 count. It takes as long
// without a secret as with one or two. The time is told when the request
// arrives: whoever looks at it later must not ask again.
func VerifyStandard(secrets [][]byte, header http.Header, body []byte, now time.Time) bool {
	id, at, list := HeaderValue(header, StandardID), HeaderValue(header, StandardTimestamp), HeaderValue(header, StandardSignature)
	good := false
	for i := range max(2, len(secrets)) {
		key := []byte(nil)
		if i < len(secrets) {
			key = secrets[i]
		}
		fits := standardFits(key, id, at, list, body)
		good = good || fits
	}
	return good && id != "" && near(at, now)
}

// maxSignatures is more than any sender signs with at once.
const maxSignatures = 16

// standardFits tells whether a key made one of the signatures. It compares the
// texts: another spelling of the same bytes is not one that is sent.
func standardFits(key []byte, id, at, list string, body []byte) bool {
	signing := key
	if len(signing) == 0 {
		signing = []byte("no secret verifies nothing") // anybody can read it here
	}
	want := []byte(standardSignature(signing, id, at, body))
	good := false
	for i, claimed := range strings.Fields(list) {
		if i == maxSignatures {
			break
		}
		equal := hmac.Equal(want, []byte(claimed))
		good = good || equal
	}
	return good && len(key) > 0
}

// near reads seconds as they are sent: the text is signed, so it is not mended.
func near(seconds string, now time.Time) bool {
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != seconds || n < 0 || n > 1<<40 {
		return false
	}
	off := now.Sub(time.Unix(n, 0))
	return off.Abs() <= StandardTolerance
}

// SignStandard returns the headers that a sender by Standard Webhooks puts on a
// body under one key, for an attempt at a time.
func SignStandard(key []byte, id string, at time.Time, body []byte) http.Header {
	seconds := strconv.FormatInt(at.Unix(), 10)
	h := http.Header{}
	h.Set(StandardID, id)
	h.Set(StandardTimestamp, seconds)
	h.Set(StandardSignature, standardSignature(key, id, seconds, body))
	return h
}

func standardSignature(key []byte, id, seconds string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + seconds + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// HeaderValue is a header's only value; its name comes in any letter case. Of a
// header that comes twice nobody can say which one is meant: it counts as missing.
func HeaderValue(header http.Header, name string) string {
	found := ""
	for key, values := range header {
		if !strings.EqualFold(key, name) {
			continue
		}
		if len(values) != 1 || found != "" {
			return ""
		}
		found = values[0]
	}
	return found
}
