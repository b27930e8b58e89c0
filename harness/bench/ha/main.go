// Command ha holds the harness, and real high-availability software that nobody
// here wrote, against each other: PostgreSQL under Patroni and Redis with
// Sentinel lose their primary, and fail over by themselves. It prints the
// recovery times that their settings predict beside those measured, and the
// losses that their documentation tells beside those found:
//
//	go run ./harness/bench/ha [-repeat 3] [-only NAME,NAME]
//
// It ends with exit code 1 where one disagrees, or could not be measured.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"bascule/harness/bench/exercise"
)

// options say what is played.
type options struct {
	exercise.Settings
	repeat, again int
	scenarios     string
}

func main() {
	var o options
	o.Flags(flag.CommandLine, "ha")
	flag.IntVar(&o.repeat, "repeat", 3, "how often each is played")
	flag.IntVar(&o.again, "again", 2, "how often one that was inconclusive is played anew: a busy machine sends the load late")
	flag.StringVar(&o.scenarios, "scenarios", "scenarios", "folder of the stages")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	rep, err := compare(ctx, o, os.Stderr)
	if rep != nil {
		rep.print(os.Stdout)
		if o.Out != "" {
			if werr := exercise.WriteJSON(o.Out, rep); err == nil {
				err = werr
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if !rep.good() {
		os.Exit(1)
	}
}

// choose are the trials that only names.
func choose(only string) ([]trial, error) {
	list, err := exercise.Choose(only, trials(), func(t trial) string { return t.feature })
	if err != nil {
		return nil, fmt.Errorf("ha: %w", err)
	}
	return list, nil
}

// compare predicts everything, then plays everything. What was played is told
// even where it could not go on.
func compare(ctx context.Context, o options, progress io.Writer) (*report, error) {
	list, err := choose(o.Only)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	rep := &report{}
	for _, t := range list {
		p, text, err := t.predicted(o.scenarios)
		if err != nil {
			return nil, err
		}
		rep.Rows = append(rep.Rows, row{Feature: t.feature, System: t.system, Fault: t.fault, Setting: text, Predicted: p, Defect: t.defect, Plays: []play{}})
	}
	defer func() { rep.Took = time.Since(began) }()
	for n := range o.repeat {
		for i, t := range list {
			p, err := playOnce(ctx, o, t, rep.Rows[i].Predicted)
			if err != nil {
				return rep, err
			}
			rep.Rows[i].Plays = append(rep.Rows[i].Plays, p)
			fmt.Fprintf(progress, "%d/%d %-36s %s\n", n+1, o.repeat, t.feature, p.line())
		}
	}
	return rep, nil
}

// playOnce plays a trial until it is measured, or often enough.
func playOnce(ctx context.Context, o options, t trial, predicted prediction) (play, error) {
	for again := o.again; ; again-- {
		results, err := exercise.Play(ctx, o.Bascule, o.Runs, []string{o.Feature(t.feature)})
		if err != nil {
			return play{}, fmt.Errorf("ha: %w", err)
		}
		r := results[t.feature]
		p := t.judge(predicted, r.Result)
		if o.Save != "" && p.agrees() {
			if err := exercise.Keep(o.Save, t.feature, r.History); err != nil {
				return p, fmt.Errorf("ha: %w", err)
			}
		}
		if p.measured() || again <= 0 {
			return p, nil
		}
	}
}
