package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// fakeRedis speaks as much of the protocol as the service needs.
type fakeRedis struct {
	addr string

	mu     sync.Mutex
	counts map[string]int
	refuse string // an error that writes are answered with
	silent bool   // writes are kept and not answered
	acks   int    // what WAIT answers
	info   string
}

func newFakeRedis(t *testing.T) *fakeRedis {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeRedis{addr: l.Addr().String(), counts: map[string]int{}, acks: 1}
	var all sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			all.Go(func() { f.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, c := range conns {
			_ = c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return f
}

func (f *fakeRedis) set(change func(*fakeRedis)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fakeRedis) serve(c net.Conn) {
	in := bufio.NewReader(c)
	for {
		command, err := readCommand(in)
		if err != nil {
			return
		}
		if answer := f.answer(command); answer != "" {
			if _, err := io.WriteString(c, answer); err != nil {
				return
			}
		}
	}
}

func readCommand(in *bufio.Reader) ([]string, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, "*")))
	if err != nil {
		return nil, err
	}
	var out []string
	for range n {
		if _, err := in.ReadString('\n'); err != nil { // its length
			return nil, err
		}
		word, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		out = append(out, strings.TrimSuffix(word, "\r\n"))
	}
	return out, nil
}

func bulk(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }

func (f *fakeRedis) answer(command []string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch strings.ToUpper(command[0]) {
	case "INCR":
		if f.refuse != "" {
			return "-" + f.refuse + "\r\n"
		}
		f.counts[command[1]]++
		if f.silent {
			return ""
		}
		return fmt.Sprintf(":%d\r\n", f.counts[command[1]])
	case "WAIT":
		return fmt.Sprintf(":%d\r\n", f.acks)
	case "GET":
		if n := f.counts[command[1]]; n > 0 {
			return bulk(strconv.Itoa(n))
		}
		return "$-1\r\n"
	case "SCAN":
		var keys []string
		for k := range f.counts {
			if strings.HasPrefix(k, strings.TrimSuffix(command[3], "*")) {
				keys = append(keys, bulk(k), bulk(k)) // as SCAN may
			}
		}
		return "*2\r\n" + bulk("0") + fmt.Sprintf("*%d\r\n%s", len(keys), strings.Join(keys, ""))
	case "MGET":
		out := fmt.Sprintf("*%d\r\n", len(command)-1)
		for _, k := range command[1:] {
			out += bulk(strconv.Itoa(f.counts[k]))
		}
		return out
	case "HELLO":
		return "-ERR unknown command 'HELLO'\r\n"
	case "INFO":
		return bulk(f.info)
	}
	return "+OK\r\n"
}
