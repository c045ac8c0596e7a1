package handlers

import (
	"cmp"
	"errors"
	"strings"

	"grazie/crm"
	"grazie/store"
	"grazie/templates/console"
)

func (d desktop) customerRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("/customers", store.Viewer, "customers", "customers.title", (*seat).listCustomers),
		look("/customers/:customer", store.Viewer, "customers", "customers.one", (*seat).showCustomer),
		look("/customers/:customer/birthday", store.Support, "customers", "customers.edit", (*seat).askBirthday),
		act("/customers/:customer/birthday", store.Support, "customers", "customers.birthday", (*seat).editBirthday),
		look("/customers/:customer/consent", store.Manager, "customers", "customers.edit", (*seat).askConsent),
		act("/customers/:customer/consent", store.Manager, "customers", "customers.consent", (*seat).editConsent),
		look("/customers/:customer/suppress", store.Support, "customers", "customers.edit", (*seat).askSuppress),
		act("/customers/:customer/suppress", store.Support, "customers", "customers.suppress", (*seat).suppressCustomer),
		look("/customers/:customer/lift", store.Manager, "customers", "customers.edit", (*seat).askLift),
		act("/customers/:customer/lift", store.Manager, "customers", "customers.lift", (*seat).liftCustomer),
		look("/customers/:customer/export", store.Manager, "customers", "customers.export", (*seat).exportCustomer),
		look("/customers/:customer/erase", store.Manager, "customers", "customers.edit", (*seat).askErase),
		act("/customers/:customer/erase", store.Manager, "customers", "customers.erase", (*seat).eraseCustomer),
	}
}

// customersAPage is how many stand on one page of the list.
const customersAPage = 50

type customersPage struct {
	Customers []store.Listed
	Exact     []exactCustomer // whom the query names by an order or an id
	Next      string
	Query     string
	Narrowed  bool // by anything
	Consents  []console.Option
}

// exactCustomer is somebody whom a query names by something else than her name.
type exactCustomer struct {
	crm.Customer
	Order string // by which; empty: by her id
}

// consentStates are those that a list is narrowed by, as the address names them.
var consentStates = []crm.ConsentState{crm.ConsentSubscribed, crm.ConsentUnsubscribed, crm.ConsentNone, crm.ConsentPending, crm.ConsentUnknown}

// consentWord is a state as the texts and addresses name it.
func consentWord(s crm.ConsentState) string { return cmp.Or(string(s), "unknown") }

// listCustomers finds customers by what they say on the telephone.
func (v *seat) listCustomers() error {
	p := customersPage{Query: clip(strings.TrimSpace(v.QueryParam("q")), 200)}
	f := store.CustomerFilter{Query: p.Query, Birthday: v.QueryParam("birthday") != "", Suppressed: v.QueryParam("suppressed") != "", After: v.QueryParam("after"), Limit: customersAPage + 1}
	p.Consents = []console.Option{{Label: v.say("shell.all")}}
	for _, s := range consentStates {
		if v.QueryParam("consent") == consentWord(s) {
			f.Consent = &s
		}
		p.Consents = append(p.Consents, console.Option{Value: consentWord(s), Label: v.say("consent." + consentWord(s))})
	}
	p.Narrowed = f.Query != "" || f.Birthday || f.Suppressed || f.Consent != nil
	v.page.Typed = v.QueryParams()
	found, err := v.Store.Customers(v.ctx(), v.shop.ID, f)
	if err != nil {
		return err
	}
	if len(found) > customersAPage {
		found = found[:customersAPage]
		p.Next = found[len(found)-1].Cursor
	}
	p.Customers = found
	if p.Exact, err = v.exactly(f); err != nil {
		return err
	}
	return v.show("customers", p)
}

// exactly finds who placed the order that a query names, and who has it as an id.
func (v *seat) exactly(f store.CustomerFilter) (all []exactCustomer, err error) {
	if f.Query == "" || f.After != "" || strings.ContainsAny(f.Query, "@ ") {
		return nil, nil
	}
	name := plain(f.Query)
	if c, err := v.Store.Customer(v.ctx(), v.shop.ID, name); err == nil && c.ErasedAt.IsZero() {
		all = append(all, exactCustomer{c, ""})
	} else if err := unlessAbsent(err); err != nil {
		return nil, err
	}
	o, err := v.Store.Order(v.ctx(), v.shop.ID, name)
	if err != nil || o.CustomerID == "" {
		return all, unlessAbsent(err)
	}
	c, err := v.Store.Customer(v.ctx(), v.shop.ID, o.CustomerID)
	if err != nil || !c.ErasedAt.IsZero() {
		return all, unlessAbsent(err)
	}
	return append(all, exactCustomer{c, cmp.Or(o.Name, o.ID)}), nil
}

// unlessAbsent is an error that is not that something is not there.
func unlessAbsent(err error) error {
	if errors.Is(err, crm.ErrNotFound) {
		return nil
	}
	return err
}
