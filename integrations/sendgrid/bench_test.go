package sendgrid

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sendgrid/sendgrid-go/helpers/mail"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/mailertest"
)

// letter is a mail of the usual size: 8 kB of HTML, 1 kB of text.
func letter() crm.Mail {
	m := mailertest.Letter("msg_01jx4zq7w8e9r0t1y2u3i4o5p6")
	row := `<tr><td style="padding:8px 16px;font-family:Georgia,serif;color:#333">Grüße aus Wien &amp; danke für "Kaffee"</td></tr>` + "\n"
	m.HTML = strings.Repeat(row, 8192/len(row)+1)[:8192]
	m.HTML = strings.ToValidUTF8(m.HTML, "")
	m.Text = strings.Repeat("Grüße aus Wien und danke für den Kaffee.\n", 25)
	return m
}

// accepts answers 202 without a network.
type accepts struct{}

func (accepts) RoundTrip(r *http.Request) (*http.Response, error) {
	io.Copy(io.Discard, r.Body)
	return &http.Response{StatusCode: 202, Header: http.Header{"X-Message-Id": {"x"}}, Body: http.NoBody, Request: r}, nil
}

// BenchmarkSend shows what a mail costs apart from the network, and what of it
// is the vendor's encoder. The budget is 100 µs.
func BenchmarkSend(b *testing.B) {
	m := letter()
	c := integrations.Connection{Settings: crm.Values{"key": "SG.key"}}
	b.Run("Send", func(b *testing.B) {
		s := New(&http.Client{Transport: accepts{}}, time.Now)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Send(b.Context(), c, m); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("CheckMail", func(b *testing.B) {
		for b.Loop() {
			if err := integrations.CheckMail(m); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("GetRequestBody", func(b *testing.B) {
		v := build(m)
		b.SetBytes(int64(len(mail.GetRequestBody(v))))
		b.ReportAllocs()
		for b.Loop() {
			mail.GetRequestBody(v)
		}
	})
	b.Run("encode", func(b *testing.B) {
		v := build(m)
		b.ReportAllocs()
		for b.Loop() {
			body, err := encode(v, m)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(body)))
		}
	})
}

// BenchmarkStandIn sends over the loopback to the stand-in, 64 at once: both
// share the machine, so a mail costs at most what this says.
func BenchmarkStandIn(b *testing.B) {
	api := &mailertest.SendGrid{Key: "SG.key"}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: api}
	go server.Serve(listener)
	defer server.Close()
	client := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true})
	defer client.CloseIdleConnections()
	s := New(client, time.Now)
	c := integrations.Connection{Settings: crm.Values{"key": "SG.key", "base_url": "http://" + listener.Addr().String()}}
	m := letter()
	var failed atomic.Int64
	b.SetParallelism(64)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Send(b.Context(), c, m); err != nil {
				failed.Add(1)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
	if failed.Load() > 0 || api.Total() < int64(b.N) {
		b.Errorf("%d failed, %d taken of %d", failed.Load(), api.Total(), b.N)
	}
}
