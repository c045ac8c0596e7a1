package handlers

import (
	"context"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
)

const (
	installTime  = 15 * time.Second // for the exchange, and for what the shop tells of itself
	installWait  = 10 * time.Second // for another installation of the same shop
	installLook  = 50 * time.Millisecond
	describeTime = 5 * time.Second
)

// finish exchanges what a merchant brought for credentials and stores them, one
// installation of a shop after the other: of two, the credentials that the
// platform gave last are stored last, for it may have revoked the others. began
// is the shop that the merchant began with; empty: the platform began. The
// browser may go away meanwhile: what it brought is good once.
func (i install) finish(ctx context.Context, p integrations.Platform, began string, exchange func(context.Context) (integrations.Grant, error)) (crm.Shop, error) {
	ctx = context.WithoutCancel(ctx)
	var shop crm.Shop
	exchanged := func() error {
		ctx, cancel := context.WithTimeout(ctx, installTime)
		defer cancel()
		at := i.Now()
		grant, err := exchange(ctx)
		if err != nil {
			return err
		}
		i.step("install exchanged")
		if grant.Domain == "" || began != "" && !equalDomains(grant.Domain, began) {
			return integrations.ErrForged
		}
		shop, err = i.installed(ctx, p, grant, at)
		return err
	}
	var err error
	if began == "" { // which shop it is, is only known afterwards; such a platform's tokens do not end
		err = exchanged()
	} else {
		err = i.alone(ctx, p.Name()+":"+began, exchanged)
	}
	return shop, err
}

// installed stores a grant that was asked for at a time, with what the platform
// tells of the shop.
func (i install) installed(ctx context.Context, p integrations.Platform, grant integrations.Grant, at time.Time) (crm.Shop, error) {
	by := "a merchant, on " + p.Name()
	shop, created, err := i.Store.InstallShop(store.Acting(ctx, &store.Act{By: by, Action: "shops.installed"}), store.Installed{Platform: p.Name(), Domain: grant.Domain, Credentials: grant.Settings,
		Scopes: grant.Scopes, At: at, About: i.about(ctx, p, grant)})
	if err != nil {
		return shop, err
	}
	i.step("install stored")
	i.Log.Info("a shop installed the app", "shop", shop.ID, "platform", shop.Platform, "new", created, "scopes_missing", grant.Missing)
	return shop, nil
}

// about is what the platform tells of a shop. Without it the merchant is asked.
func (i install) about(ctx context.Context, p integrations.Platform, grant integrations.Grant) crm.Shop {
	tells, ok := p.(integrations.Describer)
	if !ok {
		return crm.Shop{}
	}
	ctx, cancel := context.WithTimeout(ctx, describeTime)
	defer cancel()
	about, err := tells.Describe(ctx, integrations.Connection{Domain: grant.Domain, Settings: grant.Settings})
	if err != nil {
		i.Log.Warn("a shop that installs the app tells nothing of itself; the merchant is asked", "platform", p.Name(), "error", err.Error())
		return crm.Shop{}
	}
	return about
}

// alone does something while nobody else does it for the same shop.
func (i install) alone(ctx context.Context, shop string, do func() error) error {
	work, holder := "install:"+shop, store.NewID("ins_")
	waits, cancel := context.WithTimeout(ctx, installWait)
	defer cancel()
	tick := time.NewTicker(installLook)
	defer tick.Stop()
	for {
		leads, err := i.Store.Lead(waits, work, holder, installTime+describeTime)
		if err != nil {
			return err
		}
		if leads {
			defer func() { _ = i.Store.Resign(ctx, work, holder) }() // else its lease ends by itself
			return do()
		}
		select {
		case <-tick.C:
		case <-waits.Done():
			return errBusy
		}
	}
}

func (i install) step(name string) {
	if i.AtStep != nil {
		i.AtStep(name)
	}
}
