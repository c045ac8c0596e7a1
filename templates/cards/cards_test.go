package cards_test

import (
	"bytes"
	"compress/zlib"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"grazie/templates/cards"
)

var noon = time.Date(2027, 3, 5, 12, 0, 0, 0, time.UTC)

// scribble is a signature.
func scribble(t *testing.T) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 300, 90))
	for x := 10; x < 290; x++ {
		for dy := range 4 {
			img.Set(x, 45+dy+(x*x/37)%30-15, color.NRGBA{30, 40, 120, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func printed(t *testing.T, sheet cards.Sheet, signature []byte, all ...cards.Card) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := cards.Write(&b, all, sheet, signature, "Cards", noon); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("GRAZIE_TEST_SHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "cards-"+t.Name()[4:]+"-"+string(sheet)+".pdf"), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// shown reads the texts of a PDF of ours: each is shown by its letters in UTF-16,
// for that is how the font is addressed.
func shown(t *testing.T, pdf []byte) (pages int, text string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`).FindAllSubmatch(pdf, -1) {
		r, err := zlib.NewReader(bytes.NewReader(m[1]))
		if err != nil {
			continue
		}
		content, err := io.ReadAll(r)
		if err != nil || !bytes.Contains(content, []byte("BT ")) {
			continue
		}
		pages++
		for _, s := range regexp.MustCompile(`(?s)\(((?:\\.|[^\\)])*)\) ?Tj`).FindAllSubmatch(content, -1) {
			raw := regexp.MustCompile(`(?s)\\(.)`).ReplaceAllFunc(s[1], func(b []byte) []byte {
				if b[1] == 'r' {
					return []byte("\r")
				}
				return b[1:]
			})
			var units []uint16
			for i := 0; i+1 < len(raw); i += 2 {
				units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
			}
			text += string(utf16.Decode(units)) + "\n"
		}
	}
	return pages, text
}

var letter = cards.Card{Greeting: "Kedves Őrsi Éva,", Paragraphs: []string{"Köszönöm a rendelést.", "Hvala, čaj je že na poti. Merci à vous : ça fait plaisir."}, SignOff: "Szeretettel,", Sender: "Anna Žužek", Shop: "Bottega & Figli", Mark: "#1001"}

// What is written stands on the card, in all letters of our languages.
func TestCardsTell(t *testing.T) {
	pages, text := shown(t, printed(t, cards.A6, scribble(t), letter))
	if pages != 1 {
		t.Errorf("%d pages", pages)
	}
	for _, want := range append([]string{letter.Greeting, letter.SignOff, letter.Sender, letter.Shop, letter.Mark}, letter.Paragraphs...) {
		for _, word := range strings.Fields(want) {
			if !strings.Contains(text, word) {
				t.Errorf("lacks %q: %s", word, text)
			}
		}
	}
}

// Four stand on a sheet, and a long letter is set smaller instead of running over.
func TestCardsFit(t *testing.T) {
	long := letter
	for range 9 {
		long.Paragraphs = append(long.Paragraphs, "Ein sehr langer Satz über die Seife, die mit viel Geduld und noch mehr Olivenöl gesiedet wurde und nun auf die Reise geht.")
	}
	all := []cards.Card{letter, long, letter, letter, letter}
	pdf := printed(t, cards.A4, scribble(t), all...)
	if pages, text := shown(t, pdf); pages != 2 || strings.Count(text, "Kedves") != 5 {
		t.Errorf("%d pages, %s", pages, text)
	}
	pages, _ := shown(t, printed(t, cards.A6, nil, all...))
	if pages != 5 {
		t.Errorf("%d pages of A6", pages)
	}
	// The lowest text of the long letter still lies on the card.
	for _, m := range regexp.MustCompile(`BT [0-9.]+ ([0-9.-]+) Td`).FindAllStringSubmatch(plain(t, printed(t, cards.A6, scribble(t), long)), -1) {
		if y, err := strconv.ParseFloat(m[1], 64); err != nil || y < 12 {
			t.Errorf("a line stands %s points above the edge", m[1])
		}
	}
}

func plain(t *testing.T, pdf []byte) (all string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`).FindAllSubmatch(pdf, -1) {
		if r, err := zlib.NewReader(bytes.NewReader(m[1])); err == nil {
			if content, err := io.ReadAll(r); err == nil {
				all += string(content)
			}
		}
	}
	return all
}

// What the font lacks is known before, and leaves no boxes.
func TestCardsLeaveOutWhatTheyCannotPrint(t *testing.T) {
	for text, prints := range map[string]bool{
		"Žužek Őrsi Łukasz ñandú Çağla": true, "« Merci » … – ’ “”": true, "A\u0301gnes": true, "Ελένη Иван": true,
		"אנה": false, "عائشة": false, "Anna 🎉": false, "花子": false, "แอนนา": false,
	} {
		if cards.Prints(text) != prints {
			t.Errorf("%q: %v", text, !prints)
		}
	}
	c := letter
	c.Greeting, c.Sender = "Hello 花子 🎉,", "אנה"
	_, text := shown(t, printed(t, cards.A6, nil, c))
	if !strings.Contains(text, "Hello ,") || strings.ContainsAny(text, "花א") || !strings.Contains(text, letter.Shop) {
		t.Errorf("%s", text)
	}
}
