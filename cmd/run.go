package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bascule/harness/analysis"
	"bascule/harness/engine"
	"bascule/harness/plan"
	"bascule/harness/run"
	"bascule/harness/stage"
	"bascule/reports"
)

// runOptions are the flags of run.
type runOptions struct {
	compileOptions
	parallel int
	out      string
	keep     bool
}

// newRunCommand plays features.
func newRunCommand() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "run [PATH...]",
		Short: "Play features: raise, load, deploy, break, fail over, measure",
		Long: `Play the scenarios of feature files or folders (default: features/nightly) and
write a report. Each run gets a folder of its own under --out, with the plan, one
history a scenario, and the reports.

SIGINT (Ctrl-C) stops cleanly: faults are healed, stages removed, the report is
written, and the verdict is inconclusive. A second SIGINT ends at once; what is
left is then removed by a process that watches over the run.`,
		Example: `  bascule run
  bascule run features/nightly/03-liaison-intersite-coupee.feature --seed 42
  bascule run --tags '@dr and not @site' --parallel 2`,
		RunE: func(c *cobra.Command, args []string) error { return o.run(c, args) },
	}
	o.compileOptions.flags(c)
	c.Flags().IntVar(&o.parallel, "parallel", 1, "scenarios at once, each on a stage of its own")
	c.Flags().StringVar(&o.out, "out", "runs", "folder that run folders are written to")
	c.Flags().BoolVar(&o.keep, "keep", false, "leave the stages up for a look (remove them with bascule clean --all)")
	return c
}

func (o *runOptions) run(c *cobra.Command, args []string) error {
	ctx := c.Context()
	if o.parallel < 1 {
		return exitError(exitInput, fmt.Errorf("--parallel %d: at least one scenario must run", o.parallel))
	}
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
	if err := refuseImpossible(ctx, c.ErrOrStderr(), eng, p); err != nil {
		return err
	}
	return play(ctx, c, eng, p, stages, binary, o)
}

func play(ctx context.Context, c *cobra.Command, eng *engine.Engine, p plan.Plan, stages map[string]*stage.Stage, binary string, o *runOptions) error {
	id, t := run.NewID(time.Now()), tongueOf(c)
	progress, wait := newProgress(c.OutOrStdout())
	progress.Note(t.say("exercice %s, graine %d, %s, %s", "run %s, seed %d, %s, %s", id, p.Seed,
		t.some(len(p.Scenarios), "%d scénario", "%d scénarios", "%d scenario(s)", "%d scenario(s)"), engineText(t, eng)))
	out, runErr := run.Run(ctx, run.Config{
		Engine: eng, Plan: p, Stages: stages, Out: o.out, ID: id, Parallel: o.parallel, Keep: o.keep, Binary: binary, Progress: progress,
	})
	wait()
	meta := reports.Run{
		ID: id, Version: version(), Seed: p.Seed, Started: out.Started.UTC(), Duration: out.Duration,
		Command: "bascule " + strings.Join(os.Args[1:], " "), Engine: eng.String(), Interrupted: out.Interrupted,
	}
	model := reports.Build(meta, out.Results)
	paths, reportErr := writeRun(out.Dir, meta, model)
	summarise(c.OutOrStdout(), t, model, out, paths)
	switch {
	case errors.Is(runErr, engine.ErrNoEngine):
		return exitError(exitEngine, runErr)
	case runErr != nil && len(out.Results) == 0:
		return exitError(exitEngine, errors.Join(runErr, reportErr))
	case reportErr != nil:
		return exitError(exitInconclusive, errors.Join(runErr, reportErr))
	}
	if runErr != nil {
		fmt.Fprintln(c.ErrOrStderr(), runErr)
	}
	if len(out.Results) < len(p.Scenarios) && model.Verdict == analysis.Pass {
		return exitError(exitInconclusive, errors.New(t.say("%[3]s sur %[2]d", "%[1]d of %[2]d scenarios were played", len(out.Results), len(p.Scenarios),
			t.some(len(out.Results), "%d scénario joué", "%d scénarios joués", "", ""))))
	}
	if out.Remains() != nil && model.Verdict == analysis.Pass {
		return exitError(exitInconclusive, remaining(t, out))
	}
	return verdictError(model.Verdict)
}

// writeRun puts run.json and the reports beside the histories.
func writeRun(dir string, meta reports.Run, m reports.Model) ([]string, error) {
	if err := writeRunFile(dir, meta); err != nil {
		return nil, err
	}
	return reports.WriteAll(dir, m)
}

// writeRunFile writes run.json, which tells that a run came to its end.
func writeRunFile(dir string, meta reports.Run) error {
	b, err := json.MarshalIndent(meta, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, runFile), append(b, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write run.json: %w", err)
	}
	return nil
}

// summarise prints a verdict a scenario and names the report.
func summarise(w io.Writer, t tongue, m reports.Model, out run.Outcome, paths []string) {
	fmt.Fprintln(w)
	for _, r := range out.Results {
		fmt.Fprintf(w, "%s %-14s %s\n", mark(r.Verdict), verdictWord(r.Verdict, r.Header.Language), r.Header.Name)
	}
	took := out.Duration.Round(time.Second)
	fmt.Fprint(w, "\n", t.say("%[1]s, en %[3]s", "%[2]s in %[4]s", verdictWord(m.Verdict, "fr"), m.Verdict, t.duration(took), took))
	if out.Left.Count() > 0 {
		fmt.Fprint(w, t.say(" ; il reste dans le moteur : %s", "; left in the engine: %s", leftText(t, out.Left)))
	}
	fmt.Fprintln(w)
	for _, p := range paths {
		if strings.HasSuffix(p, ".html") {
			fmt.Fprintln(w, t.say("compte rendu : %s", "report: %s", p))
		}
	}
}

// engineText describes the engine, as its own String does.
func engineText(t tongue, e *engine.Engine) string {
	if t != "fr" {
		return e.String()
	}
	return strings.NewReplacer("engine ", "moteur ", "kernel ", "noyau ").Replace(e.String())
}

// leftText is what an engine still holds, by kind.
func leftText(t tongue, l engine.Left) string {
	if t != "fr" {
		return l.String()
	}
	return strings.Join([]string{
		t.some(len(l.Containers), "%d conteneur", "%d conteneurs", "", ""), t.some(len(l.Networks), "%d réseau", "%d réseaux", "", ""),
		t.some(len(l.Volumes), "%d volume", "%d volumes", "", ""), t.some(len(l.Images), "%d image", "%d images", "", ""),
	}, ", ")
}

// verdictWord is the verdict as people say it; a dash where there is none.
func verdictWord(v analysis.Verdict, lang string) string {
	if v == "" {
		return "—"
	}
	if lang != "fr" {
		return string(v)
	}
	switch v {
	case analysis.Pass:
		return "conforme"
	case analysis.Fail:
		return "non conforme"
	}
	return "non concluant"
}

// remaining tells what the engine holds of a run, or may hold.
func remaining(t tongue, out run.Outcome) error {
	if out.Left.Count() > 0 {
		return errors.New(t.say("le moteur garde encore %s de cet exercice", "the engine still holds %s of this run", leftText(t, out.Left)))
	}
	return errors.New(t.say("le moteur garde peut-être encore quelque chose de cet exercice : son retrait a échoué",
		"the engine may still hold something of this run: its removal failed"))
}
