package integrations

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"
)

// HTTPOptions are the limits of outgoing requests; zero means the default.
type HTTPOptions struct {
	Timeout      time.Duration // of a whole exchange: connect, write, wait, read; 10 s
	MaxResponse  int64         // bytes of an answer; 8 MiB
	ConnsPerHost int           // connections kept open per host; 100
	AllowPrivate bool          // see Dialer
}

// NewHTTPClient makes the one client that every adapter is handed.
//
// It speaks HTTP/1.1 on purpose: when a connection breaks, the answer of one
// request is lost, and one mail is in doubt. Over HTTP/2 it would be all those
// in the air. Go's transport repeats a POST by itself only when not one byte of
// it was written, so it never doubles one.
//
// It uses no proxy: behind one, Dialer could not see where a request goes.
func NewHTTPClient(o HTTPOptions) *http.Client {
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.MaxResponse == 0 {
		o.MaxResponse = 8 << 20
	}
	if o.ConnsPerHost == 0 {
		o.ConnsPerHost = 100
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Client{
		Timeout:       o.Timeout,
		CheckRedirect: sameHost,
		Transport: limited{max: o.MaxResponse, Transport: &http.Transport{
			DialContext:            Dialer(o.AllowPrivate).DialContext,
			Protocols:              protocols,
			TLSHandshakeTimeout:    5 * time.Second,
			ResponseHeaderTimeout:  o.Timeout,
			MaxIdleConns:           4 * o.ConnsPerHost,
			MaxIdleConnsPerHost:    o.ConnsPerHost,
			IdleConnTimeout:        55 * time.Second, // shorter than the usual 60 s of servers: fewer closed under our hands
			MaxResponseHeaderBytes: 64 << 10,
		}},
	}
}

// sameHost follows redirects of reads within one scheme and host. Others come
// back as they are, to be classed by their status: a key must not travel to
// another host, and a POST that became a GET would look like a success.
func sameHost(next *http.Request, via []*http.Request) error {
	first := via[0]
	read := first.Method == http.MethodGet || first.Method == http.MethodHead
	if !read || len(via) > 3 || next.URL.Scheme != first.URL.Scheme || next.URL.Host != first.URL.Host {
		return http.ErrUseLastResponse
	}
	return nil
}

// ErrResponseTooLarge is what reading a body fails with beyond the limit.
var ErrResponseTooLarge = errors.New("the answer is larger than allowed")

// limited bounds every body that comes in, whoever reads it.
type limited struct {
	*http.Transport
	max int64
}

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.Transport.RoundTrip(r)
	if err == nil {
		resp.Body = &limitedBody{ReadCloser: resp.Body, left: l.max}
	}
	return resp, err
}

type limitedBody struct {
	io.ReadCloser
	left int64
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1] // one more, to tell a body that just fits from a longer one
	}
	n, err := b.ReadCloser.Read(p)
	if int64(n) > b.left {
		n, err = int(b.left), ErrResponseTooLarge
	}
	b.left -= int64(n)
	return n, err
}

// Redact takes what may be secret out of an error of net/http: user name,
// password and query of the URL that it quotes. Adapters pass errors on only
// through it.
func Redact(err error) error {
	var failed *url.Error
	if !errors.As(err, &failed) {
		return err
	}
	u, bad := url.Parse(failed.URL)
	if bad != nil || failed.Op == "parse" {
		return errors.New("malformed URL") // its parser quotes the text
	}
	return &url.Error{Op: failed.Op, URL: u.Scheme + "://" + u.Host + u.EscapedPath(), Err: failed.Err}
}
