//go:build !linux

package fabric

import (
	"context"
	"errors"
)

// Serve is not possible here: the agent runs in a Linux container.
func Serve(context.Context, AgentOptions) error {
	return errors.New("fabric: the agent runs on Linux only, inside the stage's container")
}
