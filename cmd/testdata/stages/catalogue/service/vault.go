package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

// vault hands out a key over TLS. It reads its certificate once, at the start,
// as most servers do.
func vault(ctx context.Context) error {
	want, err := secret(secretFile)
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair("/etc/vault/tls.pem", "/run/secrets/vault.key")
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthy)
	mux.HandleFunc("GET /key", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != want {
			http.Error(w, "this key is not known", http.StatusForbidden)
			return
		}
		_, _ = w.Write([]byte("0123456789abcdef\n"))
	})
	server := &http.Server{
		Addr: ":8443", Handler: mux, ReadHeaderTimeout: 2 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}},
		// Clients that find the certificate expired say so at each request: once
		// a handshake in the log is more than enough.
		ErrorLog: log.New(os.Stderr, "", log.LstdFlags|log.LUTC),
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.ListenAndServeTLS("", ""); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
