package handlers_test

// stagePacking puts something on each page of its area.
func stagePacking(s *scene) {}
