package integrations

import (
	"context"
	"net/http"
	"strings"

	"grazie/crm"
)

// What a platform can do beside telling of its events is a set of small
// interfaces: a platform that lacks one cannot, and staff is told so.
//
// All of them are safe to repeat: a worker that was lost in the middle leaves
// an effect that another does again. So each looks first at what is there.

// Checker tells in a plain error whether the connection lets Grazie act in the
// shop: reachable, credentials accepted, permissions granted. It changes nothing.
type Checker interface {
	Check(ctx context.Context, c Connection) error
}

// DiscountCreator makes discount codes and takes them back.
type DiscountCreator interface {
	// CreateDiscountCode makes the code exist with its terms. A code that is
	// there already and is ours is a success; another's is Rejected. Unknown is
	// never returned: a repeated call finds out.
	CreateDiscountCode(ctx context.Context, c Connection, d crm.DiscountCode) (crm.Receipt, error)

	// EndDiscountCode makes the code work no more. One that is not there is a success.
	EndDiscountCode(ctx context.Context, c Connection, d crm.DiscountCode) error
}

// ReturnReader reads a return whole: webhooks tell little of it.
type ReturnReader interface {
	Return(ctx context.Context, c Connection, id string) (crm.Return, error)
}

// ReturnUpgrader makes a return free.
type ReturnUpgrader interface {
	ReturnReader

	// ApproveReturn approves a request. One that is open already is a success;
	// one that was declined, canceled or closed is Rejected.
	ApproveReturn(ctx context.Context, c Connection, r crm.Return) (crm.Receipt, error)

	// WaiveReturnFee takes the fee off an open return; none is a success.
	WaiveReturnFee(ctx context.Context, c Connection, r crm.Return) (crm.Receipt, error)

	// AttachLabel puts a label on an open return, for all its lines, without a
	// mail from the platform. The same label twice is put there once.
	AttachLabel(ctx context.Context, c Connection, r crm.Return, l crm.Label) (crm.Receipt, error)

	// Addresses are where the goods of an order went, and where they came from.
	Addresses(ctx context.Context, c Connection, orderID string) (customer, shop crm.PostalAddress, err error)
}

// Replacer sends goods again before the first ones are back.
type Replacer interface {
	// PlaceReplacement places an order without charge for the return's lines.
	// key is ours and names it at the platform: what it names already is a success.
	PlaceReplacement(ctx context.Context, c Connection, r crm.Return, key string) (crm.Replacement, error)
}

// Within are the settings of a service that a shop uses beside its platform:
// they stand in the shop's connection, each key after the service's name and a
// dot, "easypost.api_key".
func Within(settings crm.Values, service string) crm.Values {
	own := crm.Values{}
	for key, v := range settings {
		if rest, ok := strings.CutPrefix(key, service+"."); ok {
			own[rest] = v
		}
	}
	return own
}

// LabelMaker sells return labels.
type LabelMaker interface {
	Name() string
	Settings() []crm.Setting

	// PrepareLabel makes a shipment from the customer to the shop and chooses a
	// rate; it costs nothing. The result goes to BuyLabel once it is stored.
	PrepareLabel(ctx context.Context, c Connection, l crm.Label, customer, shop crm.PostalAddress) (crm.Label, error)

	// BuyLabel buys the label of a prepared shipment. It looks first whether
	// that was bought before, so that a lost answer is not paid twice.
	BuyLabel(ctx context.Context, c Connection, l crm.Label) (crm.Label, error)
}

// FeedbackParser reads what a mail provider tells of mails it took.
type FeedbackParser interface {
	// VerifyFeedback tells whether one of the connection's keys signed the raw body.
	VerifyFeedback(c Connection, header http.Header, body []byte) bool
	ParseFeedback(body []byte) ([]crm.Feedback, error)
}
