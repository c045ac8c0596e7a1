package handlers_test

// stageTemplates puts something on each page of its area.
func stageTemplates(s *scene) {}
