// Handmain is the hand and nothing else, as a program: what tests put into the
// hand's container. It takes the arguments of "bascule agent".
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"bascule/harness/hand"
	"bascule/harness/hand/disk"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := be(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "hand:", err)
		os.Exit(1)
	}
}

func be(ctx context.Context, args []string) error {
	switch {
	case slices.Equal(args, hand.HogArgs()):
		return hand.Hog(os.Stdin, os.Stdout)
	case slices.Equal(args, []string{"agent", "--tidy"}):
		return disk.Tidy(disk.Outside())
	case slices.Equal(args, []string{"agent", "--hand"}):
		return hand.Serve(ctx, hand.Options{Disks: disk.New(disk.Outside())})
	}
	return fmt.Errorf("no such work: %s", strings.Join(args, " "))
}
