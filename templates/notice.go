package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"grazie/crm"
)

// Notice is a mail to the merchant herself, about her shop: plain, without
// pictures or buttons.
type Notice string

// The notices there are.
const NoticeBroken Notice = "broken" // the platform refuses the shop's credentials

// notices are their words, by language: subject, then paragraphs. {shop} is the
// shop's name, {said} what the platform said.
var notices = map[Notice]map[string][]string{
	NoticeBroken: {
		"en": {"Grazie cannot reach your shop {shop}",
			"Your shop's platform no longer lets Grazie act in {shop}. It says: {said}",
			"Thank-yous and review requests still go out. Discount codes and free returns wait, and nothing is lost.",
			"To mend it, open Grazie from your shop's admin, or ask whoever runs it to connect the shop again. What waits then goes out, unless its day has passed."},
		"it": {"Grazie non raggiunge il tuo negozio {shop}",
			"La piattaforma del negozio non permette più a Grazie di agire in {shop}. Dice: {said}",
			"I ringraziamenti e le richieste di recensione partono ancora. I codici sconto e i resi gratuiti aspettano, e niente va perso.",
			"Per rimediare, apri Grazie dall'amministrazione del negozio, oppure chiedi a chi lo gestisce di collegare di nuovo il negozio. Ciò che aspetta parte allora, se non è passato il suo giorno."},
	},
}

var noticeHTML = template.Must(template.New("notice").Parse(`<!DOCTYPE html>
<html lang="{{.Locale}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><title>{{.Subject}}</title></head>
<body style="margin:0;padding:24px;font:16px/26px Georgia,'Times New Roman',serif">
{{range .Paragraphs}}<p style="margin:0 0 16px;max-width:560px">{{.}}</p>
{{end}}</body></html>
`))

// WriteNotice writes a notice to the merchant, in the shop's language or in
// English. said is what the platform said. The mail has no id and no sender yet.
func WriteNotice(n Notice, shop crm.Shop, said string) (crm.Mail, error) {
	locale, name := "en", shop.Name
	if name == "" {
		name = shop.Domain
	}
	if base := baseOf(shop.Locale); notices[n][base] != nil {
		locale = base
	}
	texts := notices[n][locale]
	if texts == nil {
		return crm.Mail{}, fmt.Errorf("templates: there is no notice %q", n)
	}
	mail := crm.Mail{ShopID: shop.ID, Journey: "notice", Purpose: crm.Transactional, Locale: locale}
	var paragraphs []string
	fill := strings.NewReplacer("{shop}", name, "{said}", said)
	for i, text := range texts {
		text = crm.Clean(fill.Replace(text))
		if i == 0 {
			mail.Subject = text
			continue
		}
		paragraphs = append(paragraphs, text)
		mail.Text += text + "\n\n"
	}
	var html bytes.Buffer
	err := noticeHTML.Execute(&html, map[string]any{"Locale": locale, "Subject": mail.Subject, "Paragraphs": paragraphs})
	mail.HTML = html.String()
	return mail, err
}
