package handlers

func (d desktop) callRoutes() []ConsoleRoute { return nil }
