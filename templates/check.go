package templates

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/osteele/liquid/expressions"
	"github.com/osteele/liquid/parser"

	"grazie/crm"
)

// The parts of a template.
const (
	partSubject = "subject"
	partHTML    = "html"
	partText    = "text"
)

// TemplateError is a fault in a template, for the person who wrote it.
type TemplateError struct {
	Part    string // "subject", "html" or "text"
	Line    int    // from 1; 0 when it is about the whole part
	Message string
}

func (e *TemplateError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("template, %s: %s", e.Part, e.Message)
	}
	return fmt.Sprintf("template, %s, line %d: %s", e.Part, e.Line, e.Message)
}

// Check validates a merchant's template before it is stored: it is read, and
// filled with sample orders, full and bare. Faults in a part are
// *TemplateError; an unknown journey or language is *crm.Invalid.
func (r *Renderer) Check(t crm.Template) error {
	if !slices.Contains(r.Journeys(), t.Journey) {
		return &crm.Invalid{Field: "journey", Message: fmt.Sprintf("there is no mail for %q", t.Journey)}
	}
	lang := r.speak(t.Locale)
	if lang == nil {
		return &crm.Invalid{Field: "locale", Message: fmt.Sprintf("mails are written in %s, not in %q", strings.Join(r.Locales(), ", "), t.Locale)}
	}
	for _, f := range samples(t) {
		l, err := r.write(f, lang, samplesAt)
		if err != nil {
			return err
		}
		if _, err := r.set(l, f, t.Locale); err != nil {
			return err
		}
	}
	return nil
}

// samplesAt is the day on which the samples are written.
var samplesAt = time.Date(2026, time.May, 5, 9, 0, 0, 0, time.UTC)

// samples are the orders that a template is tried with: everything known, and
// as little as an order can have.
func samples(t crm.Template) []crm.Facts {
	bare := crm.Facts{
		Message:   crm.Message{ID: "msg_sample", ShopID: "shp_sample", Journey: t.Journey},
		Shop:      crm.Shop{ID: "shp_sample", Name: "Bottega", Sender: crm.Mailbox{Email: "owner@shop.example"}},
		Customer:  crm.Customer{ID: "1", Email: "customer@mail.example"},
		Order:     &crm.Order{ID: "1"},
		Templates: []crm.Template{t},
	}
	full := bare
	full.Shop.Sender.Name, full.Shop.LegalName = "Marta", "Bottega srl"
	full.Shop.PostalAddress, full.Shop.Country = "Via Roma 1, 50123 Firenze", "IT"
	full.Customer.FirstName, full.Customer.LastName = "Anna", "Rossi"
	full.HistoryKnown, full.OrdersBefore = true, 2
	full.Order = &crm.Order{
		ID: "1", Name: "#1001",
		Items: []crm.LineItem{
			{ID: "1", Title: "Linen Apron", Quantity: 2, Price: crm.Money{Minor: 4900, Currency: "EUR"}},
			{ID: "2", Title: "Olive Soap", Quantity: 1, Price: crm.Money{Minor: 900, Currency: "EUR"}},
		},
		Shipping: &crm.Address{City: "Graz", Province: "Steiermark", Country: "AT"},
	}
	return []crm.Facts{full, bare}
}

// templateError makes the engine's error readable: it knows the line, but shows
// the template as the guard rewrote it.
func templateError(part string, err parser.Error) *TemplateError {
	message := err.Error()
	if cause := err.Cause(); cause != nil {
		message = cause.Error()
		var filter expressions.FilterError
		if errors.As(cause, &filter) {
			message = filter.Err.Error()
			if !strings.HasPrefix(filter.FilterName, reserved) {
				message = fmt.Sprintf("filter %q: %s", filter.FilterName, message)
			}
		}
	}
	message = enginePrefix.ReplaceAllString(message, "")
	if i := strings.Index(message, " in {"); i >= 0 {
		message = message[:i]
	}
	if syntaxError.MatchString(message) {
		message = "this is not valid Liquid"
	}
	message = strings.ReplaceAll(message, keepTag, "capture")
	return &TemplateError{Part: part, Line: err.LineNumber(), Message: truncate(message, 200)}
}

var (
	enginePrefix = regexp.MustCompile(`^Liquid error(?: \(line \d+\))?: `)
	syntaxError  = regexp.MustCompile(`^syntax error in `)
)
