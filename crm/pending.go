package crm

import "io"

// Stand-ins until code.go and zone.go are written: whoever writes those deletes
// them here.

func CodeKey(code string) string { return code }

func Attribute(Order, []string) map[string]CodeUse { return nil }

func ZoneOf(Customer, *Order, Shop) (zone, source string) { return "UTC", "none" }

func NewCode(prefix string, random io.Reader) (string, error) { return prefix, nil }
