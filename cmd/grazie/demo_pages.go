package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"grazie/integrations/outbox"
	"grazie/store"
)

// open is a customer who opens a link of a mail, or sends the form behind it.
// Without a form it is what programs that look into mails do as well.
func (s *stage) open(link string, form url.Values) {
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(s.ctx, method, link, body)
	if !s.that(err == nil, fmt.Sprintf("there is no link in the mail: %v", err)) {
		return
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := s.client.Do(req)
	if !s.that(err == nil, fmt.Sprintf("the page does not answer: %v", err)) {
		return
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	s.that(err == nil && res.StatusCode == http.StatusOK, fmt.Sprintf("%s %s was answered with %d, %v", method, req.URL.Path[:3], res.StatusCode, err))
}

// links are the addresses of customers' own pages in a mail's text.
var links = regexp.MustCompile(`https?://[^\s<>]+/([upr])/[^\s<>]+`)

// reviewLink is where the mail asks to review; empty: nowhere.
func reviewLink(m outbox.Mail) string {
	for _, found := range links.FindAllStringSubmatch(m.Text, -1) {
		if found[1] == store.LinkReview {
			return found[0]
		}
	}
	return ""
}

// oneClick is the address that mail programs post to; empty: none. They are
// invited to only where it is encrypted (RFC 8058), which it is not here.
func oneClick(m outbox.Mail) string {
	for part := range strings.SplitSeq(m.Headers["List-Unsubscribe"], ",") {
		if part = strings.Trim(strings.TrimSpace(part), "<>"); strings.HasPrefix(part, "http") {
			return part
		}
	}
	return ""
}
