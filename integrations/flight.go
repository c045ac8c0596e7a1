package integrations

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

// Flight watches one HTTP request, to tell after a failure whether the other
// side may have got it. That is the line between Temporary and Unknown.
type Flight struct{ stage atomic.Int32 }

const (
	grounded int32 = iota // nothing is known: the transport tells nothing
	waiting               // waits for a connection: name, dial, TLS
	aloft                 // has a connection: bytes may be on their way
	crashed               // the request could not be written to its end
)

// Watch returns the context to send one request with, and its flight.
func Watch(ctx context.Context) (context.Context, *Flight) {
	f := new(Flight)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { f.stage.Store(waiting) },
		GotConn: func(httptrace.GotConnInfo) { f.stage.Store(aloft) },
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err != nil {
				f.stage.Store(crashed)
			}
		},
	}), f
}

// MayHaveArrived is false only when it is certain that the other side cannot
// have acted: no connection was made, or the request broke off before its end.
// A request that has a connection counts as sent even before its bytes are
// reported written, because a cancelled one is still being written for a while.
func (f *Flight) MayHaveArrived() bool {
	stage := f.stage.Load()
	return stage != waiting && stage != crashed
}
