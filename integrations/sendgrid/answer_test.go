package sendgrid_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/mailertest"
	"grazie/integrations/sendgrid"
)

// Only what is certain is classed as such: the rest is Unknown, and nobody gets
// a second mail because of it (reliability.md, 5).
func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		status int
		header http.Header
		body   string
		kind   integrations.Kind // empty: taken
		detail string
		retry  time.Time
	}{
		{status: 202},
		{status: 200}, // the sandbox
		{status: 200, body: "<html>Welcome to the hotel</html>", kind: integrations.Unknown, detail: "200: OK"},
		{status: 204, kind: integrations.Unknown},
		{status: 302, kind: integrations.Rejected},
		{status: 307, kind: integrations.Rejected},
		{status: 400, body: `{"errors":[{"message":"The subject is required.","field":"subject","help":"http://x"}]}`, kind: integrations.Rejected, detail: "400: The subject is required. (subject)"},
		{status: 400, body: `{"errors":[{"message":"Bad","field":"null","help":{}}],"id":"1"}`, kind: integrations.Rejected, detail: "400: Bad"},
		{status: 400, body: `{"errors":[{"message":"anna@customer.example is\nno address","field":null}]}`, kind: integrations.Rejected, detail: "400: (address) is no address"},
		{status: 400, body: strings.Repeat("x", 1<<20), kind: integrations.Rejected, detail: "400: Bad Request"},
		{status: 401, body: `{"errors":[{"message":"authorization required"}]}`, kind: integrations.Unauthorized, detail: "401: authorization required"},
		{status: 403, kind: integrations.Unauthorized, detail: "403: Forbidden"},
		{status: 404, kind: integrations.Rejected},
		{status: 405, kind: integrations.Rejected},
		{status: 406, kind: integrations.Rejected},
		{status: 408, kind: integrations.Temporary},
		{status: 413, kind: integrations.Rejected, detail: "413: Request Entity Too Large"},
		{status: 415, kind: integrations.Rejected},
		{status: 429, kind: integrations.RateLimited},
		{status: 429, header: http.Header{"X-Ratelimit-Reset": {"1804237207"}}, kind: integrations.RateLimited, retry: now.Add(7 * time.Second)},
		{status: 429, header: http.Header{"X-Ratelimit-Reset": {"1"}}, kind: integrations.RateLimited, retry: now},
		{status: 429, header: http.Header{"X-Ratelimit-Reset": {"99999999999"}}, kind: integrations.RateLimited, retry: now.Add(time.Hour)},
		{status: 429, header: http.Header{"X-Ratelimit-Reset": {"soon"}, "Retry-After": {"30"}}, kind: integrations.RateLimited, retry: now.Add(30 * time.Second)},
		{status: 429, header: http.Header{"Retry-After": {now.Add(time.Minute).Format(http.TimeFormat)}}, kind: integrations.RateLimited, retry: now.Add(time.Minute)},
		{status: 429, header: http.Header{"Retry-After": {"999999999999"}}, kind: integrations.RateLimited, retry: now.Add(time.Hour)},
		{status: 429, header: http.Header{"Retry-After": {"later"}}, kind: integrations.RateLimited},
		{status: 500, kind: integrations.Unknown},
		{status: 501, kind: integrations.Unknown},
		{status: 502, kind: integrations.Unknown},
		{status: 503, header: http.Header{"Retry-After": {"5"}}, kind: integrations.Temporary, retry: now.Add(5 * time.Second)},
		{status: 504, kind: integrations.Unknown},
	} {
		mock := httpmock.NewMockTransport()
		mock.RegisterResponder("POST", sendgrid.DefaultBaseURL+"/v3/mail/send", func(*http.Request) (*http.Response, error) {
			resp := httpmock.NewStringResponse(tt.status, tt.body)
			resp.Header = tt.header
			return resp, nil
		})
		_, err := sendgrid.New(&http.Client{Transport: mock, CheckRedirect: integrations.NewHTTPClient(integrations.HTTPOptions{}).CheckRedirect}, fixed).
			Send(t.Context(), connection(), mailertest.Letter("msg_1"))
		if tt.kind == "" {
			if err != nil {
				t.Errorf("%d: %v", tt.status, err)
			}
			continue
		}
		var e *integrations.Error
		if !errors.As(err, &e) || e.Kind != tt.kind || !e.RetryAt.Equal(tt.retry) || tt.detail != "" && e.Detail != tt.detail {
			t.Errorf("%d %v: %+v, want %s %v %q", tt.status, tt.header, err, tt.kind, tt.retry, tt.detail)
		}
		if n := mock.GetTotalCallCount(); n != 1 {
			t.Errorf("%d: %d requests", tt.status, n)
		}
	}
}

func connection() integrations.Connection {
	return integrations.Connection{Settings: crm.Values{"key": key}}
}

// The transport cannot tell whether it wrote: then the mail may have been taken.
func TestUnknownTransport(t *testing.T) {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder("POST", sendgrid.DefaultBaseURL+"/v3/mail/send", httpmock.NewErrorResponder(io.ErrUnexpectedEOF))
	_, err := sendgrid.New(&http.Client{Transport: mock}, fixed).Send(t.Context(), connection(), mailertest.Letter("msg_1"))
	if integrations.KindOf(err) != integrations.Unknown {
		t.Error(err)
	}
}

