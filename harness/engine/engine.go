// Package engine is the container engine as Bascule uses it: images built from
// folders or from memory, networks with a gateway that nobody holds, containers
// with fixed addresses, and the removal of everything that carries our labels.
//
// Containers are created through testcontainers-go; all else goes straight to
// the engine's API, whose version is negotiated (1.41 to 1.56 were seen to work).
package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go/log"
)

// ErrNoEngine means that no engine answers. The text tells what to do.
var ErrNoEngine = errors.New("no container engine answers")

// Engine is a connection to one container engine. It is safe for concurrent use.
type Engine struct {
	api *client.Client
	// Version and Kernel as the engine tells them, for the record.
	Version string
	Kernel  string

	secretsLock sync.Mutex
	secrets     []string // that no log line may show
}

// Connect finds the engine that the environment names (DOCKER_HOST, or the
// usual socket) and asks it for its version. It answers within 5 s.
func Connect(ctx context.Context) (*Engine, error) {
	// testcontainers-go would pull its reaper's image, which need not be
	// reachable; Bascule reaps on its own labels. Users must not have to know.
	if err := os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true"); err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	log.SetDefault(silent{})
	api, err := client.New(client.FromEnv)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoEngine, err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, err := api.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		return nil, errors.Join(fmt.Errorf("%w at %s: start one (as root on Debian or Ubuntu: make prepare), or set DOCKER_HOST: %w",
			ErrNoEngine, api.DaemonHost(), err), api.Close())
	}
	info, err := api.Info(ctx, client.InfoOptions{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("engine: ask for its description: %w", err), api.Close())
	}
	return &Engine{api: api, Version: info.Info.ServerVersion, Kernel: info.Info.KernelVersion}, nil
}

// Close ends the connection; nothing in the engine changes.
func (e *Engine) Close() error { return e.api.Close() }

// Alive tells whether the engine still answers, within 3 s.
func (e *Engine) Alive(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if _, err := e.api.Ping(ctx, client.PingOptions{}); err != nil {
		return fmt.Errorf("%w any more: %w", ErrNoEngine, err)
	}
	return nil
}

// String describes the engine for a record: "Docker Engine 20.10, kernel 6.18".
func (e *Engine) String() string {
	return strings.TrimSpace(fmt.Sprintf("engine %s, API %s, kernel %s", e.Version, e.api.ClientVersion(), e.Kernel))
}
