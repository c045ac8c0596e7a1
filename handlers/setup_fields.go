package handlers

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"grazie/crm"
	"grazie/desk"
	"grazie/journeys"
	"grazie/templates/pages"
)

// setupFields are what is typed or chosen on the page: the desk's fields, but
// the sender's name and address apart.
var setupFields = func() []desk.ShopField {
	all := []desk.ShopField{
		{Name: "sender_name", Set: func(s *crm.Shop, v string) (err error) { s.Sender.Name, err = desk.Line(v, 80); return err },
			Show: func(s crm.Shop) string { return s.Sender.Name }},
		{Name: "sender_email", Required: true, Set: func(s *crm.Shop, v string) (err error) { s.Sender.Email, err = desk.Address(v); return err },
			Show: func(s crm.Shop) string { return s.Sender.Email }},
	}
	for _, f := range desk.ShopFields {
		if f.Name != "from" && f.Name != "formal" {
			all = append(all, f)
		}
	}
	return all
}()

// complaint is what is wrong with a field.
type complaint struct {
	what string // needed, bad, changed, taken
	now  string // of changed: what stands there now
}

// errWrong ends a transaction that complaints came up in.
var errWrong = errors.New("something typed cannot be taken")

// save stores what she changed, by what the page showed her: a field that she
// left as it was stays as it is now, and one that another changed meanwhile is
// not overwritten unseen. With complaints nothing is stored.
func (s setup) save(ctx context.Context, v step, form url.Values) (shop crm.Shop, wrong map[string]complaint, err error) {
	taken, err := s.taken(ctx, v.shop, form)
	if err != nil {
		return shop, nil, err
	}
	shop, err = s.Store.ChangeShop(ctx, v.shop.ID, func(shop *crm.Shop) error {
		wrong = map[string]complaint{}
		for _, f := range setupFields {
			if !form.Has(f.Name) || !form.Has(f.Name+"_was") {
				continue
			}
			typed, was, now := strings.TrimSpace(form.Get(f.Name)), form.Get(f.Name+"_was"), f.Show(*shop)
			switch {
			case typed == was, typed == now:
			case now != was:
				wrong[f.Name] = complaint{what: "changed", now: now}
			case typed == "" && f.Required:
				wrong[f.Name] = complaint{what: "needed"}
			case f.Set(shop, typed) != nil:
				wrong[f.Name] = complaint{what: "bad"}
			case f.Name == "sender_email" && taken:
				wrong[f.Name] = complaint{what: "taken"}
			}
		}
		if form.Has("formal_was") && form.Get("formal") != form.Get("formal_was") {
			shop.Formal = form.Get("formal") == "true"
		}
		for _, j := range journeys.All {
			want, was := slices.Contains(form["on"], j.Key), slices.Contains(form["on_was"], j.Key)
			if slices.Contains(form["shown"], j.Key) && want != was && (!want || desk.Unable(v.platform, j.Key) == "") {
				turn(shop, j.Key, want)
			}
		}
		if len(wrong) > 0 {
			return errWrong
		}
		return nil
	})
	if errors.Is(err, errWrong) {
		err = nil
	}
	return shop, wrong, err
}

// taken tells whether another shop writes from the domain of the sender that was
// typed. A mail service vouches for that domain, whichever shop asks: so nobody
// may take another merchant's without whoever runs the installation.
func (s setup) taken(ctx context.Context, shop crm.Shop, form url.Values) (bool, error) {
	domain := mailDomain(form.Get("sender_email"))
	if domain == "" || domain == mailDomain(shop.Sender.Email) {
		return false, nil
	}
	all, err := s.Store.Shops(ctx)
	return slices.ContainsFunc(all, func(other crm.Shop) bool { return other.ID != shop.ID && mailDomain(other.Sender.Email) == domain }), err
}

func mailDomain(address string) string {
	_, domain, _ := strings.Cut(crm.EmailKey(strings.TrimSpace(address)), "@")
	return domain
}

// turn switches a gesture on or off.
func turn(shop *crm.Shop, journey string, on bool) {
	own := crm.Values{}
	for k, v := range shop.Journeys[journey] {
		own[k] = v
	}
	own["enabled"] = strconv.FormatBool(on)
	if shop.Journeys == nil {
		shop.Journeys = map[string]crm.Values{}
	}
	shop.Journeys[journey] = own
}

// mark puts complaints beside their fields.
func (v step) mark(page *pages.Setup, wrong map[string]complaint) {
	page.Wrong = true
	first := true
	for _, f := range setupFields {
		c, is := wrong[f.Name]
		if !is {
			continue
		}
		field := page.Fields[f.Name]
		switch field.First, first = first, false; {
		case c.what == "needed":
			field.Wrong = v.say("needed")
		case c.what == "taken":
			field.Wrong = v.say(f.Name + ".taken")
		case c.what == "bad":
			field.Wrong = v.say(f.Name + ".bad")
		case c.now == "":
			field.Wrong, field.Was = v.say("changed.empty"), ""
		default:
			field.Wrong, field.Was = v.say("changed", "now", c.now), c.now
		}
		page.Fields[f.Name] = field
	}
}
