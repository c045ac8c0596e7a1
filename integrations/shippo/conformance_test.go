package shippo_test

import (
	"net/http"
	"testing"
	"time"

	"grazie/integrations"
	"grazie/integrations/labeltest"
	"grazie/integrations/shippo"
)

func TestConformance(t *testing.T) {
	labeltest.Run(t, labeltest.Service{
		New:     func(c *http.Client, now func() time.Time) integrations.LabelMaker { return shippo.New(c, now) },
		Handler: (*labeltest.Desk).Shippo, Refunded: "REFUNDPENDING",
	})
}
