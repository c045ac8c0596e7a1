package handlers

func (d desktop) gestureRoutes() []ConsoleRoute { return nil }
