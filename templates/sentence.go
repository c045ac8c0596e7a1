package templates

import (
	"fmt"
	"strings"
)

// slot is a place in a sentence that the facts fill.
type slot uint8

const (
	slotNone    slot = iota
	slotFirst        // the customer's first name
	slotName         // her full name
	slotGoods        // the product and how many others
	slotProduct      // the product's title
	slotN            // a count, in words up to ten; of a code, the amount
	slotOrdinal      // which order it is, in words
	slotPlace        // city or region
	slotShop         // the shop's name
	slotSender       // the owner's name
	slotOrder        // the order's name, #1001
	slotAgo          // how long the first order is ago, "two years ago"
	slotDate         // the last day of a code, with its weekday
	slotTime         // and the time of that day
	slotZone         // the time zone of both
	slotStart        // the first day of a code
	slotWith         // what a code may be used together with
	slots
)

var slotNames = map[string]slot{
	"first": slotFirst, "name": slotName, "goods": slotGoods, "product": slotProduct, "n": slotN,
	"ordinal": slotOrdinal, "place": slotPlace, "shop": slotShop, "sender": slotSender, "order": slotOrder,
	"ago": slotAgo, "date": slotDate, "time": slotTime, "zone": slotZone, "start": slotStart, "with": slotWith,
}

// values fill the slots of one mail; an empty one is not known.
type values [slots]string

// wording is a sentence ready to be filled: literal text and slots in turn.
type wording struct{ pieces []piece }

type piece struct {
	literal string
	slot    slot
}

// parseWording reads a sentence. It refuses what a customer would stumble
// over: unknown slots, double spaces, spaces before a full stop.
func parseWording(s string) (wording, error) {
	var w wording
	if s != strings.TrimSpace(s) || s == "" || strings.Contains(s, "  ") || strings.ContainsAny(s, "\n\t") {
		return w, fmt.Errorf("%q: empty or stray spaces", s)
	}
	if strings.Contains(s, " .") || strings.Contains(s, " ,") || strings.Contains(s, "..") {
		return w, fmt.Errorf("%q: a space or a dot too many", s)
	}
	for s != "" {
		literal, rest, found := strings.Cut(s, "{")
		if literal != "" {
			w.pieces = append(w.pieces, piece{literal: literal})
		}
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		at := slotNames[name]
		if !closed || at == slotNone {
			return w, fmt.Errorf("there is no slot {%s}", name)
		}
		w.pieces = append(w.pieces, piece{slot: at})
		s = after
	}
	return w, nil
}

// uses tells whether the sentence has the slot.
func (w wording) uses(s slot) bool {
	for _, p := range w.pieces {
		if p.slot == s && s != slotNone {
			return true
		}
	}
	return false
}

// fits tells whether every slot of the sentence has a value.
func (w wording) fits(v *values) bool {
	for _, p := range w.pieces {
		if p.slot != slotNone && v[p.slot] == "" {
			return false
		}
	}
	return len(w.pieces) > 0
}

// fill writes the sentence.
func (w wording) fill(v *values) string {
	if len(w.pieces) == 1 && w.pieces[0].slot == slotNone {
		return w.pieces[0].literal
	}
	n := 0
	for _, p := range w.pieces {
		n += len(p.literal) + len(v[p.slot])
	}
	var b strings.Builder
	b.Grow(n)
	for i, p := range w.pieces {
		if p.slot != slotNone {
			b.WriteString(v[p.slot])
			continue
		}
		// "Acme Inc." brings the full stop itself.
		if i > 0 && p.literal[0] == '.' && strings.HasSuffix(v[w.pieces[i-1].slot], ".") {
			b.WriteString(p.literal[1:])
			continue
		}
		b.WriteString(p.literal)
	}
	return b.String()
}

// phrase is one sentence of the bank, in both ways to address a customer. In
// the files it is a text, or, where the two differ, "informal" and "formal".
type phrase struct {
	key      string // thank_you.open.3: stored with the message, never reused
	informal wording
	formal   wording
}

// UnmarshalYAML reads a text or the pair.
func (p *phrase) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	pair := struct{ Informal, Formal string }{}
	if unmarshal(&one) == nil {
		pair.Informal, pair.Formal = one, one
	} else if err := unmarshal(&pair); err != nil {
		return err
	}
	var err error
	if p.informal, err = parseWording(pair.Informal); err != nil {
		return err
	}
	p.formal, err = parseWording(pair.Formal)
	return err
}

// in is the sentence in the shop's way to address people.
func (p phrase) in(formal bool) wording {
	if formal {
		return p.formal
	}
	return p.informal
}
