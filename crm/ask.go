package crm

import "time"

// Ask is what staff asks for by hand.
type Ask struct {
	By       string    `json:"by"`                 // who
	Reason   string    `json:"reason"`             // why, for whoever looks later
	At       time.Time `json:"at,omitzero"`        // when
	Note     string    `json:"note,omitempty"`     // a line from us, in the mail
	Again    string    `json:"again,omitempty"`    // why a second one for an occasion that had its gesture; empty: none
	Offer    Offer     `json:"offer,omitempty"`    // of an apology
	Approval string    `json:"approval,omitempty"` // "wanted", or who gave it
	Bulk     string    `json:"bulk,omitempty"`     // id of the bulk job
	Staff    string    `json:"staff,omitempty"`    // id of who asks; empty: a token or the command line
	Limit    string    `json:"limit,omitempty"`    // what one gift of hers may be worth without somebody's yes, in the shop's currency; empty: no limit of her own
}

// ApprovalWanted is Ask.Approval of a gesture above the limit, until somebody says yes.
const ApprovalWanted = "wanted"

// Offer is what an apology brings along.
type Offer string

const (
	OfferNone         Offer = "none" // listen first: an acknowledgement
	OfferCode         Offer = "code"
	OfferFreeShipping Offer = "free_shipping"
)
