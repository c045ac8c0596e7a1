package handlers

func (d desktop) customerRoutes() []ConsoleRoute { return nil }