// Settings that cannot work are for staff to mend, and no mail is lost by them.
func TestBadSettings(t *testing.T) {
	client := integrations.NewHTTPClient(integrations.HTTPOptions{})
	for _, v := range []crm.Values{
		{}, {"key": "two words"}, {"key": "line\nbreak"}, {"key": "schlüssel"},
		{"key": key, "base_url": "api.sendgrid.com"}, {"key": key, "base_url": "ftp://x"}, {"key": key, "base_url": "https://u:p@x"},
		{"key": key, "base_url": "https://x?y"}, {"key": key, "base_url": "http://127.0.0.1:1"}, {"key": key, "base_url": "http://[::1]:1"},
	} {
		_, err := sendgrid.New(client, fixed).Send(t.Context(), integrations.Connection{Settings: v}, mailertest.Letter("msg_1"))
		if integrations.KindOf(err) != integrations.Unauthorized || strings.Contains(err.Error(), key) || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%v: %v", v, err)
		}
	}
}

// broken accepts connections and hands each to serve.
func broken(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestConnectionTrouble(t *testing.T) {
	send := func(t *testing.T, ctx context.Context, url string) error {
		client := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true, Timeout: time.Second})
		t.Cleanup(client.CloseIdleConnections)
		_, err := sendgrid.New(client, fixed).Send(ctx, integrations.Connection{Settings: crm.Values{"key": key, "base_url": url}}, mailertest.Letter("msg_1"))
		return err
	}
	t.Run("no TLS there", func(t *testing.T) {
		url := broken(t, func(c net.Conn) { io.WriteString(c, "HTTP/1.1 400 no TLS\r\n\r\n"); c.Close() })
		if err := send(t, t.Context(), strings.Replace(url, "http:", "https:", 1)); integrations.KindOf(err) != integrations.Temporary {
			t.Error(err)
		}
	})
	t.Run("no such name", func(t *testing.T) {
		if err := send(t, t.Context(), "https://no-such-host.invalid"); integrations.KindOf(err) != integrations.Temporary {
			t.Error(err)
		}
	})
	t.Run("closed at once", func(t *testing.T) {
		if err := send(t, t.Context(), broken(t, func(c net.Conn) { c.Close() })); integrations.KindOf(err) != integrations.Unknown {
			t.Error(err)
		}
	})
	t.Run("garbage", func(t *testing.T) {
		url := broken(t, func(c net.Conn) { c.Read(make([]byte, 1)); io.WriteString(c, "what?\r\n\r\n"); c.Close() })
		if err := send(t, t.Context(), url); integrations.KindOf(err) != integrations.Unknown {
			t.Error(err)
		}
	})
	t.Run("cancelled while it waits for the answer", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		url := broken(t, func(c net.Conn) { c.Read(make([]byte, 1)); cancel() })
		if err := send(t, ctx, url); integrations.KindOf(err) != integrations.Unknown || !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	t.Run("answer without an end", func(t *testing.T) {
		url := broken(t, func(c net.Conn) {
			c.Read(make([]byte, 1))
			io.WriteString(c, "HTTP/1.1 202 Accepted\r\nX-Message-Id: x\r\nContent-Length: 9\r\n\r\n")
			c.Close()
		})
		if err := send(t, t.Context(), url); err != nil { // the status is the answer
			t.Error(err)
		}
	})
}

// A connection that the server closed while it was idle must not make Go's
// transport send a mail twice.
func TestNoSecondPost(t *testing.T) {
	requests := make(chan string, 10)
	url := broken(t, func(c net.Conn) {
		defer c.Close()
		for i := 0; ; i++ {
			req, err := http.ReadRequest(bufio.NewReader(c))
			if err != nil {
				return
			}
			io.Copy(io.Discard, req.Body)
			requests <- req.Method
			if i == 1 {
				return // read the second to its end, and hang up
			}
			io.WriteString(c, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
		}
	})
	client := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true})
	defer client.CloseIdleConnections()
	s := sendgrid.New(client, fixed)
	c := integrations.Connection{Settings: crm.Values{"key": key, "base_url": url}}
	if _, err := s.Send(t.Context(), c, mailertest.Letter("msg_1")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(t.Context(), c, mailertest.Letter("msg_2")); integrations.KindOf(err) != integrations.Unknown {
		t.Error(err)
	}
	if n := len(requests); n != 2 {
		t.Errorf("%d requests for two mails", n)
	}
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		want   string // part of the error, empty for none
	}{
		{200, `{"scopes":["mail.send"]}`, ""},
		{200, `{"scopes":["mail.batch.read"]}`, "give it the permission"},
		{200, `<html>`, "not the API"},
		{202, ``, "not the API"},
		{401, `{"errors":[{"message":"authorization required"}]}`, "authorization required"},
		{500, ``, "500"},
	} {
		mock := httpmock.NewMockTransport()
		mock.RegisterResponder("GET", sendgrid.DefaultBaseURL+"/v3/scopes", httpmock.NewStringResponder(tt.status, tt.body))
		err := sendgrid.New(&http.Client{Transport: mock}, fixed).Check(t.Context(), connection())
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%d %s: %v", tt.status, tt.body, err)
		}
	}
}
