package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// mode is how a scripted outage shows itself to clients.
type mode string

// The modes.
const (
	refuse mode = "refuse" // connections are reset, new ones refused: a process crash
	silent mode = "silent" // nothing is ever answered: a host that is lost
	freeze mode = "freeze" // what came in meanwhile is answered at the end: a paused process
)

// outageServer is a service whose truth is known: it is down from down to up,
// and at no other time. An answer is written only under the lock, in the state
// that allows it, so the two instants are those of the service and not merely
// those of the script.
type outageServer struct {
	address string
	clock   func() time.Duration

	state  sync.RWMutex
	how    mode          // "" while up
	change chan struct{} // closed when a freeze ends

	mu    sync.Mutex
	conns map[net.Conn]bool
	in    net.Listener
	over  bool
	all   sync.WaitGroup
}

// newOutageServer listens at address. That should be a loopback address of its
// own: on a shared one, a client's connection could be given the port while it
// is free, even connect to itself, and the service could not come back.
func newOutageServer(address string, clock func() time.Duration) (*outageServer, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for an outage: %w", err)
	}
	s := &outageServer{address: l.Addr().String(), clock: clock, conns: map[net.Conn]bool{}, change: make(chan struct{})}
	s.serve(l)
	return s, nil
}

// serve accepts from l until it is closed.
func (s *outageServer) serve(l net.Listener) {
	s.mu.Lock()
	s.in = l
	s.mu.Unlock()
	s.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			if s.over {
				s.mu.Unlock()
				c.Close()
				return
			}
			s.conns[c] = true
			s.mu.Unlock()
			s.all.Go(func() {
				s.talk(c)
				c.Close()
				s.mu.Lock()
				delete(s.conns, c)
				s.mu.Unlock()
			})
		}
	})
}

// talk answers the requests of a connection.
func (s *outageServer) talk(c net.Conn) {
	in := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := in.Discard(int(r.ContentLength)); err != nil {
			return
		}
		status := "200 OK"
		if r.Method == http.MethodPost {
			status = "201 Created"
		}
		if !s.answer(c, "HTTP/1.1 "+status+"\r\nContent-Length: 0\r\n\r\n") {
			return
		}
	}
}

// answer writes text if the service is up, or once it is up again where it is
// frozen. It says whether the connection is to go on.
func (s *outageServer) answer(c net.Conn, text string) bool {
	for {
		s.state.RLock()
		how, change := s.how, s.change
		if how == "" {
			_, err := c.Write([]byte(text))
			s.state.RUnlock()
			return err == nil
		}
		s.state.RUnlock()
		if how != freeze {
			// What was asked during the outage is not answered, ever: the client
			// waits, and hangs up.
			_, _ = c.Read(make([]byte, 1))
			return false
		}
		if !stays(c, change) {
			return false
		}
	}
}

// stays waits for the end of a freeze, and tells whether the client has waited,
// too. At its end thousands may have hung up: a service that went through them
// first would be back for nobody while it did.
func stays(c net.Conn, change <-chan struct{}) bool {
	gone := make(chan bool, 1)
	go func() {
		_, err := c.Read(make([]byte, 1))
		gone <- !errors.Is(err, os.ErrDeadlineExceeded)
	}()
	select {
	case <-gone:
		return false
	case <-change:
	}
	_ = c.SetReadDeadline(time.Unix(1, 0)) // ends the read
	return !<-gone && c.SetReadDeadline(time.Time{}) == nil
}

// fail takes the service down and tells since when it is.
func (s *outageServer) fail(how mode) time.Duration {
	s.state.Lock()
	defer s.state.Unlock()
	s.how = how
	if how == refuse {
		s.mu.Lock()
		s.in.Close()
		for c := range s.conns {
			_ = c.(*net.TCPConn).SetLinger(0) // a reset, as when a process dies
			c.Close()
		}
		s.mu.Unlock()
	}
	return s.clock()
}

// restore brings the service back and tells since when it is.
func (s *outageServer) restore() (time.Duration, error) {
	s.state.Lock()
	defer s.state.Unlock()
	var l net.Listener
	if s.how == refuse {
		var err error
		if l, err = net.Listen("tcp", s.address); err != nil {
			return 0, fmt.Errorf("come back at %s: %w", s.address, err)
		}
	}
	s.how = ""
	up := s.clock()
	close(s.change)
	s.change = make(chan struct{})
	if l != nil {
		s.serve(l)
	}
	return up, nil
}

// close ends the service and waits for its goroutines.
func (s *outageServer) close() error {
	s.mu.Lock()
	s.over = true
	err := s.in.Close()
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.state.Lock()
	if s.how != "" {
		close(s.change)
		s.how, s.change = "", make(chan struct{})
	}
	s.state.Unlock()
	s.all.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
