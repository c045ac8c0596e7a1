package crm

import "time"

// QueueState is how the queue stands, of the whole installation: it holds bells,
// and what they ring for stands in rows.
type QueueState struct {
	Lanes   []QueueLane
	Workers []QueueWorker
}

// QueueLane is one of the two lanes of a kind of task. Processed and Failed are
// counted since midnight UTC.
type QueueLane struct {
	Kind              string // webhook:process, message:deliver
	Crowd             bool   // the lane of what a shop rings in crowds
	Waiting, Running  int
	Retrying, GivenUp int           // to be tried again; tried too often, the sweep rings anew
	Oldest            time.Duration // for which the oldest waits
	Processed, Failed int
}

// QueueWorker is a process that answers the queue.
type QueueWorker struct {
	Host         string
	Busy, Places int
	Since        time.Time
}
