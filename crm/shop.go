package crm

import "time"

// ShopState says whether Grazie may act for a shop.
type ShopState string

const (
	ShopActive      ShopState = "active"
	ShopPaused      ShopState = "paused"      // staff stopped all mail; webhooks are still taken in
	ShopUninstalled ShopState = "uninstalled" // the merchant removed the connection
)

// Shop is one merchant's store.
type Shop struct {
	ID            string    `json:"id"`       // shp_...
	Platform      string    `json:"platform"` // name of the adapter, "shopify"
	Domain        string    `json:"domain"`   // the platform's own key, demo.myshopify.com
	State         ShopState `json:"state"`
	Name          string    `json:"name"`
	Sender        Mailbox   `json:"sender"`             // the owner: signs, and is the From of every mail
	ReplyTo       string    `json:"reply_to,omitempty"` // empty: answers go to the sender
	LegalName     string    `json:"legal_name"`
	PostalAddress string    `json:"postal_address"`  // one line, for the foot of every mail
	Timezone      string    `json:"timezone"`        // IANA name
	Country       string    `json:"country"`         // ISO 3166-1 alpha-2; empty when not told
	Locale        string    `json:"locale"`          // BCP 47: the language of customers who have none
	Currency      string    `json:"currency"`        // ISO 4217
	Formal        bool      `json:"formal"`          // address customers formally where the language knows it
	Areas         []Area    `json:"areas,omitempty"` // the merchant's own sentences about places
	ConnectedAt   time.Time `json:"connected_at"`    // first connection; nothing older is known for sure
	Since         time.Time `json:"since,omitzero"`  // latest connection: an older word of removal is void

	// App tells that the merchant installed the app herself: its own secret signs
	// the webhooks, and its manifest subscribes to them.
	App       bool      `json:"app,omitempty"`
	Scopes    []string  `json:"scopes,omitempty"`    // what the merchant allowed; empty: not told
	ScopesAt  time.Time `json:"scopes_at,omitzero"`  // when a webhook told so
	Owner     string    `json:"owner,omitempty"`     // the merchant's own mail address, for notices to her
	SetUpAt   time.Time `json:"set_up_at,omitzero"`  // when the first steps were finished; an app that was only installed is paused
	Held      bool      `json:"held,omitempty"`      // staff paused it: only staff lets it go on
	RemovedAt time.Time `json:"removed_at,omitzero"` // when the app was removed, while it is

	// Broken is why the platform refuses the shop's credentials, and since when;
	// empty: it does not. A new connection clears it.
	Broken   string    `json:"broken,omitempty"`
	BrokenAt time.Time `json:"broken_at,omitzero"`
	ToldAt   time.Time `json:"told_at,omitzero"` // when the merchant was told of it

	// Rules are the settings of journeys.Rules that the merchant changed: quiet
	// hours, caps, budgets and the like, which hold for all journeys.
	Rules Values `json:"rules,omitempty"`

	// Switched is when each journey was last switched on or off, as far as it was.
	Switched map[string]time.Time `json:"switched,omitempty"`

	// Calls are the settings of CallSettings that the merchant changed.
	Calls Values `json:"calls,omitempty"`

	// Imports are days, such as 2027-06-20 in UTC, on which an import stamped
	// customers: when those joined is not known. The calendar finds them.
	Imports []string `json:"imports,omitempty"`

	// Journeys holds, per journey key, the settings that the merchant changed.
	Journeys map[string]Values `json:"journeys,omitempty"`
}

// Before tells whether a platform's time lies before the first connection.
// Platforms tell whole seconds, so the second of the connection is after it.
func (s Shop) Before(t time.Time) bool { return t.Before(s.ConnectedAt.Truncate(time.Second)) }

// Settings are the values in force for a journey: the declared defaults, and
// over them what the merchant changed.
func (s Shop) Settings(journey string, declared []Setting) Values {
	v := make(Values, len(declared))
	for _, d := range declared {
		v[d.Key] = d.Default
		if own, ok := s.Journeys[journey][d.Key]; ok {
			v[d.Key] = own
		}
	}
	return v
}

// Mailbox is a name and an address, as in the From of a mail.
type Mailbox struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email"`
}

// Area is a sentence of the merchant's own about a place. The most exact match
// wins: city over region over country over the empty area, which matches
// everywhere. Comparison minds neither case nor accents.
type Area struct {
	Country string            `json:"country,omitempty"` // ISO 3166-1 alpha-2
	Region  string            `json:"region,omitempty"`  // code or name of the province
	City    string            `json:"city,omitempty"`
	Text    map[string]string `json:"text"` // language tag to sentence, Liquid not allowed
}
