package handlers

func (d desktop) tokenRoutes() []ConsoleRoute { return nil }
