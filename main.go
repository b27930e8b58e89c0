// Bascule proves that a release survives a disaster that strikes while it is
// being deployed. The commands are in cmd.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"bascule/cmd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	// Once told to end, the next signal ends at once, as users expect.
	context.AfterFunc(ctx, stop)
	os.Exit(cmd.Execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
