package handlers

func (d desktop) reviewRoutes() []ConsoleRoute { return nil }
