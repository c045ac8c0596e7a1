package handlers

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/store"
)

// Bounds of what is read of one customer: the page of one with thousands of
// orders must not be slow.
const (
	storyOrders = 100 // and as much of all else; see store.StoryOf
	whyOrders   = 10  // whose gestures are told of
	hersAtMost  = 5   // addresses of hers whose suppressions are told
)

// customerPage is all that is told of one customer.
type customerPage struct {
	crm.Customer
	Zone, ZoneBy string
	Country      string
	Orders       int
	Spent        crm.Money
	LastOrder    time.Time
	More         bool // she has older orders than were looked at
	Stops        []herStop
	Erasing      *crm.PrivacyRequest // somebody asked to forget her
	Items        []storyItem
	Next         string // of the timeline
	Gestures     []herGesture
	Asks         bool // the gestures are told only when asked for
	MayEdit      bool
	MayManage    bool
	Told         string // the language: chosen, platform or shop
}

// Name is how she is called, as far as that is known.
func (p customerPage) Name() string { return nameOf(p.Customer) }

func nameOf(c crm.Customer) string {
	for _, name := range []string{crm.Clean(c.FirstName + " " + c.LastName), c.Email, c.ID} {
		if name != "" {
			return name
		}
	}
	return ""
}

// herStop is a suppression of one of her addresses.
type herStop struct {
	store.Suppressed
	Address string
	What    string // its scope, in words
	Why     string // its reason: a sentence of ours, or the words of staff
	Over    bool
	Lifts   bool // her own new consent, and nothing else, lifts it
}

// herself is the customer whom the address names. One who was erased, or
// deleted in the shop, is told of on a page of its own, with what was typed.
func (v *seat) herself() (crm.Customer, error) {
	return v.Store.Customer(v.ctx(), v.shop.ID, plain(v.Param("customer")))
}

// gonePage is shown instead of what cannot be done to her any more.
type gonePage struct {
	crm.Customer
	Typed []string // what was written, so that it is not lost
}

// there tells whether something can still be done to her; else the page that says
// why not is the answer.
func (v *seat) there(c crm.Customer) (bool, error) {
	if c.ErasedAt.IsZero() && c.DeletedAt.IsZero() {
		return true, nil
	}
	p := gonePage{Customer: c}
	for _, field := range []string{"evidence", "reason", "birthday"} {
		if text := v.typed(field); text != "" {
			p.Typed = append(p.Typed, text)
		}
	}
	v.page.Title = "customers.gone"
	return false, v.render(http.StatusConflict, "customer_gone", p)
}

// showCustomer is the page for whoever has her on the telephone.
func (v *seat) showCustomer() error {
	c, err := v.herself()
	if err != nil {
		return err
	}
	if !c.ErasedAt.IsZero() {
		v.page.Title = "customers.gone"
		return v.show("customer_gone", gonePage{Customer: c})
	}
	story, err := v.Store.StoryOf(v.ctx(), v.shop.ID, c, storyOrders)
	if err != nil {
		return err
	}
	slices.SortStableFunc(story.Orders, func(a, b crm.Order) int { return b.CreatedAt.Compare(a.CreatedAt) })
	p := customerPage{Customer: c, More: story.More, MayEdit: v.may(store.Support) && c.DeletedAt.IsZero(), MayManage: v.may(store.Manager)}
	p.Zone, p.ZoneBy = crm.ZoneOf(c, nil, v.shop)
	if c.Address != nil {
		p.Country = c.Address.Country
	}
	switch {
	case c.LocaleChosen:
		p.Told = "chosen"
	case c.Locale != "":
		p.Told = "platform"
	default:
		p.Told = "shop"
	}
	p.total(story.Orders)
	if p.Stops, err = v.stops(c, story.Orders); err != nil {
		return err
	}
	if p.Erasing, err = v.erasing(c); err != nil {
		return err
	}
	p.Items, p.Next = v.timeline(c, story, p.Stops).page(v.QueryParam("after"))
	if p.Asks = story.More && v.QueryParam("why") == ""; !p.Asks {
		if p.Gestures, err = v.gestures(c, story); err != nil {
			return err
		}
	}
	v.page.Named = nameOf(c)
	return v.show("customer", p)
}

func (p *customerPage) total(orders []crm.Order) {
	for _, o := range orders {
		if !o.Counted() {
			continue
		}
		if net := o.Net(); p.Spent.Currency == "" || p.Spent.Currency == net.Currency {
			p.Spent = crm.Money{Minor: p.Spent.Minor + net.Minor, Currency: net.Currency}
		}
		p.Orders++
		if o.CreatedAt.After(p.LastOrder) {
			p.LastOrder = o.CreatedAt
		}
	}
}

// addressesOf are those that she bought with, her own first.
func addressesOf(c crm.Customer, orders []crm.Order) (keys []string) {
	for _, o := range orders {
		keys = append(keys, o.EmailKey)
	}
	keys = slices.DeleteFunc(append([]string{c.EmailKey}, keys...), func(key string) bool { return key == "" })
	var once []string
	for _, key := range keys {
		if !slices.Contains(once, key) && len(once) < hersAtMost {
			once = append(once, key)
		}
	}
	return once
}

// stops are the suppressions of her addresses.
func (v *seat) stops(c crm.Customer, orders []crm.Order) (all []herStop, err error) {
	for _, key := range addressesOf(c, orders) {
		found, err := v.Store.Suppressions(v.ctx(), v.shop.ID, key, 50)
		if err != nil {
			return nil, err
		}
		for _, x := range found {
			s := herStop{Suppressed: x, Address: key, What: v.scope(x.Scope), Why: x.Reason}
			if known := "suppressions.reason." + x.Reason; v.has(known) {
				s.Why = v.say(known)
			}
			s.Over = !x.Until.IsZero() && !v.page.Now.Before(x.Until)
			s.Lifts = x.Reason == crm.SuppressedComplained || x.Reason == crm.SuppressedErased
			all = append(all, s)
		}
	}
	return all, nil
}

// erasing is an open request to forget her, if there is one.
func (v *seat) erasing(c crm.Customer) (*crm.PrivacyRequest, error) {
	open, err := v.Store.OpenPrivacyRequests(v.ctx(), v.shop.ID)
	for _, r := range open {
		if r.Kind == crm.PrivacyEraseCustomer && (r.CustomerID == c.ID || r.CustomerID == "" && r.Email != "" && strings.EqualFold(r.Email, c.Email)) {
			return &r, err
		}
	}
	return nil, err
}
