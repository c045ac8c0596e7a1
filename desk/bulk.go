package desk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"grazie/crm"
)

// mostTargets bounds a bulk job: more is a mistake, or several jobs.
const mostTargets = 1_000_000

// ReadTargets reads the targets of a bulk job from a file, one on each line:
// "order:1001", "customer:77", "return:5", or a mail address. Empty lines and
// those that begin with # are passed over. All mistakes are told at once, by
// the numbers of their lines.
func ReadTargets(r io.Reader) ([]string, error) {
	var targets []string
	var wrong []error
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || text[0] == '#' {
			continue
		}
		kind, name, ok := strings.Cut(text, ":")
		switch {
		case !ok && strings.Contains(text, "@"):
			text = "email:" + text
		case !ok || name == "" || kind != "order" && kind != "customer" && kind != "return" && kind != "email":
			wrong = append(wrong, &crm.Invalid{Field: fmt.Sprintf("line %d", n), Message: "write order:1001, customer:77, return:5 or a mail address"})
			continue
		}
		if targets = append(targets, text); len(targets) > mostTargets {
			return nil, fmt.Errorf("more than %d targets: run several bulk jobs", mostTargets)
		}
		if len(wrong) > 20 {
			break
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(wrong) == 0 && len(targets) == 0 {
		return nil, errors.New("there is no target in it")
	}
	return targets, errors.Join(wrong...)
}

// Next runs the next targets of a bulk job, at most so many, and tells whether
// there may be more. Each is planned as if staff had asked for it alone; what
// had its gesture already is left alone.
func (d *Desk) Next(ctx context.Context, shop crm.Shop, b crm.Bulk, atMost int) (more bool, err error) {
	items, err := d.Store.WaitingItems(ctx, shop.ID, b.ID, atMost)
	if err != nil {
		return false, err
	}
	for _, i := range items {
		ask := b.Ask
		ask.Bulk = b.ID
		m, err := d.Run(ctx, shop, request(b.Journey, i.Target, ask))
		i.State, i.MessageID = crm.BulkPlanned, m.ID
		if err != nil && !(m.Ask != nil && m.Ask.Bulk == b.ID) { // else an earlier run planned it and was lost
			if !isAnswer(err) {
				return false, err
			}
			i.State, i.Detail = crm.BulkRefused, err.Error()
		}
		if err := d.Store.SettleItem(ctx, shop.ID, b.ID, i); err != nil && !errors.Is(err, crm.ErrNotFound) {
			return false, err
		}
	}
	return len(items) == atMost, nil
}

// isAnswer tells whether an error is about the target and not about the database.
func isAnswer(err error) bool {
	var invalid *crm.Invalid
	return errors.Is(err, crm.ErrNotFound) || errors.Is(err, crm.ErrConflict) || errors.As(err, &invalid)
}

func request(journey, target string, ask crm.Ask) Request {
	r := Request{Journey: journey, Ask: ask}
	switch kind, name, _ := strings.Cut(target, ":"); kind {
	case "order":
		r.Order = name
	case "customer":
		r.Customer = name
	case "return":
		r.Return = name
	case "email":
		r.Email = crm.EmailKey(name)
	}
	return r
}
