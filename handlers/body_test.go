package handlers

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// Whoever announces much and sends nothing must not take memory: a thousand
// such connections would end the program.
func TestAnnouncedBodyTakesNoMemory(t *testing.T) {
	const requests = 50
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range requests {
		r := httptest.NewRequest(http.MethodPost, "/webhooks/shopify", io.NopCloser(io.MultiReader(strings.NewReader("{"), broken{})))
		r.ContentLength = maxBody
		if _, err := readBody(echo.New().NewContext(r, httptest.NewRecorder())); err == nil {
			t.Fatal("half a body was taken")
		}
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / requests; each > 256<<10 {
		t.Errorf("each took %d KiB", each>>10)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
