package smtp

import (
	"sync/atomic"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/mailertest"
)

// BenchmarkSend shows what keeping connections is worth, even on the loopback
// and without TLS.
func BenchmarkSend(b *testing.B) {
	for name, again := range map[string]bool{"KeptConnection": true, "DialPerMail": false} {
		b.Run(name, func(b *testing.B) {
			sink := &mailertest.SMTP{Count: true}
			host, port, err := sink.Start()
			if err != nil {
				b.Fatal(err)
			}
			defer sink.Close()
			s := New(integrations.Dialer(true), time.Now)
			defer s.Close()
			c := integrations.Connection{Settings: crm.Values{"host": host, "port": port, "tls": "none"}}
			m := mailertest.Letter("msg_1")
			var failed atomic.Int64
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := s.Send(b.Context(), c, m); err != nil {
						failed.Add(1)
					}
					if !again {
						s.Close()
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
			if failed.Load() > 0 {
				b.Errorf("%d failed", failed.Load())
			}
		})
	}
}
