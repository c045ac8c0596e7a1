package handlers_test

// stageBulks puts something on each page of its area.
func stageBulks(s *scene) {}
