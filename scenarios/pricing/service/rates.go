package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"bascule/scenarios/orders/services/serve"
)

const (
	dialTimeout = 150 * time.Millisecond
	// rateTimeout is far beyond what anybody waits for a price: an answer that is
	// late on a busy machine is no broken connection.
	rateTimeout = 2 * time.Second
)

// serveRates answers GET /rates/CURRENCY.
func serveRates(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /rates/{currency}", func(w http.ResponseWriter, r *http.Request) {
		serve.JSON(w, http.StatusOK, map[string]string{"currency": r.PathValue("currency"), "rate": "1.0000"})
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		serve.JSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	log.Printf("rates serves on %s", addr)
	return serve.Until(ctx, addr, mux)
}

// rates is the client: one connection, kept.
type rates struct {
	addr  string
	again bool // a connection that broke is made again

	mu   sync.Mutex
	conn net.Conn
	in   *bufio.Reader
	made bool // there was a connection once
}

// ask asks for the rate of a currency.
func (r *rates) ask(currency string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.try(currency)
	if err != nil && r.again {
		err = r.try(currency) // the connection was old
	}
	if err != nil {
		return fmt.Errorf("the rate of %q: %w", currency, err)
	}
	return nil
}

func (r *rates) try(currency string) error {
	if r.conn == nil {
		if r.made && !r.again {
			return errors.New("the connection to rates is broken")
		}
		conn, err := net.DialTimeout("tcp", r.addr, dialTimeout)
		if err != nil {
			return err
		}
		r.conn, r.in, r.made = conn, bufio.NewReader(conn), true
	}
	err := r.conn.SetDeadline(time.Now().Add(rateTimeout))
	if err == nil {
		_, err = fmt.Fprintf(r.conn, "GET /rates/%s HTTP/1.1\r\nHost: rates\r\n\r\n", url.PathEscape(cmp.Or(currency, "none")))
	}
	if err == nil {
		err = r.answer()
	}
	if err != nil {
		_ = r.conn.Close()
		r.conn = nil
	}
	return err
}

// answer reads one.
func (r *rates) answer() error {
	response, err := http.ReadResponse(r.in, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("rates answered %s", response.Status)
	}
	return nil
}

func (r *rates) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn != nil {
		_ = r.conn.Close()
	}
}
