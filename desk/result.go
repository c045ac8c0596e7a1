package desk

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"

	"grazie/crm"
)

// resultPage is how many targets of a result are read at once.
const resultPage = 1000

// ResultCSV writes what became of each target of a bulk job, a line each below
// a heading.
func (d *Desk) ResultCSV(ctx context.Context, w io.Writer, shopID, bulkID string) error {
	out := csv.NewWriter(w)
	out.Write([]string{"target", "state", "message", "outcome", "reason"}) // its error stays and comes back below
	return d.result(ctx, shopID, bulkID, func(page []crm.BulkItem) error {
		for _, i := range page {
			out.Write([]string{defused(i.Target), string(i.State), i.MessageID, string(i.Outcome), defused(why(i))})
		}
		out.Flush()
		return out.Error()
	})
}

// defused is a cell that no spreadsheet takes for a formula: one that begins like
// one gets an apostrophe, which spreadsheets do not show.
func defused(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// ResultJSON writes the same as JSON, an object a line.
func (d *Desk) ResultJSON(ctx context.Context, w io.Writer, shopID, bulkID string) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return d.result(ctx, shopID, bulkID, func(page []crm.BulkItem) error {
		for _, i := range page {
			if err := out.Encode(struct {
				crm.BulkItem
				Sentence string `json:"sentence,omitempty"`
			}{i, why(i)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// why is the reason of a target's outcome for people.
func why(i crm.BulkItem) string {
	if i.Reason != "" {
		return i.Reason.Sentence()
	}
	return i.Detail
}

func (d *Desk) result(ctx context.Context, shopID, bulkID string, write func([]crm.BulkItem) error) error {
	for after := 0; ; {
		items, err := d.Store.BulkItems(ctx, shopID, bulkID, after, resultPage)
		if err != nil {
			return err
		}
		if err := write(items); err != nil || len(items) < resultPage {
			return err
		}
		after = items[len(items)-1].Position
	}
}
