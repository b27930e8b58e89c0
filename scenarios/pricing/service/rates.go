package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"bascule/scenarios/orders/services/serve"
)

const (
	ratesAddr   = ":7000"
	dialTimeout = 150 * time.Millisecond
	// rateTimeout is far beyond what anybody waits for a price: an answer that is
	// late on a busy machine is no broken connection.
	rateTimeout = 2 * time.Second
)

// serveRates answers each line, a currency, with a line, its rate.
func serveRates(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", ratesAddr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", ratesAddr, err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed: the service ends
			}
			go answerRates(conn)
		}
	}()
	log.Printf("rates serves on %s", ratesAddr)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		serve.JSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	return serve.Until(ctx, addr, mux)
}

func answerRates(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		if _, err := fmt.Fprintln(conn, "1.0000"); err != nil {
			return
		}
	}
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
		_, err = fmt.Fprintln(r.conn, currency)
	}
	if err == nil {
		_, err = r.in.ReadString('\n')
	}
	if err != nil {
		_ = r.conn.Close()
		r.conn = nil
	}
	return err
}

func (r *rates) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn != nil {
		_ = r.conn.Close()
	}
}
