package store

import (
	"encoding/json"
	"time"

	"grazie/crm"
)

// DeviceTime is how long a browser is known in which somebody signed in.
const DeviceTime = 180 * 24 * time.Hour

// DeviceToken is what a browser keeps in which somebody signed in. It lets nobody
// in. It only has her tries counted apart from those of strangers: whoever tries
// her account from elsewhere cannot keep her out (OWASP, device cookies).
func (s *Store) DeviceToken(staffID string) string {
	return linkText.EncodeToString(s.keys.seal([]byte(document([]any{staffID, NewID("dev_"), micros(s.now().Add(DeviceTime))})), linkPurpose("device")))
}

// OpenDevice tells whose browser it is, and which. Another token is
// crm.ErrNotFound.
func (s *Store) OpenDevice(token string) (staffID, device string, err error) {
	if len(token) > longestToken {
		return "", "", crm.ErrNotFound
	}
	sealed, err := linkText.DecodeString(token)
	if err != nil {
		return "", "", crm.ErrNotFound
	}
	plain, err := s.keys.open(sealed, linkPurpose("device"))
	if err != nil {
		return "", "", crm.ErrNotFound
	}
	var until int64
	if err := json.Unmarshal(plain, &[]any{&staffID, &device, &until}); err != nil || !s.now().Before(instant(until)) {
		return "", "", crm.ErrNotFound
	}
	return staffID, device, nil
}
