package jobs

import (
	"context"
	"fmt"
	"time"
)

// search makes the customers findable who were here before customers could be
// looked for, once, in small steps. Whoever comes since is so from the start.
func (w *Worker) search(ctx context.Context, c chore) (time.Time, error) {
	for {
		done, next, err := w.Store.IndexCustomers(ctx, c.ShopID, c.Cursor)
		if err != nil {
			return time.Time{}, err
		}
		c.Done += int64(done)
		c.Cursor = next
		if next == "" {
			c.Detail = fmt.Sprintf("%d customers can be looked for", c.Done)
			return time.Time{}, nil
		}
		if err := c.keep(ctx); err != nil {
			return time.Time{}, err
		}
		w.step("some customers findable")
	}
}
