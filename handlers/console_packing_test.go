package handlers_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"grazie/crm"
	"grazie/store"
)

// stagePacking puts something on each page of its area.
func stagePacking(s *scene) {
	s.packs("7301", crm.Customer{ID: "731", FirstName: "Wilhelmine", LastName: "von Hohenstaufen-Wiedenbrück", Locale: "de", Birthday: crm.Birthday{Day: crm.MonthDayOf(crm.DayOf(s.Now().AddDate(0, 0, 3), crm.Location("Europe/Rome"))), At: s.Now()}}, "Handgeschöpfte Kapitänsmütze mit goldenem Anker")
	s.packs("7302", crm.Customer{ID: "732", FirstName: "עדה", LastName: "לוי", Locale: "en"}, "Olive soap")
	s.packs("7303", crm.Customer{ID: "733", FirstName: "Ágnes", LastName: scriptInText, Locale: "hu"}, "Szappan "+scriptInText)
	if err := s.store.SaveSignature(s.t.Context(), s.shopID, signature(s.t)); err != nil {
		s.t.Fatal(err)
	}
}

// packs is an order of today of which nothing was sent.
func (s *scene) packs(order string, who crm.Customer, goods string) {
	s.t.Helper()
	at := s.Now()
	price := crm.Money{Minor: 4200, Currency: "EUR"}
	who.Email = "pack" + who.ID + "@posta.example"
	who.EmailKey, who.UpdatedAt = who.Email, at
	o := crm.Order{ID: order, Name: "#" + order, CustomerID: who.ID, Email: who.Email, EmailKey: who.Email, Status: crm.Paid, Total: price, Subtotal: price,
		Items: []crm.LineItem{{Title: goods, Variant: "XL", Quantity: 2, Price: price}}, Shipping: &crm.Address{FirstName: who.FirstName, LastName: who.LastName, City: "Bologna", Country: "IT"}, CreatedAt: at, PaidAt: at, UpdatedAt: at}
	if _, err := s.store.ApplyEvents(s.t.Context(), s.shopID, []store.Applied{{Events: []crm.Event{{Kind: crm.OrderChanged, Order: &o, Customer: &who}}}}, nil); err != nil {
		s.t.Fatal(err)
	}
}

