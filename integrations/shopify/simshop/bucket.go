package simshop

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
)

// The throttle of the standard plan, in points and points per second
// (platforms.md, C.3).
const (
	bucketSize  = 2000
	restoreRate = 100
	queryLimit  = 1000 // the most that one query may cost
)

// bucket is how much an app may ask for. It fills up by the shop's clock.
type bucket struct {
	clock    func() time.Time // nil: the shop's
	drained  float64          // what is missing
	at       time.Time
	observed bool
}

// BucketClock makes the throttle fill up by another clock than the shop's. A
// simulation whose days are short gives it one that runs fast enough.
func (s *Shop) BucketClock(clock func() time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bucket.clock, s.bucket.observed = clock, false
}

// Drain empties the bucket of points, as another program of the same app does.
func (s *Shop) Drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.available()
	s.bucket.drained = bucketSize
}

// available is what is in the bucket now.
func (s *Shop) available() float64 {
	b := &s.bucket
	now := s.Now
	if b.clock != nil {
		now = b.clock()
	}
	if b.observed && now.After(b.at) {
		b.drained = max(0, b.drained-now.Sub(b.at).Seconds()*restoreRate)
	}
	b.at, b.observed = now, true
	return bucketSize - b.drained
}

// cost is the part of every answer that tells of the throttle. Points are
// floats, as the real ones can be.
type cost struct {
	Requested points   `json:"requestedQueryCost"`
	Actual    *points  `json:"actualQueryCost"`
	Status    throttle `json:"throttleStatus"`
}

type throttle struct {
	Maximum   points `json:"maximumAvailable"`
	Available points `json:"currentlyAvailable"`
	Rate      points `json:"restoreRate"`
}

type points float64

// MarshalJSON writes 2000.0, which a client must not read as an integer.
func (p points) MarshalJSON() ([]byte, error) {
	return json.RawMessage(strconv.FormatFloat(math.Floor(float64(p)*10)/10, 'f', 1, 64)), nil
}

func (s *Shop) cost(requested float64, actual *float64) map[string]any {
	c := cost{Requested: points(requested), Status: throttle{Maximum: bucketSize, Available: points(s.available()), Rate: restoreRate}}
	if actual != nil {
		p := points(*actual)
		c.Actual = &p
	}
	return map[string]any{"cost": c}
}
