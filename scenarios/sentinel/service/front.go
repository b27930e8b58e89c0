package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"bascule/scenarios/orders/services/serve"
)

// Bounds, chosen so that an answer leaves within 2 s whatever Redis does.
const (
	dialBound  = 500 * time.Millisecond
	poolBound  = 500 * time.Millisecond
	askBound   = time.Second
	waitBound  = 700 * time.Millisecond // of WAIT, under askBound
	listBound  = 30 * time.Second
	scanBatch  = 1000
	masterName = "orders"
)

// front is what clients talk to. It never sends an order twice.
type front struct {
	redis redis.UniversalClient
	wait  int
}

func runFront(ctx context.Context) error {
	wait, err := number("WAIT")
	if err != nil {
		return err
	}
	f := &front{wait: wait, redis: redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: masterName, SentinelAddrs: strings.Split(os.Getenv("SENTINELS"), ","),
		// A write that is tried again may be kept twice, and one whose answer was
		// lost must not be called refused.
		MaxRetries:  -1,
		DialTimeout: dialBound, ReadTimeout: askBound, WriteTimeout: askBound, PoolTimeout: poolBound,
		DialerRetries: 1, ContextTimeoutEnabled: true, DisableIdentity: true, Protocol: 2, PoolSize: 32,
	})}
	defer f.redis.Close()
	f.redis.AddHook(dialing{})
	return serve.Until(ctx, addr, f.handler())
}

// handler is the API: 201 says that an order was kept, 400 and 503 that it was
// not, 504 that nobody knows.
func (f *front) handler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("POST /orders", f.order)
	m.HandleFunc("GET /orders/{id}", f.read)
	m.HandleFunc("GET /orders", f.list)
	m.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	return m
}

// key is where an order stands: a counter, so that one kept twice shows.
func key(id string) string { return "order:" + id }

func (f *front) order(w http.ResponseWriter, r *http.Request) {
	var body struct{ ID string }
	if json.NewDecoder(io.LimitReader(r.Body, 4096)).Decode(&body) != nil || body.ID == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askBound+poolBound)
	defer cancel()
	if err := f.keep(ctx, body.ID); err != nil {
		refuse(w, status(err), err)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

// keep writes an order and, where the service is told to, waits until replicas
// have it, on the same connection: WAIT speaks of the writes of its connection.
func (f *front) keep(ctx context.Context, id string) error {
	if f.wait == 0 {
		return f.redis.Incr(ctx, key(id)).Err()
	}
	var kept *redis.IntCmd
	var have *redis.Cmd
	_, err := f.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		kept = p.Incr(ctx, key(id))
		have = p.Do(ctx, "WAIT", f.wait, waitBound.Milliseconds())
		return nil
	})
	if kept.Err() != nil {
		return kept.Err()
	}
	if err != nil {
		// The order itself was answered; what failed came after it.
		return fmt.Errorf("%w: %s", errFewReplicas, err)
	}
	if n, err := have.Int(); err != nil || n < f.wait {
		return errFewReplicas
	}
	return nil
}

func (f *front) read(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), askBound+poolBound)
	defer cancel()
	switch err := f.redis.Get(ctx, key(r.PathValue("id"))).Err(); {
	case errors.Is(err, redis.Nil):
		w.WriteHeader(http.StatusNotFound)
	case err != nil:
		refuse(w, http.StatusServiceUnavailable, err)
	}
}

func (f *front) list(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), listBound)
	defer cancel()
	rows, err := rows(ctx, f.redis, r.URL.Query().Get("prefix"))
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, err)
		return
	}
	_, _ = io.WriteString(w, rows) // the client may have gone
}

// rows lists the orders of a prefix, one a line, as often as each was kept.
func rows(ctx context.Context, c redis.Cmdable, prefix string) (string, error) {
	var out strings.Builder
	seen := map[string]bool{} // SCAN may tell a key more than once
	for cursor := uint64(0); ; {
		keys, next, err := c.Scan(ctx, cursor, key(escaped(prefix))+"*", scanBatch).Result()
		if err != nil {
			return "", fmt.Errorf("list orders: %w", err)
		}
		if len(keys) > 0 {
			counts, err := c.MGet(ctx, keys...).Result()
			if err != nil {
				return "", fmt.Errorf("list orders: %w", err)
			}
			for i, k := range keys {
				if text, ok := counts[i].(string); ok && !seen[k] {
					seen[k] = true
					n, err := strconv.Atoi(text)
					if err != nil {
						return "", fmt.Errorf("list orders: %s holds %q: %w", k, text, err)
					}
					out.WriteString(strings.Repeat(strings.TrimPrefix(k, key(""))+"\n", n))
				}
			}
		}
		if cursor = next; cursor == 0 {
			return out.String(), nil
		}
	}
}

// escaped keeps a prefix from being read as a pattern.
func escaped(prefix string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(prefix)
}

func refuse(w http.ResponseWriter, status int, why error) {
	serve.JSON(w, status, map[string]string{"error": why.Error()})
}

// number reads a count from the environment; 0 where there is none.
func number(name string) (int, error) {
	text := os.Getenv(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s=%q: want a number of replicas", name, text)
	}
	return n, nil
}
