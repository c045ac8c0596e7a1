package handlers

import (
	"errors"
	"strings"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/journeys"
	"grazie/store"
	"grazie/templates/console"
)

// customerForm is a page on which something about her is changed.
type customerForm struct {
	crm.Customer
	Name    string
	Seen    string
	Options []console.Option // of the one choice that the form has
	Levels  []console.Option
	Stops   []herStop
	Stop    herStop          // the one that would be lifted
	Rows    map[string]int64 // what would be forgotten
	Word    string           // to be typed
	Erasing *crm.PrivacyRequest
}

// formOf is the page to change something; nil: it cannot be changed any more, and
// that was answered.
func (v *seat) formOf(title string) (*customerForm, error) {
	c, err := v.herself()
	if err != nil {
		return nil, err
	}
	if there, err := v.there(c); !there {
		return nil, err
	}
	v.page.Title, v.page.Named = title, nameOf(c)
	return &customerForm{Customer: c, Name: nameOf(c)}, nil
}

// edited is what an edit comes back with: on the page again, or done.
func (v *seat) edited(f *customerForm, pageName, said string, due []string, err error) error {
	if errors.Is(err, crm.ErrNotFound) { // while the page stood open
		c, missing := v.herself()
		if missing != nil {
			return missing
		}
		if there, answered := v.there(c); !there {
			return answered
		}
		return err
	}
	if err != nil {
		return v.again(pageName, f, err)
	}
	if len(due) > 0 && v.Ring != nil {
		v.Ring(store.KindMessage, v.shop.ID, due...)
	}
	return v.done(v.path("customers", f.ID), said)
}

// plan is what follows from her being as she is now.
func (v *seat) plan() store.Plan {
	return func(e crm.Event) []crm.Message { return journeys.Plan(e, v.shop) }
}

func (v *seat) askBirthday() error {
	f, err := v.formOf("customers.birthday.title")
	if f == nil || err != nil {
		return err
	}
	f.Seen = seen(string(f.Birthday.Day), f.Birthday.At)
	return v.show("customer_birthday", f)
}

// editBirthday takes what staff was told, in the form that other doors take too.
func (v *seat) editBirthday() error {
	f, err := v.formOf("customers.birthday.title")
	if f == nil || err != nil {
		return err
	}
	f.Seen = seen(string(f.Birthday.Day), f.Birthday.At)
	if err := v.fresh(f.Seen); err != nil {
		return err
	}
	day := crm.MonthDay("")
	if text := v.typed("birthday"); text != "" {
		if day, err = crm.ParseBirthday(text); err != nil {
			return v.again("customer_birthday", f, err)
		}
	}
	ask, err := desk.Ask(crm.Ask{By: v.name(), Reason: v.typed("reason")})
	if err != nil {
		return v.again("customer_birthday", f, err)
	}
	said := "customers.said.birthday"
	if day == "" {
		said = "customers.said.birthday.gone"
	}
	due, err := v.Store.EditCustomer(v.ctx(), v.shop.ID, f.ID, store.CustomerEdit{Birthday: &day, By: ask.By, Seen: f.Customer}, v.plan())
	return v.edited(f, "customer_birthday", said, due, err)
}

// staffConsents are what staff may note of a consent. That somebody agreed needs a
// proof; that she does not, is believed.
var staffConsents = []crm.ConsentState{crm.ConsentUnsubscribed, crm.ConsentNone, crm.ConsentSubscribed}

func (v *seat) consentForm() (*customerForm, error) {
	f, err := v.formOf("customers.consent.title")
	if f == nil || err != nil {
		return nil, err
	}
	f.Seen = seen(string(f.Consent.State), f.Consent.At)
	f.Options = []console.Option{{Label: v.say("customers.consent.choose")}}
	for _, s := range staffConsents {
		f.Options = append(f.Options, console.Option{Value: string(s), Label: v.say("customers.consent.is." + string(s))})
	}
	for _, l := range []string{"single_opt_in", "confirmed_opt_in"} {
		f.Levels = append(f.Levels, console.Option{Value: l, Label: v.say("consent.level." + l)})
	}
	return f, nil
}

func (v *seat) askConsent() error {
	f, err := v.consentForm()
	if f == nil || err != nil {
		return err
	}
	return v.show("customer_consent", f)
}

// editConsent notes what she said, and where: the proof is asked for years later.
func (v *seat) editConsent() error {
	f, err := v.consentForm()
	if f == nil || err != nil {
		return err
	}
	if err := v.fresh(f.Seen); err != nil {
		return err
	}
	var wrong []error
	c := crm.Consent{State: crm.ConsentState(v.typed("state"))}
	switch c.State {
	case crm.ConsentSubscribed:
		c.OptInLevel = "single_opt_in"
		if v.typed("level") == "confirmed_opt_in" {
			c.OptInLevel = "confirmed_opt_in"
		}
	case crm.ConsentUnsubscribed, crm.ConsentNone:
	default:
		wrong = append(wrong, &crm.Invalid{Field: "state", Message: v.say("customers.wrong.state")})
	}
	evidence, tooLong := desk.Line(v.typed("evidence"), 500)
	if evidence == "" || tooLong != nil {
		wrong = append(wrong, &crm.Invalid{Field: "evidence", Message: v.say("customers.wrong.evidence")})
	}
	if len(wrong) > 0 {
		return v.again("customer_consent", f, errors.Join(wrong...))
	}
	due, err := v.Store.EditCustomer(v.ctx(), v.shop.ID, f.ID, store.CustomerEdit{Consent: &c, By: v.name(), Evidence: evidence, Seen: f.Customer}, v.plan())
	return v.edited(f, "customer_consent", "customers.said.consent", due, err)
}

