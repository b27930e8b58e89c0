// Package serve is what the sample services share: an HTTP server that ends
// cleanly, the health check that Compose runs inside an image without a shell,
// and JSON answers.
package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	// drainFor bounds how long a stopping server waits for requests under way.
	drainFor = 3 * time.Second
	// healthTimeout bounds a health check, a little under Compose's own bound.
	healthTimeout = 1500 * time.Millisecond
)

// Until serves handler on addr until ctx ends. It then refuses new connections
// at once, so that a gateway turns to another instance, and lets the requests
// under way finish.
func Until(ctx context.Context, addr string, handler http.Handler) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", addr, err)
	}
	return until(ctx, listener, handler)
}

func until(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 2 * time.Second,
		ReadTimeout:       5 * time.Second,
		IdleTimeout:       30 * time.Second,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()

	select {
	case err := <-failed:
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainFor)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		// Whoever still waits sees its connection close: an unknown outcome,
		// which is what it is.
		return errors.Join(fmt.Errorf("requests were still under way after %s: %w", drainFor, err), server.Close())
	}
	return nil
}

// Healthy asks url once; anything but 200 is an error.
func Healthy(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(response.Body, 512))
		return fmt.Errorf("health check: %s answered %s: %s", url, response.Status, body)
	}
	return nil
}

// JSON answers with status and v.
func JSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client may be gone: there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(v)
}
