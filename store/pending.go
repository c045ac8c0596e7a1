package store

import (
	"context"

	"grazie/crm"
)

// Brakes is a stand-in until feedback.go has it: whoever writes that deletes this file.
func (s *Store) Brakes(context.Context, string) ([]crm.Brake, error) { return nil, nil }
