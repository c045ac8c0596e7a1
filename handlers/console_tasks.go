package handlers

func (d desktop) taskRoutes() []ConsoleRoute { return nil }
