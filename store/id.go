package store

import (
	"encoding/base32"
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

var idText = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// NewID is a prefix and a UUID of version 7 (RFC 9562) in base32: random, and
// later ids sort after earlier ones, so that an index grows at its end.
func NewID(prefix string) string {
	id := uuid.Must(uuid.NewV7())
	return prefix + idText.EncodeToString(id[:])
}

// idAt is where the ids that are made from a moment on begin.
func idAt(prefix string, t time.Time) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], uint64(max(t.UnixMilli(), 0))<<16)
	return prefix + idText.EncodeToString(id[:])
}
