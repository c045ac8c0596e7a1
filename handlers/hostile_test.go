package handlers_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
)

// Fault test 16: a fifth of the traffic is hostile. None of it is taken in, and
// all that is good is, once.
func TestHostileTraffic(t *testing.T) {
	d := newDoor(t)
	const requests, senders = 1000, 16
	hostile := []struct {
		want int
		make func(w simshop.Webhook) (http.Header, io.Reader)
	}{
		{401, func(w simshop.Webhook) (http.Header, io.Reader) { // forged
			w.Header.Set("X-Shopify-Hmac-Sha256", shopify.Sign("guessed", w.Body))
			return w.Header, bytes.NewReader(w.Body)
		}},
		{401, func(w simshop.Webhook) (http.Header, io.Reader) { // tampered
			return w.Header, bytes.NewReader(bytes.Replace(w.Body, []byte("giulia"), []byte("mallet"), 1))
		}},
		{401, func(w simshop.Webhook) (http.Header, io.Reader) {
			return w.Header, bytes.NewReader(w.Body[:len(w.Body)/2])
		}},
		{401, func(w simshop.Webhook) (http.Header, io.Reader) {
			w.Header.Set("Content-Encoding", "gzip")
			return w.Header, bytes.NewReader(packed(t, w.Body))
		}},
		{401, func(w simshop.Webhook) (http.Header, io.Reader) {
			w.Header.Set("X-Shopify-Shop-Domain", "nobody.myshopify.com")
			return w.Header, bytes.NewReader(w.Body)
		}},
		{413, func(w simshop.Webhook) (http.Header, io.Reader) {
			return w.Header, bytes.NewReader(append(w.Body, make([]byte, most)...))
		}},
		{413, func(w simshop.Webhook) (http.Header, io.Reader) {
			return w.Header, inChunks(append(w.Body, make([]byte, most)...))
		}},
		{400, func(w simshop.Webhook) (http.Header, io.Reader) {
			w.Header.Del("X-Shopify-Topic")
			return w.Header, bytes.NewReader(w.Body)
		}},
		{400, func(w simshop.Webhook) (http.Header, io.Reader) { return w.Header, strings.NewReader("") }},
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for range senders {
		all.Go(func() {
			for i := int(next.Add(1)); i <= requests; i = int(next.Add(1)) {
				w, want := d.shop.Bulk(i), http.StatusOK
				header, body := w.Header, inChunks(w.Body) // good ones may come in chunks as well
				if i%5 == 0 {
					h := hostile[i/5%len(hostile)]
					want = h.want
					header, body = h.make(w)
				}
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+"/webhooks/shopify", body)
				if err != nil {
					t.Error(err)
					return
				}
				req.Header = header
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Errorf("%d: %v", i, err)
					continue
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if resp.StatusCode != want {
					t.Errorf("%d: %d, want %d", i, resp.StatusCode, want)
				}
			}
		})
	}
	all.Wait()
	stored := map[string]bool{}
	for _, w := range d.stored() {
		stored[w.DeliveryID] = true
		if w.Duplicates != 0 {
			t.Errorf("%s came %d times", w.DeliveryID, w.Duplicates+1)
		}
	}
	for i := 1; i <= requests; i++ {
		if good := i%5 != 0; stored[d.shop.Bulk(i).Header.Get("X-Shopify-Webhook-Id")] != good {
			t.Errorf("%d is stored: %t, want %t", i, !good, good)
		}
	}
	if n := len(d.rings()); n != requests*4/5 {
		t.Errorf("%d rung", n)
	}
}
