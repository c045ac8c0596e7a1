package handlers

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
)

// areasPage lists the merchant's own sentences about places, and takes a new one.
type areasPage struct {
	Areas []areaRow
	areaForm
}

type areaRow struct {
	ID, Place string
	Texts     []areaText
}

type areaText struct{ Tag, Text string }

// areaForm is one place as it is typed.
type areaForm struct {
	ID    string // empty: a new one
	Area  crm.Area
	Texts []areaText // a language each, those that mails are written in
	Seen  string
	May   bool
}

// areaID stands for a place in an address.
func areaID(a crm.Area) string {
	sum := sha256.Sum256([]byte(desk.AreaKey(a)))
	return hex.EncodeToString(sum[:8])
}

// areaSeen is how a place's sentences stood.
func areaSeen(a crm.Area) string {
	text, _ := json.Marshal(a) // texts alone
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// placeOf names a place, the most exact part first.
func (v *seat) placeOf(a crm.Area) string {
	if a.Country == "" {
		return v.say("settings.areas.everywhere")
	}
	return strings.Join(slices.DeleteFunc([]string{a.City, a.Region, a.Country}, func(s string) bool { return s == "" }), ", ")
}

// areaForm is the form of one place.
func (v *seat) areaForm(id string, a crm.Area) areaForm {
	f := areaForm{ID: id, Area: a, May: v.may(store.Manager)}
	if id != "" {
		f.Seen = areaSeen(a)
	}
	first, _, _ := strings.Cut(v.shop.Locale, "-")
	tags := []string{first}
	for _, tag := range append(v.Desk.Templates.Locales(), slices.Sorted(maps.Keys(a.Text))...) {
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	for _, tag := range tags {
		f.Texts = append(f.Texts, areaText{tag, a.Text[tag]})
	}
	return f
}

func (v *seat) areasPage() areasPage {
	p := areasPage{areaForm: v.areaForm("", crm.Area{Country: v.shop.Country})}
	for _, a := range v.shop.Areas {
		row := areaRow{ID: areaID(a), Place: v.placeOf(a)}
		for _, tag := range slices.Sorted(maps.Keys(a.Text)) {
			row.Texts = append(row.Texts, areaText{tag, a.Text[tag]})
		}
		p.Areas = append(p.Areas, row)
	}
	return p
}

func (v *seat) listAreas() error { return v.show("settings_areas", v.areasPage()) }

func (v *seat) showArea() error {
	i := findArea(v.shop.Areas, v.Param("area"))
	if i < 0 {
		return crm.ErrNotFound
	}
	v.page.Named = v.placeOf(v.shop.Areas[i])
	return v.show("settings_area", v.areaForm(v.Param("area"), v.shop.Areas[i]))
}

func findArea(all []crm.Area, id string) int {
	return slices.IndexFunc(all, func(a crm.Area) bool { return areaID(a) == id })
}

// typedArea reads the form, and tells all that is wrong with it.
func (v *seat) typedArea() (crm.Area, error) {
	a := crm.Area{Country: strings.ToUpper(v.typed("country")), Region: v.typed("region"), City: v.typed("city"), Text: map[string]string{}}
	for name := range v.form() {
		if tag, is := strings.CutPrefix(name, "text."); is && v.typed(name) != "" {
			a.Text[tag] = v.typed(name)
		}
	}
	var wrong []error
	for _, bad := range desk.CheckArea(&a) {
		field, key := bad.Field, "settings.bad.area."+bad.Field
		if strings.HasPrefix(field, "text.") {
			key = "settings.bad.area.sentence"
		}
		wrong = append(wrong, &crm.Invalid{Field: field, Message: v.say(key, "most", desk.MostAreaText)})
	}
	return a, errors.Join(wrong...)
}

// putArea stores a place instead of the one at i, or, below 0, beside all others.
func (v *seat) putArea(shop *crm.Shop, i int, a crm.Area) error {
	same := findArea(shop.Areas, areaID(a))
	switch {
	case same >= 0 && same != i:
		return &crm.Invalid{Field: "country", Message: v.say("settings.bad.area.twice")}
	case i < 0 && len(shop.Areas) >= desk.MostAreas:
		return &crm.Invalid{Field: "country", Message: v.say("settings.bad.area.many", "most", desk.MostAreas)}
	case i < 0:
		shop.Areas = append(slices.Clone(shop.Areas), a)
	default:
		shop.Areas = slices.Clone(shop.Areas)
		shop.Areas[i] = a
	}
	slices.SortStableFunc(shop.Areas, func(a, b crm.Area) int { return cmp.Compare(desk.AreaKey(a), desk.AreaKey(b)) })
	return nil
}

func (v *seat) addArea() error {
	a, err := v.typedArea()
	if err == nil {
		v.act.Target = areaID(a)
		_, err = v.Store.ChangeShop(v.ctx(), v.shop.ID, func(shop *crm.Shop) error { return v.putArea(shop, -1, a) })
	}
	if err != nil {
		return v.again("settings_areas", v.areasPage(), err)
	}
	return v.done(v.path("settings", "areas"), "settings.said.area")
}

// saveArea changes a place. Where somebody else did meanwhile, what was typed
// stays, and the page says so; saved again, it holds.
func (v *seat) saveArea() error {
	id := v.Param("area")
	a, err := v.typedArea()
	if err == nil {
		var now crm.Shop
		_, err = v.Store.ChangeShop(v.ctx(), v.shop.ID, func(shop *crm.Shop) error {
			now = *shop
			i := findArea(shop.Areas, id)
			if i < 0 || v.form().Get("seen") != areaSeen(shop.Areas[i]) {
				return crm.ErrConflict
			}
			v.act.Detail = areaID(a)
			return v.putArea(shop, i, a)
		})
		if errors.Is(err, crm.ErrConflict) {
			return v.areaChanged(now, id)
		}
	}
	if err != nil {
		f := v.areaForm(id, crm.Area{})
		f.Seen = v.form().Get("seen")
		return v.again("settings_area", f, err)
	}
	return v.done(v.path("settings", "areas"), "settings.said.area")
}

// areaChanged shows what was typed once more, over what stands there now. A place
// that was taken away meanwhile is offered as a new one.
func (v *seat) areaChanged(now crm.Shop, id string) error {
	v.page.Typed, v.shop = v.form(), now
	if i := findArea(now.Areas, id); i >= 0 {
		v.page.Wrong[""] = v.say("settings.areas.changed")
		return v.render(http.StatusConflict, "settings_area", v.areaForm(id, now.Areas[i]))
	}
	v.page.Wrong[""] = v.say("settings.areas.gone")
	return v.render(http.StatusConflict, "settings_areas", v.areasPage())
}

func (v *seat) removeArea() error {
	_, err := v.Store.ChangeShop(v.ctx(), v.shop.ID, func(shop *crm.Shop) error {
		i := findArea(shop.Areas, v.Param("area"))
		if i < 0 {
			return crm.ErrNotFound
		}
		if err := v.fresh(areaSeen(shop.Areas[i])); err != nil {
			return err
		}
		shop.Areas = slices.Delete(slices.Clone(shop.Areas), i, i+1)
		return nil
	})
	if err != nil {
		return err
	}
	return v.done(v.path("settings", "areas"), "settings.said.area.removed")
}
