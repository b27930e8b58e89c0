package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// serveWord as the first argument makes this program the server that the
// generator is measured against: a process of its own, so that what it uses is
// not counted as the generator's.
const serveWord = "serve"

// serve answers every write with 201 and every read with 200 until its standard
// input ends, which it does when the parent is gone. It prints its address.
func serve() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen on loopback: %w", err)
	}
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
		}
	})}
	fmt.Println(l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		s.Close()
	}()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// startServer starts serve in a process of its own. stop ends it.
func startServer(ctx context.Context) (url string, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, fmt.Errorf("find this program, to start the server: %w", err)
	}
	c := exec.CommandContext(ctx, self, serveWord)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return "", nil, fmt.Errorf("server: %w", err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return "", nil, fmt.Errorf("server: %w", err)
	}
	if err := c.Start(); err != nil {
		return "", nil, fmt.Errorf("start the server: %w", err)
	}
	stop = func() {
		in.Close()
		_ = c.Wait() // it ends because its input did; how does not matter
	}
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("the server did not tell its address: %w", err)
	}
	return "http://" + strings.TrimSpace(addr), stop, nil
}
