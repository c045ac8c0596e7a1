package jobs

import (
	"context"
	"net"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Embedded is a Redis inside the process, without a port: for one machine and
// one process. It forgets everything when it stops; the first sweep of the
// next start rings for all that waits. stop ends it.
func Embedded() (client redis.UniversalClient, stop func()) {
	m := miniredis.NewMiniRedis()
	// Its keys do not age by themselves, and its own clock for that sorts all
	// keys at each command: a ticker does the same for less.
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		last := time.Now()
		for {
			select {
			case <-done:
				return
			case now := <-tick.C:
				m.FastForward(now.Sub(last))
				last = now
			}
		}
	}()
	r := redis.NewClient(&redis.Options{
		Dialer:                   func(context.Context, string, string) (net.Conn, error) { return m.Dial() },
		PoolSize:                 40,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	return r, func() {
		close(done)
		r.Close()
		m.Close()
	}
}
