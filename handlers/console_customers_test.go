package handlers_test

// stageCustomers puts something on each page of its area.
func stageCustomers(s *scene) {}
