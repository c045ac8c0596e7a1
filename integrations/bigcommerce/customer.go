package bigcommerce

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

// customerBody is what is read of a customer of the newer API, version 3.
type customerBody struct {
	ID         scalar            `json:"id"`
	Email      string            `json:"email"`
	FirstName  string            `json:"first_name"`
	LastName   string            `json:"last_name"`
	Created    string            `json:"date_created"`
	Modified   string            `json:"date_modified"`
	Addresses  []customerAddress `json:"addresses"`
	Fields     []fieldBody       `json:"form_fields"`
	Attributes []attributeBody   `json:"attributes"`
}

type customerAddress struct {
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Company   string `json:"company"`
	Address1  string `json:"address1"`
	Address2  string `json:"address2"`
	City      string `json:"city"`
	State     string `json:"state_or_province"`
	Country   string `json:"country_code"`
}

func (a customerAddress) address() *crm.Address {
	return addressBody{FirstName: a.FirstName, LastName: a.LastName, Company: a.Company, Street1: a.Address1, Street2: a.Address2,
		City: a.City, State: a.State, Country: a.Country}.address()
}

type fieldBody struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"` // a text, a number or a list
}

type attributeBody struct {
	ID    scalar `json:"attribute_id"`
	Value string `json:"attribute_value"`
}

// withAll asks for what belongs to customers together with them.
const withAll = "include=addresses,attributes,formfields"

// readCustomer reads a customer, and whether she takes the shop's newsletter.
func (p *Platform) readCustomer(ctx context.Context, c integrations.Connection, id string) ([]crm.Event, error) {
	all, err := p.customers(ctx, c, "/v3/customers?"+withAll+"&id:in="+id)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 || all[0].ID != id {
		return nil, errGone
	}
	who := all[0]
	if who.Consent, err = p.consentOf(ctx, c, who); err != nil {
		return nil, err
	}
	return []crm.Event{{Kind: crm.CustomerChanged, At: cmp.Or(who.UpdatedAt, who.CreatedAt), Customer: &who}}, nil
}

// customers reads a list of them, without consent.
func (p *Platform) customers(ctx context.Context, c integrations.Connection, path string) ([]crm.Customer, error) {
	var told struct{ Data []customerBody }
	if err := p.part(ctx, c, path, &told); err != nil {
		return nil, err
	}
	names, err := p.attributeNames(ctx, c, told.Data)
	if err != nil {
		return nil, err
	}
	var all []crm.Customer
	for _, b := range told.Data {
		r := &reader{}
		who := r.customer(b)
		who.Birthday = birthday(b, names, c.Settings[SettingBirthday])
		if r.err != nil {
			return nil, r.err
		}
		all = append(all, who)
	}
	return all, nil
}

func (r *reader) customer(b customerBody) crm.Customer {
	c := crm.Customer{
		ID:        r.id("id", b.ID),
		FirstName: crm.Clean(b.FirstName),
		LastName:  crm.Clean(b.LastName),
		CreatedAt: r.time("date_created", b.Created),
		UpdatedAt: r.time("date_modified", b.Modified),
	}
	if c.ID == "" {
		r.fail("id", "is missing")
	}
	c.Email, c.EmailKey = integrations.Email(b.Email)
	if len(b.Addresses) > 0 {
		c.Address = b.Addresses[0].address()
	}
	return c
}

// attributeNames are the names of attributes by their ids, which customers do
// not tell; they are asked for only where somebody has one.
func (p *Platform) attributeNames(ctx context.Context, c integrations.Connection, customers []customerBody) (map[string]string, error) {
	any := false
	for _, b := range customers {
		any = any || len(b.Attributes) > 0
	}
	if !any {
		return nil, nil
	}
	var told struct {
		Data []struct {
			ID   scalar `json:"id"`
			Name string `json:"name"`
		}
	}
	err := p.part(ctx, c, "/v3/customers/attributes?limit=250", &told)
	names := map[string]string{}
	for _, a := range told.Data {
		names[string(a.ID)] = a.Name
	}
	return names, err
}

// birthdayNames are what shops call the field, without case, spaces and marks.
var birthdayNames = strings.Fields(`birthday birthdate dateofbirth dob birth geburtstag geburtsdatum compleanno datadinascita
	anniversaire datedenaissance cumpleaños cumpleanos fechadenacimiento rojstnidan születésnap urodziny verjaardag geboortedatum`)

// birthday is the one that a form field or an attribute tells, without its
// year. What no calendar knows is none.
func birthday(b customerBody, attributes map[string]string, field string) crm.Birthday {
	is := func(name string) bool {
		if field != "" {
			return strings.EqualFold(strings.TrimSpace(name), strings.TrimSpace(field))
		}
		for _, n := range birthdayNames {
			if squeeze(name) == n {
				return true
			}
		}
		return false
	}
	read := func(text string) crm.Birthday {
		day, _, _ := strings.Cut(text, "T") // dates come with midnight behind them
		if d, err := crm.ParseBirthday(day); err == nil {
			return crm.Birthday{Day: d, Source: name}
		}
		return crm.Birthday{}
	}
	for _, f := range b.Fields {
		var text string
		if is(f.Name) && json.Unmarshal(f.Value, &text) == nil {
			if found := read(text); found.Day != "" {
				return found
			}
		}
	}
	for _, a := range b.Attributes {
		if is(attributes[string(a.ID)]) {
			if found := read(a.Value); found.Day != "" {
				return found
			}
		}
	}
	return crm.Birthday{}
}

// squeeze is a name without case, spaces and marks: "Date of Birth" is "dateofbirth".
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _-.:/'’", r) {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// byEmail are customers with one of some addresses, by the form of the address
// that is compared.
func (p *Platform) byEmail(ctx context.Context, c integrations.Connection, emails []string) (map[string]crm.Customer, error) {
	var wanted []string
	for _, e := range emails {
		if e != "" && !strings.ContainsAny(e, ",\"") { // a comma parts the list
			wanted = append(wanted, url.QueryEscape(e))
		}
	}
	found := map[string]crm.Customer{}
	if len(wanted) == 0 {
		return found, nil
	}
	all, err := p.customers(ctx, c, "/v3/customers?limit=250&email:in="+strings.Join(wanted, ","))
	for _, who := range all {
		found[who.EmailKey] = who
	}
	return found, err
}
