package handlers

func (d desktop) codeRoutes() []ConsoleRoute { return nil }
