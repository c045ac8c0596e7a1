package crm_test

import (
	"slices"
	"testing"

	"grazie/crm"
)

// What people can choose is what can be stored.
func TestZonesAndCountries(t *testing.T) {
	zones, countries := crm.Zones(), crm.Countries()
	for _, z := range zones {
		if crm.CheckZone(z) != nil {
			t.Errorf("%q is no zone", z)
		}
	}
	if len(zones) < 250 || len(countries) < 240 || !slices.Contains(zones, "America/Chicago") || !slices.Contains(zones, "Europe/Rome") || !slices.Contains(countries, "US") || !slices.Contains(countries, "DE") {
		t.Errorf("%d zones, %d countries", len(zones), len(countries))
	}
}
