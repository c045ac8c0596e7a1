package handlers_test

// stageCalls puts something on each page of its area.
func stageCalls(s *scene) {}
