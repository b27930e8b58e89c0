// Command stock is the second service of the sample stage: it knows whether an
// item can be ordered. It keeps no state and says yes to every item.
//
//	stock               serve on :8080
//	stock healthcheck   exit 0 if the service in this container answers
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"bascule/scenarios/orders/services/serve"
)

// version is set by the linker.
var version = "dev"

const addr = ":8080"

func main() {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds | log.LUTC)
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, os.Args[1:]); err != nil {
		log.Fatalf("stock: %v", err)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 0:
		log.Printf("stock %s serves on %s", version, addr)
		return serve.Until(ctx, addr, handler(os.Getenv("SITE")))
	case args[0] == "healthcheck":
		return serve.Healthy(ctx, "http://127.0.0.1"+addr+"/healthz")
	default:
		return fmt.Errorf("unknown command %q: none, or healthcheck", args[0])
	}
}

func handler(site string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{id}", func(w http.ResponseWriter, r *http.Request) {
		serve.JSON(w, http.StatusOK, map[string]any{"item": r.PathValue("id"), "available": true})
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		serve.JSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		serve.JSON(w, http.StatusOK, map[string]string{"service": "stock", "release": version, "site": site})
	})
	return mux
}
