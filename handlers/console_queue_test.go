package handlers_test

// stageQueue puts something on each page of its area.
func stageQueue(s *scene) {}
