package desk

import (
	"strings"

	"grazie/crm"
)

// CallScript is what to say to a customer who is called, in a language: the shop's
// own text, or else ours. {name}, {goods}, {shop} and {caller} stand for what is
// known; a name or goods that are not known leave the words "" there.
func CallScript(shop crm.Shop, lang string, c crm.Customer, o crm.Order, caller string) string {
	text := shop.CallValues()["script_"+lang]
	if strings.TrimSpace(text) == "" {
		text = callScripts[lang]
	}
	if text == "" {
		text = callScripts["en"]
	}
	name := strings.TrimSpace(crm.Clean(c.FirstName + " " + c.LastName))
	var goods []string
	for _, it := range o.Goods() {
		goods = append(goods, crm.Clean(it.Title))
	}
	if len(goods) > 3 {
		goods = append(goods[:3], "…")
	}
	if name == "" {
		name = "…"
	}
	if len(goods) == 0 {
		goods = []string{o.Name}
	}
	return strings.NewReplacer("{name}", name, "{goods}", strings.Join(goods, ", "), "{shop}", shop.Name, "{caller}", caller).Replace(text)
}

// callScripts are ours. They sell nothing and end with thanks.
var callScripts = map[string]string{
	"en": `Good day, am I speaking with {name}? This is {caller} from {shop}.
You ordered {goods} from us, and it should have been with you for a while now. I am not calling to sell anything; I only wanted to ask whether everything arrived well and whether you are happy with it.
(Listen.) Is there anything that we could do better?
Thank you for your time, and thank you for your order.`,
	"it": `Buongiorno, parlo con {name}? Sono {caller} di {shop}.
Ha ordinato da noi: {goods}. Dovrebbe essere arrivato già da un po’. Non chiamo per vendere nulla: volevo solo chiedere se è arrivato tutto bene e se ne è contenta.
(Ascoltare.) C’è qualcosa che potremmo fare meglio?
Grazie del Suo tempo, e grazie del Suo ordine.`,
	"sl": `Dober dan, govorim z osebo {name}? Tukaj {caller} iz {shop}.
Pri nas ste naročili: {goods}. Pošiljka bi morala biti že nekaj časa pri vas. Ne kličem, da bi kaj prodajal; zanima me le, ali je vse prispelo v redu in ali ste zadovoljni.
(Poslušati.) Je kaj, kar bi lahko naredili bolje?
Hvala za vaš čas in hvala za naročilo.`,
	"hu": `Jó napot kívánok, {name} hallgat? {caller} vagyok, a(z) {shop} boltból.
Tőlünk rendelte: {goods}. Már egy ideje Önnél kell lennie. Nem eladni szeretnék semmit, csak azt kérdezem, minden rendben megérkezett-e, és elégedett-e vele.
(Meghallgatni.) Van valami, amit jobban csinálhatnánk?
Köszönöm az idejét, és köszönöm a rendelését.`,
	"fil": `Magandang araw po, si {name} po ba ito? Ako po si {caller} ng {shop}.
Umorder po kayo sa amin ng {goods}, at dapat po ay nasa inyo na ito. Wala po akong ibinebenta; gusto ko lang pong itanong kung maayos na dumating ang lahat at kung nasiyahan po kayo.
(Makinig.) May maipapayo po ba kayo na mas mapapabuti namin?
Salamat po sa oras ninyo, at salamat po sa pag-order.`,
	"de": `Guten Tag, spreche ich mit {name}? Hier ist {caller} von {shop}.
Sie haben bei uns bestellt: {goods}. Das sollte seit einiger Zeit bei Ihnen sein. Ich möchte nichts verkaufen, sondern nur fragen, ob alles gut angekommen ist und ob Sie zufrieden sind.
(Zuhören.) Gibt es etwas, das wir besser machen könnten?
Danke für Ihre Zeit, und danke für Ihre Bestellung.`,
	"fr": `Bonjour, est-ce que je parle bien à {name} ? Ici {caller}, de {shop}.
Vous avez commandé chez nous : {goods}. Le colis devrait être arrivé depuis quelque temps. Je n’appelle pas pour vendre quoi que ce soit, je voulais seulement savoir si tout est bien arrivé et si cela vous plaît.
(Écouter.) Y a-t-il quelque chose que nous pourrions faire mieux ?
Merci de votre temps, et merci de votre commande.`,
	"es": `Buenos días, ¿hablo con {name}? Soy {caller}, de {shop}.
Usted nos encargó: {goods}. Debería haber llegado hace ya unos días. No llamo para vender nada; solo quería saber si todo llegó bien y si le ha gustado.
(Escuchar.) ¿Hay algo que podríamos hacer mejor?
Gracias por su tiempo y gracias por su pedido.`,
}
