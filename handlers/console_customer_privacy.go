package handlers

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
)

// exportPage is all that is known of her, to be read.
type exportPage struct {
	store.Export
	Customer crm.Customer
	Name     string
	Kinds    []exportKind
}

// exportKind is one kind of rows, as they would be handed over.
type exportKind struct {
	Kind string // of Export.Counts
	N    int64
	Rows string // JSON
}

// exportCustomer hands over all that is known of her: to be read, or as a file.
// That somebody did stands in the audit log.
func (v *seat) exportCustomer() error {
	c, err := v.herself()
	if err != nil {
		return err
	}
	if !c.ErasedAt.IsZero() {
		v.page.Title = "customers.gone"
		return v.show("customer_gone", gonePage{Customer: c})
	}
	x, err := v.Store.Export(v.ctx(), crm.PrivacyRequest{ShopID: v.shop.ID, Kind: crm.PrivacyExport, CustomerID: c.ID, Email: c.Email})
	if err != nil {
		return err
	}
	if v.QueryParam("as") == "json" {
		text, err := json.MarshalIndent(x, "", "  ")
		if err != nil {
			return err
		}
		return v.file("application/json; charset=utf-8", "customer.json", text)
	}
	p := exportPage{Export: x, Customer: c, Name: nameOf(c)}
	var whole map[string]json.RawMessage
	text, err := json.Marshal(x)
	if err == nil {
		err = json.Unmarshal(text, &whole)
	}
	if err != nil {
		return err
	}
	counts := x.Counts()
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		if n := counts[kind]; n > 0 {
			rows, err := json.MarshalIndent(whole[kind], "", "  ")
			if err != nil {
				return err
			}
			p.Kinds = append(p.Kinds, exportKind{kind, n, string(rows)})
		}
	}
	v.page.Named = p.Name
	return v.show("customer_export", p)
}

func (v *seat) eraseForm() (*customerForm, crm.PrivacyRequest, error) {
	c, err := v.herself()
	if err != nil {
		return nil, crm.PrivacyRequest{}, err
	}
	r := crm.PrivacyRequest{ShopID: v.shop.ID, Kind: crm.PrivacyEraseCustomer, CustomerID: c.ID, Email: c.Email}
	if !c.ErasedAt.IsZero() { // one who was only deleted in the shop is still to be forgotten
		_, err := v.there(c)
		return nil, r, err
	}
	v.page.Title, v.page.Named = "customers.erase.title", nameOf(c)
	f := &customerForm{Customer: c, Name: nameOf(c), Word: v.say("customers.erase.word")}
	if f.Erasing, err = v.erasing(c); err != nil {
		return nil, r, err
	}
	if f.Rows, err = v.Store.Subject(v.ctx(), r); err != nil {
		return nil, r, err
	}
	maps.DeleteFunc(f.Rows, func(_ string, n int64) bool { return n == 0 })
	return f, r, nil
}

func (v *seat) askErase() error {
	f, _, err := v.eraseForm()
	if f == nil || err != nil {
		return err
	}
	return v.show("customer_erase", f)
}

// eraseCustomer asks for her erasure. The running server carries it out at once.
func (v *seat) eraseCustomer() error {
	f, r, err := v.eraseForm()
	if f == nil || err != nil {
		return err
	}
	if f.Erasing != nil {
		return crm.ErrConflict
	}
	ask, err := desk.Ask(crm.Ask{By: v.name(), Reason: v.typed("reason")})
	if !strings.EqualFold(v.typed("word"), f.Word) {
		err = errors.Join(err, &crm.Invalid{Field: "word", Message: v.say("customers.erase.type", "word", f.Word)})
	}
	if err != nil {
		return v.again("customer_erase", f, err)
	}
	r.Source = ask.By + ": " + ask.Reason
	stored, err := v.Store.AskPrivacy(v.ctx(), r)
	if err != nil {
		return err
	}
	if stored.State == crm.PrivacyRefused {
		return crm.ErrConflict
	}
	return v.done(v.path("customers", f.ID), "customers.said.erasing")
}
