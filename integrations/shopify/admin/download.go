package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"grazie/integrations"
)

// silence is how long a file may bring no byte.
const silence = 30 * time.Second

// ErrLinkEnded says that the link to a bulk operation's file works no more: it
// lasts seven days (platforms.md, C.1).
var ErrLinkEnded = errors.New("the link to the file has ended")

// File is the result of a bulk operation while it is read.
type File struct {
	io.ReadCloser
	From int64 // the byte that it begins with: 0 where the server does not begin in the middle
}

// Download fetches the file of a bulk operation from a byte on. Its errors are
// ErrLinkEnded, or an *integrations.Error of the kind Temporary. No limit of
// time or size holds for the file, only one of silence.
func (c *Client) Download(ctx context.Context, address string, from int64) (*File, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fail(integrations.Temporary, "the link to the file is malformed", nil)
	}
	req.Header.Set("Accept-Encoding", "identity") // bytes are counted as they are served
	if from > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	resp, err := integrations.Streaming(c.http, silence).Do(req)
	if err != nil {
		return nil, fail(integrations.Temporary, "the file cannot be fetched", integrations.Redact(err))
	}
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
		return &File{resp.Body, 0}, nil
	case code == http.StatusPartialContent && strings.HasPrefix(resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", from)):
		return &File{resp.Body, from}, nil
	case code == http.StatusRequestedRangeNotSatisfiable && resp.Header.Get("Content-Range") == fmt.Sprintf("bytes */%d", from):
		resp.Body.Close() // all of it was read before
		return &File{http.NoBody, from}, nil
	case code == http.StatusBadRequest, code == http.StatusForbidden, code == http.StatusNotFound, code == http.StatusGone:
		resp.Body.Close()
		return nil, ErrLinkEnded
	default:
		resp.Body.Close()
		return nil, fail(integrations.Temporary, fmt.Sprintf("the file cannot be fetched (%d: %s)", code, http.StatusText(code)), nil)
	}
}
