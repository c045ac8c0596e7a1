// Package cards prints letters on cards, as a PDF. It makes no decisions: the
// words are given to it.
package cards

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"
)

//go:embed fonts/DejaVuSerif.ttf
var serif []byte

// Card is one letter.
type Card struct {
	Greeting   string
	Paragraphs []string
	SignOff    string
	Sender     string // who signs
	Shop       string
	Mark       string // small, in a corner, for who packs: the order's number
}

// Sheet is how cards lie on paper.
type Sheet string

const (
	A6 Sheet = "a6" // one on each page, A6 lying
	A4 Sheet = "a4" // four on each page, A4 lying, to be cut
)

// Sheets are all of them.
var Sheets = []Sheet{A6, A4}

// Millimetres of a card. Four of them, a hair wider, make an A4 page.
const (
	width, height = 148.5, 105.0
	edge          = 12.0
	signatureHigh = 13.0
	signatureWide = 52.0
)

// Sizes of letters in points: the largest at which all of a letter fits is taken.
const (
	largest, smallest = 11.0, 5.0
	leading           = 0.3528 * 1.42 // millimetres of a line for each point
)

// Write prints cards. The signature is a PNG that this program made, or nothing.
// What the font does not have is left out: see Prints.
func Write(w io.Writer, all []Card, sheet Sheet, signature []byte, title string, now time.Time) error {
	size := fpdf.SizeType{Wd: width, Ht: height}
	if sheet == A4 {
		size = fpdf.SizeType{Wd: 2 * width, Ht: 2 * height}
	}
	pdf := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: size})
	pdf.SetTitle(Fit(title), true)
	pdf.SetCreator("Grazie", true)
	pdf.SetCreationDate(now)
	pdf.SetModificationDate(now)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCellMargin(0)
	pdf.AddUTF8FontFromBytes("serif", "", serif)
	if len(signature) > 0 {
		pdf.RegisterImageOptionsReader("signature", fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(signature))
	}
	p := printer{pdf, len(signature) > 0}
	for i, c := range all {
		x, y := 0.0, 0.0
		if place := i % 4; sheet == A4 {
			x, y = float64(place%2)*width, float64(place/2)*height
		}
		if sheet != A4 || i%4 == 0 {
			pdf.AddPage()
			if sheet == A4 {
				p.cuts()
			}
		}
		p.card(c, x, y)
	}
	if err := pdf.Output(w); err != nil {
		return fmt.Errorf("the cards cannot be printed: %w", err)
	}
	return nil
}

type printer struct {
	*fpdf.Fpdf
	signed bool
}

// cuts are the lines along which four cards are cut apart.
func (p printer) cuts() {
	p.SetDrawColor(200, 194, 186)
	p.SetLineWidth(0.1)
	p.SetDashPattern([]float64{1, 1.5}, 0)
	p.Line(width, 0, width, 2*height)
	p.Line(0, height, 2*width, height)
	p.SetDashPattern(nil, 0)
}

// card prints one letter with its upper left corner at x, y.
func (p printer) card(c Card, x, y float64) {
	body := append([]string{Fit(c.Greeting)}, c.Paragraphs...)
	sign, sender, shop := Fit(c.SignOff), Fit(c.Sender), Fit(c.Shop)
	if sender == "" {
		sender, shop = shop, ""
	}
	if shop == sender {
		shop = ""
	}
	size := largest
	var lines []string
	for ; ; size -= 0.25 {
		p.SetFont("serif", "", size)
		if lines = p.broken(body); size <= smallest || p.high(lines, size, sign, shop) <= height-2*edge {
			break
		}
	}
	line := size * leading
	at := y + max(edge, (height-p.high(lines, size, sign, shop))/2-3)
	p.SetTextColor(43, 38, 34)
	for _, text := range lines {
		if text == "" {
			at += line * 0.55
			continue
		}
		p.Text(x+edge, at+size*0.3528, text)
		at += line
	}
	at += line * 0.55
	if sign != "" {
		p.Text(x+edge, at+size*0.3528, sign)
		at += line
	}
	if p.signed {
		p.signature(x+edge, at+1)
		at += signatureHigh + 2
	}
	p.Text(x+edge, at+size*0.3528, sender)
	at += line
	p.SetFont("serif", "", size*0.85)
	p.SetTextColor(100, 91, 83)
	if shop != "" {
		p.Text(x+edge, at+size*0.3528, shop)
	}
	p.SetFont("serif", "", 6)
	mark := Fit(c.Mark)
	p.Text(x+width-edge-p.GetStringWidth(mark), y+height-5, mark)
}

// high is how much of the card a letter takes, in millimetres.
func (p printer) high(lines []string, size float64, sign, shop string) float64 {
	line, sum := size*leading, size*leading*0.55
	for _, text := range lines {
		if text == "" {
			sum += line * 0.55
		} else {
			sum += line
		}
	}
	for _, text := range []string{sign, "who signs", shop} {
		if text != "" {
			sum += line
		}
	}
	if p.signed {
		sum += signatureHigh + 2
	}
	return sum
}

// broken are the lines of paragraphs, with an empty one between them.
func (p printer) broken(paragraphs []string) (lines []string) {
	for _, text := range paragraphs {
		if text = Fit(text); text == "" {
			continue
		}
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		for _, l := range p.SplitText(text, width-2*edge) {
			if l = strings.TrimSpace(l); l != "" {
				lines = append(lines, l)
			}
		}
	}
	return lines
}

func (p printer) signature(x, y float64) {
	info := p.GetImageInfo("signature")
	if info == nil || info.Width() == 0 || info.Height() == 0 {
		return
	}
	w, h := signatureWide, signatureWide*info.Height()/info.Width()
	if h > signatureHigh {
		w, h = signatureHigh*info.Width()/info.Height(), signatureHigh
	}
	p.ImageOptions("signature", x, y+(signatureHigh-h)/2, w, h, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
}

// Prints tells whether the font has all letters of a text.
func Prints(text string) bool {
	for _, r := range norm.NFC.String(text) {
		if !has(r) {
			return false
		}
	}
	return true
}

// Fit is a text without what the font does not have.
func Fit(text string) string {
	return strings.Join(strings.FieldsFunc(strings.Map(func(r rune) rune {
		if !has(r) {
			return -1
		}
		return r
	}, norm.NFC.String(text)), func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' }), " ")
}
