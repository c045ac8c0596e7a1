package integrations_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"grazie/integrations"
)

func client(t *testing.T, o integrations.HTTPOptions) *http.Client {
	t.Helper()
	o.AllowPrivate = true
	c := integrations.NewHTTPClient(o)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// The guard works on addresses, so a name that leads home is refused too, and
// so is a server that sends us there.
func TestPrivateHostsAreRefused(t *testing.T) {
	called := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer server.Close()
	c := integrations.NewHTTPClient(integrations.HTTPOptions{})
	for _, url := range []string{server.URL, strings.Replace(server.URL, "127.0.0.1", "localhost", 1), strings.Replace(server.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1), "http://0.0.0.0:1"} {
		_, err := c.Get(url)
		if !errors.Is(err, integrations.ErrPrivateHost) || !strings.Contains(err.Error(), "GRAZIE_ALLOW_PRIVATE_HOSTS=true") {
			t.Errorf("%s: %v", url, err)
		}
	}
	if called {
		t.Error("the server was reached")
	}
	resp, err := client(t, integrations.HTTPOptions{}).Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

func TestRedirects(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("another host got %s with %q", r.Method, r.Header.Get("Authorization"))
	}))
	defer other.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/near", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/end", http.StatusFound) })
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/end", func(http.ResponseWriter, *http.Request) {})
	server := httptest.NewServer(mux)
	defer server.Close()
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/near", 200}, {"GET", "/away", 307}, {"GET", "/loop", 302},
		{"POST", "/near", 302}, // followed, it would become a GET that looks like a success
		{"POST", "/away", 307},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, server.URL+tt.path, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer secret")
		resp, err := client(t, integrations.HTTPOptions{}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != tt.status {
			t.Errorf("%s %s: %d, want %d", tt.method, tt.path, resp.StatusCode, tt.status)
		}
	}
}

func TestResponseLimit(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, strings.Repeat("x", len(r.URL.RawQuery)))
	}))
	defer server.Close()
	c := client(t, integrations.HTTPOptions{MaxResponse: 10})
	for n, want := range map[int]error{0: nil, 9: nil, 10: nil, 11: integrations.ErrResponseTooLarge, 5000: integrations.ErrResponseTooLarge} {
		resp, err := c.Get(server.URL + "?" + strings.Repeat("x", n))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !errors.Is(err, want) || len(body) != min(n, 10) {
			t.Errorf("%d bytes: read %d, %v", n, len(body), err)
		}
	}
}

func TestRedact(t *testing.T) {
	for _, where := range []string{
		"http://user:hunter2@127.0.0.1:1/path?token=hunter2", "http://hunter2@no-such-host.invalid/path",
		"http://host:hunter2/", "http://ho st/hunter2", ":hunter2", "http://%zz/?hunter2",
	} {
		c := integrations.NewHTTPClient(integrations.HTTPOptions{Timeout: time.Second})
		_, err := c.Get(where)
		if err == nil {
			t.Fatal(where)
		}
		if got := integrations.Redact(err); got == nil || strings.Contains(got.Error(), "hunter2") {
			t.Errorf("%s: %v", where, got)
		}
	}
	cause := &url.Error{Op: "Post", URL: "https://x/y?z", Err: context.DeadlineExceeded}
	if got := integrations.Redact(cause); !errors.Is(got, context.DeadlineExceeded) || got.Error() != `Post "https://x/y": context deadline exceeded` {
		t.Error(got)
	}
	if plain := errors.New("x"); integrations.Redact(plain) != plain || integrations.Redact(nil) != nil {
		t.Error("other errors stay")
	}
}
