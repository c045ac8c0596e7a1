package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"grazie/crm"
	"grazie/integrations/mailertest"
	"grazie/internal/needs"
)

// pour sends webhooks from several senders, each until it is taken in, as a
// shop does that tries again. slowest is the longest that one try took.
func (s *site) pour(count, senders int, addr func() string) (slowest time.Duration) {
	s.t.Helper()
	var next, most atomic.Int64
	var wg sync.WaitGroup
	deadline := time.Now().Add(60 * time.Second)
	for range senders {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= count {
					return
				}
				for {
					began := time.Now()
					status := push(s.t.Context(), addr(), s.shop.Bulk(i))
					if took := int64(time.Since(began)); took > most.Load() {
						most.Store(took)
					}
					if status == http.StatusOK {
						break
					}
					if status != 0 && status != http.StatusServiceUnavailable {
						s.t.Errorf("answered %d", status)
						return
					}
					if time.Now().After(deadline) {
						s.t.Error("a webhook was never taken in")
						return
					}
					time.Sleep(10 * time.Millisecond) // a sender's pause, nothing is waited for
				}
			}
		})
	}
	wg.Wait()
	return time.Duration(most.Load())
}

// Fault test 1 and 7: kill -9 five times at random while webhooks pour in and
// mails go out. Nothing is lost or doubled; unknown are only those in the air.
func TestKillsUnderLoad(t *testing.T) {
	for _, e := range backends {
		t.Run(e.name, func(t *testing.T) {
			s := newSite(t, e)
			s.environ["GRAZIE_SENDING"] = "8"
			s.mails.Fault = func(string) mailertest.Fault { return mailertest.Fault{Delay: 10 * time.Millisecond} }
			const orders, kills = 400, 5
			var child atomic.Pointer[childProcess]
			child.Store(s.child(""))
			poured := make(chan struct{})
			go func() {
				defer close(poured)
				s.pour(orders, 16, func() string { return child.Load().addr })
			}()
			for n := range kills {
				eventually(t, 60*time.Second, "more mails", func() bool { return s.mails.Total() >= int64((n+1)*orders/(kills+2)) })
				child.Load().kill()
				child.Store(s.child(""))
			}
			<-poured
			s.settled(orders, 60*time.Second)
			if unknown := s.clean(orders); unknown > kills*8 {
				t.Errorf("%d unknown; at most 8 mails were in the air at each of %d kills", unknown, kills)
			}
		})
	}
}

// Fault test 21: the embedded queue is gone with its process; a new one finds
// all that waited.
func TestEmbeddedQueueIsFilledAgain(t *testing.T) {
	s := newSite(t, backends[0])
	var slow atomic.Bool
	slow.Store(true)
	s.mails.Fault = func(string) mailertest.Fault {
		if slow.Load() {
			return mailertest.Fault{Delay: time.Second}
		}
		return mailertest.Fault{}
	}
	const orders = 2000
	child := s.child("")
	s.pour(orders, 32, func() string { return child.addr })
	child.kill()
	slow.Store(false)
	s.child("")
	began := time.Now()
	s.settled(orders, 60*time.Second)
	t.Logf("all of %d were out %s after the start", orders, time.Since(began).Round(time.Millisecond))
	if unknown := s.clean(orders); unknown > 64 {
		t.Errorf("%d unknown; 64 were in the air", unknown)
	}
}

// Fault tests 3, 4 and 5: whatever happens to Redis, webhooks are answered and
// each order is mailed once.
func TestRedisFaults(t *testing.T) {
	for name, fault := range map[string]func(*redisProcess){
		"flushed": func(r *redisProcess) { r.flush() },
		"killed and emptied": func(r *redisProcess) {
			r.signal(syscall.SIGKILL)
			r.wait()
			r.empty()
			r.start()
		},
		"stopped for 3 s": func(r *redisProcess) {
			r.signal(syscall.SIGTERM)
			r.wait()
			time.Sleep(3 * time.Second) // the fault lasts this long
			r.start()
		},
		"frozen for 5 s": func(r *redisProcess) {
			r.signal(syscall.SIGSTOP)
			time.Sleep(5 * time.Second) // the fault lasts this long
			r.signal(syscall.SIGCONT)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startRedis(t)
			s := newSite(t, backend{"redis", func(*testing.T) map[string]string { return map[string]string{"REDIS_URL": r.url()} }})
			s.mails.Fault = func(string) mailertest.Fault { return mailertest.Fault{Delay: 30 * time.Millisecond} }
			p := s.run(hooks{})
			const orders = 600
			poured := make(chan time.Duration)
			go func() { poured <- s.pour(orders, 8, func() string { return p.addr }) }()
			eventually(t, 30*time.Second, "mails in the air", func() bool { return s.mails.Total() > orders/10 })
			fault(r)
			if slowest := <-poured; slowest > 5*time.Second {
				t.Errorf("a webhook took %s; a shop waits 5 s", slowest)
			}
			s.settled(orders, 90*time.Second)
			if unknown := s.clean(orders); unknown > 0 {
				t.Errorf("%d unknown; Redis has no say in that", unknown)
			}
		})
	}
}

