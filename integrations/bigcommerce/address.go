package bigcommerce

import (
	"regexp"
	"strings"

	"grazie/crm"
)

// address keeps what a gesture needs; of the street only whether it is one.
func (a addressBody) address() *crm.Address {
	kept := crm.Address{
		FirstName: crm.Clean(a.FirstName),
		LastName:  crm.Clean(a.LastName),
		Company:   crm.Clean(a.Company),
		City:      crm.Clean(a.City),
		Province:  crm.Clean(a.State),
		Country:   country(a.Country),
		POBox:     box.MatchString(a.Street1) || box.MatchString(a.Street2),
	}
	if kept == (crm.Address{}) {
		return nil
	}
	return &kept
}

func country(code string) string {
	code = strings.ToUpper(strings.TrimSpace(code))
	if len(code) != 2 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return ""
	}
	return code
}

// box finds streets that are none, where BigCommerce's shops mostly send to.
var box = regexp.MustCompile(`(?i)(^|[^\pL])(p\.?\s*o\.?\s*box|post\s+office\s+box|g\.?p\.?o\.?\s+box|locked\s+bag|private\s+bag|poste\s+restante|packstation|postfach|paketshop|parcel\s+locker|casella\s+postale|apartado|apo|fpo|dpo)([^\pL]|$)`)

// locale is a language tag or nothing.
func locale(tag string) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
	if len(tag) > 35 || strings.Trim(tag, letters) != "" {
		return ""
	}
	return tag
}
