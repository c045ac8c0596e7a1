package easypost_test

import (
	"net/http"
	"testing"
	"time"

	"grazie/integrations"
	"grazie/integrations/easypost"
	"grazie/integrations/labeltest"
)

func TestConformance(t *testing.T) {
	labeltest.Run(t, labeltest.Service{
		New:     func(c *http.Client, now func() time.Time) integrations.LabelMaker { return easypost.New(c, now) },
		Handler: (*labeltest.Desk).EasyPost, Guarded: true, Refunded: "submitted",
	})
}
