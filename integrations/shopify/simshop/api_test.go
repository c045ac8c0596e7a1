package simshop_test

import (
	"testing"

	"grazie/integrations/shopify/simshop"
)

func TestX(t *testing.T) {
	simshop.New(1, start).API()
}
