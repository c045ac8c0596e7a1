package handlers

import (
	"context"
	"errors"
	"strings"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/store"
)

// about is a request about whom a path names: by her id, or by an address,
// which may have no account.
func (a api) about(ctx context.Context, who caller, name string, kind crm.PrivacyKind) (crm.PrivacyRequest, error) {
	r := crm.PrivacyRequest{ShopID: who.shop.ID, Kind: kind}
	name = plain(name)
	if !strings.Contains(name, "@") {
		r.CustomerID = name
		return r, nil
	}
	address, key := integrations.Email(name)
	r.Email = address
	c, err := a.Store.CustomerByEmail(ctx, who.shop.ID, key)
	if errors.Is(err, crm.ErrNotFound) {
		return r, nil
	}
	r.CustomerID, who.act.Target = c.ID, c.ID
	return r, err
}

type exportOutput struct{ Body store.Export }

// exportCustomer tells all that is known of a customer.
func (a api) exportCustomer(ctx context.Context, who caller, in *customerInput) (*exportOutput, error) {
	r, err := a.about(ctx, who, in.Customer, crm.PrivacyExport)
	if err != nil {
		return nil, err
	}
	x, err := a.Store.Export(ctx, r)
	if err != nil {
		return nil, err
	}
	if len(x.Customers)+len(x.Orders) == 0 {
		return nil, absent(crm.ErrNotFound, "customer", plain(in.Customer))
	}
	return &exportOutput{x}, nil
}

type eraseInput struct {
	InShop
	Customer string `path:"customer" doc:"Her id at the platform, or her mail address."`
	Body     struct {
		Reason string `json:"reason" minLength:"1" maxLength:"300" doc:"Why, for whoever looks later; nothing of hers."`
		DryRun bool   `json:"dry_run,omitempty" doc:"Only tell what would be erased."`
	}
}

type eraseOutput struct {
	Body struct {
		Request *crm.PrivacyRequest `json:"request,omitempty" doc:"The request; the running server carries it out at once."`
		Rows    map[string]int64    `json:"rows" doc:"What is known of her by now, and would be erased."`
	}
}

// eraseCustomer asks for a customer's erasure. An address that is not known may
// be erased too: what is told of it later is not taken in. An id that is not
// known is somebody's typing error.
func (a api) eraseCustomer(ctx context.Context, who caller, in *eraseInput) (*eraseOutput, error) {
	ask, err := desk.Ask(crm.Ask{By: who.token.Name, Reason: in.Body.Reason})
	if err != nil {
		return nil, err
	}
	r, err := a.about(ctx, who, in.Customer, crm.PrivacyEraseCustomer)
	if err != nil {
		return nil, err
	}
	if r.Email == "" {
		if _, err := a.Store.Customer(ctx, r.ShopID, r.CustomerID); err != nil {
			return nil, absent(err, "customer", r.CustomerID)
		}
	}
	out := &eraseOutput{}
	if out.Body.Rows, err = a.Store.Subject(ctx, r); err != nil || in.Body.DryRun {
		return out, err
	}
	r.Source = ask.By + ": " + ask.Reason
	if r, err = a.Store.AskPrivacy(ctx, r); err != nil {
		return nil, err
	}
	out.Body.Request = &r
	return out, nil
}
