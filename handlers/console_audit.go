package handlers

func (d desktop) auditRoutes() []ConsoleRoute { return nil }
