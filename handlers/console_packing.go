package handlers

func (d desktop) packingRoutes() []ConsoleRoute { return nil }
