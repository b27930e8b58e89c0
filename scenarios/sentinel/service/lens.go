package main

import (
	"context"
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

// lensBound is how long the lens waits for its Redis.
const lensBound = 250 * time.Millisecond

// lens tells what one Redis holds and whether it takes orders, past Sentinel and
// past the front:
//
//	GET /rows?prefix=   the orders, one a line
//	GET /writable       200 where it takes orders, 503 where it does not; 502 where it does not say
type lens struct {
	redis       *redis.Client
	minReplicas int
}

func runLens(ctx context.Context) error {
	least, err := number("MIN_REPLICAS")
	if err != nil {
		return err
	}
	l := &lens{minReplicas: least, redis: redis.NewClient(&redis.Options{Addr: os.Getenv("REDIS"), MaxRetries: -1, DialerRetries: 1,
		DialTimeout: lensBound, ContextTimeoutEnabled: true, DisableIdentity: true, Protocol: 2})}
	defer l.redis.Close()
	return serve.Until(ctx, addr, l.handler())
}

func (l *lens) handler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /rows", l.rows)
	m.HandleFunc("GET /writable", l.writable)
	m.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	return m
}

func (l *lens) rows(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), listBound)
	defer cancel()
	rows, err := rows(ctx, l.redis, r.URL.Query().Get("prefix"))
	if err != nil {
		refuse(w, http.StatusBadGateway, err)
		return
	}
	_, _ = io.WriteString(w, rows) // whoever asked may have gone
}

func (l *lens) writable(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), lensBound)
	defer cancel()
	info, err := l.redis.Info(ctx, "replication").Result()
	if err != nil {
		refuse(w, http.StatusBadGateway, err)
		return
	}
	yes, err := takesWrites(info, l.minReplicas)
	switch {
	case err != nil:
		refuse(w, http.StatusBadGateway, err)
	case !yes:
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// takesWrites reads INFO replication: a master takes writes, unless it has fewer
// good replicas than it must have.
func takesWrites(info string, minReplicas int) (bool, error) {
	fields := map[string]string{}
	for line := range strings.Lines(info) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[k] = v
		}
	}
	if fields["role"] == "" {
		return false, fmt.Errorf("INFO replication names no role")
	}
	if fields["role"] != "master" || minReplicas == 0 {
		return fields["role"] == "master", nil
	}
	good, err := strconv.Atoi(fields["min_slaves_good_slaves"])
	if err != nil {
		return false, fmt.Errorf("INFO replication counts no good replicas: %w", err)
	}
	return good >= minReplicas, nil
}
