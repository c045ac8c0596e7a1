package handlers_test

// stageToday puts something on each page of its area.
func stageToday(s *scene) {}
