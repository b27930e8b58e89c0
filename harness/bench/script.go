package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// outageWord as the first argument makes this program a service with a scripted
// outage: a process of its own, since in one process the service's goroutines
// and the load's would wait for each other just when the service comes back.
//
//	parent: bench outage 127.1.0.1:0        child: 127.1.0.1:40123
//	        fail silent                            81234567890   (down since)
//	        restore                                81334567890   (up since)
//	        (end of input)                         ends
const outageWord = "outage"

// monotonic is the machine's clock that no one sets, the same in every process.
func monotonic() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return 0 // cannot be on Linux; a measurement would then be visibly absurd
	}
	return time.Duration(t.Nano())
}

// actOutage is the child: it does what in says, and answers on out.
func actOutage(address string, in io.Reader, out io.Writer) error {
	s, err := newOutageServer(address, monotonic)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, s.address)
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		word, how, _ := strings.Cut(lines.Text(), " ")
		var at time.Duration
		switch word {
		case "fail":
			at = s.fail(mode(how))
		case "restore":
			if at, err = s.restore(); err != nil {
				return errors.Join(err, s.close())
			}
		default:
			return errors.Join(fmt.Errorf("outage: %q is no command", word), s.close())
		}
		fmt.Fprintln(out, int64(at))
	}
	return errors.Join(lines.Err(), s.close())
}

// scripted is the parent's side of an outage.
type scripted struct {
	address string
	in      io.WriteCloser
	out     *bufio.Reader
	child   *exec.Cmd
}

// startScripted starts the child of outage n.
func startScripted(ctx context.Context, n int) (*scripted, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program, to start the service: %w", err)
	}
	c := exec.CommandContext(ctx, self, outageWord, fmt.Sprintf("127.1.%d.%d:0", n/250, 1+n%250))
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("service of outage %d: %w", n, err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("service of outage %d: %w", n, err)
	}
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("start the service of outage %d: %w", n, err)
	}
	s := &scripted{in: in, out: bufio.NewReader(out), child: c}
	if s.address, err = s.read(); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// read is one line of the child.
func (s *scripted) read() (string, error) {
	line, err := s.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("the service with the outage said nothing: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// tell gives a command, and returns the instant at which it was done.
func (s *scripted) tell(_ context.Context, command string) (time.Duration, error) {
	if _, err := fmt.Fprintln(s.in, command); err != nil {
		return 0, fmt.Errorf("tell the service to %s: %w", command, err)
	}
	line, err := s.read()
	if err != nil {
		return 0, err
	}
	at, err := strconv.ParseInt(line, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the service's answer to %s: %w", command, err)
	}
	return time.Duration(at), nil
}

func (s *scripted) url() string { return "http://" + s.address }

// stop ends the child.
func (s *scripted) stop() error {
	s.in.Close()
	if err := s.child.Wait(); err != nil {
		return fmt.Errorf("the service with the outage: %w", err)
	}
	return nil
}
