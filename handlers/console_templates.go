package handlers

func (d desktop) templateRoutes() []ConsoleRoute { return nil }
