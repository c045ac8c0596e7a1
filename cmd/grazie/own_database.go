package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// ownDatabase makes a database beside the configured one, for work that may
// not touch that, and tells how to drop it in the end.
func ownDatabase(ctx context.Context, server, work string) (address string, drop func(), err error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", nil, err
	}
	admin, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", nil, err
	}
	name := "grazie_" + work + "_" + strings.ToLower(rand.Text()[:10])
	drop = func() {
		last, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if _, err := admin.Exec(last, "drop database if exists "+name+" with (force)"); err != nil {
			fmt.Fprintln(os.Stderr, "The database", name, "could not be dropped:", err)
		}
		admin.Close(last)
	}
	if _, err := admin.Exec(ctx, "create database "+name); err != nil {
		admin.Close(ctx)
		return "", nil, err
	}
	u.Path = "/" + name
	return u.String(), drop, nil
}
