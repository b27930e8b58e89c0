package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"bascule/harness/analysis"
	"bascule/harness/engine"
	"bascule/harness/plan"
	"bascule/harness/run"
	"bascule/harness/stage"
)

// soakOptions are the flags of soak.
type soakOptions struct {
	runOptions
	during time.Duration
	rounds int
}

// newSoakCommand plays features again and again in one process. It is there to
// prove the harness, not a release.
func newSoakCommand() *cobra.Command {
	var o soakOptions
	c := &cobra.Command{
		Use:   "soak [PATH...]",
		Short: "Play features for hours in one process: nothing may leak, no verdict may change",
		Long: `Play the same features again and again in one process, and look after each round:
memory, goroutines, open files, what the engine still holds, and the verdict of
each scenario. Code 1: something grew from the second round to the last, was left
behind, or a verdict changed.`,
		RunE: func(c *cobra.Command, args []string) error { return o.soak(c, args) },
	}
	o.compileOptions.flags(c)
	c.Flags().IntVar(&o.parallel, "parallel", 1, "scenarios at once, each on a stage of its own")
	c.Flags().StringVar(&o.out, "out", "runs", "folder that run folders are written to")
	c.Flags().DurationVar(&o.during, "for", 2*time.Hour, "no round begins later than this")
	c.Flags().IntVar(&o.rounds, "rounds", 0, "at most so many rounds; 0: as many as there is time for")
	return c
}

// round is what one round left in this process and in the engine.
type round struct {
	took       time.Duration
	heap       uint64 // bytes in use after a collection
	goroutines int
	files      int // open descriptors; 0 where they cannot be counted
	left       int // objects in the engine
	verdicts   map[string]analysis.Verdict
}

func (o *soakOptions) soak(c *cobra.Command, args []string) error {
	ctx := c.Context()
	p, stages, err := o.compile(ctx, args, c.ErrOrStderr())
	if err != nil {
		return err
	}
	eng, err := engine.Connect(ctx)
	if err != nil {
		return exitError(exitEngine, err)
	}
	defer eng.Close()
	binary, err := os.Executable()
	if err != nil {
		return exitError(exitEngine, err)
	}
	end := time.Now().Add(o.during)
	var rounds []round
	for time.Now().Before(end) && (o.rounds == 0 || len(rounds) < o.rounds) && ctx.Err() == nil {
		r, err := o.round(ctx, eng, p, stages, binary)
		if err != nil {
			return exitError(exitEngine, errors.Join(err, printRounds(c.OutOrStdout(), rounds)))
		}
		rounds = append(rounds, r)
		fmt.Fprintf(c.OutOrStdout(), "round %d: %s, %d goroutines, %d files, %.1f MiB, %d left in the engine\n",
			len(rounds), r.took.Round(time.Second), r.goroutines, r.files, float64(r.heap)/(1<<20), r.left)
	}
	if err := printRounds(c.OutOrStdout(), rounds); err != nil {
		return exitError(exitInconclusive, err)
	}
	if len(rounds) < 3 {
		return exitError(exitInconclusive, fmt.Errorf("%d rounds: growth shows from three on", len(rounds)))
	}
	if wrong := drifted(rounds); len(wrong) > 0 {
		return exitError(exitFailure, errors.Join(wrong...))
	}
	return nil
}

// round plays the plan once. Its folder is kept only where a verdict was not a
// pass: hours of histories would fill the disk.
func (o *soakOptions) round(ctx context.Context, eng *engine.Engine, p plan.Plan, stages map[string]*stage.Stage, binary string) (round, error) {
	began := time.Now()
	out, err := run.Run(ctx, run.Config{
		Engine: eng, Plan: p, Stages: stages, Out: o.out, ID: run.NewID(began), Parallel: o.parallel, Binary: binary,
		Progress: &lines{w: io.Discard, began: began},
	})
	if err != nil {
		return round{}, err
	}
	r := round{took: time.Since(began), verdicts: map[string]analysis.Verdict{}, left: out.Left.Count()}
	passed := true
	for _, res := range out.Results {
		r.verdicts[res.Header.Scenario] = res.Verdict
		passed = passed && res.Verdict == analysis.Pass
	}
	if passed {
		if err := os.RemoveAll(out.Dir); err != nil {
			return round{}, err
		}
	}
	runtime.GC()
	runtime.GC() // what finalizers held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r.heap, r.goroutines = m.HeapInuse, runtime.NumGoroutine()
	if fds, err := filepath.Glob("/proc/self/fd/*"); err == nil {
		r.files = len(fds)
	}
	return r, nil
}

// heapSlack is what the heap may grow by over a soak: caches of connections and
// of compiled expressions, not histories (one holds some 10 MiB).
const heapSlack = 8 << 20

// drifted compares the last round with the second: the first one warms up.
func drifted(rounds []round) []error {
	from, to := rounds[1], rounds[len(rounds)-1]
	var out []error
	if to.goroutines > from.goroutines+5 {
		out = append(out, fmt.Errorf("goroutines grew from %d to %d", from.goroutines, to.goroutines))
	}
	if to.files > from.files+5 {
		out = append(out, fmt.Errorf("open files grew from %d to %d", from.files, to.files))
	}
	if to.heap > from.heap+heapSlack {
		out = append(out, fmt.Errorf("the heap grew from %d to %d bytes", from.heap, to.heap))
	}
	for i, r := range rounds {
		if r.left > 0 {
			out = append(out, fmt.Errorf("round %d left %d objects in the engine", i+1, r.left))
		}
		for _, id := range slices.Sorted(maps.Keys(r.verdicts)) {
			if first := rounds[0].verdicts[id]; r.verdicts[id] != first {
				out = append(out, fmt.Errorf("round %d: %s is %s, and was %s in the first round", i+1, id, r.verdicts[id], first))
			}
		}
	}
	return out
}

func printRounds(w io.Writer, rounds []round) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "round\ttook\theap MiB\tgoroutines\tfiles\tleft\tpass\tfail\tinconclusive\t")
	for i, r := range rounds {
		n := map[analysis.Verdict]int{}
		for _, v := range r.verdicts {
			n[v]++
		}
		fmt.Fprintf(tw, "%d\t%s\t%.1f\t%d\t%d\t%d\t%d\t%d\t%d\t\n", i+1, r.took.Round(time.Second), float64(r.heap)/(1<<20), r.goroutines, r.files, r.left,
			n[analysis.Pass], n[analysis.Fail], n[analysis.Inconclusive])
	}
	return tw.Flush()
}
