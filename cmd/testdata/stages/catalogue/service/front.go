package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"bascule/scenarios/orders/services/serve"
)

// front passes requests on to whichever instance of web takes a connection. It
// asks nothing twice: whether a payment was made is for web to tell.
func front(ctx context.Context) error {
	target := &url.URL{Scheme: "http", Host: "web:8080"}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{
		DialContext:           (&net.Dialer{Timeout: time.Second}).DialContext,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       5 * time.Second,
		ResponseHeaderTimeout: 2 * time.Second,
	}
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, err error) {
		// An address that gave no connection was asked nothing. Of anything else
		// the outcome is not known.
		status := http.StatusGatewayTimeout
		if _, dial := asDial(err); dial {
			status = http.StatusServiceUnavailable
		}
		serve.JSON(w, status, map[string]string{"error": err.Error()})
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthy)
	mux.Handle("/", proxy)
	return serve.Until(ctx, ":8080", mux)
}
