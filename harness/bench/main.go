// Bench measures the numbers that Bascule is to reach, prints them as a table
// and writes them to bench/results.json:
//
//	go run ./harness/bench [-quick] [-v] [-only recovery] [-out bench/results.json]
//
// A measurement that could not be made is an error, never a figure. A goal that
// is missed is printed as missed and the exit code stays 0: these are
// measurements on the machine at hand, not tests.
package main

import (
	"bascule/harness/bench/exercise"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// options of a run.
type options struct {
	quick   bool
	verbose bool // every single observation, on the error stream
}

// measure is one group of rows.
type measure struct {
	name string
	run  func(context.Context, options) ([]Row, error)
}

// measures are all measurements, in the order of the table.
func measures() []measure {
	return []measure{
		{"generator", generator},
		{"recovery", recovery},
		{"truth", truth},
		{"entry", entry},
		{"failover", failover},
		{"loss", loss},
		{"link", link},
		{"stage", stageUp},
		{"snapshot", snapshotTaken},
		{"volume", volume},
		{"share", share},
	}
}

func main() {
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == serveWord:
		err = serve()
	case len(os.Args) == 3 && os.Args[1] == analyseWord:
		err = analyse(os.Args[2])
	case len(os.Args) == 3 && os.Args[1] == outageWord:
		err = actOutage(os.Args[2], os.Stdin, os.Stdout)
	default:
		err = run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures, prints and saves.
func run() error {
	quick := flag.Bool("quick", false, "shorter runs, coarser figures")
	only := flag.String("only", "", "comma-separated names of the measurements to make; empty: all")
	verbose := flag.Bool("v", false, "tell every single observation, on the error stream")
	out := flag.String("out", "bench/results.json", "where the results go; empty: nowhere")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	var rows []Row
	var errs []error
	for _, m := range chosen {
		fmt.Fprintf(os.Stderr, "bench: measuring %s\n", m.name)
		got, err := m.run(ctx, options{quick: *quick, verbose: *verbose})
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", m.name, err))
		}
		for _, r := range got {
			if r.Alternative != 0 {
				r.Ratio = r.Measured / r.Alternative
			}
			rows = append(rows, r)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if err := print(os.Stdout, rows); err != nil {
		errs = append(errs, err)
	}
	// Half the figures in the place of all would pass for all of them.
	if *out != "" && *only == "" && len(errs) == 0 {
		errs = append(errs, save(*out, rows, *quick))
	}
	return errors.Join(errs...)
}

// choose are the measurements that only names.
func choose(only string) ([]measure, error) {
	return exercise.Choose(only, measures(), func(m measure) string { return m.name })
}
