package simshop

// Product is one thing that the shop sells.
type Product struct {
	ID       uint64
	Title    string
	Variant  string
	Price    int64 // minor units of the shop's currency
	Grams    int
	GiftCard bool
}

// Customer is one person who buys in the shop. All of them are invented.
type Customer struct {
	Key       string // how the demo and the tests name her
	ID        uint64 // 0: a guest, who has no account
	FirstName string
	LastName  string
	Email     string
	Locale    string
	Language  string // as her browser asks for it
	Street    string
	Zip       string
	City      string
	Province  string
	Region    string // code of the province
	Country   string // ISO 3166-1 alpha-2
	Consent   string // subscribed, not_subscribed, unsubscribed; empty: not asked
	Currency  string // what she sees and pays; empty: the shop's
	Days      int    // how long before the shop's first moment she made her account
}

// Products are the goods of the shop, the last one a gift card.
func (s *Shop) Products() []Product {
	return []Product{
		{ID: 71304271627770011, Title: "Tazza “Mattina”", Variant: "Terracotta / 300 ml", Price: 2450, Grams: 420},
		{ID: 71304271627770028, Title: "Linen apron", Variant: "Sage", Price: 5900, Grams: 350},
		{ID: 71304271627770035, Title: "Olive wood board", Variant: "", Price: 4200, Grams: 900},
		{ID: 71304271627770042, Title: "Acacia honey & walnuts", Variant: "250 g", Price: 1290, Grams: 410},
		{ID: 71304271627770059, Title: "Beeswax candle <large>", Variant: "Honey / 20 cm", Price: 1850, Grams: 300},
		{ID: 71304271627770066, Title: "Gift card", Variant: "50 €", Price: 5000, GiftCard: true},
	}
}

// Customers are the people of the demo day.
func (s *Shop) Customers() []Customer {
	return append([]Customer(nil), people...)
}

// Customer finds one of the people by her key, as the shop knows her now.
func (s *Shop) Customer(key string) Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.byKey[key]; ok {
		return p.Customer
	}
	for _, c := range people {
		if c.Key == key {
			return c
		}
	}
	panic("simshop: nobody is called " + key)
}

