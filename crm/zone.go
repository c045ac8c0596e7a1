package crm

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What told a customer's zone, for Facts.ZoneSource.
const (
	ZoneByCustomer = "customer" // she chose it herself
	ZoneByAddress  = "address"  // where her order went, or else where she lives
	ZoneByShop     = "shop"
	ZoneByNothing  = "none" // then it is UTC
)

// ZoneOf is the IANA name of the zone that a customer lives in, and what told
// it (mail-and-domain.md, 4.5): her own setting, the country and province that
// the order went to, those of her own address, the shop's zone, UTC. The order
// may be nil. A zone that this program's tables do not know is passed over.
func ZoneOf(c Customer, o *Order, s Shop) (zone, source string) {
	if CheckZone(c.Timezone) == nil {
		return c.Timezone, ZoneByCustomer
	}
	if o != nil {
		if zone := o.Shipping.zone(); zone != "" {
			return zone, ZoneByAddress
		}
	}
	if zone := c.Address.zone(); zone != "" {
		return zone, ZoneByAddress
	}
	if CheckZone(s.Timezone) == nil {
		return s.Timezone, ZoneByShop
	}
	return "UTC", ZoneByNothing
}

// CheckZone tells what is wrong with the name of a time zone.
func CheckZone(name string) error {
	// Go takes these two for UTC and for the zone of the machine.
	if name != "" && name != "Local" {
		if _, err := time.LoadLocation(name); err == nil {
			return nil
		}
	}
	return &Invalid{Field: "timezone", Message: fmt.Sprintf("there is no time zone %q: give its name in the IANA list, such as Europe/Rome", name)}
}

// Location is the zone with a name, UTC where there is none.
func Location(name string) *time.Location {
	if name == "Local" {
		return time.UTC
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// zone is what country and province tell; empty: nothing for sure.
func (a *Address) zone() string {
	if a == nil {
		return ""
	}
	country := strings.ToUpper(a.Country)
	if zone, ok := oneZone[country]; ok {
		return zone
	}
	code := strings.TrimPrefix(strings.ReplaceAll(strings.ToUpper(a.ProvinceCode), " ", ""), country+"-")
	for _, p := range provinceZones[country] {
		if code != "" && (p.provinces == "" || slices.Contains(strings.Fields(p.provinces), code)) {
			return p.zone
		}
	}
	return mostlyOneZone[country]
}
