package store_test

import (
	"testing"

	"grazie/crm"
	"grazie/store"
)

// Whatever page of hers a mail leads to, nobody else who reads it gets there.
func TestNoLinkOfHersStaysInAnInertMail(t *testing.T) {
	s, _ := fresh(t)
	for _, kind := range []string{store.LinkUnsubscribe, store.LinkPreferences, store.LinkReview, store.LinkData, store.LinkReturns, store.LinkBirthday} {
		mail := `<a href="https://grazie.example/` + kind + "/" + s.LinkToken(kind, "shp_1", "7", "msg_1") + `">`
		if got := crm.Inert(mail); got != `<a href="#">` {
			t.Errorf("%s: %s", kind, got)
		}
	}
}
