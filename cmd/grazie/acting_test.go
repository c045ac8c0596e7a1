package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"grazie/internal/needs"
)

// looksAtCustomers are commands that change nothing and are written down all the
// same.
var looksAtCustomers = map[string]bool{"customer show": true, "customer why": true, "customer export": true}

// nothingLeft are commands that find it done already, or nothing to do, within their
// transaction: that somebody asked stands in the log.
var nothingLeft = map[string]bool{"suppression add": true, "suppression lift": true, "return back": true}

// Every command that changes something of a shop writes a line into its audit log,
// and no other does, but for looks at a customer.
func TestCommandsWriteAudit(t *testing.T) {
	k, err := kong.New(&cli{}, everyFlagFromEnv())
	if err != nil {
		t.Fatal(err)
	}
	takesBy := map[string]bool{}
	for _, c := range k.Model.Leaves(false) {
		name := strings.TrimPrefix(c.Path(), k.Model.Name+" ")
		name, _, _ = strings.Cut(name, " <")
		name, _, _ = strings.Cut(name, " [")
		for _, f := range c.Flags {
			takesBy[name] = takesBy[name] || f.Name == "by"
		}
	}
	dir := t.TempDir()
	environ := []string{"GRAZIE_DATA_DIR=" + dir, "USER=kim", "GRAZIE_LOG_LEVEL=error"}
	shopID, ids := secondsThings(t, dir)
	path := filepath.Join(dir, "grazie.db")
	log := func() []string {
		return needs.Rows(t, path, `select action, actor, target from audit where shop_id = $1 order by seq`, shopID)
	}
	rows := func() string {
		all, _, _ := strings.Cut(needs.ShopRows(t, path, shopID), "\naudit: ")
		_, rest, _ := strings.Cut(needs.ShopRows(t, path, shopID), "\nbrakes: ")
		return all + rest
	}
	changed := 0
	for name, a := range abroads {
		if a.none != "" {
			continue
		}
		args := append(strings.Fields(name), "--shop="+secondShop)
		for _, arg := range a.args {
			args = append(args, ids.Replace(arg))
		}
		if takesBy[name] {
			args = append(args, "--by=lee")
		}
		before, lines := rows(), log()
		var out, told bytes.Buffer
		code := run(t.Context(), args, environ, &out, &told)
		after := log()
		switch written := len(after) - len(lines); {
		case rows() != before && written != 1:
			t.Errorf("%s changed something and wrote %d lines", name, written)
		case rows() == before && written != 0 && !nothingLeft[name] && (!looksAtCustomers[name] || written != 1):
			t.Errorf("%s changed nothing (status %d) and wrote %v: %s", name, code, after[len(lines):], told.String())
		case looksAtCustomers[name] && written != 1:
			t.Errorf("%s was not written down: %s", name, told.String())
		case written == 1:
			changed++
			who := "command line (kim)"
			if takesBy[name] {
				who = "command line (lee)"
			}
			if got := after[len(after)-1]; !strings.HasPrefix(got, "grazie "+name+"|"+who+"|") || strings.Contains(got, "@") {
				t.Errorf("%s wrote %q", name, got)
			}
		}
	}
	if changed < 15 {
		t.Errorf("only %d commands wrote a line: this test sees too little", changed)
	}
}
