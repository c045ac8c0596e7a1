package shopify

import (
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

// asked is what a topic says of a return whose body holds no status.
var asked = map[string]crm.ReturnStatus{
	"returns/request": crm.ReturnRequested,
	"returns/approve": crm.ReturnOpen,
	"returns/decline": crm.ReturnDeclined,
	"returns/cancel":  crm.ReturnCanceled,
	"returns/close":   crm.ReturnClosed,
	"returns/reopen":  crm.ReturnOpen,
}

// readReturn reads the topics of returns. Their bodies are thin and hold no
// time (platforms.md, A.4): the header's is it, and whoever acts on a return
// reads it whole first, see Platform.Return.
func readReturn(r *reader, e integrations.Envelope, body []byte) []crm.Event {
	var b returnBody
	if !r.decode(body, &b) {
		return nil
	}
	if e.Topic == "returns/process" && b.ID == "" && b.GlobalID == "" {
		return nil // may be empty
	}
	at := firstTime(r.time("updated_at", b.UpdatedAt), e.TriggeredAt)
	out := &crm.Return{
		ID:          r.needID("id", b.ID, b.GlobalID),
		Name:        crm.Clean(b.Name),
		OrderID:     r.returned(b),
		Status:      status(e.Topic, b.Status),
		RequestedAt: r.time("created_at", b.CreatedAt),
		UpdatedAt:   at,
	}
	if e.Topic == "returns/request" {
		out.RequestedAt = firstTime(out.RequestedAt, at)
	}
	return []crm.Event{{Kind: crm.ReturnChanged, At: at, Return: out}}
}

// returned is the id of the order whose goods come back.
func (r *reader) returned(b returnBody) string {
	if id := r.id("order_id", b.OrderID, ""); id != "" {
		return id
	}
	r.enter("order", -1)
	defer r.leave()
	return r.id("id", b.Order.ID, b.Order.GlobalID)
}

// status is where the return stands; a word that is not known yet says nothing.
func status(topic, word string) crm.ReturnStatus {
	word = strings.ToLower(word)
	if word == "cancelled" {
		word = string(crm.ReturnCanceled)
	}
	for _, known := range asked {
		if word == string(known) {
			return known
		}
	}
	return asked[topic]
}
