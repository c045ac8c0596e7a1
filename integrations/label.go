package integrations

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"grazie/crm"
)

// What label makers have in common: the parcel that a shop's returns come in,
// and the choice among the rates that carriers offer for it.

// LabelSettings are the settings of every label maker besides its key and
// address.
func LabelSettings() []crm.Setting {
	return []crm.Setting{
		{Key: "weight", Label: "Weight of a usual return", Kind: crm.SettingText, Required: true, Help: "With its packing, as a number such as 750 or 1.5. A carrier may charge more for what is heavier."},
		{Key: "weight_unit", Label: "Unit of the weight", Kind: crm.SettingChoice, Choices: []string{"g", "kg", "oz", "lb"}, Default: "g"},
		{Key: "length", Label: "Length of the parcel", Kind: crm.SettingText, Required: true, Help: "Its longest side."},
		{Key: "width", Label: "Width of the parcel", Kind: crm.SettingText, Required: true},
		{Key: "height", Label: "Height of the parcel", Kind: crm.SettingText, Required: true},
		{Key: "size_unit", Label: "Unit of the sizes", Kind: crm.SettingChoice, Choices: []string{"cm", "in"}, Default: "cm"},
		{Key: "carriers", Label: "Carriers", Kind: crm.SettingText, Help: "Names as the service writes them, with commas: USPS, UPS. Empty: all. The cheapest rate among them is bought."},
	}
}

// Parcel is what a shop's returns usually come in, as the merchant wrote it:
// decimal texts in the units that stand beside them.
type Parcel struct {
	Weight, WeightUnit    string // unit: g, kg, oz or lb
	Length, Width, Height string
	SizeUnit              string // cm or in
}

// ReadParcel reads the settings of LabelSettings. The error names the setting
// and says what to do.
func ReadParcel(v crm.Values) (Parcel, error) {
	p := Parcel{
		Weight: v["weight"], WeightUnit: v["weight_unit"], SizeUnit: v["size_unit"],
		Length: v["length"], Width: v["width"], Height: v["height"],
	}
	for _, s := range LabelSettings() {
		value := v[s.Key]
		switch s.Key {
		case "weight", "length", "width", "height":
			if n, err := strconv.ParseFloat(value, 64); err != nil || strings.Trim(value, "0123456789.") != "" || n <= 0 || n > 100_000 {
				return Parcel{}, fmt.Errorf("the setting %q must be a number above 0, such as 30 or 1.5", s.Key)
			}
		case "weight_unit", "size_unit":
			if value != "" && s.Check(value) != nil {
				return Parcel{}, fmt.Errorf("the setting %q must be one of %s", s.Key, strings.Join(s.Choices, ", "))
			}
		}
	}
	if p.WeightUnit == "" {
		p.WeightUnit = "g"
	}
	if p.SizeUnit == "" {
		p.SizeUnit = "cm"
	}
	return p, nil
}

// LabelRate is what a carrier asks for a prepared shipment.
type LabelRate struct {
	ID, Carrier string
	Price       crm.Money
}

// CheapestRate chooses among rates: the cheapest of the carriers allowed, a
// list with commas, where nothing allows all. Of equal ones the first stays.
// Amounts of two currencies cannot be compared: the first rate's counts.
func CheapestRate(rates []LabelRate, carriers string) (LabelRate, error) {
	var best LabelRate
	var offered []string
	for _, r := range rates {
		if !slices.Contains(offered, r.Carrier) {
			offered = append(offered, r.Carrier)
		}
		if !allowed(r.Carrier, carriers) {
			continue
		}
		if best.ID == "" || r.Price.Currency == best.Price.Currency && r.Price.Minor < best.Price.Minor {
			best = r
		}
	}
	if best.ID != "" {
		return best, nil
	}
	if len(offered) == 0 {
		return best, errors.New("no carrier offers a rate")
	}
	slices.Sort(offered)
	return best, fmt.Errorf("no rate of the carriers allowed (%s); offered: %s", crm.Clean(carriers), strings.Join(offered, ", "))
}

func allowed(carrier, carriers string) bool {
	some := false
	for name := range strings.SplitSeq(carriers, ",") {
		if name = strings.TrimSpace(name); name != "" {
			if strings.EqualFold(name, carrier) {
				return true
			}
			some = true
		}
	}
	return !some
}

// LabelPrice reads a price in decimal text. What is finer than the currency's
// minor unit is rounded up: a cost is never told smaller than it is.
func LabelPrice(amount, currency string) (crm.Money, error) {
	currency = strings.ToUpper(currency)
	if len(currency) != 3 || strings.Trim(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || amount == "" || strings.Trim(amount, "0123456789.") != "" {
		return crm.Money{}, errors.New("the price of a rate cannot be read")
	}
	whole, frac, _ := strings.Cut(amount, ".")
	rest := ""
	if exp := crm.Exponent(currency); len(frac) > exp {
		frac, rest = frac[:exp], frac[exp:]
	}
	price, err := crm.ParseMoney(whole+"."+frac, currency)
	if err != nil || strings.Contains(rest, ".") {
		return crm.Money{}, errors.New("the price of a rate cannot be read")
	}
	if strings.Trim(rest, "0") != "" {
		price.Minor++
	}
	return price, nil
}

// LabelLink tells whether a link of a label service may go into a mail.
func LabelLink(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && len(link) <= 2000 && !strings.ContainsFunc(link, func(r rune) bool { return r <= ' ' || r > '~' })
}

// CheckAddresses tells what the two addresses lack to be shipped between,
// without a word of them.
func CheckAddresses(customer, shop crm.PostalAddress) error {
	if err := checkAddress("customer", customer); err != nil {
		return err
	}
	return checkAddress("shop", shop)
}

func checkAddress(whose string, a crm.PostalAddress) error {
	for _, part := range []struct{ name, value string }{
		{"name", a.Name + a.Company}, {"street", a.Street1}, {"city", a.City}, {"country", a.Country},
	} {
		if strings.TrimSpace(part.value) == "" {
			return fmt.Errorf("the %s's address has no %s", whose, part.name)
		}
	}
	if len(a.Country) != 2 {
		return fmt.Errorf("the country of the %s's address is no two-letter code", whose)
	}
	return nil
}
