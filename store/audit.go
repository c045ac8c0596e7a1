package store

import (
	"context"
	"errors"
	"math"
	"time"

	"grazie/crm"
)

// AuditFilter says which lines of an audit log are listed; what is empty does not
// matter.
type AuditFilter struct {
	By     string    // who did it, in words, exactly
	Action string    // "messages.cancel"
	Since  time.Time // from then on
	Until  time.Time // before then
	Before int64     // lines before this one; 0: from the newest on
	Limit  int
}

// Audit lists lines of a shop's audit log, the newest first, from before a line
// on; 0 is the newest. An empty shop is the installation.
func (s *Store) Audit(ctx context.Context, shopID string, before int64, limit int) ([]Entry, error) {
	return s.SearchAudit(ctx, shopID, AuditFilter{Before: before, Limit: limit})
}

// SearchAudit is Audit for some lines only.
func (s *Store) SearchAudit(ctx context.Context, shopID string, f AuditFilter) ([]Entry, error) {
	if f.Before <= 0 {
		f.Before = math.MaxInt64
	}
	var p params
	query := `select ` + entryColumns + ` from audit where shop_id = ` + p.add(shopID) + ` and seq < ` + p.add(f.Before)
	// Lines are numbered as time goes on, so a day is a range of numbers: two
	// searches find its ends, however long the log is.
	if !f.Since.IsZero() {
		first, err := s.firstSince(ctx, shopID, f.Since)
		if err != nil {
			return nil, err
		}
		query += ` and seq >= ` + p.add(first)
	}
	if !f.Until.IsZero() {
		end, err := s.firstSince(ctx, shopID, f.Until)
		if err != nil {
			return nil, err
		}
		query += ` and seq < ` + p.add(end)
	}
	switch { // each has an index of its own; with both, the actions of one person are read
	case f.By != "":
		query += ` and actor = ` + p.add(f.By)
		if f.Action != "" {
			query += ` and ` + checked("action") + ` = ` + p.add(f.Action)
		}
	case f.Action != "":
		query += ` and action = ` + p.add(f.Action)
	}
	return rows(ctx, s.read, scanEntry, query+` order by seq desc limit `+p.add(f.Limit), p...)
}

// firstSince is the number of the first line that was written at a time or later;
// of none, one that no line has.
func (s *Store) firstSince(ctx context.Context, shopID string, at time.Time) (int64, error) {
	e, err := one(rows(ctx, s.read, scanEntry, `select `+entryColumns+` from audit where shop_id = $1 and at >= $2 order by at, seq limit 1`, shopID, micros(at)))
	if errors.Is(err, crm.ErrNotFound) {
		return math.MaxInt64, nil
	}
	return e.Seq, err
}

// VerifyAudit reads the whole log of a shop and tells how long it is, and its last
// hash. Kept elsewhere, a hash tells later whether lines were cut off the end, or
// the whole log was written anew: expect is one that was kept, or empty. What was
// tampered with is a *Broken. Lines that are written meanwhile do not matter.
func (s *Store) VerifyAudit(ctx context.Context, shopID, expect string) (lines int64, head string, err error) {
	met := expect == ""
	last, err := s.auditHead(ctx, shopID)
	for err == nil {
		var some []Entry
		if some, err = rows(ctx, s.read, scanEntry, `select `+entryColumns+` from audit where shop_id = $1 and seq > $2 order by seq limit 500`, shopID, lines); err != nil {
			break
		}
		if len(some) > 0 && some[len(some)-1].Seq > last.Seq { // written meanwhile, if the head says so too
			if last, err = s.auditHead(ctx, shopID); err != nil {
				break
			}
		}
		for _, e := range some {
			switch {
			case e.Seq != lines+1:
				return lines, head, &Broken{lines + 1, "it is missing"}
			case e.Previous != head:
				return lines, head, &Broken{e.Seq, "the line before it was changed"}
			case e.Hash != e.sum():
				return lines, head, &Broken{e.Seq, "it was changed"}
			case e.Seq > last.Seq, e.Seq == last.Seq && e.Hash != last.Hash:
				return lines, head, &Broken{e.Seq, "it is not the one that the log ends with"}
			}
			lines, head = e.Seq, e.Hash
			met = met || head == expect
		}
		if len(some) == 0 {
			break
		}
	}
	switch {
	case err != nil:
		return lines, head, err
	case last.Seq > lines:
		return lines, head, &Broken{lines + 1, "it and what follows are missing"}
	case !met:
		return lines, head, &Broken{lines, "no line has the hash that was kept: lines were cut off here, or the log was written anew"}
	}
	return lines, head, nil
}

// auditHead is where a log ends: its last line's number and hash. An empty log
// ends at 0.
func (s *Store) auditHead(ctx context.Context, shopID string) (Entry, error) {
	e, err := one(rows(ctx, s.read, scanEntry, `select shop_id, seq, 0, '', '', '', '', '', '', '', hash from audit_heads where shop_id = $1`, shopID))
	if errors.Is(err, crm.ErrNotFound) {
		err = nil
	}
	return e, err
}
