package woocommerce

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"grazie/integrations"
)

const webhooksPath = "/wc/v3/webhooks"

// webhook is a subscription as the shop wants it.
type webhook struct {
	Name     string `json:"name"`
	Topic    string `json:"topic"`
	Status   string `json:"status"`
	Delivery string `json:"delivery_url"`
	Secret   string `json:"secret"`
}

// Subscribe makes a webhook of every topic that is read come to address, signed
// with the connection's secret. The shop never shows a secret: which one a
// webhook has stands in its name, by its beginning of a hash. One that the shop
// switched off after failures is switched on again.
func (p *Platform) Subscribe(ctx context.Context, c integrations.Connection, address string) (mended []string, err error) {
	secret := c.Settings[SettingSecret]
	if secret == "" {
		return nil, p.api.Fail(integrations.Unauthorized, "the connection has no webhook secret: connect the shop again", nil)
	}
	there, err := p.webhooks(ctx, c)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte("webhook secret " + secret))
	for _, topic := range Topics() {
		prefix := "Grazie " + topic
		wanted := webhook{Name: prefix + " " + hex.EncodeToString(sum[:4]), Topic: topic, Status: "active", Delivery: address, Secret: secret}
		method, path, found := http.MethodPost, webhooksPath, false
		for _, h := range there {
			if h.Topic != topic || h.Delivery != address && !strings.HasPrefix(h.Name, prefix) {
				continue
			}
			method, path = http.MethodPut, webhooksPath+"/"+h.id
			if found = h.Name == wanted.Name && h.Delivery == address && h.Status == "active"; found {
				break
			}
		}
		if found {
			continue
		}
		if _, err := p.call(ctx, c, method, path, nil, wanted); err != nil {
			return mended, err
		}
		mended = append(mended, topic)
	}
	return mended, nil
}

type subscribed struct {
	id string
	webhook
}

// maxPages bounds how far lists are read: beyond it a shop repeats itself.
const maxPages = 100_000

// webhooks are all that the shop has.
func (p *Platform) webhooks(ctx context.Context, c integrations.Connection) (all []subscribed, err error) {
	for page := 1; page < 100; page++ {
		a, err := p.call(ctx, c, http.MethodGet, webhooksPath, url.Values{"per_page": {"100"}, "page": {strconv.Itoa(page)}}, nil)
		if err != nil {
			return nil, err
		}
		var list []json.RawMessage
		if err := p.read(a, &list); err != nil {
			return nil, err
		}
		for _, text := range list {
			v, err := integrations.ReadBody(text, true)
			if err != nil {
				return nil, p.odd()
			}
			h := subscribed{needID(v.At("id")), webhook{Name: v.At("name").Text(), Topic: v.At("topic").Text(), Status: v.At("status").Text(), Delivery: v.At("delivery_url").Text()}}
			if v.Err() != nil {
				return nil, p.odd()
			}
			all = append(all, h)
		}
		if len(list) < 100 {
			break
		}
	}
	return all, nil
}
