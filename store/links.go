package store

import (
	"encoding/base64"
	"encoding/json"

	"grazie/crm"
)

// Kinds of links to the customer's own pages: each is the first part of the
// page's path, "/u/" and the token.
const (
	LinkUnsubscribe = "u"
	LinkPreferences = "p"
	LinkReview      = "r"
	LinkData        = "d" // what is kept about her
	LinkReturns     = "s" // how her returns stand
	LinkBirthday    = "b"
)

// Link is what a token in a link stands for. Nobody has to log in to use it:
// whoever has the link, has the mail.
type Link struct {
	ShopID     string
	CustomerID string
	MessageID  string // the mail that it stands in; empty: none
}

// LinkToken is the token for one link in a customer's mail. It is sealed, so
// that it tells nothing (mail-and-domain.md, rule D8) and cannot be made up,
// opens for its own kind alone, and never ends (rule L2): a key that leaves the
// configuration is kept for links, see Rotate.
// Every call makes another token; all of them open alike.
func (s *Store) LinkToken(kind, shopID, customerID, messageID string) string {
	return linkText.EncodeToString(s.keys.seal([]byte(document([3]string{shopID, customerID, messageID})), linkPurpose(kind)))
}

// OpenLink reads a token of a kind. One that was tampered with, that is of
// another kind or that another installation made is crm.ErrNotFound: it does
// not tell which. Whether the rows behind it are still there is not looked at.
func (s *Store) OpenLink(kind, token string) (Link, error) {
	if len(token) > longestToken {
		return Link{}, crm.ErrNotFound
	}
	sealed, err := linkText.DecodeString(token)
	if err != nil {
		return Link{}, crm.ErrNotFound
	}
	plain, err := s.keys.open(sealed, linkPurpose(kind))
	if err != nil {
		plain, err = s.old.open(sealed, linkPurpose(kind))
	}
	if err != nil {
		return Link{}, crm.ErrNotFound
	}
	var ids [3]string
	if err := json.Unmarshal(plain, &ids); err != nil {
		return Link{}, crm.ErrNotFound
	}
	return Link{ShopID: ids[0], CustomerID: ids[1], MessageID: ids[2]}, nil
}

// longestToken spares the work on what no mail of ours holds.
const longestToken = 1024

// linkText is strict: no other letters make the same link. Line breaks that a
// mail program put in do no harm.
var linkText = base64.RawURLEncoding.Strict()

func linkPurpose(kind string) string { return "link/" + kind }
