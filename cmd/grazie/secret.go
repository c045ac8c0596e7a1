package main

import (
	"context"
	"fmt"
	"time"

	"grazie/store"
)

type secretCmd struct {
	Rotate secretRotateCmd `cmd:"" help:"Seal everything anew with the first key of GRAZIE_SECRET_KEY, while servers run."`
}

type secretRotateCmd struct{ listing }

func (c *secretRotateCmd) Help() string {
	return `To change the key:

  1. Set GRAZIE_SECRET_KEY to the new key, a comma and the old one, for every server and
     for this command, and restart the servers one after the other.
  2. grazie secret rotate
  3. Take the old key out of GRAZIE_SECRET_KEY.

It may be stopped and run again at any time; what is sealed anew already is left alone.
The old key is kept, sealed with the new one, so that links in old mails still open: for
nothing else.`
}

func (c *secretRotateCmd) Run(ctx context.Context, g *globals) error {
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	var all store.Rotated
	err = s.Rotate(ctx, func(did store.Rotated) error {
		all.Add(did)
		return ctx.Err()
	})
	if err != nil {
		return fmt.Errorf("%d values were sealed anew, then: %w; run it again", all.Sum(), err)
	}
	if c.JSON {
		return writeJSON(g.out, all)
	}
	if all.Sum() == 0 {
		_, err = fmt.Fprintln(g.out, "Everything is sealed with the first key already.")
		return err
	}
	_, err = fmt.Fprintf(g.out, "Sealed anew: %s, %s of addresses, %s, %s for old links.\nThe first key alone is enough from now on.\n",
		plural(all.Connections, "connection", "connections"), plural(all.HashKeys, "key", "keys"), plural(all.Requests, "request", "requests"), plural(all.Retired, "key", "keys"))
	return err
}