var people = []Customer{
	{Key: "giulia", ID: 115310627314723101, FirstName: "Giulia", LastName: "Ferrantini", Email: "giulia.ferrantini@posta.example", Locale: "it-IT", Language: "it-IT,it;q=0.9",
		Street: "Via del Melograno 12", Zip: "40121", City: "Bologna", Province: "Bologna", Region: "BO", Country: "IT", Consent: "subscribed"},
	{Key: "marco", ID: 115310627314723118, FirstName: "Marco", LastName: "Belvedere", Email: "marco@belvedere.example", Locale: "it-IT", Language: "it-IT,it;q=0.9",
		Street: "Via delle Rondini 4/B", Zip: "00185", City: "Roma", Province: "Roma", Region: "RM", Country: "IT", Consent: "not_subscribed", Days: 40},
	{Key: "neza", ID: 115310627314723125, FirstName: "Neža", LastName: "Podgoršek", Email: "neza.podgorsek@posta.example", Locale: "sl-SI", Language: "sl-SI,sl;q=0.9,en;q=0.6",
		Street: "Lipova ulica 7", Zip: "1000", City: "Ljubljana", Country: "SI", Consent: "subscribed"},
	{Key: "reka", ID: 115310627314723132, FirstName: "Réka", LastName: "Szentmihályi", Email: "reka.szentmihalyi@level.example", Locale: "hu-HU", Language: "hu-HU,hu;q=0.9",
		Street: "Gesztenye utca 19.", Zip: "6720", City: "Szeged", Country: "HU", Consent: "subscribed"},
	{Key: "liezel", ID: 115310627314723149, FirstName: "Liezel", LastName: "Macaraeg-Villar", Email: "Liezel.Macaraeg@Sulat.example", Locale: "fil-PH", Language: "fil-PH,fil;q=0.9,en-PH;q=0.8",
		Street: "14 Mt. Apo Street, Lahug", Zip: "6000", City: "Cebu City", Province: "Cebu", Region: "PH-CEB", Country: "PH", Consent: "subscribed", Days: 400},
	{Key: "johanna", ID: 115310627314723156, FirstName: "Johanna", LastName: "Feichtinger", Email: "johanna@post-am-eck.example", Locale: "de-AT", Language: "de-AT,de;q=0.9",
		Street: "Kastaniengasse 3/14", Zip: "1070", City: "Wien", Country: "AT", Consent: "not_subscribed", Days: 12},
	{Key: "joerg", ID: 115310627314723163, FirstName: "Jörg", LastName: "Brömmelkamp", Email: "joerg@brömmelkamp.example", Locale: "de-DE", Language: "de-DE,de;q=0.9",
		Street: "Packstation 145", Zip: "48143", City: "Münster", Country: "DE", Consent: "subscribed", Days: 700},
	{Key: "aurelie", ID: 115310627314723170, FirstName: "Aurélie", LastName: "Chambost", Email: "aurelie.chambost@courriel.example", Locale: "fr-FR", Language: "fr-FR,fr;q=0.9",
		Street: "8 rue des Glycines", Zip: "69004", City: "Lyon", Country: "FR", Consent: "subscribed"},
	{Key: "ximena", ID: 115310627314723187, FirstName: "Ximena", LastName: "Villaseca Ortuño", Email: "ximena@correo.example", Locale: "es-MX", Language: "es-MX,es;q=0.9",
		Street: "Calle Jacaranda 230", Zip: "44100", City: "Guadalajara", Province: "Jalisco", Region: "JAL", Country: "MX", Consent: "unsubscribed", Days: 90},
	{Key: "dale", ID: 115310627314723194, FirstName: "Dale", LastName: "Hollister", Email: "dale+shop@mail.example", Locale: "en-US", Language: "en-US,en;q=0.9",
		Street: "PO Box 4410", Zip: "97205", City: "Portland", Province: "Oregon", Region: "OR", Country: "US", Consent: "subscribed", Currency: "USD", Days: 1200},
	{Key: "imogen", ID: 115310627314723200, FirstName: "Imogen", LastName: "Thackwray", Email: "imogen.thackwray@letters.example", Locale: "en-GB", Language: "en-GB,en;q=0.9",
		Street: "21 Sycamore Row", Zip: "LS6 2AB", City: "Leeds", Province: "England", Region: "ENG", Country: "GB", Consent: "not_subscribed", Currency: "GBP", Days: 365},
	{Key: "bronte", ID: 115310627314723217, FirstName: "Bronte", LastName: "Kilcannon", Email: "bronte@kilcannon.example", Locale: "en-AU", Language: "en-AU,en;q=0.9",
		Street: "5/88 Wattle Parade", Zip: "3056", City: "Brunswick", Province: "Victoria", Region: "VIC", Country: "AU", Consent: "subscribed", Currency: "AUD"},
	{Key: "mio", ID: 115310627314723224, FirstName: "美緒", LastName: "佐倉原", Email: "mio.sakurahara@tegami.example", Locale: "ja", Language: "ja-JP,ja;q=0.9",
		Street: "藤の木町1-2-3", Zip: "602-0000", City: "京都市", Province: "Kyōto", Region: "JP-26", Country: "JP", Consent: "subscribed", Currency: "JPY", Days: 30},
	{Key: "nameless", ID: 115310627314723231, Email: "info.7741@brief.example", Locale: "de-DE", Language: "de-DE,de;q=0.9",
		Street: "Am Erlenbach 2", Zip: "20099", City: "Hamburg", Country: "DE", Days: 3},
	{Key: "impossible", ID: 115310627314723248, FirstName: "Tomàs", LastName: "Ferrovecchi", Email: "tomas@posta..example", Locale: "it-IT", Language: "it-IT,it;q=0.9",
		Street: "Via dei Glicini 31", Zip: "50123", City: "Firenze", Province: "Firenze", Region: "FI", Country: "IT"},
	{Key: "guest", FirstName: "Petra", LastName: "Lovrenčič", Email: "petra.lovrencic@posta.example", Locale: "sl-SI", Language: "sl-SI,sl;q=0.9",
		Street: "Cesta ob gozdu 40", Zip: "2000", City: "Maribor", Country: "SI"},
}

// countries are the names that Shopify writes beside the codes.
var countries = map[string]string{"IT": "Italy", "SI": "Slovenia", "HU": "Hungary", "PH": "Philippines", "AT": "Austria", "DE": "Germany",
	"FR": "France", "MX": "Mexico", "US": "United States", "GB": "United Kingdom", "AU": "Australia", "JP": "Japan"}

// rates are thousandths of what one unit of the shop's currency is worth in
// what a customer sees. They are made up once and never move.
var rates = map[string]int64{"USD": 1085, "GBP": 856, "AUD": 1642, "JPY": 163_500}
