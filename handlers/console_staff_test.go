package handlers_test

// stageStaff puts something on each page of its area.
func stageStaff(s *scene) {}
