package handlers

import "grazie/store"

func (d desktop) todayRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("", store.Viewer, "today", "today.title", (*seat).showToday),
	}
}

// showToday tells at a glance what was done and what will be.
func (v *seat) showToday() error { return v.show("today", nil) }
