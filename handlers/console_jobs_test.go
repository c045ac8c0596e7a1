package handlers_test

// stageJobs puts something on each page of its area.
func stageJobs(s *scene) {}
