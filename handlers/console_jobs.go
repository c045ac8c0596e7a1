package handlers

func (d desktop) jobRoutes() []ConsoleRoute { return nil }
