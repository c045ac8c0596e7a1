package store

import "database/sql"

// Database lets tests look at the engine behind the store: PostgreSQL on one
// connection, whose counters then tell all; SQLite only to read.
func Database(s *Store) *sql.DB {
	if s.lite == nil {
		s.db.SetMaxOpenConns(1)
	}
	return s.pool
}
