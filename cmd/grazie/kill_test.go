package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"grazie/integrations/shopify/simshop"
)

// steps are all the steps on the way from the webhook to the recorded mail.
var steps = []string{
	"webhook verified", "webhook committed", "webhook rung",
	"webhook read", "events applied", "message rung",
	"facts read", "mail written", "message claimed", "mail sent", "outcome recorded",
}

// Fault tests 1, 2, 7 and 21: kill -9 right after each step of the path, for
// the first and the third time that it is reached, and start again. No order is
// lost, none is mailed twice, and at most the one in the air is unknown.
func TestKillAtEveryStep(t *testing.T) {
	for _, e := range backends {
		t.Run(e.name, func(t *testing.T) {
			for i, step := range steps {
				for _, time := range []int{1, 3} {
					t.Run(fmt.Sprintf("%02d %s %d", i+1, step, time), func(t *testing.T) {
						t.Parallel() // each waits most of its time
						killAt(t, e, step, time)
					})
				}
			}
		})
	}
}

func killAt(t *testing.T, e backend, step string, times int) {
	s := newSite(t, e)
	const orders = 4
	webhooks := make([]simshop.Webhook, orders)
	for i := range webhooks {
		webhooks[i] = s.shop.Bulk(i)
	}
	child := s.child(fmt.Sprintf("%s=%d", step, times))
	revive := func() {
		if child.ended() {
			child = s.child("")
		}
	}
	// One after the other and each to its end, so that every step is reached
	// as often as there are orders.
	for i, w := range webhooks {
		eventually(t, 30*time.Second, "the webhook taken in", func() bool {
			if push(t.Context(), child.addr, w) == 200 {
				return true
			}
			revive()
			return false
		})
		eventually(t, 30*time.Second, fmt.Sprintf("order %d with an outcome", i+1), func() bool {
			revive()
			return s.done() == i+1
		})
	}
	eventually(t, 5*time.Second, "the kill; is it still a step?", func() bool { return s.killed.Load() == 1 })
	unknown := s.clean(orders)
	inTheAir := step == "message claimed" || step == "mail sent"
	if unknown > 1 || unknown == 1 && !inTheAir {
		t.Errorf("%d unknown after a kill at %q", unknown, step)
	}
}

// childProcess is the program in a process of its own, to be killed.
type childProcess struct {
	addr string
	done chan struct{}
	cmd  *exec.Cmd
}

// kill ends the process at once and waits until it is gone.
func (c *childProcess) kill() {
	_ = c.cmd.Process.Kill()
	<-c.done
}

func (c *childProcess) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// child starts the program; kill, if not empty, is the step and the number of
// the time at which it kills itself.
func (s *site) child(kill string) *childProcess {
	s.t.Helper()
	c := &childProcess{done: make(chan struct{})}
	cmd := exec.Command(os.Args[0], "-test.run=^TestProgramAsChild$")
	cmd.Env = append(os.Environ(), "GRAZIE_TEST_CHILD=yes", "GRAZIE_TEST_KILL="+kill)
	for name, value := range s.environ {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	c.cmd = cmd
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for c.addr == "" && lines.Scan() {
		c.addr, _ = strings.CutPrefix(lines.Text(), "address ")
	}
	if c.addr == "" {
		s.t.Fatal("the child did not start")
	}
	go func() {
		for lines.Scan() {
		}
		_ = cmd.Wait()
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
			s.killed.Add(1)
		}
		close(c.done)
	}()
	s.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-c.done
	})
	return c
}

// TestProgramAsChild is no test by itself: the tests here start this binary
// again with an environment in which it is the program, with a failpoint.
func TestProgramAsChild(t *testing.T) {
	if os.Getenv("GRAZIE_TEST_CHILD") == "" {
		return
	}
	var reached atomic.Int32
	step, times := "", int32(0)
	if kill := os.Getenv("GRAZIE_TEST_KILL"); kill != "" {
		name, n, _ := strings.Cut(kill, "=")
		step = name
		if _, err := fmt.Sscan(n, &times); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	cfg := (&site{t: t, environ: environment()}).config()
	p, err := build(ctx, cfg, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})), hooks{
		lease: 2 * time.Second,
		atStep: func(name string) {
			if name == step && reached.Add(1) == times {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {} // nothing happens after it
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.run(ctx, true, true, func(addr string) { fmt.Println("address", addr) }); err != nil {
		t.Fatal(err)
	}
}

func environment() map[string]string {
	vars := map[string]string{}
	for _, e := range os.Environ() {
		name, value, _ := strings.Cut(e, "=")
		vars[name] = value
	}
	return vars
}
