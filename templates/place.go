package templates

import (
	"hash/fnv"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"grazie/crm"
)

// spot is where an order goes, as far as a letter may name it.
type spot struct {
	city, region, country string
	shown                 bool // a letter may speak of the area at all
}

// spotOf reads the shipping address with suspicion. A letter does not speak of
// the area for a gift, a pick-up, a box, the forces, a business, or when the
// city is missing or no city (mail-and-domain.md, 4.10).
func spotOf(o *crm.Order, gift bool) spot {
	a := o.Shipping
	if a == nil || gift || o.Pickup || o.Company || a.POBox || a.Company != "" || military(a) {
		return spot{}
	}
	s := spot{city: placeName(a.City), country: strings.ToUpper(strings.TrimSpace(a.Country))}
	if s.city == "" {
		return spot{}
	}
	if len(a.Province) > 3 && !strings.EqualFold(a.Province, a.ProvinceCode) {
		s.region = placeName(a.Province)
	}
	s.shown = true
	return s
}

// military tells forces' post offices, which stand where nobody may say.
func military(a *crm.Address) bool {
	switch fold(a.City) {
	case "apo", "fpo", "dpo", "bfpo":
		return true
	}
	switch strings.ToUpper(a.ProvinceCode) {
	case "AA", "AE", "AP":
		return strings.EqualFold(a.Country, "US")
	}
	return strings.HasPrefix(fold(a.Province), "armed forces")
}

// small are words inside names of places that stay small.
var small = map[string]bool{
	"am": true, "an": true, "auf": true, "bei": true, "der": true, "den": true, "dem": true, "im": true, "in": true, "ob": true, "von": true, "vor": true, "zur": true,
	"de": true, "del": true, "della": true, "di": true, "da": true, "do": true, "dos": true, "du": true, "des": true, "la": true, "le": true, "les": true, "el": true, "los": true, "las": true, "y": true, "e": true, "et": true,
	"sur": true, "sous": true, "en": true, "au": true, "aux": true, "lès": true, "upon": true, "on": true, "by": true, "the": true, "under": true, "of": true, "na": true, "pri": true, "pod": true, "nad": true, "v": true, "ng": true,
}

// placeName is a city or region as a letter may name it, or empty: two letters
// or more, Latin as our languages are, no digits, no test entry.
func placeName(s string) string {
	s = clean(strings.ToValidUTF8(s, ""))
	if nobody[fold(s)] || utf8.RuneCountInString(s) > maxName || letters(s) < 2 || repeated(s) {
		return ""
	}
	vowel, lower, upper := false, false, false
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Latin, r):
			lower, upper = lower || unicode.IsLower(r), upper || unicode.IsUpper(r)
			vowel = vowel || r >= utf8.RuneSelf || strings.ContainsRune("aeiouyAEIOUY", r)
		case unicode.Is(unicode.Mn, r), r == ' ', r == '-', r == '\'', r == '’', r == '.':
		default:
			return ""
		}
	}
	if first, _ := utf8.DecodeRuneInString(s); !unicode.IsLetter(first) && first != '\'' && first != '’' {
		return ""
	}
	if !vowel && len(s) > 4 || !upper && len(s) < 3 {
		return "" // "sdfgh"; but Krk and Brno are fine
	}
	s = strings.TrimRight(s, " .-'")
	if lower != upper { // all small or all capitals: typed in haste
		s = titledPlace(s)
	}
	return s
}

func titledPlace(s string) string {
	words := strings.Split(titled(s), " ")
	for i, w := range words {
		if i > 0 && small[strings.ToLower(w)] {
			words[i] = strings.ToLower(w)
		}
	}
	return strings.Join(words, " ")
}

// ownLine is the merchant's sentence for a place in the letter's language, with
// its key. The most exact match that speaks the language wins: city over
// region over country over the area that matches everywhere.
func ownLine(areas []crm.Area, a *crm.Address, lang string) (text, key string) {
	if a == nil {
		return "", ""
	}
	best := -1
	for _, area := range areas {
		exact, ok := matches(area, a)
		if !ok || exact <= best {
			continue
		}
		if s := sentenceIn(area.Text, lang); s != "" {
			best, text = exact, s
		}
	}
	if text == "" {
		return "", ""
	}
	h := fnv.New32a()
	h.Write([]byte(text))
	return text, "thank_you.own." + strconv.FormatUint(uint64(h.Sum32()), 16)
}

// matches tells whether an area covers an address, and how exact it is.
func matches(area crm.Area, a *crm.Address) (exact int, ok bool) {
	if area.Country != "" {
		if !strings.EqualFold(strings.TrimSpace(area.Country), strings.TrimSpace(a.Country)) {
			return 0, false
		}
		exact++
	}
	if area.Region != "" {
		region := fold(area.Region)
		if region != fold(a.Province) && region != fold(a.ProvinceCode) {
			return 0, false
		}
		exact += 2
	}
	if area.City != "" {
		if fold(area.City) != fold(a.City) {
			return 0, false
		}
		exact += 4
	}
	return exact, true
}

// sentenceIn picks a text by language: the tag itself, or one of the same base.
func sentenceIn(texts map[string]string, lang string) string {
	s := texts[lang]
	if s == "" {
		found := ""
		for tag, t := range texts { // the first by name, maps have no order
			if baseOf(tag) == lang && t != "" && (found == "" || tag < found) {
				found, s = tag, t
			}
		}
	}
	s = truncate(clean(strings.ToValidUTF8(s, "")), 300)
	if letters(s) == 0 {
		return ""
	}
	if last, _ := utf8.DecodeLastRuneInString(s); unicode.IsLetter(last) || unicode.IsDigit(last) {
		s += "."
	}
	return s
}

// Countries that have the four seasons, by hemisphere. Others, near the equator
// or across many climates, get no season line: it would be wrong for somebody.
const (
	north = " AD AL AM AT AX AZ BA BE BG BY CA CH CY CZ DE DK EE ES FI FO FR GB GE GG GI GR HR HU IE IM IS IT JE JP KG KR KZ LI LT LU LV MC MD ME MK MN MT NL NO PL PT RO RS RU SE SI SJ SK SM TR UA US UZ VA XK "
	south = " AR AU CL LS NZ UY ZA "
)

// season is the part of the letter for the time of year, by the months of
// meteorology; empty where none can be told.
func season(country string, now time.Time) string {
	if len(country) != 2 {
		return ""
	}
	shift := 0
	switch {
	case strings.Contains(north, " "+country+" "):
	case strings.Contains(south, " "+country+" "):
		shift = 6
	default:
		return ""
	}
	month := (int(now.Month()) + shift) % 12 // December is 0
	return [4]string{"winter", "spring", "summer", "autumn"}[month/3]
}
