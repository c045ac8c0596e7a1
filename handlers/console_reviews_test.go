package handlers_test

// stageReviews puts something on each page of its area.
func stageReviews(s *scene) {}
