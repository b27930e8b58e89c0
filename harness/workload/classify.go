package workload

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"bascule/harness/history"
)

// Classes of what went wrong, as they stand in history.Operation.Err.
const (
	ErrTimeout     = "timeout"     // no answer within the client's patience, whatever it waited for
	ErrRefused     = "refused"     // nobody listens
	ErrUnreachable = "unreachable" // no route, or no address for the name
	ErrReset       = "reset"       // the connection was reset
	ErrEOF         = "eof"         // the connection ended before the answer did
	ErrMalformed   = "malformed"   // what came is not HTTP
	ErrTLS         = "tls"         // no secure connection could be made
	ErrOverrun     = "overrun"     // never sent: the load itself had no room (too many in flight, no socket)
	ErrCancelled   = "cancelled"   // the load was torn down while it waited
)

// errTLS marks a handshake that failed.
var errTLS = errors.New("secure connection")

// errMalformed marks an answer that is not HTTP.
var errMalformed = errors.New("malformed answer")

// class names err.
func class(err error) string {
	var dns *net.DNSError
	var n net.Error
	switch {
	// Running out of sockets is the load's own failure, never the system's.
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, syscall.ENOBUFS):
		return ErrOverrun
	case errors.Is(err, context.Canceled), errors.Is(err, net.ErrClosed):
		return ErrCancelled
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		return ErrTimeout
	case errors.Is(err, syscall.ECONNREFUSED):
		return ErrRefused
	case errors.As(err, &dns) && !dns.IsTimeout,
		errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTDOWN), errors.Is(err, syscall.ENETDOWN):
		return ErrUnreachable
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNABORTED):
		return ErrReset
	case errors.As(err, &n) && n.Timeout():
		return ErrTimeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrEOF
	case errors.Is(err, errTLS):
		return ErrTLS
	}
	return ErrMalformed
}

// outcomeOf is what a failure means for the write: it is Rejected only where it
// is certain that not one byte of the request left, and a timeout never is.
func outcomeOf(err error, written bool) (history.Outcome, string) {
	c := class(err)
	if written || c == ErrTimeout {
		return history.Unknown, c
	}
	return history.Rejected, c
}
