// Command catalogue is every service of the catalogue stage, on which each
// fault is tried: small, quick to start, one binary in an image from scratch.
//
//	catalogue front               clients' entry: passes requests on to web
//	catalogue web                 payments; needs its secret, vault, acquirer and db
//	catalogue vault               hands out a key over TLS, to who knows the secret
//	catalogue acquirer            the third party's stub: authorises every payment
//	catalogue healthcheck URL     exit 0 if the service in this container answers
//	catalogue certificates DIR    writes the files of tls/ anew
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"bascule/scenarios/orders/services/serve"
)

func main() {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds | log.LUTC)
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, os.Args[1:]); err != nil {
		log.Fatalf("catalogue: %v", err)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "front":
		return front(ctx)
	case len(args) == 1 && args[0] == "web":
		return web(ctx)
	case len(args) == 1 && args[0] == "vault":
		return vault(ctx)
	case len(args) == 1 && args[0] == "acquirer":
		return acquirer(ctx)
	case len(args) == 2 && args[0] == "healthcheck":
		// What it serves is asked, not whether its certificate is any good: a
		// health check that looks no further is the rule.
		http.DefaultTransport.(*http.Transport).TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // see above
		return serve.Healthy(ctx, args[1])
	case len(args) == 2 && args[0] == "certificates":
		return writeCertificates(args[1])
	}
	return fmt.Errorf("unknown command %q", args)
}

// acquirer authorises every payment.
func acquirer(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthy)
	mux.HandleFunc("POST /authorisations", func(w http.ResponseWriter, _ *http.Request) {
		serve.JSON(w, http.StatusCreated, map[string]bool{"authorised": true})
	})
	return serve.Until(ctx, ":8080", mux)
}

func healthy(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }

// secret reads a file that the service cannot do without.
func secret(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("the secret is missing: %w", err)
	}
	s := strings.TrimSpace(string(b))
	if s == "" {
		return "", errors.New("the secret " + path + " is empty")
	}
	return s, nil
}
