package handlers_test

// stageCodes puts something on each page of its area.
func stageCodes(s *scene) {}
