package main

import (
	"context"
	"crypto/rand"
	"strings"

	"grazie/crm"
	"grazie/store"
)

// demoOwner is who may look at the demo's shops in the console.
const demoOwner = "anna@grazie.example"

// openConsole lets somebody into the console, with a password of this run alone.
func openConsole(ctx context.Context, s *store.Store) (password string, err error) {
	password = strings.ToLower(rand.Text()[:16])
	hash, err := s.HashPassword(ctx, password)
	if err == nil {
		_, err = s.AddStaff(ctx, crm.Staff{Email: demoOwner, Name: "Anna", Password: hash}, store.Member{Role: store.Owner})
	}
	return password, err
}