func signature(t *testing.T) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 300, 90))
	for x := 10; x < 290; x++ {
		for dy := range 4 {
			img.Set(x, 40+dy+(x/9%11), color.NRGBA{30, 40, 120, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sendSignature sends a picture as its form does.
func (s *scene) sendSignature(who string, file []byte) answer {
	s.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("signature", "me.png")
	if err == nil {
		_, err = part.Write(file)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	w.Close()
	header := s.as(who)
	header.Set("Content-Type", w.FormDataContentType())
	header.Set("Sec-Fetch-Site", "same-origin")
	return s.send(http.MethodPost, s.at("/packing/signature"), header, &b)
}

// The list shows what is to be packed, with what is worth knowing.
func TestPackingList(t *testing.T) {
	s := newScene(t)
	s.shows(s.see("viewer", "/packing"), "Nothing is to be packed")
	stagePacking(s)
	a := s.see("support", "/packing")
	s.shows(a, "#7301", "Handgeschöpfte", "Birthday on", "First order", "Her name has letters that the cards cannot show", "3 orders")
	if strings.Contains(a.body, "<img src=x") {
		t.Error("a name became HTML")
	}
	s.shows(s.see("viewer", "/packing?from=2020-01-01&to=2020-01-31"), "Nothing is to be packed")
	s.shows(s.see("viewer", "/packing?from=nonsense"), "Write a day such as")
	s.shows(s.see("viewer", "/packing?from=2020-01-01"), "A list holds 31 days at most", "#7301")
	if strings.Contains(s.see("viewer", "/packing").body, "Make the cards") {
		t.Error("a viewer is shown what she may not")
	}
}

// textOfPDF are the texts of a PDF of ours.
func textOfPDF(t *testing.T, pdf []byte) (pages int, all string) {
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
			raw := regexp.MustCompile(`(?s)\\(.)`).ReplaceAll(s[1], []byte("$1"))
			var units []uint16
			for i := 0; i+1 < len(raw); i += 2 {
				units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
			}
			all += string(utf16.Decode(units)) + "\n"
		}
	}
	return pages, all
}

// Cards tell what the thank-you mail tells, each in its customer's language; a name
// that cannot be printed is left out.
func TestThankYouCards(t *testing.T) {
	s := newScene(t)
	stagePacking(s)
	a := s.see("support", "/packing/cards?chosen=yes&order=7301&order=7302&order=7303&sheet=a6")
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(a.body, "%PDF") {
		t.Fatalf("%d %v", a.status, a.header)
	}
	if dir := os.Getenv("GRAZIE_TEST_SHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "thank-you-cards.pdf"), []byte(a.body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pages, text := textOfPDF(t, []byte(a.body))
	if pages != 3 {
		t.Errorf("%d pages", pages)
	}
	for _, want := range []string{"Hallo Wilhelmine", "Hello,", "Ágnes", "Anna", "Bottega", "#7301", "#7303"} {
		if !strings.Contains(text, want) {
			t.Errorf("the cards lack %q: %s", want, text)
		}
	}
	if strings.Contains(text, "diese Mail") || strings.Contains(text, "this mail") || strings.Contains(text, "levél") {
		t.Errorf("a card speaks of a mail: %s", text)
	}
	if strings.ContainsAny(text, "עדהל") {
		t.Error("letters that the font lacks")
	}
	if e := s.logged(); e.Action != "packing.cards" || e.Detail != "3 cards" || e.Target != "7301 7302 7303" {
		t.Errorf("%+v", e)
	}
	if n, _ := textOfPDF(t, []byte(s.see("support", "/packing/cards?sheet=a4").body)); n != 1 {
		t.Errorf("all of the list, four on a page: %d pages", n)
	}
	if a := s.see("support", "/packing/cards?chosen=yes"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Tick at least one") {
		t.Errorf("none chosen: %d", a.status)
	}
	if a := s.see("support", "/packing/cards?order=none"); a.status != http.StatusNotFound {
		t.Errorf("an order that is not there: %d", a.status)
	}
	if a := s.see("viewer", "/packing/cards?order=7301"); a.status != http.StatusForbidden {
		t.Errorf("a viewer: %d", a.status)
	}
}

// bomb is a PNG of few bytes that says of itself to be of many points.
func bomb() []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		binary.Write(&b, binary.BigEndian, uint32(len(data)))
		b.WriteString(kind)
		b.Write(data)
		binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(append([]byte(kind), data...)))
	}
	chunk("IHDR", []byte{0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff, 8, 2, 0, 0, 0})
	chunk("IDAT", nil)
	return b.Bytes()
}

// The owner's signature is drawn anew from what she sends, and what is no picture,
// or too large a one, is refused.
func TestSignature(t *testing.T) {
	s := newScene(t)
	for name, file := range map[string][]byte{"no picture": []byte("<svg onload=alert(1)>"), "nothing": nil, "a bomb": bomb(), "too many bytes": append(signature(t), make([]byte, 520<<10)...)} {
		if a := s.sendSignature("owner", file); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `id="f-signature-wrong"`) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if _, _, err := s.store.Signature(t.Context(), s.shopID); err == nil {
		t.Error("stored")
	}
	photo := image.NewRGBA(image.Rect(0, 0, 1600, 800))
	for i := range photo.Pix {
		photo.Pix[i] = byte(i * 7)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, photo, nil); err != nil {
		t.Fatal(err)
	}
	sent := append(b.Bytes(), "GPS 44.49 N"...)
	s.leads(s.sendSignature("owner", sent), "/packing?said=packing.said.signed")
	if e := s.logged(); e.Action != "packing.sign" {
		t.Errorf("%+v", e)
	}
	stored, _, err := s.store.Signature(t.Context(), s.shopID)
	config, kind, fault := image.DecodeConfig(bytes.NewReader(stored))
	if err != nil || fault != nil || kind != "png" || config.Width > 900 || config.Height > 400 || bytes.Contains(stored, []byte("GPS")) {
		t.Errorf("%v %v %s %+v", err, fault, kind, config)
	}
	a := s.see("viewer", "/packing/signature")
	if a.status != http.StatusOK || a.body != string(stored) {
		t.Errorf("%d", a.status)
	}
	if a := s.sendSignature("manager", sent); a.status != http.StatusForbidden {
		t.Errorf("a manager signs: %d", a.status)
	}
	s.leads(s.post("owner", "/packing/signature/remove", url.Values{}), "/packing?said=packing.said.unsigned")
	if a := s.see("viewer", "/packing/signature"); a.status != http.StatusNotFound {
		t.Errorf("%d", a.status)
	}
}
