package store_test

import (
	"encoding/base64"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/store"
)

func openWith(t *testing.T, path string, secrets ...string) *store.Store {
	t.Helper()
	return open(t, store.Options{Path: path, Secrets: secrets})
}

func TestLinksOpenForTheirKindAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grazie.db")
	s := openWith(t, path, secret)
	want := store.Link{ShopID: "shp_1", CustomerID: "guest_anna", MessageID: "msg_1"}
	token := s.LinkToken(store.LinkReview, want.ShopID, want.CustomerID, want.MessageID)
	if got, err := s.OpenLink(store.LinkReview, token); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, kind := range []string{store.LinkUnsubscribe, store.LinkPreferences, "", "rr"} {
		if got, err := s.OpenLink(kind, token); !errors.Is(err, crm.ErrNotFound) || got != (store.Link{}) {
			t.Errorf("as %q: %+v, %v", kind, got, err)
		}
	}
	// A new key in front: links of before still open, and new ones too. L2.
	rotated := openWith(t, path, "another secret key for the tests", secret)
	if got, err := rotated.OpenLink(store.LinkReview, token); err != nil || got != want {
		t.Errorf("after the key was changed: %+v, %v", got, err)
	}
	fresh := rotated.LinkToken(store.LinkReview, want.ShopID, want.CustomerID, want.MessageID)
	if got, err := rotated.OpenLink(store.LinkReview, fresh); err != nil || got != want {
		t.Errorf("made with the new key: %+v, %v", got, err)
	}
	other := openWith(t, filepath.Join(t.TempDir(), "other.db"), "the key of another installation")
	if _, err := other.OpenLink(store.LinkReview, token); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("at another installation: %v", err)
	}
}

// A token fits into a path as it is, tells nothing, and one that was changed
// anywhere is no token.
func TestLinksTellNothingAndCannotBeChanged(t *testing.T) {
	s := openWith(t, filepath.Join(t.TempDir(), "grazie.db"), secret)
	token := s.LinkToken(store.LinkUnsubscribe, "shp_1", "7001", "msg_1")
	if !regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString(token) {
		t.Errorf("%q does not fit into a path", token)
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"shp_", "7001", "msg_"} {
		if strings.Contains(string(sealed), word) || strings.Contains(token, word) {
			t.Errorf("%q can be read in it", word)
		}
	}
	if again := s.LinkToken(store.LinkUnsubscribe, "shp_1", "7001", "msg_1"); again == token {
		t.Error("two tokens are the same text: they can be compared")
	}
	bad := []string{"", ".", "=", token + "A", token[1:], token + "=", token + ".", " " + token, strings.ToUpper(token), strings.Repeat("A", 5000), "ñ"}
	for i := range token {
		flipped := []byte(token)
		flipped[i] = map[bool]byte{true: 'B', false: 'A'}[flipped[i] == 'A']
		bad = append(bad, string(flipped), token[:i])
	}
	for _, b := range bad {
		if got, err := s.OpenLink(store.LinkUnsubscribe, b); !errors.Is(err, crm.ErrNotFound) || got != (store.Link{}) {
			t.Errorf("%q opened as %+v, %v", b, got, err)
		}
	}
}
