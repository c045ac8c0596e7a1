package handlers_test

// stageWebhooks puts something on each page of its area.
func stageWebhooks(s *scene) {}