// Fault test 8: the provider takes the mail and the answer is lost. It is not
// sent again by itself; it is listed, and staff settles it.
func TestAnswerLost(t *testing.T) {
	s := newSite(t, backends[0])
	var n, lost atomic.Int64
	s.mails.Fault = func(string) mailertest.Fault {
		if n.Add(1)%20 == 0 {
			lost.Add(1)
			return mailertest.Fault{Accept: true, Reset: true}
		}
		return mailertest.Fault{}
	}
	p := s.run(hooks{})
	const orders = 200
	s.pour(orders, 8, func() string { return p.addr })
	s.settled(orders, 60*time.Second)
	if unknown := s.clean(orders); int64(unknown) != lost.Load() || unknown == 0 {
		t.Fatalf("%d unknown; %d answers were lost", unknown, lost.Load())
	}
	s.mails.Fault = nil
	sent, again := 0, 0
	for _, m := range s.messages() {
		if m.State != crm.Unknown {
			continue
		}
		if m.Reason != crm.ReasonAnswerLost {
			t.Errorf("reason %s", m.Reason)
		}
		wasSent := sent%2 == 0
		sent++
		if !wasSent {
			again++
		}
		if err := s.store.SettleMessage(t.Context(), s.shopID, m.ID, wasSent, "the provider's log says so"); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, 60*time.Second, "the settled ones sent again", func() bool { return s.mails.Total() == orders+int64(again) })
	s.settled(orders, 60*time.Second)
}

// Fault test 13: the database goes away for a while. Webhooks are refused with
// 503 meanwhile, so that the shop sends them again, and nothing is lost.
func TestDatabaseAway(t *testing.T) {
	var cut *cutter
	s := newSite(t, backend{"cut", func(t *testing.T) map[string]string {
		env := backends[1].environ(t)
		cut, env["DATABASE_URL"] = newCutter(t, env["DATABASE_URL"])
		return env
	}})
	p := s.run(hooks{})
	const orders = 300
	poured := make(chan time.Duration)
	go func() { poured <- s.pour(orders, 8, func() string { return p.addr }) }()
	eventually(t, 30*time.Second, "mails in the air", func() bool { return s.mails.Total() > orders/10 })
	cut.away(true)
	eventually(t, 30*time.Second, "a refusal", func() bool {
		return push(t.Context(), p.addr, s.shop.Bulk(orders-1)) == http.StatusServiceUnavailable
	})
	cut.away(false)
	<-poured
	s.settled(orders, 90*time.Second)
	if unknown := s.clean(orders); unknown > 64 {
		t.Errorf("%d unknown; at most 64 were in the air", unknown)
	}
}

// redisProcess is a Redis of the test's own, to be hurt.
type redisProcess struct {
	t    *testing.T
	port int
	dir  string
	cmd  *exec.Cmd
}

func startRedis(t *testing.T) *redisProcess {
	t.Helper()
	r := &redisProcess{t: t, dir: t.TempDir()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.port = l.Addr().(*net.TCPAddr).Port
	l.Close()
	r.start()
	t.Cleanup(func() {
		_ = r.cmd.Process.Signal(syscall.SIGCONT)
		_ = r.cmd.Process.Kill()
		_ = r.cmd.Wait()
	})
	return r
}

func (r *redisProcess) url() string { return fmt.Sprintf("redis://127.0.0.1:%d/0", r.port) }

func (r *redisProcess) client() *redis.Client {
	return redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", r.port)})
}

func (r *redisProcess) start() {
	r.cmd = exec.Command(needs.Program(r.t, "redis-server"), "--port", fmt.Sprint(r.port), "--bind", "127.0.0.1",
		"--dir", r.dir, "--appendonly", "yes", "--appendfsync", "everysec", "--save", "")
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	c := r.client()
	defer c.Close()
	eventually(r.t, 10*time.Second, "Redis answers", func() bool { return c.Ping(r.t.Context()).Err() == nil })
}

func (r *redisProcess) signal(s os.Signal) {
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Error(err)
	}
}

func (r *redisProcess) wait() { _ = r.cmd.Wait() }

func (r *redisProcess) empty() {
	if err := os.RemoveAll(r.dir); err != nil {
		r.t.Error(err)
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		r.t.Error(err)
	}
}

func (r *redisProcess) flush() {
	c := r.client()
	defer c.Close()
	if err := c.FlushAll(r.t.Context()).Err(); err != nil {
		r.t.Error(err)
	}
}
