package admin

import _ "embed"

// Schema is what the operations use of the API's schema, as SDL. The simulated
// shop is built on it, so that client and shop cannot drift apart.
//
//go:embed schema.graphql
var Schema string
