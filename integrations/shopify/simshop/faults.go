package simshop

import (
	"net/http"
	"strconv"
	"time"
)

// Faults is what goes wrong with the API; the zero value is a shop in good
// health. Refusals come before anything is done, in the sequence of the fields.
type Faults struct {
	Status     int           // answer with this HTTP status, 503 say, ...
	Times      int           // ... so many times; 0: until told otherwise
	RetryAfter time.Duration // sent beside Status, in whole seconds; 0: not sent
	Frozen     bool          // 402: the merchant does not pay
	DeadToken  bool          // 401 for whatever token, refreshing included
	Denied     []string      // fields of the query or mutation root that the token's scopes lack: ACCESS_DENIED

	// Protected hides what the app is not approved to see of customers: the
	// fields are null beside an error, with HTTP 200.
	Protected bool

	// Unindexed keeps searches from finding anything: on a real shop they lag
	// behind what was written a moment ago. Lists without a search are whole.
	Unindexed bool

	// LoseEvery loses the answer of every n-th mutation: it is done, and then
	// the connection is cut. 1 loses all.
	LoseEvery int

	Untold       []string // topics such as orders/create that the token's scopes do not let subscribe to
	ExportFails  string   // the error code in which bulk operations end, such as INTERNAL_SERVER_ERROR
	ExportCut    int      // bytes after which their files break off
	ExportGone   bool     // their links have ended
	WithoutRange bool     // whoever serves the files sends them from the beginning only

	// Held gets the name of every operation that was done; its answer then
	// waits for a value of Go, or for its closing. Both or none are set.
	Held chan<- string
	Go   <-chan struct{}
}

// Break makes things go wrong until the next call; Break(Faults{}) heals.
func (s *Shop) Break(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.mutations = f, 0
}

// refuse answers for a shop that does not get as far as reading the request.
func (f *Faults) refuse(w http.ResponseWriter) bool {
	status := f.Status
	switch {
	case status != 0:
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int((f.RetryAfter+time.Second-1)/time.Second)))
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				f.Status = 0
			}
		}
	case f.Frozen:
		status = http.StatusPaymentRequired
	default:
		return false
	}
	writeJSON(w, status, map[string]string{"errors": refusals[status]})
	return true
}

// refusals are the texts beside HTTP errors.
var refusals = map[int]string{
	http.StatusUnauthorized:        "[API] Invalid API key or access token (unrecognized login or wrong password)",
	http.StatusPaymentRequired:     "Unavailable Shop",
	http.StatusForbidden:           "User does not have access",
	http.StatusNotFound:            "Not Found",
	http.StatusLocked:              "Locked",
	http.StatusTooManyRequests:     "Exceeded calls per second",
	http.StatusInternalServerError: "Internal Server Error",
	http.StatusServiceUnavailable:  "Service Unavailable",
}
