package crm_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
	"time"
	_ "time/tzdata" // the same zones on every machine

	"grazie/crm"
)

func at(country, province string) *crm.Address {
	return &crm.Address{Country: country, ProvinceCode: province}
}

// TestZoneOf is the sequence of mail-and-domain.md, 4.5.
func TestZoneOf(t *testing.T) {
	rome := crm.Shop{Timezone: "Europe/Rome"}
	for name, c := range map[string]struct {
		customer     crm.Customer
		shipping     *crm.Address
		shop         crm.Shop
		zone, source string
	}{
		"her own setting goes over all":              {crm.Customer{Timezone: "Asia/Tokyo", Address: at("IT", "")}, at("FR", ""), rome, "Asia/Tokyo", crm.ZoneByCustomer},
		"then where the order goes":                  {crm.Customer{Address: at("IT", "")}, at("FR", ""), rome, "Europe/Paris", crm.ZoneByAddress},
		"then where she lives":                       {crm.Customer{Address: at("JP", "")}, nil, rome, "Asia/Tokyo", crm.ZoneByAddress},
		"also where the order's country has several": {crm.Customer{Address: at("US", "HI")}, at("US", ""), rome, "Pacific/Honolulu", crm.ZoneByAddress},
		"then the shop's":                            {crm.Customer{}, nil, rome, "Europe/Rome", crm.ZoneByShop},
		"then none":                                  {crm.Customer{}, nil, crm.Shop{}, "UTC", crm.ZoneByNothing},
		"a setting that is no zone is passed over":   {crm.Customer{Timezone: "Mars/Base"}, nil, rome, "Europe/Rome", crm.ZoneByShop},
		"so is an offset":                            {crm.Customer{Timezone: "+02:00"}, nil, rome, "Europe/Rome", crm.ZoneByShop},
		"so is the zone of this machine":             {crm.Customer{Timezone: "Local"}, nil, rome, "Europe/Rome", crm.ZoneByShop},
		"so is one of the shop's":                    {crm.Customer{}, nil, crm.Shop{Timezone: "Mars/Base"}, "UTC", crm.ZoneByNothing},
		"a country that nobody knows is passed over": {crm.Customer{Address: at("ZZ", "")}, at("", "CA"), rome, "Europe/Rome", crm.ZoneByShop},

		"a state of several":                        {crm.Customer{}, at("US", "CA"), rome, "America/Los_Angeles", crm.ZoneByAddress},
		"in small letters":                          {crm.Customer{}, at("us", "ny"), rome, "America/New_York", crm.ZoneByAddress},
		"with the country before it":                {crm.Customer{}, at("US", "US-IL"), rome, "America/Chicago", crm.ZoneByAddress},
		"a state without summer time":               {crm.Customer{}, at("US", "AZ"), rome, "America/Phoenix", crm.ZoneByAddress},
		"the forces' post, which is nowhere":        {crm.Customer{}, at("US", "AE"), rome, "Europe/Rome", crm.ZoneByShop},
		"half an hour":                              {crm.Customer{}, at("CA", "NL"), rome, "America/St_Johns", crm.ZoneByAddress},
		"Brisbane has no summer time":               {crm.Customer{}, at("AU", "QLD"), rome, "Australia/Brisbane", crm.ZoneByAddress},
		"the Canaries":                              {crm.Customer{}, at("ES", "GC"), rome, "Atlantic/Canary", crm.ZoneByAddress},
		"the rest of Spain":                         {crm.Customer{}, at("ES", "B"), rome, "Europe/Madrid", crm.ZoneByAddress},
		"Spain without a province":                  {crm.Customer{}, at("ES", ""), rome, "Europe/Madrid", crm.ZoneByAddress},
		"the Azores":                                {crm.Customer{}, at("PT", "PT-20"), rome, "Atlantic/Azores", crm.ZoneByAddress},
		"Madeira":                                   {crm.Customer{}, at("PT", "PT-30"), rome, "Atlantic/Madeira", crm.ZoneByAddress},
		"a province with a space in its code":       {crm.Customer{}, at("MX", "Q ROO"), rome, "America/Cancun", crm.ZoneByAddress},
		"the rest of Mexico":                        {crm.Customer{}, at("MX", "JAL"), rome, "America/Mexico_City", crm.ZoneByAddress},
		"Mexico without a province, of four clocks": {crm.Customer{}, at("MX", ""), rome, "Europe/Rome", crm.ZoneByShop},
		"the far east of Russia":                    {crm.Customer{}, at("RU", "PRI"), rome, "Asia/Vladivostok", crm.ZoneByAddress},
		"Bali":                                      {crm.Customer{}, at("ID", "BA"), rome, "Asia/Makassar", crm.ZoneByAddress},
		"the south of Chile":                        {crm.Customer{}, at("CL", "MA"), rome, "America/Punta_Arenas", crm.ZoneByAddress},
		"Chile without a province":                  {crm.Customer{}, at("CL", ""), rome, "America/Santiago", crm.ZoneByAddress},
	} {
		var o *crm.Order
		if c.shipping != nil {
			o = &crm.Order{Shipping: c.shipping}
		}
		if zone, source := crm.ZoneOf(c.customer, o, c.shop); zone != c.zone || source != c.source {
			t.Errorf("%s: got %s by %s; want %s by %s", name, zone, source, c.zone, c.source)
		}
	}
}

// TestEveryZoneInTheTablesExists reads the tables from their source: a zone
// that does not load would put a customer into UTC without anybody noticing.
func TestEveryZoneInTheTablesExists(t *testing.T) {
	zones := 0
	for _, file := range []string{"zone_countries.go", "zone_provinces.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		check := func(e ast.Expr) {
			lit, ok := e.(*ast.BasicLit)
			if !ok {
				return
			}
			name, _ := strconv.Unquote(lit.Value)
			if zones++; crm.CheckZone(name) != nil {
				t.Errorf("%s: there is no zone %q", file, name)
			}
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				check(n.Value)
			case *ast.CompositeLit:
				if _, pair := n.Type.(*ast.Ident); n.Type == nil && len(n.Elts) == 2 && !pair {
					check(n.Elts[0])
				}
			}
			return true
		})
	}
	if zones < 300 {
		t.Errorf("only %d zones were found in the tables", zones)
	}
}

func TestCheckZoneSaysWhatToGive(t *testing.T) {
	for _, good := range []string{"Europe/Rome", "UTC", "America/Argentina/Buenos_Aires", "Asia/Kathmandu"} {
		if err := crm.CheckZone(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "Local", "Mars/Base", "+02:00", "../etc/passwd", "Europe/Rome "} {
		var invalid *crm.Invalid
		if err := crm.CheckZone(bad); !errors.As(err, &invalid) || invalid.Field != "timezone" {
			t.Errorf("%q: %v", bad, err)
		}
		if zone := crm.Location(bad); zone != time.UTC {
			t.Errorf("%q is %v; want UTC", bad, zone)
		}
	}
	if crm.Location("Asia/Tokyo").String() != "Asia/Tokyo" {
		t.Error("a zone that exists is not found")
	}
}
