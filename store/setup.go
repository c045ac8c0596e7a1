package store

import (
	"encoding/json"
	"time"

	"grazie/crm"
)

// SetupTime is how long a merchant may take over the first steps with one link.
const SetupTime = 4 * time.Hour

// SetupToken is the token in the address of a shop's first steps, good until
// SetupTime from now. Who has it may set the shop up: it is given to whom the
// platform vouched for, or to whoever runs the installation.
func (s *Store) SetupToken(shopID string) string {
	return linkText.EncodeToString(s.keys.seal([]byte(document([]any{shopID, micros(s.now().Add(SetupTime))})), linkPurpose("setup")))
}

// OpenSetup tells which shop a token is for. One that was tampered with or has
// ended is crm.ErrNotFound: it does not tell which.
func (s *Store) OpenSetup(token string) (shopID string, err error) {
	if len(token) > longestToken {
		return "", crm.ErrNotFound
	}
	sealed, err := linkText.DecodeString(token)
	if err != nil {
		return "", crm.ErrNotFound
	}
	plain, err := s.keys.open(sealed, linkPurpose("setup"))
	if err != nil {
		return "", crm.ErrNotFound
	}
	var until int64
	if err := json.Unmarshal(plain, &[]any{&shopID, &until}); err != nil || !s.now().Before(instant(until)) {
		return "", crm.ErrNotFound
	}
	return shopID, nil
}
