package handlers_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"grazie/integrations/shopify/simshop"
)

const most = 2 << 20

// inChunks hides a body's length, so that it goes in chunks.
func inChunks(body []byte) io.Reader { return io.MultiReader(bytes.NewReader(body)) }

func TestSize(t *testing.T) {
	d := newDoor(t)
	for _, c := range []struct{ size, want int }{
		{most, http.StatusOK}, {most + 1, http.StatusRequestEntityTooLarge}, {8 << 20, http.StatusRequestEntityTooLarge},
	} {
		w := d.resigned(d.paid(), bytes.Repeat([]byte("["), c.size))
		if a := d.post(w); a.status != c.want {
			t.Errorf("%d bytes: %d, want %d", c.size, a.status, c.want)
		}
		w = d.resigned(d.paid(), bytes.Repeat([]byte("["), c.size))
		if a := d.send("POST", "/webhooks/shopify", w.Header, inChunks(w.Body)); a.status != c.want {
			t.Errorf("%d bytes in chunks: %d, want %d", c.size, a.status, c.want)
		}
	}
	all := d.stored()
	if len(all) != 2 {
		t.Fatalf("%d stored", len(all))
	}
	for _, w := range all {
		if got, err := d.store.Webhook(t.Context(), d.shopID, w.ID); err != nil || len(got.Body) != most {
			t.Errorf("%d bytes came back: %v", len(got.Body), err)
		}
	}
	if a := d.send("POST", "/webhooks/shopify", d.paid().Header, inChunks(nil)); a.status != http.StatusBadRequest {
		t.Errorf("nothing in chunks: %d", a.status)
	}
}

// That a shop is not here is remembered, but no name that none can have.
func TestNamesOfShopsThatAreNotHereAreForgotten(t *testing.T) {
	d := newDoor(t)
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what pools hold goes with the second
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	const each, many = 60 << 10, 200
	w, before := d.paid(), heap()
	for i := range many {
		if a := d.send("POST", fmt.Sprintf("/webhooks/shopify/%d%s", i, strings.Repeat("x", each)), w.Header, bytes.NewReader(w.Body)); a.status != http.StatusUnauthorized {
			t.Fatalf("%+v", a)
		}
	}
	if grown := heap() - before; grown > many*each/3 {
		t.Errorf("%d requests of %d KiB left %d KiB behind", many, each>>10, grown>>10)
	}
}

// Only the raw body is signed: what somebody packed on the way is not what the
// shop sent.
func TestPackedBodyIsRefused(t *testing.T) {
	d := newDoor(t)
	w := d.paid()
	w.Header.Set("Content-Encoding", "gzip")
	w.Body = packed(t, w.Body)
	if a := d.post(w); a.status != http.StatusUnauthorized || len(d.stored()) != 0 {
		t.Errorf("%+v", a)
	}
}

func packed(t *testing.T, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A body that does not come in time, or not to its end, is refused and nothing
// of it is kept; the server serves on.
func TestBodyThatDoesNotCome(t *testing.T) {
	d := newDoor(t)
	var all sync.WaitGroup
	for what, c := range map[string]struct{ head, body string }{
		"broken off":         {"Content-Length: 5000", "half"},
		"never begun":        {"Content-Length: 2000000", ""},
		"a chunk broken off": {"Transfer-Encoding: chunked", "1000\r\nhalf"},
		"no chunk":           {"Transfer-Encoding: chunked", "nonsense\r\n\r\n"},
	} {
		for _, hangs := range []bool{false, true} {
			w := d.paid()
			all.Go(func() {
				if got, err := d.raw(w, c.head, c.body, hangs); got != http.StatusBadRequest {
					t.Errorf("%s, hangs %t: %d %v", what, hangs, got, err)
				}
			})
		}
	}
	all.Wait()
	if len(d.stored()) != 0 {
		t.Errorf("stored: %v", d.stored())
	}
	if a := d.post(d.paid()); a.status != http.StatusOK {
		t.Errorf("the next one: %+v", a)
	}
}

// raw writes a request by hand and then either closes its side or hangs until
// the server has had enough.
func (d *door) raw(w simshop.Webhook, head, body string, hangs bool) (status int, err error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(d.url, "http://"))
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	text := &bytes.Buffer{}
	fmt.Fprintf(text, "POST /webhooks/shopify HTTP/1.1\r\nHost: grazie.example\r\n%s\r\n", head)
	if err := w.Header.Write(text); err != nil {
		return 0, err
	}
	fmt.Fprintf(text, "\r\n%s", body)
	if _, err := conn.Write(text.Bytes()); err != nil {
		return 0, err
	}
	if !hangs {
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			return 0, err
		}
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}
