package handlers_test

// stageReturns puts something on each page of its area.
func stageReturns(s *scene) {}
