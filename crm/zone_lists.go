package crm

import (
	"maps"
	"slices"
)

// Zones are the time zones of all countries, for people to choose from.
func Zones() []string {
	all := append(slices.Collect(maps.Values(oneZone)), slices.Collect(maps.Values(mostlyOneZone))...)
	for _, parts := range provinceZones {
		for _, p := range parts {
			all = append(all, p.zone)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Countries are all countries that have a clock, by ISO 3166-1 alpha-2.
func Countries() []string {
	all := slices.Collect(maps.Keys(oneZone))
	all = append(all, slices.Collect(maps.Keys(mostlyOneZone))...)
	all = append(all, slices.Collect(maps.Keys(provinceZones))...)
	slices.Sort(all)
	return slices.Compact(all)
}
