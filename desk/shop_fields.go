package desk

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are known on machines that have no list of them
	"unicode/utf8"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"

	"grazie/crm"
	"grazie/integrations"
)

// ShopField is one thing about a shop that staff sets, under the same name on
// the command line and in the first steps. Set's errors are said after that
// name; Show is what Set would take.
type ShopField struct {
	Name     string
	Help     string
	Required bool
	Set      func(*crm.Shop, string) error
	Show     func(crm.Shop) string
}

// ShopFields are all of them, in the sequence in which people are asked.
var ShopFields = []ShopField{
	{"name", "the shop's name, as customers know it", true,
		func(s *crm.Shop, v string) (err error) { s.Name, err = Line(v, 80); return err },
		func(s crm.Shop) string { return s.Name }},
	{"from", `who signs, and sends every mail: "Anna <anna@shop.example>"`, true,
		func(s *crm.Shop, v string) (err error) { s.Sender, err = Mailbox(v); return err },
		func(s crm.Shop) string { return MailboxText(s.Sender) }},
	{"reply_to", "where answers go; empty: to the sender", false, setReplyTo,
		func(s crm.Shop) string { return s.ReplyTo }},
	{"legal_name", "who runs the shop, for the foot of the mails", true,
		func(s *crm.Shop, v string) (err error) { s.LegalName, err = Line(v, 120); return err },
		func(s crm.Shop) string { return s.LegalName }},
	{"address", "its postal address on one line, for the foot of the mails", true,
		func(s *crm.Shop, v string) (err error) { s.PostalAddress, err = Line(v, 200); return err },
		func(s crm.Shop) string { return s.PostalAddress }},
	{"timezone", "such as Europe/Rome", true,
		func(s *crm.Shop, v string) (err error) { s.Timezone, err = Timezone(v); return err },
		func(s crm.Shop) string { return s.Timezone }},
	{"country", "where it is, such as IT; empty: not told", false,
		func(s *crm.Shop, v string) (err error) { s.Country, err = Country(v); return err },
		func(s crm.Shop) string { return s.Country }},
	{"locale", "the language of customers who have none, such as it or de-AT", true,
		func(s *crm.Shop, v string) (err error) { s.Locale, err = Locale(v); return err },
		func(s crm.Shop) string { return s.Locale }},
	{"currency", "of its prices, such as EUR", true,
		func(s *crm.Shop, v string) (err error) { s.Currency, err = currencyCode(v); return err },
		func(s crm.Shop) string { return s.Currency }},
	{"formal", "true or false: how customers are addressed, where the language knows two ways", false, setFormal,
		func(s crm.Shop) string { return strconv.FormatBool(s.Formal) }},
}

// FindShopField is the field with a name.
func FindShopField(name string) (ShopField, bool) {
	i := slices.IndexFunc(ShopFields, func(f ShopField) bool { return f.Name == name })
	if i < 0 {
		return ShopField{}, false
	}
	return ShopFields[i], true
}

// ShopFieldNames are their names.
func ShopFieldNames() []string {
	names := make([]string, len(ShopFields))
	for i, f := range ShopFields {
		names[i] = f.Name
	}
	return names
}

// Line is text that stands in one line of a mail.
func Line(v string, most int) (string, error) {
	v = strings.TrimSpace(v)
	switch {
	case !utf8.ValidString(v) || crm.Clean(v) != strings.Join(strings.Fields(v), " "):
		return "", errors.New("holds a line break or another character that cannot be shown")
	case utf8.RuneCountInString(v) > most:
		return "", fmt.Errorf("is longer than %d characters", most)
	}
	return crm.Clean(v), nil
}

const mailboxForm = `write one name and address, such as "Anna <anna@shop.example>"`

// Mailbox reads exactly one sender that mail servers everywhere accept.
func Mailbox(v string) (crm.Mailbox, error) {
	a, err := mail.ParseAddress(v)
	if err != nil {
		return crm.Mailbox{}, errors.New(mailboxForm)
	}
	name, err := Line(a.Name, 80)
	if err != nil {
		return crm.Mailbox{}, err
	}
	address, err := address(a.Address)
	if err != nil {
		return crm.Mailbox{}, err
	}
	return crm.Mailbox{Name: name, Email: address}, nil
}

// Address reads exactly one address, without a name, that mail servers
// everywhere accept.
func Address(v string) (string, error) {
	const form = "write one address alone, such as anna@shop.example"
	a, err := mail.ParseAddress(v)
	if err != nil || a.Name != "" || strings.ContainsAny(v, "<>") {
		return "", errors.New(form)
	}
	return address(a.Address)
}

func address(v string) (string, error) {
	address, _ := integrations.Email(v)
	local, domain, _ := strings.Cut(address, "@")
	switch {
	case !integrations.ASCII(address):
		return "", errors.New("the address has letters that many mail servers refuse; use one of plain letters")
	case !strings.Contains(domain, ".") || strings.ContainsAny(domain, "[]") || strings.Contains(domain, ".."):
		return "", errors.New("the address needs a full domain, such as shop.example")
	case len(address) > 254 || len(local) > 64 || strings.ContainsAny(local, "\" \t"):
		return "", errors.New(mailboxForm)
	}
	return address, nil
}

// MailboxText is what Mailbox reads.
func MailboxText(m crm.Mailbox) string {
	if m.Name == "" {
		return m.Email
	}
	name := m.Name
	if strings.ContainsAny(name, `()<>[]:;@\,."`) { // else they would end it (RFC 5322, 3.2.3)
		name = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
	}
	return name + " <" + m.Email + ">"
}

func setReplyTo(s *crm.Shop, v string) (err error) {
	s.ReplyTo = ""
	if v != "" {
		s.ReplyTo, err = Address(v)
	}
	return err
}

func setFormal(s *crm.Shop, v string) error {
	s.Formal = v == "true"
	if v != "true" && v != "false" {
		return fmt.Errorf("%q is not true or false", v)
	}
	return nil
}

// Timezone reads a name of the IANA list.
func Timezone(v string) (string, error) {
	if _, err := time.LoadLocation(v); err != nil || v == "" || v == "Local" {
		return "", fmt.Errorf("%q is not a time zone; write one of the IANA list, such as Europe/Rome", v)
	}
	return v, nil
}

// Country reads two letters of ISO 3166-1; empty stays empty.
func Country(v string) (string, error) {
	if v == "" {
		return "", nil
	}
	r, err := language.ParseRegion(v)
	if err != nil || len(v) != 2 || !r.IsCountry() {
		return "", fmt.Errorf("%q is not a country; write its two letters of ISO 3166, such as IT", v)
	}
	return r.Canonicalize().String(), nil
}

// longestLocale is what every program must take in (RFC 5646, 4.4.1); a tag of
// private use may be of any length.
const longestLocale = 35

// Locale reads a language tag of BCP 47.
func Locale(v string) (string, error) {
	tag, err := language.Parse(v)
	if err != nil || tag == language.Und || len(v) > longestLocale {
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
