package store

import (
	"context"
	"math"

	"grazie/crm"
)

// Audit lists lines of a shop's audit log, the newest first, from before a line
// on; 0 is the newest. An empty shop is the installation.
func (s *Store) Audit(ctx context.Context, shopID string, before int64, limit int) ([]Entry, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	return rows(ctx, s.read, scanEntry, `select `+entryColumns+` from audit where shop_id = $1 and seq < $2 order by seq desc limit $3`, shopID, before, limit)
}

// VerifyAudit reads the whole log of a shop and tells how long it is, and its last
// hash: kept elsewhere, it also tells whether lines were cut off its end, or the
// whole log was written anew. What was tampered with is a *Broken.
func (s *Store) VerifyAudit(ctx context.Context, shopID string) (lines int64, head string, err error) {
	for {
		some, err := rows(ctx, s.read, scanEntry, `select `+entryColumns+` from audit where shop_id = $1 and seq > $2 order by seq limit 500`, shopID, lines)
		if err != nil {
			return lines, head, err
		}
		for _, e := range some {
			switch {
			case e.Seq != lines+1:
				return lines, head, &Broken{lines + 1, "it is missing"}
			case e.Previous != head:
				return lines, head, &Broken{e.Seq, "the line before it was changed"}
			case e.Hash != e.sum():
				return lines, head, &Broken{e.Seq, "it was changed"}
			}
			lines, head = e.Seq, e.Hash
		}
		if len(some) == 0 {
			break
		}
	}
	last, err := one(rows(ctx, s.read, scanEntry, `select shop_id, seq, 0, '', '', '', '', '', '', '', hash from audit_heads where shop_id = $1`, shopID))
	switch {
	case err == crm.ErrNotFound && lines == 0:
		return 0, "", nil
	case err != nil && err != crm.ErrNotFound:
		return lines, head, err
	case last.Seq != lines || last.Hash != head:
		return lines, head, &Broken{lines + 1, "the lines from here on are missing"}
	}
	return lines, head, nil
}
