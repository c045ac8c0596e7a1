package handlers_test

// stageGestures puts something on each page of its area.
func stageGestures(s *scene) {}
