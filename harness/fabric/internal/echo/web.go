package echo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// page answers requests with the peer's name and how many it has had.
func page(name string) http.Handler {
	var had atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := had.Add(1)
		_, _ = io.Copy(io.Discard, r.Body) // an upload that ends early is the caller's
		fmt.Fprintf(w, "%s %d\n", name, n)
	})
}

// browsers keep their connections, each its own.
type browsers struct {
	mu  sync.Mutex
	own map[string]*http.Client
}

// get asks for a page with the browser of a name, and tells whether it did so on
// a connection that it had: "kept".
func (b *browsers) get(ctx context.Context, browser, url string) Report {
	b.mu.Lock()
	c := b.own[browser]
	if c == nil {
		c = &http.Client{Transport: &http.Transport{DisableCompression: true}}
		b.own[browser] = c
	}
	b.mu.Unlock()
	began := time.Now()
	var r Report
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { r.Kept = i.Reused }})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return r.of(err, began)
	}
	res, err := c.Do(req)
	if err != nil {
		return r.of(err, began)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	r.Status, r.Closes = res.StatusCode, res.Close
	var n int
	if _, no := fmt.Sscanf(string(body), "%s %d\n", &r.Name, &n); no == nil {
		r.Value = float64(n)
	}
	return r.of(err, began)
}
