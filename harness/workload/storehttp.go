package workload

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"bascule/harness/stage"
)

// A store of driver "http" tells its rows and its state itself, on the paths
// that the stage declares:
//
//	rows      200 and one id a line, a row that stands there twice on two lines
//	writable  200 where it takes writes, 503 where it does not; anything else
//	          says nothing

// httpRows reads every row of prefix from the store at addr.
func httpRows(ctx context.Context, s stage.Store, addr, prefix string) (Rows, error) {
	ctx, cancel := context.WithTimeout(ctx, storeBound)
	defer cancel()
	w := stage.Workload{ID: s.ID, List: stage.Request{Method: http.MethodGet, Path: s.Rows, OK: []int{http.StatusOK}}}
	return list(ctx, w, "http://"+addr, prefix)
}

// httpWritable asks the store at addr whether it takes writes.
func httpWritable(ctx context.Context, s stage.Store, addr string) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+s.Writable, nil)
	if err != nil {
		return false, fmt.Errorf("question: %w", err)
	}
	// On a connection of its own: one held would delay the store's own stop.
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	c := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(req)
	if err != nil {
		return false, fmt.Errorf("%w: %w", errConnection, err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxID)) // only the status counts
	switch res.StatusCode {
	case http.StatusOK:
		return true, nil
	case http.StatusServiceUnavailable:
		return false, nil
	}
	return false, fmt.Errorf("%s answered %s: want 200 or 503", s.Writable, res.Status)
}

// storeBound is the longest that reading a store may take.
const storeBound = 2 * time.Minute
