package handlers

func (d desktop) staffRoutes() []ConsoleRoute { return nil }
