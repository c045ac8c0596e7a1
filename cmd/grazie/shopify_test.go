package main

import (
	"slices"
	"testing"

	"grazie/integrations/shopify"
	"grazie/journeys"
)

// TestScopesOfGestures: a scope names gestures that exist, and one that does
// something in the shop asks for more than reading.
func TestScopesOfGestures(t *testing.T) {
	for _, s := range shopify.Scopes {
		for _, key := range s.For {
			if _, ok := journeys.Find(key); !ok {
				t.Errorf("%s is for %s, which is no gesture", s.Name, key)
			}
		}
	}
	reads := shopify.ScopesFor("thank_you")
	for _, j := range journeys.All {
		acts := slices.ContainsFunc(shopify.ScopesFor(j.Key), func(s string) bool { return s[:5] == "write" })
		if acts != (j.Effects != nil) || !slices.Contains(shopify.ScopesFor(j.Key), reads[0]) {
			t.Errorf("%s asks for %v", j.Key, shopify.ScopesFor(j.Key))
		}
	}
}
