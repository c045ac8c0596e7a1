package templates

import (
	"regexp"
	"strings"

	"grazie/crm"
)

// maxTitle is the longest product title that a sentence carries.
const maxTitle = 60

// item is one product of the order by the name that a letter uses.
type item struct {
	id       string // the platform's product, when it told one
	title    string // empty when it cannot be said
	quantity int
	price    int64
}

// itemsOf joins the lines of an order that are the same product, such as two
// sizes of one shirt, and names them well.
func itemsOf(o *crm.Order) []item {
	if o == nil {
		return nil
	}
	goods := o.Goods()
	items := make([]item, 0, len(goods))
next:
	for _, g := range goods {
		it := item{g.ProductID, productName(g), g.Quantity, g.Price.Minor}
		for i := range items {
			if it.id != "" && items[i].id == it.id || it.title != "" && items[i].title == it.title {
				items[i].quantity += it.quantity
				items[i].price = max(items[i].price, it.price)
				continue next
			}
		}
		items = append(items, it)
	}
	return items
}

// best is the product that the letter names: the dearest that has a name, the
// first of equals; -1 when none can be named.
func best(items []item) int {
	at := -1
	for i, it := range items {
		if it.title != "" && (at < 0 || it.price > items[at].price) {
			at = i
		}
	}
	return at
}

// productName is a product's title as one says it: as the shop wrote it, but
// without article numbers, the variant, and what was added for search engines.
// Empty when it cannot be said.
func productName(it crm.LineItem) string {
	s := clean(strings.ToValidUTF8(it.Title, ""))
	if linked(s) || strings.Contains(s, "@") {
		return ""
	}
	s = unquote(s)
	if head, _, ok := strings.Cut(s, " | "); ok && letters(head) > 2 {
		s = head
	}
	variant := fold(clean(it.Variant)) // "blue / m"
	for {
		head, tail := lastSegment(s)
		if letters(head) < 3 || !noise(tail, variant) {
			break
		}
		s = head
	}
	s = strings.TrimRight(strings.TrimSpace(s), " ,;:.-–—/|*#")
	if letters(s) < 2 {
		return ""
	}
	return isolate(truncate(s, maxTitle))
}

// lastSegment splits off what stands last in brackets or after a dash or slash.
func lastSegment(s string) (head, tail string) {
	if n := len(s); n > 0 && (s[n-1] == ')' || s[n-1] == ']') {
		open := map[byte]byte{')': '(', ']': '['}[s[n-1]]
		if i := strings.LastIndexByte(s, open); i > 0 {
			return strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+1 : n-1])
		}
	}
	at, width := -1, 0
	for _, sep := range []string{" - ", " – ", " — ", " / ", ", ", " #"} {
		if i := strings.LastIndex(s, sep); i > at {
			at, width = i, len(sep)
		}
	}
	if at > 0 {
		return strings.TrimSpace(s[:at]), strings.TrimSpace(s[at+width:])
	}
	// An article number may stand last without any sign.
	if i := strings.LastIndexByte(s, ' '); i > 0 && articleNumber.MatchString(s[i+1:]) && strings.ContainsAny(s[i+1:], "-_") {
		return s[:i], s[i+1:]
	}
	return s, ""
}

var (
	// articleNumber has digits, and only capitals: SKU-10442, AB12-XL, 4711.
	articleNumber = regexp.MustCompile(`^(?:(?i:sku|art|ref|nr|no|item|model|ean)[.:]?[ #-]*)?[A-Z0-9][A-Z0-9._/-]*[0-9][A-Z0-9._/-]*$`)
	// dimension is a size or an amount: XL, 42, 500 g, 30x40 cm, 2er, 3-pack.
	dimension = regexp.MustCompile(`(?i)^(?:x{0,3}[sl]|m|\d{1,4}(?:[.,]\d+)?(?: ?x ?\d{1,4}(?:[.,]\d+)?)* ?(?:g|gr|kg|mg|ml|cl|dl|l|mm|cm|m|oz|lb|lbs|in|inch|"|pcs|stk|er)?|size [a-z0-9]+|one size)$`)
)

func noise(tail, variant string) bool {
	if tail == "" {
		return false
	}
	if tail := fold(tail); variant != "" {
		for part := range strings.SplitSeq(variant, " / ") {
			if tail == part || tail == variant {
				return true
			}
		}
	}
	return articleNumber.MatchString(tail) || dimension.MatchString(tail)
}

// unquote takes off quotation marks around the whole title: the sentence may
// bring its own.
func unquote(s string) string {
	for _, q := range [][2]string{{`"`, `"`}, {"“", "”"}, {"„", "“"}, {"„", "”"}, {"«", "»"}, {"»", "«"}} {
		inner, ok := strings.CutPrefix(s, q[0])
		if inner, end := strings.CutSuffix(inner, q[1]); ok && end && !strings.Contains(inner, q[0]) && !strings.Contains(inner, q[1]) {
			return strings.TrimSpace(inner)
		}
	}
	return innerQuotes.Replace(pairedQuotes.ReplaceAllString(s, "‘$1’"))
}

// Quotation marks inside a title become those of the inner level, because the
// sentence puts the title into marks of its own. A lone straight one is inches.
var (
	pairedQuotes = regexp.MustCompile(`"([^"]*)"`)
	innerQuotes  = strings.NewReplacer("“", "‘", "”", "’", "„", "‚", "«", "‹", "»", "›")
)
