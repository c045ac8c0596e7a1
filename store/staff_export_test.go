package store

import "testing"

// Nobodys is the hash that is compared where there is none.
const Nobodys = nobodys

// FillPasswordTurns takes all places for passwords that are being hashed.
func FillPasswordTurns(t *testing.T, s *Store) (leave func()) {
	t.Helper()
	var done []func()
	for range mostHashing {
		leave, err := s.passwordTurn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		done = append(done, leave)
	}
	return func() {
		for _, leave := range done {
			leave()
		}
	}
}
