// Package jobs is the door through which the queue comes in. A task names a
// shop and rows of it; what is to be done stands in the rows. A job loads,
// asks journeys, acts, and records. asynq's types stay in here.
package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"grazie/integrations"
	"grazie/store"
	"grazie/templates"
)

// Worker does the jobs. Its fields are set once by cmd.
type Worker struct {
	Store      *store.Store
	Bell       *Bell
	Platforms  map[string]integrations.Platform
	Mailer     integrations.Mailer
	Connection integrations.Connection // the mailer's
	Templates  *templates.Renderer
	Labels     map[string]integrations.LabelMaker
	PublicURL  string    // where customers reach their own pages, without a slash at its end
	Random     io.Reader // of discount codes; nil: crypto/rand
	Now        func() time.Time
	Log        *slog.Logger
	Metrics    *Metrics

	// Alone says that no other process works on this database: what is found
	// in the air at start has lost its worker for certain.
	Alone bool

	// AtStep is told the name of each step on a message's way right after it.
	// Tests stop the program there; else it is nil.
	AtStep func(step string)

	tidied   time.Time // when Drain last looked at the calendar and what ended
	*seats             // for mails in the air
	readers  *readers
	flying   sync.WaitGroup
	stopping context.Context
	silent   sync.Map   // shop id, or "" for all, to silence
	hushing  sync.Mutex // held to set one, so that the longest wish stays
}

// New completes a worker that may have as many mails in the air at once as told.
func New(w *Worker, sending int) *Worker {
	w.seats, w.stopping = newSeats(sending), context.Background()
	w.readers = newReaders(webhookWorkers / 2)
	if w.Random == nil {
		w.Random = rand.Reader
	}
	return w
}

func (w *Worker) step(name string) {
	if w.AtStep != nil {
		w.AtStep(name)
	}
}

// errFault stands for a panic, whose place is in the log.
var errFault = errors.New("the program has a fault with it; its log says where")

const (
	sendTime    = 40 * time.Second // the most that one mail may be in the air
	messageTime = 4 * time.Minute  // the most that one message may take with all that is done before its mail
	recordTime  = 20 * time.Second // the most that writing down what became of it may take
)

// lasting is a context for writing down what has happened already: the end of
// the task must not stop it, time does.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), recordTime)
}
