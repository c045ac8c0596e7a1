package handlers_test

// stageTasks puts something on each page of its area.
func stageTasks(s *scene) {}
