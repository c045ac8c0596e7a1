package pages

import "io"

// InstallTrouble is why an installation does not go on.
type InstallTrouble string

const (
	InstallNone    InstallTrouble = "none"    // there is no app for this platform here
	InstallShop    InstallTrouble = "shop"    // the address names no shop
	InstallForged  InstallTrouble = "forged"  // the platform did not make it, or too long ago
	InstallLost    InstallTrouble = "lost"    // not begun in this browser, finished already, or too long ago
	InstallRefused InstallTrouble = "refused" // the shop gave no credentials
	InstallDown    InstallTrouble = "down"    // the shop does not answer
	InstallBusy    InstallTrouble = "busy"    // another installation of the same shop is going on
	InstallAway    InstallTrouble = "away"    // the database does not answer
	InstallKeys    InstallTrouble = "keys"    // the shop posted no keys
	InstallGone    InstallTrouble = "gone"    // the app was opened in a shop that is not connected
)

// Install is the app's own page in a shop's admin, and what stands in the way
// of an installation.
type Install struct {
	Trouble InstallTrouble // empty: none
	Detail  string         // what in the address is wrong, for the merchant; may be empty
	Again   string         // address at which she begins anew; may be empty

	Name    string // the shop
	Paused  bool
	New     bool     // the first steps are not finished
	Stopped bool     // something is missing without which nothing goes out
	Lacks   []string // sentences
	Allow   string   // address at which the merchant allows what she did not yet; may be empty
	SetUp   string   // address of the first steps
	Console string   // address of the pages for staff; may be empty

	Waits    bool   // the platform's script is about to open the page again
	Script   string // address of the platform's own script; empty: none
	ClientID string // for that script
}

// WriteInstall renders the page.
func WriteInstall(w io.Writer, i Install) error { return parsed.ExecuteTemplate(w, "install.html", i) }
