package crm

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// What codes are made of (mail-and-domain.md, 4.9): no letter or digit that
// looks like another, and few vowels, so that few words come about.
const (
	codeAlphabet = "23456789ABCDEFGHJKMNPQRTVWXY"
	codeLength   = 10 // 48 bits: a guess hits one of a million codes once in 300 million times
	codeBlock    = 5
)

// ugly is what a code must not hold, in the letters that codes have.
var ugly = []string{
	"88", "ARYAN", "BEANER", "CACCA", "CAGA", "CANCER", "CRAP", "DAMN", "DEAD", "DEATH", "DYKE", "FAEN", "FAG", "FART",
	"FAT", "FCK", "GAY", "GEY", "HATE", "JEW", "KACK", "KAFF", "KAKA", "KKK", "KYKE", "MERDA", "MERDE", "NAZ", "NEGER",
	"NEGR", "PEDE", "PEDR", "PENE", "RAPE", "RETARD", "TRANNY", "TWAT", "VAGEN", "WANK", "XXX",
}

// NewCode draws a discount code, "GRAZIE-7KQ2M-9XTBC". The source must be one
// for secrets: who knows some codes must not know another. A wrong prefix is
// an *Invalid.
func NewCode(prefix string, random io.Reader) (string, error) {
	if err := CheckCodePrefix(prefix); err != nil {
		return "", err
	}
	for range 100 { // a code in ten thousand is drawn anew
		drawn, err := symbols(codeLength, random)
		if err != nil {
			return "", fmt.Errorf("drawing a discount code: %w", err)
		}
		if !isUgly(drawn) {
			return prefix + "-" + drawn[:codeBlock] + "-" + drawn[codeBlock:], nil
		}
	}
	return "", errors.New("drawing a discount code: the source of chance repeats itself")
}

// symbols draws evenly: bytes beyond the last whole turn of the alphabet would
// favour its first letters, so they are thrown away.
func symbols(n int, random io.Reader) (string, error) {
	const turns = 256 / len(codeAlphabet) * len(codeAlphabet)
	var drawn []byte
	b := make([]byte, 1)
	for tries := 0; len(drawn) < n; tries++ {
		if tries > 100*n {
			return "", errors.New("the source of chance repeats itself")
		}
		if _, err := io.ReadFull(random, b); err != nil {
			return "", err
		}
		if int(b[0]) < turns {
			drawn = append(drawn, codeAlphabet[int(b[0])%len(codeAlphabet)])
		}
	}
	return string(drawn), nil
}

func isUgly(code string) bool {
	for _, word := range ugly {
		if strings.Contains(code, word) {
			return true
		}
	}
	return false
}

// CheckCodePrefix tells what is wrong with what stands before every code.
func CheckCodePrefix(prefix string) error {
	if len(prefix) < 2 || len(prefix) > 12 || strings.Trim(prefix, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return &Invalid{Field: "code_prefix", Message: fmt.Sprintf("%q cannot begin a code: use 2 to 12 of the letters A to Z and digits", prefix)}
	}
	return nil
}

// CodeKey is the form of a code that is compared: upper case, without spaces
// and hyphens. Letters that look alike are not mapped: a wrong code is refused
// rather than guessed.
func CodeKey(code string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' || r == '\t' || r == '\u00a0' {
			return -1
		}
		return r
	}, strings.ToUpper(strings.TrimSpace(code)))
}

// CodeStanding is how a discount code stands.
type CodeStanding string

const (
	CodePlanned CodeStanding = "planned" // not made yet
	CodeWorking CodeStanding = "works"
	CodeUsed    CodeStanding = "used" // by an order that stands
	CodeOver    CodeStanding = "expired"
	CodeTaken   CodeStanding = "revoked"
	CodeFailed  CodeStanding = "failed" // the shop refused it
)

// CodeStandings lists them all, for filters.
var CodeStandings = []CodeStanding{CodeWorking, CodeUsed, CodeOver, CodeTaken, CodePlanned, CodeFailed}

// Standing is how the code of an effect stands; empty: it has none. A code whose
// last day is over works until the shop was told.
func (e Effect) Standing() CodeStanding {
	switch c := e.Code; {
	case c == nil:
		return ""
	case c.Used():
		return CodeUsed
	case c.Ended != "":
		return CodeStanding(c.Ended)
	case e.State == EffectUndone:
		return CodeTaken // the server has yet to tell the shop
	case e.State == EffectDone:
		return CodeWorking
	case e.State == EffectFailed:
		return CodeFailed
	}
	return CodePlanned
}

// Revocable tells whether the code can be taken back.
func (e Effect) Revocable() bool {
	return e.Code != nil && !e.Code.Used() && e.Code.Ended == "" && e.State != EffectUndone
}
