package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"

	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
)

// process is a server of the bench in a process of its own.
type process struct {
	addr string
	cmd  *exec.Cmd
	log  *os.File
}

// startProcess runs this program with args and reads the address that it
// listens on from its first line.
func startProcess(ctx context.Context, environ []string, log string, args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.CommandContext(ctx, self, args...)}
	if p.log, err = os.Create(log); err != nil {
		return nil, err
	}
	p.cmd.Env, p.cmd.Stderr = environ, p.log
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, p.log.Close())
	}
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, p.log.Close())
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		p.stop()
		told, _ := os.ReadFile(log)
		return nil, fmt.Errorf("the server did not start: %s", bytes.TrimSpace(told))
	}
	p.addr = strings.TrimSpace(line)
	return p, nil
}

func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	p.cmd.Wait()
	p.log.Close()
}

// cpu is the time that the process has used, by the kernel's clock ticks of a
// hundredth of a second; 0 where there is no /proc.
func (p *process) cpu() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // the name before may hold spaces
	fields := strings.Fields(rest)
	ticks := 0
	for _, i := range []int{11, 12} { // utime, stime: proc_pid_stat(5)
		if i < len(fields) {
			n, _ := strconv.Atoi(fields[i])
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// usage tells the process's memory, now and at most.
func (p *process) usage() string {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return "memory not known"
	}
	value := func(name string) int {
		_, rest, _ := strings.Cut(string(status), name+":")
		kb := 0
		fmt.Sscan(rest, &kb)
		return kb / 1024
	}
	return fmt.Sprintf("memory %d MB, at most %d MB", value("VmRSS"), value("VmHWM"))
}

// benchChildCmd is a server of the bench: it prints its address and runs until
// it is stopped.
type benchChildCmd struct {
	Mode    string `arg:"" enum:"web,all,bare"`
	Profile string `env:"GRAZIE_BENCH_PROFILE" help:"Write a CPU profile of the server here."`
}

func (c *benchChildCmd) Run(ctx context.Context, g *globals) error {
	if c.Mode == "bare" {
		return bareServer(ctx, g.out)
	}
	if c.Profile != "" {
		f, err := os.Create(c.Profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	p, err := build(ctx, g.cfg, g.log, hooks{})
	if err != nil {
		return err
	}
	defer p.close()
	return p.run(ctx, true, c.Mode == "all", func(addr string) { fmt.Fprintln(g.out, addr) })
}

// bareServer reads and verifies webhooks with nothing but the standard
// library's server, the yardstick of the bench.
func bareServer(ctx context.Context, out io.Writer) error {
	platform := shopify.New()
	c := integrations.Connection{Settings: map[string]string{"secret": simshop.New(1, time.Now()).Secret}}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		if _, err := io.ReadFull(r.Body, body); err != nil || !platform.VerifyWebhook(c, r.Header, body) {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintln(out, l.Addr())
	go func() {
		<-ctx.Done()
		srv.Close()
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
