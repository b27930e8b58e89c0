// Peer is a service without a purpose, as a program: it answers, and it calls
// others when it is told to. Its argument is its name.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"bascule/harness/fabric/internal/echo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: peer NAME")
		os.Exit(2)
	}
	if err := echo.Serve(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}
