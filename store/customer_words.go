package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"grazie/crm"
)

// Words that no name has: what lists are narrowed by. A byte that is no letter
// begins them.
const (
	wordListed   = "\x01" // of each customer who is in the list
	wordBirthday = "\x01birthday"
	wordConsent  = "\x01consent:" // and the state
)

// Bounds of what one customer is found by.
const (
	mostWords   = 16
	longestWord = 64  // bytes; a longer one is found by its beginning
	longestMail = 320 // bytes
)

// unfolded are letters that are written with a stroke or as two, and that people
// look for by the plain ones: Unicode knows of no way between them.
var unfolded = strings.NewReplacer("ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "æ", "ae", "œ", "oe", "ı", "i", "ħ", "h", "’", "'", "ʼ", "'")

// fold is a text without case and accents: "Ångström" and "angstrom" are one.
func fold(s string) string {
	s = cases.Fold().String(norm.NFKD.String(strings.ToValidUTF8(s, "")))
	return unfolded.Replace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(s)))
}

// wordsIn are the words of a name, folded. One with a mark in it is found by its
// parts and as a whole: "D'Angelo" by "d", "angelo" and "dangelo".
func wordsIn(name string) (all []string) {
	part := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.Mc, r) }
	for _, written := range strings.Fields(fold(name)) {
		parts := strings.FieldsFunc(written, part)
		for _, p := range parts {
			all = append(all, cut(p, longestWord))
		}
		if len(parts) > 1 {
			all = append(all, cut(strings.Join(parts, ""), longestWord))
		}
	}
	return all
}

// cut is a text of at most so many bytes, of whole letters.
func cut(s string, most int) string {
	for len(s) > most {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}

// wordsOf is all that a customer is found by. One who was erased is not.
func wordsOf(c crm.Customer) []string {
	if !c.ErasedAt.IsZero() || c.ID == "" {
		return nil
	}
	words := wordsIn(c.FirstName + " " + c.LastName)
	slices.Sort(words)
	words = slices.Compact(words)
	words = words[:min(len(words), mostWords)]
	words = append(words, wordListed, wordConsent+string(c.Consent.State))
	if c.EmailKey != "" {
		words = append(words, cut(fold(c.EmailKey), longestMail))
	}
	if c.Birthday.Day != "" {
		words = append(words, wordBirthday)
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// saveWords makes customers findable as they are now, behind their own rows: who
// holds those, holds these. With all, also those whose words stay the same.
func (s *Store) saveWords(ctx context.Context, tx querier, shopID string, changed []*row[crm.Customer], all bool) error {
	var ids []string
	words := map[string][]string{}
	for _, r := range changed {
		now := wordsOf(r.value)
		if !all && r.revision > 0 && r.was.EmailKey == r.value.EmailKey && r.was.CreatedAt.Equal(r.value.CreatedAt) && slices.Equal(wordsOf(r.was), now) {
			continue
		}
		id := column(r.value.ID)
		ids, words[id] = append(ids, id), now
	}
	if len(ids) == 0 {
		return nil
	}
	places, err := s.dropWords(ctx, tx, shopID, ids)
	if err != nil {
		return err
	}
	b := newWords()
	for _, r := range changed {
		id := column(r.value.ID)
		place := -micros(r.value.CreatedAt)
		if place == 0 { // a guest, whom no platform dates: as she was found first
			place = places[id]
		}
		if place == 0 {
			place = -micros(cmp.Or(r.value.UpdatedAt, s.now()))
		}
		for _, word := range words[id] {
			hash := ""
			if word == wordListed && r.value.EmailKey != "" {
				if hash, err = s.hash(ctx, tx, shopID, r.value.EmailKey); err != nil {
					return err
				}
			}
			b.add(shopID, []byte(word), place, id, hash)
			if b.rows == wordsAtOnce {
				if err := s.insertWords(ctx, tx, b); err != nil {
					return err
				}
				b = newWords()
			}
		}
	}
	return s.insertWords(ctx, tx, b)
}

// wordsAtOnce is how many rows one statement inserts: SQLite takes the more time
// for each parameter, the more there are.
const wordsAtOnce = 100

func newWords() *bulk { return newBulk("text", "bytea", "bigint", "text", "text") }

func (s *Store) insertWords(ctx context.Context, tx querier, b *bulk) error {
	if b.rows == 0 {
		return nil
	}
	var p params
	_, err := tx.ExecContext(ctx, `insert into customer_words (shop_id, word, place, customer_id, email_hash) `+s.table(&p, b), p...)
	return err
}

// dropWords takes customers out of what is found, and tells the places that they had.
func (s *Store) dropWords(ctx context.Context, tx querier, shopID string, ids []string) (map[string]int64, error) {
	type had struct {
		id    string
		place int64
	}
	p := params{shopID}
	gone, err := rows(ctx, tx, func(r *sql.Rows) (h had, err error) { return h, r.Scan(&h.id, &h.place) },
		`delete from customer_words where `+checked("shop_id")+` = $1 and customer_id`+s.in(&p, ids)+` returning customer_id, place`, p...)
	places := map[string]int64{}
	for _, h := range gone {
		places[h.id] = h.place
	}
	return places, err
}

// wordStep is how many customers a step of IndexCustomers takes.
const wordStep = 300

// IndexCustomers makes some of a shop's customers findable, those behind after by
// their ids: such as were here before customers could be looked for. next is
// where to go on, empty at the end; doing it again changes nothing.
func (s *Store) IndexCustomers(ctx context.Context, shopID, after string) (done int, next string, err error) {
	err = s.write(ctx, func(tx querier) error {
		some, err := rows(ctx, tx, scanRow[crm.Customer], `select revision, data from customers where shop_id = $1 and id > $2 order by id limit $3`+s.forUpdate(), shopID, after, wordStep)
		if err != nil {
			return err
		}
		done, next = len(some), ""
		changed := make([]*row[crm.Customer], len(some))
		for i := range some {
			changed[i] = &some[i]
		}
		if done == wordStep {
			next = some[done-1].value.ID
		}
		return s.saveWords(ctx, tx, shopID, changed, true)
	})
	return done, next, err
}

// span is the words that begin with one, or that one alone.
type span struct{ from, to []byte }

func exactly(word string) span { return span{[]byte(word), append([]byte(word), 0)} }

// beginning is all words with a prefix: up to the first that has another.
func beginning(prefix string) span {
	to := bytes.Clone([]byte(prefix))
	for i := len(to) - 1; i >= 0; i-- { // valid UTF-8 has no byte 0xff
		if to[i] < 0xff {
			to[i]++
			return span{[]byte(prefix), to[:i+1]}
		}
	}
	return span{[]byte(prefix), nil}
}
