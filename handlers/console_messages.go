package handlers

func (d desktop) messageRoutes() []ConsoleRoute { return nil }
