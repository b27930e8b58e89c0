// Command needs is every service of the dependencies stage: it needs what it is
// told to need, no more and no less, so that what is observed can be held
// against a known list. One binary in an image from scratch.
//
//	needs app          the entry; takes orders, and lives by $NEEDS
//	needs serve        answers on $LISTEN ("tcp:8080 udp:9000")
//	needs healthcheck  exit 0 if the app in this container answers
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"bascule/scenarios/orders/services/serve"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, os.Args[1:]); err != nil {
		log.Fatalf("needs: %v", err)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("unknown command %q", args)
	}
	switch args[0] {
	case "app":
		a := &app{}
		needs, err := parse(os.Getenv("NEEDS"))
		if err != nil {
			return err
		}
		for _, n := range needs {
			go a.live(ctx, n)
		}
		return serve.Until(ctx, ":8080", a.handler())
	case "serve":
		return answer(ctx, os.Getenv("LISTEN"))
	case "healthcheck":
		return serve.Healthy(ctx, "http://127.0.0.1:8080/healthz")
	}
	return fmt.Errorf("unknown command %q", args)
}

// app takes orders and keeps their ids in memory.
type app struct {
	mu      sync.Mutex
	ids     []string
	asked   atomic.Int64 // last request of a client, Unix nanoseconds
	address atomic.Value // that was learnt, and is held on to
}

// servingFor is how long after a request of a client this app counts as serving.
const servingFor = 2 * time.Second

func (a *app) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("POST /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		a.asked.Store(time.Now().UnixNano())
		a.mu.Lock()
		a.ids = append(a.ids, r.PathValue("id"))
		a.mu.Unlock()
		w.WriteHeader(http.StatusCreated)
	})
	mux.HandleFunc("GET /orders", func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, id := range a.ids {
			if strings.HasPrefix(id, r.URL.Query().Get("prefix")) {
				fmt.Fprintln(w, id)
			}
		}
	})
	return mux
}

func (a *app) serving() bool { return time.Since(time.Unix(0, a.asked.Load())) < servingFor }

// live needs something for as long as the app lives.
func (a *app) live(ctx context.Context, n need) {
	tick := time.NewTicker(n.every)
	defer tick.Stop()
	for {
		if n.when != "serving" || a.serving() {
			a.take(ctx, n)
			if n.when == "start" {
				return
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// patience is how long an answer may take.
const patience = 800 * time.Millisecond

// take asks once. What comes of it is of no interest: the app goes on.
func (a *app) take(ctx context.Context, n need) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	network, target := n.how, n.target
	switch n.how {
	case "learn": // an address, once, as somebody writes it into a configuration
		network = "tcp"
	case "address":
		learnt, ok := a.address.Load().(string)
		if !ok {
			return
		}
		network, target = "tcp", learnt
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, target)
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(conn, "needed\n")
	b := make([]byte, 64)
	k, _ := conn.Read(b)
	if n.how == "learn" && k > 0 {
		a.address.Store(strings.TrimSpace(string(b[:k])))
	}
}
