// Package wire is JSON over HTTP between the harness and its agents inside a
// stage: one call, one answer, one form of error.
//
// An error is {"error": "what, where, what to do"} with a 4xx or 5xx status.
package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"time"
)

// ErrUnknown means that the agent never saw what a call names: 404, with the
// form of an error.
var ErrUnknown = errors.New("no such thing here")

// Client calls an agent. It is safe for concurrent use.
type Client struct {
	name string // of the agent, for errors
	base string
	http *http.Client
}

// NewClient calls the agent at base, "http://host:port". Every call is bounded:
// 10 s, or the context's own bound where that is shorter.
func NewClient(name, base string) *Client {
	return &Client{name: name, base: base, http: &http.Client{Timeout: 10 * time.Second}}
}

// Call does one request and decodes its answer into out; in and out may be nil.
func (c *Client) Call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("%s: %s %s: %w", c.name, method, path, err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return fmt.Errorf("%s: %s %s: %w", c.name, method, path, err)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		var f failure
		_ = json.NewDecoder(res.Body).Decode(&f)
		// A 404 without the form of an error is a path that nobody serves.
		if res.StatusCode == http.StatusNotFound && f.Error != "" {
			return fmt.Errorf("%s: %s %s: %w", c.name, method, path, ErrUnknown)
		}
		return fmt.Errorf("%s: %s %s: %s: %s", c.name, method, path, res.Status, f.Error)
	}
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("%s: %s %s: read the answer: %w", c.name, method, path, err)
	}
	return nil
}

type failure struct {
	Error string `json:"error"`
}

// maxBody bounds a request, far above the largest.
const maxBody = 16 << 20

// Take reads a request's body; a wrong one is answered here.
func Take(w http.ResponseWriter, r *http.Request, v any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		Fail(w, http.StatusBadRequest, fmt.Errorf("%s %s: read the request: %w", r.Method, r.URL.Path, err))
		return false
	}
	return true
}

// Answer writes v, or the error.
func Answer(w http.ResponseWriter, v any, err error) {
	switch {
	case errors.Is(err, ErrUnknown):
		Fail(w, http.StatusNotFound, err)
	case err != nil:
		Fail(w, http.StatusUnprocessableEntity, err)
	default:
		w.Header().Set("Content-Type", "application/json")
		// The asker may be gone: nothing to do about it.
		_ = json.NewEncoder(w).Encode(v)
	}
}

// Fail writes an error with its status.
func Fail(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(failure{Error: err.Error()})
}

// Recovered turns a panic of a handler into an answer: an agent must not vanish
// for a mistake in one call.
func Recovered(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				Fail(w, http.StatusInternalServerError, fmt.Errorf("%s %s: internal error: %v\n%s", r.Method, r.URL.Path, p, debug.Stack()))
			}
		}()
		h.ServeHTTP(w, r)
	})
}

// Serve answers at address until ctx ends.
func Serve(ctx context.Context, address string, h http.Handler) error {
	srv := &http.Server{Addr: address, Handler: Recovered(h), ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = srv.Close() })()
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", address, err)
	}
	return nil
}
