package handlers_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// stageQueue puts something on each page of its area.
func stageQueue(s *scene) {
	s.t.Helper()
	if _, err := s.store.ReceiveWebhook(s.t.Context(), store.Webhook{ShopID: s.shopID, DeliveryID: "in the queue", Topic: "orders/paid", Headers: "{}", Body: []byte("{}")}); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.store.Lead(s.t.Context(), "sweep", "a-worker", time.Minute); err != nil {
		s.t.Fatal(err)
	}
}

func queueOf(state crm.QueueState, err error) func(*door) {
	return func(d *door) { d.options.QueueState = func() (crm.QueueState, error) { return state, err } }
}

var busyQueue = crm.QueueState{
	Lanes: []crm.QueueLane{{Kind: store.KindWebhook, Waiting: 7, Oldest: 3 * time.Minute, Running: 2, Processed: 4321, Failed: 5, Retrying: 6, GivenUp: 8},
		{Kind: store.KindMessage, Crowd: true, Waiting: 10, Processed: 1}},
	Workers: []crm.QueueWorker{{Host: "one", Busy: 3, Places: 40}, {Host: "two", Places: 40}},
}

// The page tells the shop's own rows and the sums of the installation, and nothing
// of another shop's.
func TestQueuePage(t *testing.T) {
	s := newScene(t, queueOf(busyQueue, nil)).filled2(stageQueue)
	other, err := s.store.Shop(t.Context(), "strangers.myshopify.com")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b"} {
		if _, err := s.store.ReceiveWebhook(t.Context(), store.Webhook{ShopID: other.ID, DeliveryID: id, Headers: "{}"}); err != nil {
			t.Fatal(err)
		}
	}
	a := s.see("viewer", "/queue")
	s.shows(a, "Webhooks that wait</dt><dd>1 ", "Webhooks: 3. Mails that are due: 0.", "<b>17</b><span>tasks wait", "4321", "3 min", "2 processes are working. 3 of 80 places",
		"A worker leads it", "Reading the shop’s past", `hx-trigger="every 5s"`)
	if strings.Contains(a.body, "strangers") || strings.Contains(a.body, other.ID) {
		t.Error("the page tells of another shop")
	}
	part := s.see("viewer", "/queue?part=now")
	if part.status != http.StatusOK || strings.Contains(part.body, "<html") || !strings.Contains(part.body, "Webhooks that wait") {
		t.Errorf("the part that changes: %d %s", part.status, part.body)
	}
}

// With a queue that does not answer the rows are still told.
func TestQueuePageWithoutRedis(t *testing.T) {
	never := make(chan struct{})
	t.Cleanup(func() { close(never) })
	for name, change := range map[string]func(*door){
		"away": queueOf(crm.QueueState{}, errors.New("connection refused")),
		"frozen": func(d *door) {
			d.options.QueueState = func() (crm.QueueState, error) { <-never; return crm.QueueState{}, nil }
		},
		"none": func(d *door) { d.options.QueueState = nil },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, change).filled2(stageQueue)
			a := s.see("viewer", "/queue")
			s.shows(a, "The queue does not answer", "Webhooks that wait</dt><dd>1 ", "Webhooks: 1.")
			if strings.Contains(a.body, "connection refused") {
				t.Error("an error of the inside is told")
			}
		})
	}
	s := newScene(t, queueOf(crm.QueueState{Lanes: busyQueue.Lanes}, nil))
	s.shows(s.see("viewer", "/queue"), "No worker answers the queue")
}
