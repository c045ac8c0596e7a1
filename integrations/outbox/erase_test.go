package outbox_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"grazie/integrations"
	"grazie/integrations/mailertest"
	"grazie/integrations/outbox"
)

// The mails to an address go, of one shop, and its test mails, which show some
// customer's order; all others stay.
func TestErase(t *testing.T) {
	dir := t.TempDir()
	o := outbox.New(dir, fixed)
	for id, to := range map[string][2]string{"msg_1": {"anna@mail.example", "shp_1"}, "msg_2": {"Anna@Mail.example", "shp_1"}, "msg_3": {"anna@mail.example", "shp_2"}, "msg_4": {"bea@mail.example", "shp_1"},
		"tst_1": {"owner@shop.example", "shp_1"}, "tst_2": {"owner@shop.example", "shp_2"}} {
		m := mailertest.Letter(id)
		m.To.Email, m.ShopID = to[0], to[1]
		if _, err := o.Send(t.Context(), integrations.Connection{}, m); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"msg_5.json": `{"to":{"email":"anna@mail.example"`, "msg_6.json": `{`, ".draft-1": `{"to":{"email":"ANNA@mail.example"}`, "notes.txt": "anna@mail.example"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	left := func() (names []string) {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			names = append(names, f.Name())
		}
		return names
	}
	for range 2 {
		if err := o.Erase(t.Context(), integrations.Connection{ShopID: "shp_1"}, []string{"anna@mail.example", ""}); err != nil {
			t.Fatal(err)
		}
		if got := left(); !slices.Equal(got, []string{"msg_3.json", "msg_4.json", "msg_6.json", "notes.txt", "tst_2.json"}) {
			t.Errorf("left are %v", got)
		}
	}
	if err := outbox.New(filepath.Join(dir, "none"), fixed).Erase(t.Context(), integrations.Connection{}, []string{"anna@mail.example"}); err != nil {
		t.Errorf("without a folder: %v", err)
	}
	file := filepath.Join(dir, "notes.txt")
	if err := outbox.New(file, fixed).Erase(t.Context(), integrations.Connection{}, []string{"anna@mail.example"}); integrations.KindOf(err) != integrations.Temporary {
		t.Errorf("a file where the folder should be: %v", err)
	}
}
