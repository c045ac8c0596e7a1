package handlers_test

// stageTokens puts something on each page of its area.
func stageTokens(s *scene) {}
