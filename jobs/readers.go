package jobs

import (
	"slices"
	"sync"
)

// readers are the shops that are being asked for what their webhooks name. Each
// is asked by one task at a time, and all of them together leave half of the
// workers to webhooks that wait for nobody: a shop that takes long to answer
// must not keep another's cancellation from being read.
type readers struct {
	most int

	mu    sync.Mutex
	busy  map[string]bool
	later map[string][]string // shop id to webhooks that found no place
}

// mostLater bounds what is noted of a shop; beyond, the sweep rings.
const mostLater = 1000

func newReaders(most int) *readers {
	return &readers{most: max(1, most), busy: map[string]bool{}, later: map[string][]string{}}
}

// enter takes a shop's place. Without one, the webhooks are noted.
func (r *readers) enter(shopID string, ids []string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.busy[shopID] && len(r.busy) < r.most {
		r.busy[shopID] = true
		return true
	}
	for _, id := range ids {
		if all := r.later[shopID]; len(all) < mostLater && !slices.Contains(all, id) {
			r.later[shopID] = append(all, id)
		}
	}
	return false
}

// leave gives a shop's place back, and returns what was noted of shops that
// nobody asks now.
func (r *readers) leave(shopID string) map[string][]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, shopID)
	waiting := map[string][]string{}
	for shop, ids := range r.later {
		if !r.busy[shop] {
			waiting[shop] = ids
			delete(r.later, shop)
		}
	}
	return waiting
}
