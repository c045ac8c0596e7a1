package store

import "database/sql"

// Database lets tests look at the engine behind the store, on one connection.
func Database(s *Store) *sql.DB {
	s.db.SetMaxOpenConns(1)
	return s.db
}
