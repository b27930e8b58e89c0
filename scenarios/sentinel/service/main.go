// Command orders is an order service that keeps its orders in a Redis watched
// over by Sentinel, and asks Sentinel where the master is.
//
//	orders front         serve on :8080: takes, reads and lists orders
//	orders lens          serve on :8080: what one Redis holds, and whether it takes orders
//	orders healthcheck   exit 0 if the service in this container answers
//
// Environment: of the front SENTINELS (host:port, comma-separated) and WAIT (how
// many replicas must have an order before it is acknowledged; default 0); of the
// lens REDIS (host:port) and MIN_REPLICAS, as the node's min-replicas-to-write.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"bascule/scenarios/orders/services/serve"
)

const addr = ":8080"

func main() {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds | log.LUTC)
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, os.Args[1:]); err != nil {
		log.Fatalf("orders: %v", err)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("one of front, lens or healthcheck, not %q", args)
	}
	switch args[0] {
	case "front":
		return runFront(ctx)
	case "lens":
		return runLens(ctx)
	case "healthcheck":
		return serve.Healthy(ctx, "http://127.0.0.1"+addr+"/healthz")
	}
	return fmt.Errorf("one of front, lens or healthcheck, not %q", args[0])
}
