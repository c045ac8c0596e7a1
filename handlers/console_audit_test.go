package handlers_test

// stageAudit puts something on each page of its area.
func stageAudit(s *scene) {}
