package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"grazie/crm"
	"grazie/store"
)

// What was erased does not stay in the file's unused pages, where a copy of it
// would carry it on.
func TestErasedIsNotInTheFile(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "grazie.db"), newClock()
	s := open(t, store.Options{Path: path, Secrets: []string{secret}, Now: c.Now})
	shop := connect(t, s, "demo.myshopify.com")
	anna := newSoul("annamark", "01")
	anna.live(t, s, c, shop.ID)
	c.pass(1)
	holds := func() (found bool) {
		openRaw(t, "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)", store.Options{}).list(`pragma wal_checkpoint(truncate)`)
		for _, name := range []string{path, path + "-wal"} {
			text, err := os.ReadFile(name)
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			found = found || bytes.Contains(text, []byte(anna.mark))
		}
		return found
	}
	if !holds() {
		t.Fatal("she never was in the file: this test would see nothing")
	}
	erase(t, s, ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseCustomer, CustomerID: anna.id}))
	if holds() {
		t.Error("the file still holds her")
	}
}
