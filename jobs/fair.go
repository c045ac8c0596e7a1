package jobs

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How one shop's crowd is kept from standing before another shop's single row.
// Each kind of task has two lanes: what a shop rings now and then takes the
// first, its excess the one for crowds, which is kept short, so that shops take
// turns in it. The reasons: decision 31.
const (
	firstRows   = 64              // rows of a shop that may take the first lane at once,
	firstEvery  = 5 * time.Second // and again in this time
	crowdTasks  = 16              // tasks that wait in a lane for crowds; more would only be a longer way back
	mostSwept   = 3 * sweepRows   // rows in the bell with which the sweep stops for the moment
	seatTime    = time.Second     // how long a row of the first lane waits for its shop's other mails
	fewestSeats = 16              // with fewer, none is kept free
)

// lane is one of the two lanes of a kind of task.
type lane struct {
	kind  string
	crowd bool
}

// quick tells who may still take the first lane.
type quick map[group]*rate.Limiter

func (q quick) may(g group, now time.Time) bool {
	l, ok := q[g]
	if !ok {
		l = rate.NewLimiter(rate.Every(firstEvery/firstRows), firstRows)
		q[g] = l
	}
	return l.AllowN(now, 1)
}

// seats are the places for mails in the air. A shop that hangs keeps its mails
// there for minutes: so crowds leave an eighth of them free, and of what comes
// by the first lane no shop holds more than half of those.
type seats struct {
	air   chan struct{} // one token per mail in the air
	crowd chan struct{} // those of them that came by the lane for crowds
	own   sync.Map      // shop id to chan struct{}: those of a shop that came by the first lane
	most  int           // of own
}

func newSeats(sending int) *seats {
	free, most := max(2, sending/8), max(1, sending/16)
	if sending < fewestSeats {
		free, most = 0, sending
	}
	return &seats{air: make(chan struct{}, sending), crowd: make(chan struct{}, sending-free), most: most}
}

// errCrowded says that a shop has as many mails of the first lane in the air
// as it may: the rest belongs to the crowds.
var errCrowded = errors.New("the shop has its share in the air")

// take waits for a seat; leave gives it back.
func (s *seats) take(ctx context.Context, stopping <-chan struct{}, crowd bool, shopID string) (leave func(), err error) {
	share, patience := s.crowd, (<-chan time.Time)(nil)
	if !crowd {
		own, _ := s.own.LoadOrStore(shopID, make(chan struct{}, s.most))
		wait := time.NewTimer(seatTime)
		defer wait.Stop()
		share, patience = own.(chan struct{}), wait.C
	}
	select {
	case share <- struct{}{}:
	case <-patience:
		return nil, errCrowded
	case <-stopping:
		return nil, errBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case s.air <- struct{}{}:
		return func() { <-s.air; <-share }, nil
	case <-stopping:
		err = errBusy
	case <-ctx.Done():
		err = ctx.Err()
	}
	<-share
	return nil, err
}
