package handlers

func (d desktop) bulkRoutes() []ConsoleRoute { return nil }
