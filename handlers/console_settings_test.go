package handlers_test

// stageSettings puts something on each page of its area.
func stageSettings(s *scene) {}
