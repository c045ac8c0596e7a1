package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

// look reads the shop anew.
func (m *merchant) look() (err error) {
	m.shop, err = m.store.Shop(m.ctx, m.shop.ID)
	return err
}

// hear posts a webhook of her shop, and waits until it is processed.
func (m *merchant) hear(w simshop.Webhook, want int) error {
	req, err := http.NewRequestWithContext(m.ctx, http.MethodPost, m.base+"/webhooks/shopify", bytes.NewReader(w.Body))
	if err != nil {
		return err
	}
	req.Header = w.Header
	res, err := m.client.Do(req)
	if err != nil {
		return err
	}
	res.Body.Close()
	expectSame(&m.tally, w.Topic+" answered", want, res.StatusCode)
	m.said = append(m.said, fmt.Sprintf("%s %d", w.Topic, res.StatusCode))
	return m.until(func() (bool, error) {
		waiting, err := m.store.Webhooks(m.ctx, m.shop.ID, store.WebhookFilter{State: store.WebhookReceived, Limit: 1})
		return len(waiting) == 0, err
	})
}

// open opens an address as her browser does, and returns where it ends.
func (m *merchant) open(path string) (string, error) {
	req, err := http.NewRequestWithContext(m.ctx, http.MethodGet, m.base+path, nil)
	if err != nil {
		return "", err
	}
	res, err := m.browser.Do(req)
	if err != nil {
		return "", integrations.Redact(err)
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	m.that(res.StatusCode == http.StatusOK, fmt.Sprintf("%s ends with %d", strings.SplitN(path, "?", 2)[0], res.StatusCode))
	return res.Request.URL.Path, err
}

// mailsTo are the texts of the mails to an address.
func (m *merchant) mailsTo(address string) ([]string, error) {
	all, err := m.mails()
	var texts []string
	for _, mail := range all {
		if crm.EmailKey(mail.To.Email) == crm.EmailKey(address) {
			texts = append(texts, mail.Text)
		}
	}
	return texts, err
}
