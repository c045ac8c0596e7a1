package handlers

func (d desktop) returnRoutes() []ConsoleRoute { return nil }
