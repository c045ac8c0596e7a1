package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/alexedwards/argon2id"

	"grazie/store"
)

func TestPasswordRefused(t *testing.T) {
	about := []string{"Kim Donati", "kim.donati@bottega.example", "La Bottega"}
	for password, want := range map[string]string{
		"":                             "short",
		"elevenchars":                  "short",
		"àèìòùàèìòùà":                  "short", // 11 letters, 22 bytes
		strings.Repeat("xy z", 33):     "long",
		"Password1234":                 "common",
		"P@ssw0rd!!!!":                 "common",
		"passwordpassword":             "common",
		"123456789012":                 "common",
		"098765432109":                 "common",
		"111111222222":                 "common",
		"aaaaaaaaaaaa":                 "common",
		"abcdefghijkl":                 "common",
		"qwertyuiop12":                 "common",
		"poiuytrewq!!":                 "common",
		"iloveyou2024!":                "common",
		"correct horse battery staple": "common",
		"KimDonati2026":                "common",
		"donatidonati!":                "common",
		"bottega-grazie":               "common",
		"482915073648":                 "", // digits alone, but nobody's
		"lantern mustard quay":         "",
		"tègole blù 7 ✓":               "",
		"XkrqW-44-pldnv":               "",
		strings.Repeat("quay oil", 16): "", // 128 letters
	} {
		if got := store.PasswordRefused(password, about...); got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
	if err := store.NewPassword("Password1234"); err == nil || strings.Contains(err.Error(), "Password1234") {
		t.Errorf("%v", err)
	}
}

// A hash is argon2id of at least what OWASP asks for; a right password is known
// however its letters are composed, and where there is no hash none is right.
func TestPasswordHashes(t *testing.T) {
	s, _ := fresh(t)
	hash, err := s.HashPassword(t.Context(), "caff\u00e8 lantern quay")
	if err != nil {
		t.Fatal(err)
	}
	p, _, _, err := argon2id.DecodeHash(hash)
	if err != nil || p.Memory < 19*1024 || p.Iterations < 2 || !strings.HasPrefix(hash, "$argon2id$") {
		t.Errorf("%+v %v", p, err)
	}
	for _, c := range []struct {
		password, hash string
		want           bool
	}{{"caff\u00e8 lantern quay", hash, true}, {"caffe\u0300 lantern quay", hash, true}, {"caffe lantern quay", hash, false}, {"", hash, false}, {"", "", false}, {"x", "", false}, {strings.Repeat("x", 1<<20), hash, false}} {
		if got, err := s.CheckPassword(t.Context(), c.password, c.hash); got != c.want || err != nil {
			t.Errorf("%.30q: %v %v", c.password, got, err)
		}
	}
	// Where there is none, the same work is done.
	none, _, _, err := argon2id.DecodeHash(store.Nobodys)
	if err != nil || *none != *p {
		t.Errorf("%+v, %v: another cost tells who has a password", none, err)
	}
}

// Few are hashed at once; who gave up waits no longer.
func TestPasswordsTakeTurns(t *testing.T) {
	s, _ := fresh(t)
	leave := store.FillPasswordTurns(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	waiting.Go(func() {
		if _, err := s.CheckPassword(ctx, "x", ""); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
	cancel()
	waiting.Wait()
	leave()
	if _, err := s.CheckPassword(t.Context(), "x", ""); err != nil {
		t.Error(err)
	}
}
