package handlers

import (
	"cmp"
	"slices"

	"grazie/crm"
	"grazie/desk"
	"grazie/journeys"
	"grazie/store"
)

func (d desktop) gestureRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("/gestures", store.Viewer, "gestures", "gestures.title", (*seat).listGestures),
		page("/gestures/:journey", store.Viewer, "gestures", "gestures.one", (*seat).showGesture),
		act("/gestures/:journey", store.Manager, "gestures", "gestures.settings", (*seat).setGesture),
		act("/gestures/:journey/switch", store.Manager, "gestures", "gestures.switch", (*seat).switchGesture),
	}
}

// gestureDays is how far back it is told what gestures did.
const gestureDays = 30

// gestureView is one gesture in this shop.
type gestureView struct {
	Key      string
	On       bool
	Unable   bool // the platform cannot do what it needs
	Purpose  string
	Sent     int // in the last 30 days
	Many     bool
	Waiting  int
	More     bool // more may wait than was counted
	Missing  []needed
	Platform string
}

// needed is what a gesture still needs, and the area of the console where that is
// set; empty: on its own page.
type needed struct{ Key, Where string }

func (v *seat) listGestures() error {
	doing, more, err := v.doings(journeys.All...)
	if err != nil {
		return err
	}
	var all []gestureView
	for _, j := range journeys.All {
		all = append(all, v.gesture(j, doing[j.Key], more))
	}
	return v.show("gestures", all)
}

func (v *seat) doings(of ...journeys.Journey) (map[string]store.Doing, bool, error) {
	var keys []string
	for _, j := range of {
		keys = append(keys, j.Key)
	}
	return v.Store.Doings(v.ctx(), v.shop.ID, keys, v.Now().AddDate(0, 0, -gestureDays))
}

func (v *seat) gesture(j journeys.Journey, d store.Doing, more bool) gestureView {
	g := gestureView{Key: j.Key, On: j.Values(v.shop).Bool("enabled"), Purpose: string(j.Purpose), Sent: d.Sent, Many: d.Sent >= store.MostSentCounted, Waiting: d.Waiting, More: more,
		Platform: platformName(v.shop.Platform), Missing: v.missing(j)}
	g.Unable = v.unable(j) != ""
	if j.Purposes != nil {
		g.Purpose = j.Key
	}
	return g
}

// unable is what the shop's platform cannot do that a gesture needs.
func (v *seat) unable(j journeys.Journey) string {
	if p, ok := v.Platforms[v.shop.Platform]; ok {
		return desk.Unable(p, j.Key)
	}
	return ""
}

// missing is what stands between a gesture and its mails.
func (v *seat) missing(j journeys.Journey) (all []needed) {
	set, add := j.Values(v.shop), func(is bool, key, where string) {
		if is {
			all = append(all, needed{key, where})
		}
	}
	unable := v.unable(j)
	add(unable == desk.UnableCodes, "codes", "")
	add(unable == desk.UnableReturns, "returns", "")
	add(v.shop.State == crm.ShopPaused, "paused", "settings")
	add(v.shop.Sender.Email == "", "sender", "settings")
	add(j.Purpose == crm.Marketing && j.Purposes == nil && (v.shop.LegalName == "" || v.shop.PostalAddress == ""), "imprint", "settings")
	add(set["kind"] == string(crm.FreeProduct) && set["product_id"] == "", "product", "")
	add(j.Key == "review_request" && set["review_url"] == "" && !set.Bool("own_page"), "review_page", "")
	add(set["label"] == "merchant" && set["label_url"] == "", "label_link", "")
	add(set["label"] == "none" && set["instructions"] == "", "instructions", "")
	return all
}

// platformName is a platform's name as people write it.
func platformName(key string) string {
	return cmp.Or(map[string]string{"shopify": "Shopify", "woocommerce": "WooCommerce", "bigcommerce": "BigCommerce"}[key], key)
}

// journey is the one that the address names.
func (v *seat) journey() (journeys.Journey, error) {
	j, ok := journeys.Find(v.Param("journey"))
	if !ok {
		return j, crm.ErrNotFound
	}
	v.page.Named = v.say("journeys." + j.Key)
	return j, nil
}

// gesturePage is all of one gesture.
type gesturePage struct {
	G     gestureView
	Form  *settingForm
	Mails []gestureMail
}

// gesturePage looks the gesture up; form is of its settings.
func (v *seat) gesturePage(j journeys.Journey, form *settingForm) (gesturePage, error) {
	doing, more, err := v.doings(j)
	if err != nil {
		return gesturePage{}, err
	}
	mails, err := v.mailsOf(j.Key)
	return gesturePage{v.gesture(j, doing[j.Key], more), form, mails}, err
}

// gestureForm is the form of all settings but the switch.
func (v *seat) gestureForm(j journeys.Journey, shop crm.Shop) *settingForm {
	return v.declare(shop.Journeys[j.Key], slices.DeleteFunc(slices.Clone(j.Settings), func(s crm.Setting) bool { return s.Key == "enabled" }), "gestures."+j.Key, "gestures.any")
}

func (v *seat) showGesture() error {
	j, err := v.journey()
	if err != nil {
		return err
	}
	data, err := v.gesturePage(j, v.gestureForm(j, v.shop))
	if err != nil {
		return err
	}
	return v.show("gesture", data)
}

func (v *seat) setGesture() error {
	j, err := v.journey()
	if err != nil {
		return err
	}
	form := v.gestureForm(j, v.shop)
	_, err = v.Store.ChangeShop(v.ctx(), v.shop.ID, func(shop *crm.Shop) error {
		own, err := form.change(shop.Journeys[j.Key])
		if err != nil {
			return err
		}
		v.act.Detail = form.told()
		keepSettings(shop, j.Key, own)
		return nil
	})
	if err != nil {
		data, fault := v.gesturePage(j, form)
		if fault != nil {
			return fault
		}
		return v.amend("gesture", data, form, err)
	}
	if len(form.Changed) == 0 {
		return v.done(v.path("gestures", j.Key), "gestures.said.same")
	}
	return v.done(v.path("gestures", j.Key), "gestures.said.saved")
}

func keepSettings(shop *crm.Shop, journey string, own crm.Values) {
	if shop.Journeys == nil {
		shop.Journeys = map[string]crm.Values{}
	}
	shop.Journeys[journey] = own
}

// switchGesture turns one on or off. Who looked at a page on which it stood
// otherwise does nothing.
func (v *seat) switchGesture() error {
	j, err := v.journey()
	if err != nil {
		return err
	}
	to := v.typed("to")
	if to != "on" && to != "off" {
		return &crm.Invalid{Field: "to", Message: "on or off"}
	}
	if to == "on" && v.unable(j) != "" {
		return &crm.Invalid{Field: "enabled", Message: "the platform cannot do it"}
	}
	form := v.declare(nil, j.Settings[:1], "gestures.any")
	_, err = v.Store.ChangeShop(v.ctx(), v.shop.ID, func(shop *crm.Shop) error {
		if on := j.Values(*shop).Bool("enabled"); on == (to == "on") {
			return crm.ErrConflict
		}
		keepSettings(shop, j.Key, form.turn(shop.Journeys[j.Key], j.Settings[0], to == "on"))
		v.act.Detail = form.told()
		return nil
	})
	if err != nil {
		return err
	}
	return v.done(v.path("gestures", j.Key), "gestures.said."+to)
}
