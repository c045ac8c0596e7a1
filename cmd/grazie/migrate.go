package main

import (
	"context"
	"fmt"
	"time"
)

type migrateCmd struct{}

func (c *migrateCmd) Help() string {
	return `Every command that opens the database does the same first, and processes that start
together take turns. Run it by itself to have the new schema in place before the
processes of a new version start. There is no way back but the backup.`
}

func (c *migrateCmd) Run(ctx context.Context, g *globals) error {
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	is, err := s.Condition(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.out, "The database is up to date: %s, schema %d.\n", g.cfg.Database, is.Schema)
	return err
}
