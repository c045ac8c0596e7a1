package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

var _ integrations.Eraser = (*Mailer)(nil)

// Erase deletes the mails to some addresses; with a shop in the connection,
// only that shop's. A file that cannot be read goes when it holds an address.
func (o *Mailer) Erase(ctx context.Context, c integrations.Connection, addresses []string) error {
	keys := map[string]bool{}
	for _, a := range addresses {
		if key := crm.EmailKey(a); key != "" {
			keys[key] = true
		}
	}
	names, err := o.names()
	if err != nil || len(keys) == 0 {
		return o.away(err)
	}
	for _, name := range names {
		if ctx.Err() != nil {
			return o.fail(integrations.Temporary, "", ctx.Err())
		}
		draft := strings.HasPrefix(name, draftPrefix)
		if id, ok := strings.CutSuffix(name, suffix); !draft && (!ok || !valid(id)) {
			continue // not ours
		}
		path := filepath.Join(o.dir, name)
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && isTo(text, c.ShopID, keys) {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return o.away(err)
		}
	}
	return nil
}

// testMail begins the ids of test mails: each shows the merchant some customer's
// order, and nobody knows any more whose.
const testMail = "tst_"

// isTo tells whether a file holds a mail to one of some addresses.
func isTo(text []byte, shopID string, keys map[string]bool) bool {
	var m Mail
	if json.Unmarshal(text, &m) == nil {
		here := shopID == "" || m.ShopID == "" || m.ShopID == shopID
		return here && (keys[crm.EmailKey(m.To.Email)] || strings.HasPrefix(m.ID, testMail))
	}
	damaged := strings.ToLower(string(text))
	for key := range keys {
		if strings.Contains(damaged, key) {
			return true
		}
	}
	return false
}

func (o *Mailer) away(err error) error {
	if err == nil {
		return nil
	}
	return o.fail(integrations.Temporary, "the folder cannot be read or changed", nil) // the path would tell nothing more
}
