package simshop

import "net/http"

// APIOf serves another schema than the client's.
func (s *Shop) APIOf(schema string) (http.Handler, error) { return s.api(schema) }

// BulkRules holds a query to the rules of bulk operations, by any schema.
var BulkRules = bulkRules
