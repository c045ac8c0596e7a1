package handlers

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"grazie/crm"
	"grazie/store"
	"grazie/templates/cards"
)

func (d desktop) packingRoutes() []ConsoleRoute {
	sign := act("/packing/signature", store.Owner, "packing", "packing.sign", (*seat).saveSignature)
	sign.Most = signatureBytes + 64<<10 // with what a form has around it
	return []ConsoleRoute{
		page("/packing", store.Viewer, "packing", "packing.title", (*seat).listPacking),
		look("/packing/cards", store.Support, "packing", "packing.cards", (*seat).printCards),
		page("/packing/signature", store.Viewer, "packing", "packing.signature", (*seat).showSignature),
		sign,
		act("/packing/signature/remove", store.Owner, "packing", "packing.unsign", (*seat).removeSignature),
	}
}

// Bounds of the packing list.
const (
	packingShown = 200
	packingDays  = 31
	birthdaySoon = 14 // days
)

type packingPage struct {
	From, To string // days
	Since    time.Time
	Until    time.Time
	Orders   []packedOrder
	More     bool
	Sheets   []cards.Sheet
	Signed   bool
	MayPrint bool
	MaySign  bool
	Wider    string // address of the list of the last days
	Version  string // of the signature
}

type packedOrder struct {
	store.ToPack
	OrderPage string
	Birthday  string // day of one that is near; empty: none is
	Nameless  bool   // the card greets without her name: it has letters that are not printed
}

func (v *seat) listPacking() error {
	p, err := v.packing()
	if err != nil {
		return err
	}
	return v.show("packing", p)
}

// packing is the list for the days that the address names, or for today.
func (v *seat) packing() (packingPage, error) {
	today, zone := v.shopDay()
	p := packingPage{Sheets: cards.Sheets, MayPrint: v.may(store.Support), MaySign: v.may(store.Owner)}
	from, to := v.day("from", today), v.day("to", today)
	if to.Before(from) {
		from, to = to, from
	}
	if from.Before(to.Add(1 - packingDays)) {
		from = to.Add(1 - packingDays)
		v.page.Wrong["from"] = v.say("packing.wrong.from")
	}
	p.From, p.To = from.String(), to.String()
	p.Since, p.Until = from.At(12, 0, 0, zone), to.At(12, 0, 0, zone)
	p.Wider = v.path("packing") + "?from=" + today.Add(-13).String() + "&to=" + today.String()
	found, more, err := v.Store.ToPack(v.ctx(), v.shop.ID, from.At(0, 0, 0, zone), to.Add(1).At(0, 0, 0, zone), packingShown)
	if err != nil {
		return p, err
	}
	p.More = more
	for _, o := range found {
		row := packedOrder{ToPack: o, OrderPage: v.orderPage(o.Order.ID), Nameless: !cards.Prints(o.Customer.FirstName + o.Customer.LastName)}
		if soon(o.Customer.Birthday.Day, today) {
			row.Birthday = v.page.Birthday(o.Customer.Birthday.Day)
		}
		p.Orders = append(p.Orders, row)
	}
	_, at, err := v.Store.Signature(v.ctx(), v.shop.ID)
	if p.Signed, p.Version = err == nil, strconv.FormatInt(at.Unix(), 36); err != nil && !errors.Is(err, crm.ErrNotFound) {
		return p, err
	}
	return p, nil
}

// day is one of the query, or what is said if it is none.
func (v *seat) day(name string, otherwise crm.Day) crm.Day {
	typed := v.QueryParam(name)
	if typed == "" {
		return otherwise
	}
	d, err := crm.ParseDay(typed)
	if err != nil {
		v.page.Wrong[name] = v.say("packing.wrong.day")
		return otherwise
	}
	return d
}

// soon tells whether a birthday is near.
func soon(born crm.MonthDay, today crm.Day) bool {
	for _, year := range []int{today.Year, today.Year + 1} {
		if d := born.In(year, crm.LeapFeb28); !d.IsZero() && !d.Before(today) && d.Before(today.Add(birthdaySoon+1)) {
			return true
		}
	}
	return false
}

// printCards writes the chosen orders' thank-you letters, a card each.
func (v *seat) printCards() error {
	query := v.Request().URL.Query()
	ids := query["order"]
	sheet := cards.Sheet(query.Get("sheet"))
	if !slices.Contains(cards.Sheets, sheet) {
		sheet = cards.A6
	}
	if len(ids) == 0 && !query.Has("chosen") { // all of the list
		p, err := v.packing()
		if err != nil {
			return err
		}
		for _, o := range p.Orders {
			ids = append(ids, o.Order.ID)
		}
	}
	if len(ids) == 0 || len(ids) > packingShown {
		return &crm.Invalid{Field: "order", Message: "choose between 1 and 200 orders"}
	}
	found, err := v.Store.OrdersByID(v.ctx(), v.shop.ID, slices.Clone(ids))
	if err != nil {
		return err
	}
	var all []cards.Card
	for _, id := range ids {
		o, there := found[id]
		if !there || !o.ErasedAt.IsZero() {
			return crm.ErrNotFound
		}
		w, _, err := v.Desk.Card(v.ctx(), v.shop, id, cards.Prints)
		if err != nil {
			if v.ctx().Err() != nil {
				return err
			}
			v.Log.Warn("a card cannot be written", "shop", v.shop.ID, "order", id, "error", err.Error())
			return &crm.Invalid{Field: "card", Message: v.say("packing.none.card", "order", o.Name)}
		}
		all = append(all, cards.Card{Greeting: w.Greeting, Paragraphs: w.Paragraphs, SignOff: w.SignOff, Sender: w.Sender, Shop: w.Shop, Mark: o.Name})
	}
	png, _, err := v.Store.Signature(v.ctx(), v.shop.ID)
	if err != nil && !errors.Is(err, crm.ErrNotFound) {
		return err
	}
	var b bytes.Buffer
	if err := cards.Write(&b, all, sheet, png, v.say("packing.cards.title", "shop", v.shop.Name), v.Now()); err != nil {
		return err
	}
	v.act.Target, v.act.Detail = clip(strings.Join(ids, " "), 200), fmt.Sprintf("%d cards", len(all))
	if err := v.looked(); err != nil {
		return err
	}
	v.protect()
	v.Response().Header().Set("Content-Disposition", `attachment; filename="`+"cards-"+v.Now().Format(time.DateOnly)+`.pdf"`)
	return v.Blob(http.StatusOK, "application/pdf", b.Bytes())
}
