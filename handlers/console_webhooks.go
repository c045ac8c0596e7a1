package handlers

func (d desktop) webhookRoutes() []ConsoleRoute { return nil }
