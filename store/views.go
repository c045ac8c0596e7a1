package store

import (
	"encoding/json"
	"time"

	"grazie/crm"
)

// ViewTime is how long the address of a framed mail is good.
const ViewTime = time.Hour

// longestView spares the work on what is no token of ours. The longest hold a
// gesture by hand with all that staff typed.
const longestView = 16 << 10

// ViewToken is the token in the address of a mail's own HTML, which the console
// shows in a frame of its own: what is in that frame is nobody, and has no cookie.
// what names it, such as "message/msg_...".
func (s *Store) ViewToken(shopID, what string) string {
	return linkText.EncodeToString(s.keys.seal([]byte(document([]any{shopID, what, micros(s.now().Add(ViewTime))})), linkPurpose("view")))
}

// OpenView tells what a token shows. One that was tampered with or has ended is
// crm.ErrNotFound: it does not tell which.
func (s *Store) OpenView(token string) (shopID, what string, err error) {
	if len(token) > longestView {
		return "", "", crm.ErrNotFound
	}
	sealed, err := linkText.DecodeString(token)
	if err != nil {
		return "", "", crm.ErrNotFound
	}
	plain, err := s.keys.open(sealed, linkPurpose("view"))
	if err != nil {
		return "", "", crm.ErrNotFound
	}
	var until int64
	if err := json.Unmarshal(plain, &[]any{&shopID, &what, &until}); err != nil || !s.now().Before(instant(until)) {
		return "", "", crm.ErrNotFound
	}
	return shopID, what, nil
}
