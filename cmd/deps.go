package cmd

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"bascule/harness/analysis"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
	"bascule/reports"
)

// depsOptions are the flags of deps.
type depsOptions struct {
	stageRun
	keep    time.Duration
	runbook string
	format  string
	write   bool
}

// newDepsCommand asks a stage, or a recorded run, who needs whom.
func newDepsCommand() *cobra.Command {
	var o depsOptions
	c := &cobra.Command{
		Use:   "deps STAGE | RUN",
		Short: "Show who needs whom: missing, undeclared, unused and hidden dependencies",
		Long: `Raise a stage, load it, lose its primary site, follow the failover runbook, keep
the load on, and tell which dependencies were seen: each name asked for and each
address tried, by whom, in which phase, and what became of it, held against what
is declared (depends_on of the Compose files, flows, functions and dependencies of
stage.yaml).

  missing      asked for where service was to go on, and not got
  undeclared   used, and declared nowhere
  hidden       reaches back to the other site: a name, an address, a volume
  unused       declared, and never seen under load (told, no mistake by itself)

RUN is the folder of a run: its histories are read offline, nothing is started.
--write proposes the declarations to add, in stage.proposed.yaml beside stage.yaml,
which is never touched.

The exit code is 0 where nothing is wrong, 1 where something is, 2 where it could
not be told.`,
		Example: `  bascule deps orders
  bascule deps orders/async --for 20s --runbook PRA-07 --write
  bascule deps runs/20260314-031500-a1b2c3 --format mermaid`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return o.run(c, args[0]) },
	}
	o.flags(c)
	c.Flags().DurationVar(&o.keep, "for", 10*time.Second, "how long the load stays on before the loss, and after the failover")
	c.Flags().StringVar(&o.runbook, "runbook", "", "failover runbook to follow (default: the only one)")
	c.Flags().StringVar(&o.format, "format", "text", "text, json, dot (Graphviz) or mermaid")
	c.Flags().BoolVar(&o.write, "write", false, "propose what is to be declared, in stage.proposed.yaml beside stage.yaml")
	return c
}

func (o *depsOptions) run(c *cobra.Command, arg string) error {
	t := tongueOf(c)
	switch {
	case o.format != "text" && o.format != "json" && o.format != "dot" && o.format != "mermaid":
		return unknownFormat(o.format, "text, json, dot, mermaid")
	case o.keep <= 0 || o.keep > time.Hour:
		return exitError(exitInput, errors.New(t.say("--for %s : de 1\u00a0s à 1\u00a0h", "--for %s: from 1s to 1h", t.bound(o.keep))))
	}
	if exists(filepath.Join(arg, planFile)) || exists(filepath.Join(arg, historyFile)) || filepath.Base(arg) == historyFile {
		return o.read(c, t, arg)
	}
	s, err := o.load(t, arg)
	if err != nil {
		return err
	}
	sc, err := o.exercise(t, s)
	if err != nil {
		return err
	}
	done, err := o.play(c, s, sc)
	if err != nil && len(done.result) == 0 {
		return err
	}
	if outErr := o.tell(c, t, done.result, done.report); outErr != nil {
		return outErr
	}
	if o.write {
		if err := o.propose(c, t, []*stage.Stage{s}, done.result); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	return verdictError(dependencyVerdict(done.result))
}

// exercise is the scenario in which dependencies show: service with its primary
// site, and without it.
func (o *depsOptions) exercise(t tongue, s *stage.Stage) (plan.Scenario, error) {
	sc, err := o.scenario(t, s, "dependencies", t.say("Dépendances de la plateforme %s", "Dependencies of stage %s", s.ID))
	if err != nil {
		return sc, err
	}
	r, err := failoverRunbook(t, s, o.runbook)
	if err != nil {
		return sc, err
	}
	sc.Steps = []plan.Step{keepLoad(t, o.keep), loseSite(t, siteOf(s, r.From)), failOver(t, r), keepLoad(t, o.keep)}
	sc.Expect = []history.Expectation{
		{Kind: history.ExpectNoMissing, Line: 1, Text: t.say("aucune dépendance ne manque", "no dependency is missing")},
		{Kind: history.ExpectNoUndeclared, Line: 1, Text: t.say("toutes les dépendances observées sont déclarées", "every dependency observed is declared")},
	}
	return sc, nil
}

// read tells the dependencies of a recorded run.
func (o *depsOptions) read(c *cobra.Command, t tongue, path string) error {
	paths, err := findHistories(t, path)
	if err != nil {
		return err
	}
	var results []analysis.Result
	for _, p := range paths {
		r, err := analyzeFile(p)
		if err != nil {
			return err
		}
		results = append(results, r)
	}
	if err := o.tell(c, t, results, ""); err != nil {
		return err
	}
	if o.write {
		stages, err := o.stagesOf(t, results)
		if err != nil {
			return err
		}
		if err := o.propose(c, t, stages, results); err != nil {
			return err
		}
	}
	return verdictError(dependencyVerdict(results))
}

// tell prints in the format that was asked for.
func (o *depsOptions) tell(c *cobra.Command, t tongue, results []analysis.Result, report string) error {
	w := c.OutOrStdout()
	switch o.format {
	case "json":
		return writeDependencyJSON(w, results)
	case "dot":
		return reports.WriteDOT(w, string(t), results)
	case "mermaid":
		return reports.WriteMermaid(w, string(t), results)
	}
	for i, r := range results {
		if i > 0 {
			fmt.Fprintln(w)
		}
		printDependencies(w, t, r)
	}
	if report != "" {
		fmt.Fprintf(w, "\n%s\n", t.say("compte rendu : %s", "report: %s", report))
	}
	return nil
}

// dependencyVerdict is fail where something is to be mended, pass where all that
// could be missing or undeclared was seen and is neither. How the exercise went
// otherwise is not asked.
func dependencyVerdict(results []analysis.Result) analysis.Verdict {
	worst := analysis.Pass
	for _, r := range results {
		switch v := analysis.JudgeDependencies(r); {
		case v == analysis.Fail || worst == analysis.Fail:
			worst = analysis.Fail
		case v == analysis.Inconclusive:
			worst = analysis.Inconclusive
		}
	}
	return worst
}

func writeDependencyJSON(w io.Writer, results []analysis.Result) error {
	type one struct {
		Scenario     string                `json:"scenario"`
		Name         string                `json:"name"`
		Stage        string                `json:"stage"`
		Verdict      analysis.Verdict      `json:"verdict"`
		Dependencies analysis.Dependencies `json:"dependencies"`
	}
	out := []one{}
	for _, r := range results {
		out = append(out, one{r.Header.Scenario, r.Header.Name, r.Header.Stage, analysis.JudgeDependencies(r), r.Dependencies})
	}
	return writeJSON(w, out)
}
