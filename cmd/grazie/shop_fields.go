package main

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	_ "time/tzdata" // zones are known on machines that have no list of them
	"unicode/utf8"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"

	"grazie/crm"
	"grazie/integrations"
)

// shopField is one thing about a shop that staff sets, under the same name in
// "shop connect" and in "shop set". Its errors are said after that name.
type shopField struct {
	name     string
	help     string
	required bool
	set      func(*crm.Shop, string) error
	show     func(crm.Shop) string
}

var shopFields = []shopField{
	{"name", "the shop's name, as customers know it", true,
		func(s *crm.Shop, v string) (err error) { s.Name, err = line(v, 80); return err },
		func(s crm.Shop) string { return s.Name }},
	{"from", `who signs, and sends every mail: "Anna <anna@shop.example>"`, true,
		func(s *crm.Shop, v string) (err error) { s.Sender, err = mailbox(v); return err },
		func(s crm.Shop) string { return mailboxText(s.Sender) }},
	{"reply_to", "where answers go; empty: to the sender", false, setReplyTo,
		func(s crm.Shop) string { return s.ReplyTo }},
	{"legal_name", "who runs the shop, for the foot of the mails", true,
		func(s *crm.Shop, v string) (err error) { s.LegalName, err = line(v, 120); return err },
		func(s crm.Shop) string { return s.LegalName }},
	{"address", "its postal address on one line, for the foot of the mails", true,
		func(s *crm.Shop, v string) (err error) { s.PostalAddress, err = line(v, 200); return err },
		func(s crm.Shop) string { return s.PostalAddress }},
	{"timezone", "such as Europe/Rome", true,
		func(s *crm.Shop, v string) (err error) { s.Timezone, err = timezone(v); return err },
		func(s crm.Shop) string { return s.Timezone }},
	{"country", "where it is, such as IT; empty: not told", false,
		func(s *crm.Shop, v string) (err error) { s.Country, err = country(v); return err },
		func(s crm.Shop) string { return s.Country }},
	{"locale", "the language of customers who have none, such as it or de-AT", true,
		func(s *crm.Shop, v string) (err error) { s.Locale, err = locale(v); return err },
		func(s crm.Shop) string { return s.Locale }},
	{"currency", "of its prices, such as EUR", true,
		func(s *crm.Shop, v string) (err error) { s.Currency, err = currencyCode(v); return err },
		func(s crm.Shop) string { return s.Currency }},
	{"formal", "true or false: how customers are addressed, where the language knows two ways", false, setFormal,
		func(s crm.Shop) string { return yesNo(s.Formal) }},
}

func findField(name string) (shopField, bool) {
	for _, f := range shopFields {
		if f.name == name {
			return f, true
		}
	}
	return shopField{}, false
}

func fieldNames() []string {
	var names []string
	for _, f := range shopFields {
		names = append(names, f.name)
	}
	return names
}

// line is text that stands in one line of a mail.
func line(v string, most int) (string, error) {
	v = strings.TrimSpace(v)
	switch {
	case !utf8.ValidString(v) || crm.Clean(v) != strings.Join(strings.Fields(v), " "):
		return "", errors.New("holds a line break or another character that cannot be shown")
	case utf8.RuneCountInString(v) > most:
		return "", fmt.Errorf("is longer than %d characters", most)
	}
	return crm.Clean(v), nil
}

// mailbox reads exactly one sender that mail servers everywhere accept.
func mailbox(v string) (crm.Mailbox, error) {
	const form = `write one name and address, such as "Anna <anna@shop.example>"`
	a, err := mail.ParseAddress(v)
	if err != nil {
		return crm.Mailbox{}, errors.New(form)
	}
	name, err := line(a.Name, 80)
	if err != nil {
		return crm.Mailbox{}, err
	}
	address, _ := integrations.Email(a.Address)
	local, domain, _ := strings.Cut(address, "@")
	switch {
	case !integrations.ASCII(address):
		return crm.Mailbox{}, errors.New("the address has letters that many mail servers refuse; use one of plain letters")
	case !strings.Contains(domain, ".") || strings.ContainsAny(domain, "[]") || strings.Contains(domain, ".."):
		return crm.Mailbox{}, errors.New("the address needs a full domain, such as shop.example")
	case len(address) > 254 || strings.ContainsAny(local, "\" \t"):
		return crm.Mailbox{}, errors.New(form)
	}
	return crm.Mailbox{Name: name, Email: address}, nil
}

func mailboxText(m crm.Mailbox) string {
	if m.Name == "" {
		return m.Email
	}
	return m.Name + " <" + m.Email + ">"
}

func setReplyTo(s *crm.Shop, v string) error {
	s.ReplyTo = ""
	if v == "" {
		return nil
	}
	m, err := mailbox(v)
	if err == nil && m.Name != "" {
		return errors.New("write the address alone, without a name")
	}
	s.ReplyTo = m.Email
	return err
}

func setFormal(s *crm.Shop, v string) error {
	s.Formal = v == "true"
	if v != "true" && v != "false" {
		return fmt.Errorf("%q is not true or false", v)
	}
	return nil
}

func timezone(v string) (string, error) {
	if _, err := time.LoadLocation(v); err != nil || v == "" || v == "Local" {
		return "", fmt.Errorf("%q is not a time zone; write one of the IANA list, such as Europe/Rome", v)
	}
	return v, nil
}

func country(v string) (string, error) {
	if v == "" {
		return "", nil
	}
	r, err := language.ParseRegion(v)
	if err != nil || len(v) != 2 || !r.IsCountry() {
		return "", fmt.Errorf("%q is not a country; write its two letters of ISO 3166, such as IT", v)
	}
	return r.Canonicalize().String(), nil
}

func locale(v string) (string, error) {
	tag, err := language.Parse(v)
	if err != nil || tag == language.Und {
		return "", fmt.Errorf("%q is not a language; write its tag, such as it or de-AT", v)
	}
	return tag.String(), nil
}

func currencyCode(v string) (string, error) {
	unit, err := currency.ParseISO(v)
	if err != nil {
		return "", fmt.Errorf("%q is not a currency; write its three letters of ISO 4217, such as EUR", v)
	}
	return unit.String(), nil
}
