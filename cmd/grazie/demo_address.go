package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"grazie/integrations/outbox"
)

// shortAddresses puts addresses that fit into a line of a terminal before the
// real ones, which hold a key: /1002 is the thank-you for order #1002, / all mails.
func (s *stage) shortAddresses(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		to := s.addresses[strings.TrimPrefix(r.URL.Path, "/")]
		s.mu.Unlock()
		if r.URL.Path == "/" {
			to = s.outboxPath
		}
		if to == "" {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, to, http.StatusFound)
	})
}

// address gives a mail its short address.
func (s *stage) address(key, messageID string) string {
	short := strings.ReplaceAll(key, " ", "-")
	if _, other := s.occasions[key]; !other {
		short = strings.TrimPrefix(s.orders[key].Name(), "#")
	}
	s.mu.Lock()
	s.addresses[short] = s.outboxPath + "/" + messageID
	s.mu.Unlock()
	return s.base + "/" + short
}

// page tells whether the page at an address shows a mail.
func (s *stage) page(address, messageID string) error {
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	res, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && (res.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(messageID))) {
		err = fmt.Errorf("answered %d without the mail", res.StatusCode)
	}
	return err
}

// mails are all mails in the outbox, the newest first.
func (s *stage) mails() ([]outbox.Mail, error) {
	page, err := s.box.Mails("", 100)
	if err == nil && page.Total != len(page.Mails) {
		err = errors.New("more mails than a day can have")
	}
	return page.Mails, err
}
