package integrations_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"grazie/integrations"
)

// TestStreaming: an answer may be longer and last longer than others may, but
// not be silent, at its beginning or in the middle; and it comes from no other
// address than they do.
func TestStreaming(t *testing.T) {
	ended := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/long", func(w http.ResponseWriter, r *http.Request) {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for range 10 {
			w.Write(bytes.Repeat([]byte("x"), 1000))
			w.(http.Flusher).Flush()
			<-tick.C
		}
	})
	mux.HandleFunc("/silent", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("a word"))
		w.(http.Flusher).Flush()
		<-ended
	})
	mux.HandleFunc("/mute", func(http.ResponseWriter, *http.Request) { <-ended })
	server := httptest.NewServer(mux)
	defer server.Close()
	defer close(ended)

	ordinary := client(t, integrations.HTTPOptions{Timeout: 30 * time.Millisecond, MaxResponse: 10})
	resp, err := integrations.Streaming(ordinary, time.Minute).Get(server.URL + "/long")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if len(body) != 10_000 || err != nil {
		t.Errorf("%d bytes, %v", len(body), err)
	}

	patient := client(t, integrations.HTTPOptions{})
	if resp, err = integrations.Streaming(patient, 30*time.Millisecond).Get(server.URL + "/silent"); err != nil {
		t.Fatal(err)
	}
	body, err = io.ReadAll(resp.Body)
	resp.Body.Close()
	if string(body) != "a word" || !errors.Is(err, integrations.ErrSilent) {
		t.Errorf("%q, %v", body, err)
	}
	if _, err = integrations.Streaming(patient, 30*time.Millisecond).Get(server.URL + "/mute"); !errors.Is(err, integrations.ErrSilent) {
		t.Error(err)
	}
	if _, err = integrations.Streaming(integrations.NewHTTPClient(integrations.HTTPOptions{}), time.Minute).Get(server.URL + "/long"); !errors.Is(err, integrations.ErrPrivateHost) {
		t.Error(err)
	}
}
