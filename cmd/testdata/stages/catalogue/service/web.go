package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"bascule/scenarios/orders/services/serve"
)

// Where web finds what it refuses to start without.
const (
	secretFile = "/run/secrets/api-key"
	caFile     = "/etc/web/ca.pem"
)

// stepTimeout bounds each thing that a payment waits for, so that an answer
// leaves within a client's patience.
const stepTimeout = 600 * time.Millisecond

// payments is the service.
type payments struct {
	key    string // what vault wants to see
	plain  *http.Client
	secure *http.Client // trusts one authority alone
	store  *store
}

// web refuses to start without its secret, its currency or its authority: a
// configuration that lacks one is found out at the start, not by a client.
func web(ctx context.Context) error {
	key, err := secret(secretFile)
	if err != nil {
		return err
	}
	if os.Getenv("CURRENCY") == "" {
		return errors.New("CURRENCY is not set; give a currency such as EUR")
	}
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return fmt.Errorf("the certificate authority is missing: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return fmt.Errorf("%s holds no certificate", caFile)
	}
	st, err := openStore(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer st.pool.Close()
	dial := (&net.Dialer{Timeout: stepTimeout}).DialContext
	p := &payments{
		key:    key,
		plain:  &http.Client{Timeout: stepTimeout, Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 16}},
		secure: &http.Client{Timeout: stepTimeout, Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 16, TLSClientConfig: &tls.Config{RootCAs: pool}}},
		store:  st,
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthy)
	mux.HandleFunc("POST /payments", p.pay)
	mux.HandleFunc("GET /payments", p.list)
	mux.HandleFunc("GET /payments/{id}", p.show)
	return serve.Until(ctx, ":8080", mux)
}

// pay takes a payment: a key, the third party's word, a row. Nothing is stored
// before the last step, so that whatever fails earlier is certainly not done.
func (p *payments) pay(w http.ResponseWriter, r *http.Request) {
	var in struct {
		ID string `json:"id"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&in); err != nil || in.ID == "" {
		serve.JSON(w, http.StatusBadRequest, map[string]string{"error": "want a JSON object with an id"})
		return
	}
	err := p.ask(r.Context(), p.secure, http.MethodGet, "https://vault:8443/key", http.StatusOK)
	if err == nil {
		err = p.ask(r.Context(), p.plain, http.MethodPost, "http://acquirer:8080/authorisations", http.StatusCreated)
	}
	status := http.StatusServiceUnavailable
	if err == nil {
		err = p.store.insert(r.Context(), in.ID)
		switch {
		case errors.Is(err, errTwice):
			status = http.StatusConflict
		case errors.Is(err, errUnknown):
			status = http.StatusGatewayTimeout
		}
	}
	if err != nil {
		serve.JSON(w, status, map[string]string{"error": err.Error()})
		return
	}
	serve.JSON(w, http.StatusCreated, map[string]string{"id": in.ID})
}

// ask does one request and wants a status.
func (p *payments) ask(ctx context.Context, c *http.Client, method, url string, want int) error {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("X-Api-Key", p.key)
	res, err := c.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) // so that the connection serves again
	if res.StatusCode != want {
		return fmt.Errorf("%s answered %s", url, res.Status)
	}
	return nil
}

func (p *payments) show(w http.ResponseWriter, r *http.Request) {
	found, err := p.store.has(r.Context(), r.PathValue("id"))
	switch {
	case err != nil:
		serve.JSON(w, http.StatusServiceUnavailable, map[string]string{"error": err.Error()})
	case !found:
		serve.JSON(w, http.StatusNotFound, map[string]string{"error": "no such payment"})
	default:
		serve.JSON(w, http.StatusOK, map[string]string{"id": r.PathValue("id")})
	}
}

func (p *payments) list(w http.ResponseWriter, r *http.Request) {
	ids, err := p.store.list(r.Context(), r.URL.Query().Get("prefix"))
	if err != nil {
		serve.JSON(w, http.StatusServiceUnavailable, map[string]string{"error": err.Error()})
		return
	}
	for _, id := range ids {
		_, _ = io.WriteString(w, strings.TrimSpace(id)+"\n")
	}
}

// asDial finds a failure to connect, after which nothing was asked.
func asDial(err error) (*net.OpError, bool) {
	var op *net.OpError
	return op, errors.As(err, &op) && op.Op == "dial"
}
