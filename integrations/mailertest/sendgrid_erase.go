package mailertest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Erased are the addresses whose data the API was told to erase, as they came.
func (s *SendGrid) Erased() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.erased)
}

// eraseJob takes up to 5,000 addresses, or 256 KB, and refuses all of them when
// one cannot be an address.
func (s *SendGrid) eraseJob(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 256<<10))
	var asked struct {
		Addresses []string `json:"email_addresses"`
	}
	if err != nil || json.Unmarshal(body, &asked) != nil || len(asked.Addresses) == 0 || len(asked.Addresses) > 5000 {
		refuse(w, http.StatusBadRequest, "the request was formatted incorrectly", "email_addresses")
		return
	}
	for _, a := range asked.Addresses {
		if at := strings.LastIndexByte(a, '@'); at < 1 || !strings.Contains(a[at:], ".") {
			refuse(w, http.StatusBadRequest, "Email_address "+a+" is not valid", "email_addresses")
			return
		}
	}
	if s.Fault != nil {
		if f := s.Fault("erasejob"); f.Status != 0 {
			w.WriteHeader(f.Status)
			return
		}
	}
	s.mu.Lock()
	s.erased = append(s.erased, asked.Addresses...)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	io.WriteString(w, `{"job_id":"12a975bd-c742-4713-8f47-cb3ae4e56c74"}`)
}
