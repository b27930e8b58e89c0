package main

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/redis/go-redis/v9"
)

// What became of an order is told apart with care: a client that is told "not
// kept" will order again.
var (
	// errFewReplicas: kept by the master, and perhaps by nobody else.
	errFewReplicas = errors.New("kept, but not known to be replicated")
	// errUnsent: no connection, so that nothing was sent.
	errUnsent = errors.New("no master to send it to")
)

// status is the promise of the API. Only what Redis itself refused (READONLY,
// NOREPLICAS, LOADING...), or what was never sent, is known not to be kept.
func status(err error) int {
	var answer redis.Error
	switch {
	case errors.Is(err, errFewReplicas):
		return http.StatusGatewayTimeout
	case errors.As(err, &answer), errors.Is(err, errUnsent), errors.Is(err, redis.ErrPoolTimeout):
		return http.StatusServiceUnavailable
	}
	return http.StatusGatewayTimeout
}

// dialing marks what failed before there was a connection.
type dialing struct{}

var _ redis.Hook = dialing{}

func (dialing) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := next(ctx, network, addr)
		if err != nil {
			return nil, errors.Join(errUnsent, err)
		}
		return conn, nil
	}
}

func (dialing) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (dialing) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
