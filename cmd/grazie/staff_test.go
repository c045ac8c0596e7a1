package main

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"testing"

	"grazie/config"
	"grazie/crm"
	"grazie/store"
)

// The first start prints a link for the owner; once there is somebody, none.
func TestFirstOfTheStaff(t *testing.T) {
	cfg, err := config.Load(map[string]string{"GRAZIE_DATA_DIR": t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := build(t.Context(), cfg, slog.New(slog.DiscardHandler), hooks{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	var said bytes.Buffer
	if err := p.inviteFirst(t.Context(), &said); err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`becomes the owner: http://127\.0\.0\.1:8080(/console/welcome/[a-z0-9]{52})\n`).FindStringSubmatch(said.String())
	if link == nil {
		t.Fatal(said.String())
	}
	page := httptest.NewRecorder()
	p.handler.ServeHTTP(page, httptest.NewRequest("GET", link[1], nil))
	if page.Code != 200 || !bytes.Contains(page.Body.Bytes(), []byte("You are the first")) {
		t.Errorf("%d %s", page.Code, page.Body)
	}
	if _, err := p.store.AddStaff(t.Context(), crm.Staff{Email: "anna@shop.example"}, store.Member{Role: store.Owner}); err != nil {
		t.Fatal(err)
	}
	said.Reset()
	if err := p.inviteFirst(t.Context(), &said); err != nil || said.Len() != 0 {
		t.Errorf("%q %v", said.String(), err)
	}
	page = httptest.NewRecorder()
	p.handler.ServeHTTP(page, httptest.NewRequest("GET", link[1], nil))
	if page.Code != 404 {
		t.Errorf("with somebody there the link is still good: %d", page.Code)
	}
}
