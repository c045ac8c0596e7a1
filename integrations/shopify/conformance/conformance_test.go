// Package conformance_test holds the adapter to Shopify's own library: both
// get the same requests, good and bad, and must agree on them. Where the two
// are known to differ the test says so, and why.
package conformance_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/integrations/shopify"
	"grazie/integrations/shopify/admin"
	"grazie/internal/needs"
)

const (
	appID  = "0a1b2c3d"
	secret = "hush-hush"
	host   = "grazie.example"
	shop   = "example-shop.myshopify.com"
)

var callback = "https://" + host + shopify.PathCallback

// ours is the adapter as a shop that installed the app meets it.
func ours(client *http.Client) *shopify.Platform {
	return shopify.Connected(client, time.Now, shopify.App{ID: appID, Secrets: []string{secret}})
}

// question is one case for the library; check.mjs knows the kinds.
type question map[string]any

type answer struct {
	OK       bool
	Error    string
	Location string
	Cookies  []string
	Payload  map[string]any
	Shop     string
	Token    string
	Refresh  string
	Scope    string
	Asked    *struct {
		URL, Method string
		Body        map[string]string
	}
}

// library answers questions with Shopify's own library.
func library(t *testing.T, questions []question) []answer {
	t.Helper()
	node := needs.Program(t, "node")
	needs.NodeModules(t, ".")
	for _, file := range []string{"check.mjs", "package-lock.json"} { // so that the test runs anew when they change
		if _, err := os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	in, err := json.Marshal(map[string]any{"questions": questions,
		"app": map[string]any{"id": appID, "secret": secret, "host": host, "version": admin.Version, "scopes": shopify.ScopesFor()}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "check.mjs")
	var said bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	var answers []answer
	if err := json.Unmarshal(out, &answers); err != nil || len(answers) != len(questions) {
		t.Fatalf("%d answers to %d questions, %v: %.500s", len(answers), len(questions), err, out)
	}
	return answers
}

// trial is a case with what both sides say to it, and why where they differ.
type trial struct {
	name   string
	ask    question
	ours   bool
	theirs bool
	why    string
}

// compare asks both sides. Every case states what they must say, so that both
// a change of ours and one of the library's is seen.
func compare(t *testing.T, cases []trial, our func(question) bool) {
	t.Helper()
	var questions []question
	for _, c := range cases {
		questions = append(questions, c.ask)
	}
	yes, no := 0, 0
	for i, a := range library(t, questions) {
		c := cases[i]
		got := our(c.ask)
		if got != c.ours || a.OK != c.theirs {
			t.Errorf("%s: we say %v (want %v), the library %v (want %v) %s", c.name, got, c.ours, a.OK, c.theirs, a.Error)
		}
		if (c.ours != c.theirs) != (c.why != "") {
			t.Errorf("%s: a difference needs a reason, and a reason a difference", c.name)
		}
		if c.theirs {
			yes++
		} else {
			no++
		}
	}
	if yes == 0 || no == 0 {
		t.Errorf("%d good cases and %d bad ones: there must be both", yes, no)
	}
}

func mac(message string) []byte {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(message))
	return m.Sum(nil)
}

func both(name string, ask question, want bool) trial { return trial{name, ask, want, want, ""} }

func differ(name string, ask question, ours bool, why string) trial {
	return trial{name, ask, ours, !ours, why}
}

// signedQuery is a query with the signature that Shopify's library makes,
// written once more: sorted by name, in the encoding of forms.
func signedQuery(q url.Values, at time.Time) url.Values {
	q.Set("timestamp", fmt.Sprint(at.Unix()))
	return resigned(q)
}

func resigned(q url.Values) url.Values {
	var names, parts []string
	for name := range q {
		if name != "hmac" && name != "signature" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range q[name] {
			parts = append(parts, form(name)+"="+form(v))
		}
	}
	q.Set("hmac", hex.EncodeToString(mac(strings.Join(parts, "&"))))
	return q
}

func form(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("*-._", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// parsed is a query as the web frameworks of Node hand it to the library: what
// comes as "ids[]" is a list called ids.
func parsed(q url.Values) map[string]any {
	all := map[string]any{}
	for name, values := range q {
		if list, ok := strings.CutSuffix(name, "[]"); ok || len(values) > 1 {
			all[list] = values
		} else {
			all[name] = values[0]
		}
	}
	return all
}
