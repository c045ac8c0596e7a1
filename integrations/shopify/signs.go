package shopify

import (
	"strings"
	"unicode"
)

// Shopify marks neither gifts nor pick-up nor post boxes reliably. These are
// the signs that shops leave; where none is found the order is an ordinary one.

// giftNames are the names, without case, spaces and marks, under which themes
// and apps note that an order or a line is a present.
var giftNames = words(`gift isgift giftorder giftmessage giftnote giftwrap giftwrapping giftrecipient giftcardmessage
	regalo isregalo messaggioregalo geschenk geschenkverpackung geschenknachricht cadeau messagecadeau darilo ajandek
	shopifysendgiftcardtorecipient`)

var noWords = words(`no false 0 off none null non nein nem ne`)

// gift tells whether one of the attributes says that it is a present.
func (a attributes) gift() bool {
	for _, at := range a {
		if giftNames[squeeze(string(at.Name))] && at.Value != "" && !noWords[strings.ToLower(string(at.Value))] {
			return true
		}
	}
	return false
}

// tip tells a gratuity. Its line names a payment gateway, which is null as a
// rule, and other lines don't; older bodies give only the title of a product
// that does not exist.
func (l lineItemBody) tip() bool {
	if bool(l.Tip) || bool(l.TipGateway) {
		return true
	}
	return !l.ProductExists && !l.RequiresShipping && l.ProductID == "" && strings.EqualFold(l.Title, "Tip")
}

var (
	pickupNames = words(`pickup localpickup storepickup instorepickup pickupinstore pickuppoint retail clickandcollect
		willcall collection ritiroinnegozio abholung selbstabholung abholungimgeschaeft retraitenmagasin
		pointrelais recogidaentienda osebniprevzem szemelyesatvetel 店頭受取`)
	pickupPhrases = []string{" pickup ", " pick up ", " click and collect ", " click collect ", " ritiro in ", " abholung ",
		" retrait ", " point relais ", " recogida en ", " osebni prevzem ", " személyes átvétel ", " 店頭受取 "}
)

// pickup tells whether the customer collects the order. The platform says so
// in a category or by the name of the shipping method; local pick-up is named
// after the place and only shows in goods that are sent nowhere although the
// body holds an address. What is sold at the counter is taken along.
func (b *orderBody) pickup() bool {
	method := false
	for _, s := range b.ShippingLines {
		if s.IsRemoved {
			continue
		}
		method = true
		if pickupNames[squeeze(s.DeliveryCategory)] || pickupNames[squeeze(s.Code)] || pickupNames[squeeze(s.Source)] ||
			mentions(s.Title, pickupPhrases) {
			return true
		}
	}
	if b.ShippingAddress != (addressBody{}) {
		return false
	}
	return b.SourceName == "pos" || method && b.BillingAddress != (addressBody{}) && b.shipsGoods()
}

func (b *orderBody) shipsGoods() bool {
	for _, l := range b.LineItems {
		if l.RequiresShipping {
			return true
		}
	}
	return false
}

// boxPhrases are what streets say that are none: boxes, lockers and pick-up
// points. A # stands for a number.
var (
	boxPhrases = []string{" po box ", " p o box ", " pobox ", " post office box ", " gpo box ", " locked bag ", " private bag ",
		" general delivery ", " poste restante ", " fermo posta ", " fermoposta ", " postlagernd ",
		" packstation ", " postfiliale ", " paketshop ", " paketbox ", " postfach ", " postbox ", " postbus ", " postboks ",
		" casella postale ", " cas post ", " c p # ", " apartado ", " apdo ", " caixa postal ", " bp # ", " b p # ", " boite postale ",
		" boîte postale ", " point relais ", " relais colis ", " mondial relay ", " postni predal ", " p p # ", " poštni predal ",
		" postafiók ", " postafiok ", " pf # ", " skrytka pocztowa ", " inpost ", " paczkomat ", " foxpost ", " packeta ",
		" zasilkovna ", " zásilkovna ", " citypaq ", " box now ", " boxnow ", " locker ", " access point ", " 私書箱 "}
	forces = []string{" apo ", " fpo ", " dpo "} // of the United States only: Mount Apo has streets
)

func (a addressBody) poBox() bool {
	if mentions(a.Address1, boxPhrases) || mentions(a.Address2, boxPhrases) {
		return true
	}
	if a.country() != "US" {
		return false
	}
	switch a.ProvinceCode { // of the armed forces
	case "AA", "AE", "AP":
		return true
	}
	return mentions(a.Address1, forces) || mentions(a.Address2, forces) || mentions(a.City, forces)
}

// mentions tells whether a text holds one of the phrases as whole words. Case
// and punctuation don't matter, a number is one word whatever it is.
func mentions(text string, phrases []string) bool {
	if text == "" {
		return false
	}
	plain := spell(text)
	for _, p := range phrases {
		if strings.Contains(plain, p) {
			return true
		}
	}
	return false
}

// spell turns "P.O.Box 12" into " p o box # ".
func spell(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 8)
	last := ' '
	b.WriteByte(' ')
	for _, r := range text {
		switch {
		case unicode.IsDigit(r):
			r = '#'
		case unicode.IsLetter(r):
			r = unicode.ToLower(r)
		default:
			r = ' '
		}
		if r == last && (r == ' ' || r == '#') {
			continue
		}
		if (r == '#') != (last == '#') && r != ' ' && last != ' ' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	if last != ' ' {
		b.WriteByte(' ')
	}
	return b.String()
}

// squeeze is a name without case, spaces and marks: "_Gift Message" is "giftmessage".
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

func words(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}