// herOrders are the newest of her orders: they tell which addresses are hers.
func (v *seat) herOrders(c crm.Customer) ([]crm.Order, error) {
	y, err := v.Store.StoryOf(v.ctx(), v.shop.ID, c, 20)
	return y.Orders, err
}

func (v *seat) suppressForm() (*customerForm, []string, error) {
	f, err := v.formOf("customers.suppress.title")
	if f == nil || err != nil {
		return nil, nil, err
	}
	orders, err := v.herOrders(f.Customer)
	if err != nil {
		return nil, nil, err
	}
	f.Options = []console.Option{{Label: v.say("customers.suppress.choose")}}
	for _, s := range []string{crm.ScopeMarketing, crm.ScopeAll} {
		f.Options = append(f.Options, console.Option{Value: s, Label: v.scope(s)})
	}
	for _, j := range journeys.All {
		if j.Purpose == crm.Marketing {
			f.Options = append(f.Options, console.Option{Value: j.Key, Label: v.say("customers.suppress.only", "gesture", v.gestureName(j.Key))})
		}
	}
	f.Stops, err = v.stops(f.Customer, orders)
	return f, addressesOf(f.Customer, orders), err
}

func (v *seat) askSuppress() error {
	f, _, err := v.suppressForm()
	if f == nil || err != nil {
		return err
	}
	return v.show("customer_suppress", f)
}

// suppressCustomer stops mails to all addresses that she bought with.
func (v *seat) suppressCustomer() error {
	f, keys, err := v.suppressForm()
	if f == nil || err != nil {
		return err
	}
	ask, err := desk.Ask(crm.Ask{By: v.name(), Reason: v.typed("reason")})
	scope := v.typed("scope")
	if offered(f.Options, scope) == "" {
		err = errors.Join(err, &crm.Invalid{Field: "scope", Message: v.say("customers.wrong.scope")})
	}
	if len(keys) == 0 {
		err = errors.Join(err, &crm.Invalid{Message: v.say("customers.suppress.none")})
	}
	if err != nil {
		return v.again("customer_suppress", f, err)
	}
	v.act.Detail = scope
	for _, key := range keys {
		if err := v.Store.Suppress(v.ctx(), v.shop.ID, key, scope, ask.By+": "+ask.Reason, time.Time{}); err != nil {
			return err
		}
	}
	return v.done(v.path("customers", f.ID), "customers.said.suppressed")
}

// offered is the value of a choice that was offered; empty: it was none.
func offered(options []console.Option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return value
		}
	}
	return ""
}

// liftForm is about one suppression of hers, by what the address of the page, or
// the form, names: what stands for the mail address, and the scope. Where nothing
// is named it is the first.
func (v *seat) liftForm(which string) (*customerForm, error) {
	f, err := v.formOf("customers.lift.title")
	if f == nil || err != nil {
		return nil, err
	}
	orders, err := v.herOrders(f.Customer)
	if err != nil {
		return nil, err
	}
	all, err := v.stops(f.Customer, orders)
	if err != nil {
		return nil, err
	}
	hash, scope, named := strings.Cut(which, ".")
	for _, s := range all {
		if s.Hash == hash && s.Scope == scope || !named && !s.Over {
			f.Stop, f.Seen = s, seen(s.Reason, s.At)
			return f, nil
		}
	}
	if named {
		return nil, crm.ErrConflict // it was lifted meanwhile
	}
	return f, nil // there is none
}

func (v *seat) askLift() error {
	f, err := v.liftForm(v.QueryParam("stop"))
	if f == nil || err != nil {
		return err
	}
	return v.show("customer_lift", f)
}

// liftCustomer lets mails go to an address of hers again. What she said herself is
// not staff's to take back.
func (v *seat) liftCustomer() error {
	f, err := v.liftForm(v.typed("stop"))
	if f == nil || err != nil {
		return err
	}
	if err := v.fresh(f.Seen); err != nil {
		return err
	}
	if f.Stop.Hash == "" {
		return crm.ErrConflict
	}
	ask, err := desk.Ask(crm.Ask{By: v.name(), Reason: v.typed("reason")})
	if f.Stop.Lifts && v.typed("agreed") == "" {
		err = errors.Join(err, &crm.Invalid{Field: "agreed", Message: v.say("customers.wrong.agreed")})
	}
	if err != nil {
		return v.again("customer_lift", f, err)
	}
	v.act.Detail = f.Stop.Scope
	if err := v.Store.Lift(v.ctx(), v.shop.ID, f.Stop.Address, f.Stop.Scope, ask.By+": "+ask.Reason); errors.Is(err, crm.ErrNotFound) {
		return crm.ErrConflict
	} else if err != nil {
		return err
	}
	return v.done(v.path("customers", f.ID), "customers.said.lifted")
}
