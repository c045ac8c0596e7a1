package handlers_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"grazie/handlers"
	"grazie/internal/needs"
)

// In a real browser a hostile mail can be read, and does nothing.
func TestHostileMailInBrowser(t *testing.T) {
	program := needs.Program(t, "chromium")
	var left atomic.Int64
	tracker := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { left.Add(1) }))
	t.Cleanup(tracker.Close)

	d := newDoor(t, withOutbox(t.TempDir()))
	m := letter("msg_1")
	m.Subject = `Grazie <img src="` + tracker.URL + `/subject" onerror="document.title='taken'">`
	m.To.Name = `</bdi><script>document.title='taken'</script>`
	m.HTML = strings.ReplaceAll(`<!doctype html><html><head><meta http-equiv="refresh" content="0;url=HOST/refresh">
<link rel="stylesheet" href="HOST/style"><link rel="prefetch" href="HOST/prefetch"><style>@import "HOST/import"; p { background: url(HOST/background) }</style></head>
<body onload="top.document.title='taken'"><script>top.location = "HOST/script"; fetch("HOST/fetch")</script><script src="HOST/src"></script>
<p id="letter">Grazie!</p><img src="HOST/pixel" onerror="top.document.title='taken'"><iframe src="HOST/frame"></iframe>
<form action="HOST/form"><input autofocus onfocus="this.form.submit()"></form><object data="HOST/object"></object></body></html>`, "HOST", tracker.URL)
	d.write(m)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ctx, end := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(program))...)
	defer end()
	ctx, endTab := chromedp.NewContext(ctx)
	defer endTab()
	if err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, network.Enable, network.EnableParams{})
		return err
	})); err != nil {
		t.Fatal(err)
	}
	requests := chromedp.Events(ctx, network.RequestWillBeSent)
	if err := chromedp.Do(ctx, chromedp.Navigate(d.url+handlers.OutboxPath(outboxKey)), chromedp.Click(".mails a"), chromedp.WaitVisible("iframe")); err != nil {
		t.Fatal(err)
	}
	subject, err := chromedp.Run(ctx, chromedp.Text("h1"))
	if err != nil || subject != m.Subject {
		t.Errorf("the page shows %q: %v", subject, err)
	}
	// The frame is the last that the page asks for.
	for e, err := range requests {
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(e.Request.URL, d.url+"/") && !strings.HasPrefix(e.Request.URL, tracker.URL+"/") {
			t.Errorf("a request to %s", e.Request.URL)
		}
		if strings.HasSuffix(e.Request.URL, "/html") {
			break
		}
	}
	// The page is loaded once its frame is.
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`new Promise(done => document.readyState == "complete" ? done(true) : addEventListener("load", () => done(true)))`,
		chromedp.EvalAwaitPromise)); err != nil {
		t.Fatal(err)
	}
	title, err := chromedp.Run(ctx, chromedp.Title())
	if err != nil || title != m.Subject+" · Grazie" {
		t.Errorf("the title is %q: %v", title, err)
	}
	if err := chromedp.Do(ctx, chromedp.Click("header a"), chromedp.WaitVisible(".mails")); err != nil {
		t.Error(err)
	}
	if n := left.Load(); n != 0 {
		t.Errorf("%d requests left the host", n)
	}
}
