package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"grazie/integrations/shopify/simshop"
)

// load sends count webhooks over the bench's connections, each as soon as its
// connection is free, and waits for every answer. The client is the standard
// library's: about as much work as the bare server's.
func (b *bench) load(ctx context.Context, p *process, count int) (result, error) {
	webhooks := make([]simshop.Webhook, count)
	for i := range webhooks {
		webhooks[i] = b.shop.Bulk(b.next + i)
	}
	b.next += count
	return shoot(ctx, p, webhooks, b.Connections)
}

func shoot(ctx context.Context, p *process, webhooks []simshop.Webhook, connections int) (result, error) {
	r := result{count: len(webhooks), latencies: make([]time.Duration, len(webhooks))}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}
	defer client.CloseIdleConnections()
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	r.cpuBefore = p.cpu()
	r.began = time.Now()
	for range connections {
		g.Go(func() error {
			for {
				n := int(next.Add(1)) - 1
				if n >= len(webhooks) {
					return nil
				}
				sent := time.Now()
				if err := post(ctx, client, p.addr, webhooks[n]); err != nil {
					return err
				}
				r.latencies[n] = time.Since(sent)
			}
		})
	}
	err := g.Wait()
	r.took = time.Since(r.began)
	r.cpu = p.cpu() - r.cpuBefore
	slices.Sort(r.latencies)
	return r, err
}

func post(ctx context.Context, client *http.Client, addr string, w simshop.Webhook) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/webhooks/shopify", bytes.NewReader(w.Body))
	if err != nil {
		return err
	}
	req.Header = w.Header
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server did not take the load: %s", resp.Status)
	}
	return nil
}

// idle sends single webhooks with pauses and measures from each answer to the
// provider's door. The pauses are uneven, so as not to beat with any poll.
func (b *bench) idle(ctx context.Context, p *process, count int) ([]time.Duration, error) {
	var all []time.Duration
	for i := range count + 1 {
		before := b.provider.count()
		r, err := shoot(ctx, p, []simshop.Webhook{b.shop.Bulk(b.next)}, 1)
		if err != nil {
			return nil, err
		}
		b.next++
		at, err := b.provider.wait(ctx, before+1)
		if err != nil {
			return nil, fmt.Errorf("%w; a single webhook led to no mail", err)
		}
		if i > 0 { // the first one opens connections
			all = append(all, at.Sub(r.began.Add(r.took)))
		}
		pause := time.NewTimer(time.Duration(37+13*(i%7)) * time.Millisecond)
		select {
		case <-pause.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	slices.Sort(all)
	return all, nil
}
