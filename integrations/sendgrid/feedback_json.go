package sendgrid

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// text is a field that ought to be a string. What is another kind of JSON is
// empty: one odd field must not cost the whole event.
type text string

func (t *text) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		*t = text(s)
	}
	return nil
}

// number is a whole number, which some senders write as a string. What is none is 0.
type number int64

func (n *number) UnmarshalJSON(raw []byte) error {
	f, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err == nil && math.Abs(f) < 1e15 {
		*n = number(f)
	}
	return nil
}

func (n number) String() string { return strconv.FormatInt(int64(n), 10) }
