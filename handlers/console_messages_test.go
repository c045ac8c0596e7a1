package handlers_test

// stageMessages puts something on each page of its area.
func stageMessages(s *scene) {}
