package handlers

func (d desktop) queueRoutes() []ConsoleRoute { return nil }
