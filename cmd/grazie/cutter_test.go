package main

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// cutter stands between the program and its database and can cut the line.
type cutter struct {
	to    string
	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
}

// newCutter returns a cutter and the database's URL by way of it.
func newCutter(t *testing.T, database string) (*cutter, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{to: u.Host, conns: map[net.Conn]bool{}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { c.join(in) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		c.away(true)
		wg.Wait()
	})
	u.Host = l.Addr().String()
	return c, u.String()
}

// away cuts all lines and refuses new ones, or lets them through again.
func (c *cutter) away(yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = yes
	if yes {
		for conn := range c.conns {
			conn.Close()
		}
		clear(c.conns)
	}
}

func (c *cutter) join(in net.Conn) {
	defer in.Close()
	out, err := net.Dial("tcp", c.to)
	if err != nil {
		return
	}
	defer out.Close()
	c.mu.Lock()
	if c.cut {
		c.mu.Unlock()
		return
	}
	c.conns[in], c.conns[out] = true, true
	c.mu.Unlock()
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(out, in)
		out.Close()
		close(done)
	}()
	_, _ = io.Copy(in, out)
	in.Close()
	<-done
	c.mu.Lock()
	delete(c.conns, in)
	delete(c.conns, out)
	c.mu.Unlock()
}
