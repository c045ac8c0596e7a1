package desk

import (
	"fmt"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/integrations"
	"grazie/journeys"
)

// Lack is something that a shop still needs, or should have.
type Lack struct {
	Key      string // names it for pages: a ShopField, or one of those below
	Stops    bool   // the first steps cannot be finished without it
	Sentence string
	Mend     string // the command that mends it; empty: none can
}

// Lacks beside those of ShopFields.
const (
	LackConnection = "connection"  // the platform does not let Grazie act, or the app was removed
	LackScopes     = "scopes"      // the merchant allowed less than the app asks for
	LackSenderName = "sender_name" // nobody signs
	LackCountry    = "country"     // the strictest law holds
	LackGestures   = "gestures"    // nothing would ever be sent
	LackFinish     = "finish"      // the first steps were not finished
)

// Lacks are what a shop still misses, what stops everything first.
func Lacks(shop crm.Shop, p integrations.Platform) []Lack {
	var stops, others []Lack
	for _, f := range ShopFields {
		set := `grazie shop set ` + shop.Domain + ` ` + f.Name + `="..."`
		try := shop
		switch v := f.Show(shop); {
		case v == "" && f.Required:
			stops = append(stops, Lack{f.Name, true, sentenceOf[f.Name] + " is missing.", set})
		case v == "" && f.Name == LackCountry:
			others = append(others, Lack{f.Name, false, "The shop's country is missing: customers whose country is not known either get no marketing without express consent.", set})
		case v == "":
		case f.Set(&try, v) != nil:
			stops = append(stops, Lack{f.Name, true, sentenceOf[f.Name] + " cannot be used as it is.", set})
		}
	}
	add := func(missing bool, key, sentence, mend string) {
		if missing {
			others = append(others, Lack{key, false, sentence, mend})
		}
	}
	add(shop.State == crm.ShopUninstalled || shop.Broken != "", LackConnection,
		"The shop does not let Grazie in any more: the merchant opens the app again from the shop's admin, or the shop is connected again.", connectAgain(shop))
	if scoped, ok := p.(integrations.Scoped); ok && len(shop.Scopes) > 0 {
		missing := scoped.MissingScopes(shop.Scopes)
		add(len(missing) > 0, LackScopes, "The shop does not allow "+strings.Join(missing, ", ")+": the merchant opens the app again from the shop's admin and allows it.", "")
	}
	add(shop.Sender.Email != "" && shop.Sender.Name == "", LackSenderName,
		"The sender has no name: letters are signed with nobody's.", `grazie shop set `+shop.Domain+` from="Anna <`+shop.Sender.Email+`>"`)
	add(!slices.ContainsFunc(journeys.All, func(j journeys.Journey) bool { return j.Values(shop).Bool("enabled") && Unable(p, j.Key) == "" }), LackGestures,
		"No gesture is switched on: nothing would be sent.", "grazie journey set thank_you enabled=true --shop "+shop.Domain)
	add(shop.App && shop.SetUpAt.IsZero() && shop.State == crm.ShopPaused, LackFinish,
		"The first steps were not finished: nothing is sent until then.", "grazie shop setup "+shop.Domain+" --link")
	return append(stops, others...)
}

// sentenceOf begins what is said about a field.
var sentenceOf = map[string]string{
	"name": "The shop's name", "from": "The sender", "reply_to": "The reply address", "legal_name": "The legal name, which marketing must show,",
	"address": "The postal address, which marketing must show,", "timezone": "The time zone", "country": "The country",
	"locale": "The language", "currency": "The currency", "formal": "The form of address",
}

// connectAgain is the command for shops that staff connected: into an app only
// its merchant can let Grazie again.
func connectAgain(shop crm.Shop) string {
	if shop.App {
		return ""
	}
	return fmt.Sprintf("grazie shop connect %s --help", shop.Platform)
}

// Abilities that gestures need, by the words of integrations.Abilities.
const (
	UnableCodes   = "discount codes"
	UnableReturns = "return upgrades"
)

// needsOf says what a gesture cannot do without at the shop's platform.
var needsOf = map[string]string{"birthday_coupon": UnableCodes, "anniversary_coupon": UnableCodes, "return_upgrade": UnableReturns}

// Unable tells what a platform cannot do that a gesture needs; empty: nothing.
func Unable(p integrations.Platform, journey string) string {
	if _, cannot := integrations.Abilities(p); slices.Contains(cannot, needsOf[journey]) {
		return needsOf[journey]
	}
	return ""
}
