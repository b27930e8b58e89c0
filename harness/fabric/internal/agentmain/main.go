// Agentmain is the fabric's agent and nothing else, as a program: what tests
// and the benchmark put into the fabric's container.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"bascule/harness/fabric"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := fabric.Serve(ctx, fabric.AgentOptions{}); err != nil {
		fmt.Fprintln(os.Stderr, "agent:", err)
		os.Exit(1)
	}
}
