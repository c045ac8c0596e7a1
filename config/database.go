package config

import (
	"log/slog"
	"strings"
)

// Database is where the truth is kept: a PostgreSQL server, or an SQLite file.
// The zero value is the file grazie.db in the data folder.
type Database struct {
	URL  string // of PostgreSQL, as written; empty for SQLite
	Path string // of the SQLite file; empty for PostgreSQL
}

// Postgres tells whether it is a server that several processes can share.
func (d Database) Postgres() bool { return d.URL != "" }

// UnmarshalText reads postgres://user:password@host:5432/name (postgresql:// is
// the same) and sqlite:/path/to/file.
func (d *Database) UnmarshalText(text []byte) error {
	value := string(text)
	if path, ok := strings.CutPrefix(value, "sqlite:"); ok {
		path = strings.TrimPrefix(path, "//")
		if path == "" || strings.ContainsAny(path, "?#\x00") || path == ":memory:" {
			return shown("write sqlite: and the path of a file, such as sqlite:/var/lib/grazie/grazie.db")
		}
		d.Path = path
		return nil
	}
	if !strings.HasPrefix(value, "postgres://") && !strings.HasPrefix(value, "postgresql://") {
		return hidden("start with postgres:// or sqlite:, or leave it out to use a file in GRAZIE_DATA_DIR")
	}
	a, err := parseAddress(value)
	if err != nil {
		return err
	}
	if len(a.hosts) == 0 && !a.query.Has("host") {
		return hidden("name a host, or a socket's folder as in postgres:///name?host=/var/run/postgresql")
	}
	d.URL = value
	return nil
}

// String shows which database it is, without user name and password.
func (d Database) String() string {
	if !d.Postgres() {
		return "sqlite:" + d.Path
	}
	a, err := parseAddress(d.URL)
	if err != nil {
		return harmless(d.URL)
	}
	return a.String()
}

// GoString and LogValue hide what String hides.
func (d Database) GoString() string     { return d.String() }
func (d Database) LogValue() slog.Value { return slog.StringValue(d.String()) }
