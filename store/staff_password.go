package store

import (
	"context"
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"grazie/crm"
)

// passwordCost is what OWASP's Password Storage Cheat Sheet asks of argon2id at
// least: 19 MiB, twice, on one core.
var passwordCost = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// mostHashing is how many passwords are hashed at once: more wait, so that a
// crowd at the door takes 38 MiB and no more.
const mostHashing = 2

// nobodys is the hash that is compared where there is none: a stranger learns
// nothing from how long it takes. Of what it is nobody knows.
const nobodys = "$argon2id$v=19$m=19456,t=2,p=1$Z3JhemllIG5vYm9keSdzIQ$6m2N7Qm2hJH0yV8Yx1fN4oQp5s3dK9rT1bC7eG2uW0A"

// passwordTurn waits for one of the places; leave it by calling done.
func (s *Store) passwordTurn(ctx context.Context) (done func(), err error) {
	select {
	case s.hashing <- struct{}{}:
		return func() { <-s.hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// HashPassword is what is stored of a password.
func (s *Store) HashPassword(ctx context.Context, password string) (string, error) {
	done, err := s.passwordTurn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return argon2id.CreateHash(norm.NFKC.String(password), &passwordCost)
}

// CheckPassword tells whether a password is the one that a hash is of. Without a
// hash it takes as long, and says no.
func (s *Store) CheckPassword(ctx context.Context, password, hash string) (bool, error) {
	done, err := s.passwordTurn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	if len(password) > 4*mostPassword {
		password = ""
	}
	compared := hash
	if compared == "" {
		compared = nobodys
	}
	right, err := argon2id.ComparePasswordAndHash(norm.NFKC.String(password), compared)
	return right && hash != "", err
}

// How long a password is, in letters (NIST SP 800-63B, 5.1.1.2).
const (
	leastPassword = 12
	mostPassword  = 128
)

//go:embed staff_common.txt
var commonText string

// common are the words that the most used passwords are made of.
var common = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(commonText) {
		all[word] = true
	}
	return all
})

// PasswordRefused says why a new password is not taken; empty: it is. Why is
// "short", "long" or "common"; nothing is asked of what it is made of. about are
// words that others would try first: her name, her address, the shop's.
func PasswordRefused(password string, about ...string) string {
	password = norm.NFKC.String(password)
	switch n := utf8.RuneCountInString(password); {
	case n < leastPassword:
		return "short"
	case n > mostPassword:
		return "long"
	}
	about = append(about, "grazie")
	var own []string
	for _, a := range about {
		for _, word := range strings.FieldsFunc(strings.ToLower(a), func(r rune) bool { return !unicode.IsLetter(r) }) {
			if utf8.RuneCountInString(word) > 2 {
				own = append(own, folded(word))
			}
		}
	}
	// What is left when all that everybody knows is taken out of it must still be
	// something: "Password123!" is nothing, and so is "annaannaanna2024".
	left := folded(password)
	for _, word := range own {
		left = strings.ReplaceAll(left, word, "")
	}
	if run(left) || len(left) < 4 || common()[left] || repeated(left) {
		return "common"
	}
	return ""
}

// folded is a password without what people put in and around a word to make it
// look like another: capitals, digits and signs, 0 for o.
func folded(s string) string {
	s = strings.ToLower(s)
	ends := strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	if utf8.RuneCountInString(ends) < 4 { // it is digits and signs for the most part
		if utf8.RuneCountInString(ends) == 0 {
			return distinctLetters(s)
		}
		return s
	}
	return strings.Map(func(r rune) rune {
		if to, ok := looks[r]; ok {
			return to
		}
		if !unicode.IsLetter(r) {
			return -1
		}
		return r
	}, ends)
}

var looks = map[rune]rune{'0': 'o', '1': 'l', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', '$': 's', '!': 'i'}

// distinctLetters is a text of digits and signs, or nothing if it has no more than
// three that differ.
func distinctLetters(s string) string {
	seen := []rune(s)
	slices.Sort(seen)
	if len(slices.Compact(seen)) <= 3 {
		return ""
	}
	return s
}

// run tells whether a text is one letter after the other, on the keyboard, in the
// alphabet or among the digits, forwards or backwards, however often.
func run(s string) bool {
	for _, row := range []string{"abcdefghijklmnopqrstuvwxyz", "01234567890", "1234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujmikolp"} {
		back := []rune(row)
		slices.Reverse(back)
		for _, row := range []string{row, string(back)} {
			if len(s) > 0 && strings.Contains(strings.Repeat(row, 1+len(s)/len(row)+1), s) {
				return true
			}
		}
	}
	return false
}

// repeated tells whether a text is one part over and over that is common, a run,
// or shorter than four letters.
func repeated(s string) bool {
	for n := 1; n <= len(s)/2; n++ {
		if part := s[:n]; len(s)%n == 0 && strings.Repeat(part, len(s)/n) == s {
			return n < 4 || common()[part] || run(part)
		}
	}
	return false
}

// NewPassword is PasswordRefused as an error about the field "password".
func NewPassword(password string, about ...string) error {
	switch PasswordRefused(password, about...) {
	case "short":
		return &crm.Invalid{Field: "password", Message: "takes 12 characters or more: a few words that do not belong together are easy to remember"}
	case "long":
		return &crm.Invalid{Field: "password", Message: "takes 128 characters at most"}
	case "common":
		return &crm.Invalid{Field: "password", Message: "is among those that are tried first: take one that is only yours"}
	}
	return nil
}
