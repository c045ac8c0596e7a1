package crm

import "time"

// Staff is somebody who logs in: a merchant, or who answers for her. What she may
// do in which shop is a membership of the store's.
type Staff struct {
	ID        string // stf_...
	Email     string // to sign in with; empty: known by an identity alone, such as of a platform's admin
	Name      string
	Locale    string // of the console, "en" or "it"; empty: as the browser says
	Password  string // argon2id in its usual form; empty: none
	TOTP      bool   // a second factor by RFC 6238 is set up
	Passkeys  int
	RemovedAt time.Time
	CreatedAt time.Time
}
