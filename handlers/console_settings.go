package handlers

func (d desktop) settingRoutes() []ConsoleRoute { return nil }
