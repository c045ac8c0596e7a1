package desk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"grazie/crm"
)

// Bounds of what names the targets of a bulk job. More is a mistake, or several jobs.
const (
	mostTargets = 100_000
	mostWrong   = 20  // mistakes that are told
	mostName    = 400 // of one target
)

var tooMany = &crm.Invalid{Field: "targets", Message: fmt.Sprintf("a bulk job may have up to %d targets: run several", mostTargets)}

// ReadTargets reads the targets of a bulk job from a file, one on each line:
// "order:1001", "customer:77", "return:5", or a mail address. Empty lines and
// those that begin with # are passed over. The mistakes are told together, by
// the numbers of their lines.
func ReadTargets(r io.Reader) ([]string, error) {
	t := targets{at: "line %d"}
	lines := bufio.NewScanner(r)
	n := 0
	for lines.Scan() && !t.full() {
		n++
		text := strings.TrimPrefix(lines.Text(), "\ufeff") // what spreadsheets begin a file with
		if text = strings.TrimSpace(text); text != "" && text[0] != '#' {
			t.add(n, text)
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		t.wrong = append(t.wrong, &crm.Invalid{Field: fmt.Sprintf("line %d", n+1), Message: "is too long for a target: is this the right file?"})
	} else if err := lines.Err(); err != nil {
		return nil, err
	}
	return t.all()
}

// Targets checks the targets of a bulk job that come in a list.
func Targets(list []string) ([]string, error) {
	t := targets{at: "targets[%d]"}
	for i, text := range list {
		if t.full() {
			break
		}
		t.add(i, strings.TrimSpace(text))
	}
	return t.all()
}

// targets are collected, and what is wrong with them.
type targets struct {
	at    string // says where one stands
	good  []string
	wrong []error
}

func (t *targets) full() bool { return len(t.good) > mostTargets || len(t.wrong) >= mostWrong }

func (t *targets) add(n int, text string) {
	kind, name, ok := strings.Cut(text, ":")
	if !ok && strings.Contains(text, "@") {
		kind, name, ok = "email", text, true
	}
	if name = strings.TrimSpace(name); !ok || name == "" || len(name) > mostName || !slices.Contains([]string{"order", "customer", "return", "email"}, kind) {
		t.wrong = append(t.wrong, &crm.Invalid{Field: fmt.Sprintf(t.at, n), Message: "write order:1001, customer:77, return:5 or a mail address"})
		return
	}
	t.good = append(t.good, kind+":"+name)
}

func (t *targets) all() ([]string, error) {
	switch {
	case len(t.good) > mostTargets:
		return nil, tooMany
	case len(t.wrong) >= mostWrong:
		t.wrong = append(t.wrong, errors.New("and perhaps more: the rest was not read"))
	case len(t.wrong) == 0 && len(t.good) == 0:
		return nil, &crm.Invalid{Field: "targets", Message: "there is none in it"}
	}
	if len(t.wrong) > 0 {
		return nil, errors.Join(t.wrong...)
	}
	return t.good, nil
}

// Segment is whom a segment holds, as targets of a bulk job.
func (d *Desk) Segment(ctx context.Context, shop crm.Shop, t crm.BulkTarget) ([]string, error) {
	all, err := d.Store.Targets(ctx, shop.ID, t)
	switch {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, &crm.Invalid{Field: "segment", Message: "nobody is in it"}
	case len(all) > mostTargets:
		return nil, tooMany
	}
	return all, nil
}

// Morning is when a day begins at a shop, by its own clock; of an empty text,
// never.
func Morning(shop crm.Shop, day string) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	d, err := crm.ParseDay(day)
	if err != nil {
		return time.Time{}, errors.New("write a day as 2027-01-31")
	}
	return d.At(0, 0, 0, crm.Location(shop.Timezone)), nil
}

// ExplainBulk tells how a bulk job stands, with its targets counted by how far
// they are.
func ExplainBulk(shop crm.Shop, b crm.Bulk, n map[crm.BulkItemState]int) string {
	far := fmt.Sprintf("%d of %d targets are through", b.Total-n[crm.BulkWaiting], b.Total)
	if refused := n[crm.BulkRefused]; refused > 0 {
		far += fmt.Sprintf(", %d of them refused", refused)
	}
	left := takes(n[crm.BulkWaiting], b.PerMinute)
	switch {
	case b.State == crm.BulkCounted:
		return fmt.Sprintf("Counted: %d targets, which take about %s. Nothing runs before it is started.", b.Total, left)
	case b.State == crm.BulkRunning && shop.State != crm.ShopActive:
		return fmt.Sprintf("It waits, because the shop is %s; %s.", shop.State, far)
	case b.State == crm.BulkRunning:
		return fmt.Sprintf("Running for about %s more; %s.", left, far)
	case b.State == crm.BulkPaused:
		return fmt.Sprintf("Paused; %s. Nothing more runs before it is resumed.", far)
	case b.State == crm.BulkCancelled:
		return fmt.Sprintf("Cancelled; %s. What was planned stays planned.", far)
	}
	return fmt.Sprintf("Done; %s.", far)
}

// takes is how long so many targets last.
func takes(targets, perMinute int) string {
	minutes := (targets + perMinute - 1) / max(1, perMinute)
	switch {
	case minutes <= 1:
		return "a minute"
	case minutes < 120:
		return fmt.Sprintf("%d minutes", minutes)
	}
	return fmt.Sprintf("%d hours", (minutes+59)/60)
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
