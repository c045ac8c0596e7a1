package shopify

// App is the app that merchants install on Shopify; the zero value is none, and
// shops are connected by staff.
type App struct {
	ID      string   // client id
	Secrets []string // client secrets, the newest first: each may still sign

	// URL stands for https://{shop}, only for trials.
	URL string
}
