package sendgrid

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/sendgrid/rest"

	"grazie/integrations"
)

var _ integrations.Eraser = (*Mailer)(nil)

// What one request may hold: 5,000 addresses or 256 KB, whichever comes first
// (contracts/sendgrid/tsg_recipients_data_erasure_v3.yaml).
const (
	eraseMost  = 5000
	eraseBytes = 256_000
)

// Erase makes SendGrid delete names, addresses, subjects, categories and IP
// addresses of recipients. It knows no shops: of all mails that this account
// sent them, and not those of its subusers. It does so within its own time.
func (s *Mailer) Erase(ctx context.Context, c integrations.Connection, addresses []string) error {
	for _, some := range eraseChunks(addresses) {
		if err := s.erase(ctx, c, some); err != nil {
			return err
		}
	}
	return nil
}

func (s *Mailer) erase(ctx context.Context, c integrations.Connection, some []string) error {
	req, err := request(c, rest.Post, "/v3/recipients/erasejob")
	if err != nil {
		return err
	}
	if req.Body, err = json.Marshal(map[string][]string{"email_addresses": some}); err != nil {
		return fail(integrations.Rejected, "the addresses cannot be written as JSON", nil)
	}
	resp, err := s.do(ctx, req)
	if err != nil {
		return err
	}
	if resp.StatusCode == http.StatusBadRequest && strings.Contains(resp.Body, "not valid") {
		if len(some) == 1 {
			return nil // it takes no mail to such an address either, so it holds none
		}
		for _, one := range some { // which of them it was, only it knows
			if err := s.erase(ctx, c, []string{one}); err != nil {
				return err
			}
		}
		return nil
	}
	return s.answer(resp)
}

// eraseChunks are the addresses in portions that one request may hold.
func eraseChunks(addresses []string) (chunks [][]string) {
	size := eraseBytes
	for _, a := range addresses {
		if a == "" {
			continue
		}
		n := 6*len(a) + 3 // should every letter be escaped
		if size+n > eraseBytes || len(chunks[len(chunks)-1]) == eraseMost {
			chunks, size = append(chunks, nil), len(`{"email_addresses":[]}`)
		}
		chunks[len(chunks)-1], size = append(chunks[len(chunks)-1], a), size+n
	}
	return chunks
}
