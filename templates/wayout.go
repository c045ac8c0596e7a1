package templates

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"grazie/crm"
)

// longLetter is how many characters a letter may have before the way out stands
// near its top as well: more than a phone shows in three screens.
const longLetter = 1800

var (
	errNoWayOut  = errors.New("templates: marketing needs its unsubscribe link")
	errNoImprint = errors.New("templates: marketing needs the shop's legal name and postal address")
)

// wayOut puts into a letter what marketing must show: how to end it, and who
// wrote (mail-and-domain.md, 1.2 and 1.3). Without these there is no mail.
func (l *letter) wayOut(f crm.Facts, k *kit) error {
	switch f.Message.Purpose {
	case crm.Transactional:
		if k.marketing {
			return fmt.Errorf("templates: a mail of %s is marketing", f.Message.Journey)
		}
		return nil
	case crm.Marketing:
	default:
		return fmt.Errorf("templates: there is no purpose %q", f.Message.Purpose)
	}
	if l.postalAddress == "" || clean(f.Shop.LegalName) == "" {
		return errNoImprint
	}
	l.unsubscribeURL, l.preferencesURL = link(f.Links.Unsubscribe), link(f.Links.Preferences)
	if l.unsubscribeURL == "" {
		return errNoWayOut
	}
	return nil
}

// maxLink keeps a link within a header's line.
const maxLink = 800

// link is an address that may stand in a mail and in its headers, or empty:
// http or https, with a host, and only of characters that need no quoting.
func link(s string) string {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"'<>\^{|}`+"`", c) >= 0 {
			return ""
		}
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || len(s) > maxLink {
		return ""
	}
	return s
}

// host is a domain that can be part of an address, or empty.
func host(s string) string {
	s = strings.ToLower(s)
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || strings.Trim(label, "-") != label {
			return ""
		}
		for i := range len(label) {
			if c := label[i]; c != '-' && !isDigit(c) && (c < 'a' || c > 'z') {
				return ""
			}
		}
	}
	if !strings.Contains(s, ".") || len(s) > 253 {
		return ""
	}
	return s
}

// length is how many characters a reader has before her.
func (l *letter) length() int {
	n := 0
	for _, texts := range [][]string{l.paragraphs, l.after, l.terms, {l.instructions}} {
		for _, t := range texts {
			n += utf8.RuneCountInString(t)
		}
	}
	return n
}

// comment is what nobody sees.
var comment = regexp.MustCompile(`(?s)<!--.*?-->`)

// showsWayOut refuses a merchant's own part that hides how to unsubscribe.
func showsWayOut(m crm.Mail, own crm.Template, unsubscribe string) error {
	if unsubscribe == "" {
		return nil
	}
	if own.HTML != "" {
		seen, at := comment.ReplaceAllString(m.HTML, ""), escapeHTML(unsubscribe)
		if !strings.Contains(seen, `href="`+at+`"`) && !strings.Contains(seen, `href='`+at+`'`) {
			return &TemplateError{Part: partHTML, Message: `a mail of this kind must link to the page that ends it: <a href="{{ unsubscribe_url }}">{{ letter.unsubscribe }}</a>`}
		}
	}
	if own.Text != "" && !strings.Contains(m.Text, unsubscribe) {
		return &TemplateError{Part: partText, Message: `a mail of this kind must name the page that ends it: {{ unsubscribe_url }}`}
	}
	return nil
}
