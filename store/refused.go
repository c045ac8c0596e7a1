package store

// Refused tells whether the database refused what it was given, so that trying
// again would end alike. All other errors may pass.
func Refused(err error) bool { return badValue(err) }
