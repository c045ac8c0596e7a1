package bigcommerce

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"grazie/integrations"
)

// hookBody is a webhook that the store sends to somebody.
type hookBody struct {
	ID          scalar  `json:"id,omitempty"`
	Scope       string  `json:"scope"`
	Destination string  `json:"destination"`
	Active      bool    `json:"is_active"`
	Headers     headers `json:"headers"`
}

// headers are those that we gave; some stores answer a list where there are none.
type headers map[string]string

func (h *headers) UnmarshalJSON(b []byte) error {
	if b[0] != '{' {
		return nil
	}
	return json.Unmarshal(b, (*map[string]string)(h))
}

// key is our key among them.
func (h headers) key() string {
	for name, v := range h {
		if strings.EqualFold(name, KeyHeader) {
			return v
		}
	}
	return ""
}

// wanted are the scopes that are subscribed to. Refunds and parcels change an
// order too, but not always what it says of itself.
func wanted() []string {
	all := []string{topicDeleted, topicUninstalled}
	for topic := range topics {
		if strings.HasPrefix(topic, "store/") {
			all = append(all, topic)
		}
	}
	slices.Sort(all)
	return all
}

// Subscribe makes every webhook that Grazie reads come to address with our key.
// The store lists only those of the same API account. One that went inactive,
// to another host, or without the key is ours all the same and is mended; what
// goes to another path is somebody else's and stays.
func (p *Platform) Subscribe(ctx context.Context, c integrations.Connection, address string) (mended []string, err error) {
	target, err := url.Parse(address)
	if err != nil || target.Scheme != "https" || target.Port() != "" && target.Port() != "443" {
		return nil, fail(integrations.Rejected, "BigCommerce sends webhooks to https addresses on port 443 only")
	}
	there, err := p.hooks(ctx, c)
	if err != nil {
		return nil, err
	}
	var refused []error
	for _, scope := range wanted() {
		want := hookBody{Scope: scope, Destination: address, Active: true, Headers: headers{}}
		if key := c.Settings[SettingHookKey]; key != "" {
			want.Headers[KeyHeader] = key
		}
		ours := slices.IndexFunc(there, func(h hookBody) bool { return h.Scope == scope && samePath(h.Destination, target) })
		method, path := http.MethodPost, "/v3/hooks"
		if ours >= 0 {
			h := there[ours]
			if h.Active && h.Destination == address && h.Headers.key() == want.Headers.key() {
				continue
			}
			method, path = http.MethodPut, "/v3/hooks/"+string(h.ID)
		}
		switch err := p.call(ctx, c, method, path, want, nil); {
		case integrations.KindOf(err) == integrations.Rejected && err != nil: // the others are wanted all the same
			refused = append(refused, err)
		case err != nil:
			return mended, err
		default:
			mended = append(mended, scope)
		}
	}
	return mended, errors.Join(refused...)
}

func samePath(destination string, target *url.URL) bool {
	u, err := url.Parse(destination)
	return err == nil && u.Path == target.Path
}

// hooks are all webhooks of the API account at the store.
func (p *Platform) hooks(ctx context.Context, c integrations.Connection) ([]hookBody, error) {
	var all []hookBody
	for page := 1; ; page++ {
		var told struct{ Data []hookBody }
		if err := p.part(ctx, c, "/v3/hooks?limit="+strconv.Itoa(pageSize)+"&page="+strconv.Itoa(page), &told); err != nil {
			return nil, err
		}
		all = append(all, told.Data...)
		if len(told.Data) < pageSize {
			return all, nil
		}
	}
}
