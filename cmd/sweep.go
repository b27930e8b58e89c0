package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bascule/harness/analysis"
	"bascule/harness/engine"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/run"
	"bascule/harness/stage"
	"bascule/harness/sweep"
	"bascule/steps"
)

// sweepOptions are the flags of sweep.
type sweepOptions struct {
	compileOptions
	faults      string
	phases      string
	scenario    string
	only        string
	out         string
	resume      string
	failedFirst string
	parallel    int
	list        bool
}

// newSweepCommand plays one scenario at every step of its deployment.
func newSweepCommand() *cobra.Command {
	var o sweepOptions
	c := &cobra.Command{
		Use:   "sweep FEATURE",
		Short: "Play a scenario at every step of its deployment, with every fault of a list",
		Long: `Move the fault of a scenario to every step of its deployment (before, during and
after each phase and each instance), and put each fault of a list in its place:
one cell a step and fault, each on a stage of its own. Every cell is judged by
what the scenario expects.

A fault of the list is a kind of the catalogue (bascule faults), with its main
parameter where it has one (latency=400ms) or several (slicer:bytes=64:for=10s),
aimed at what the scenario's own fault is about. "all" is every fault that can be
had here; what is left out is told, with the reason.

The result is a matrix, sweep.html, which is up to date while the sweep runs;
each cell opens its timeline. Ctrl-C stops cleanly. An interrupted or killed
sweep goes on with --resume RUN: cells that were played to their end from the
same files are not played again.`,
		Example: `  bascule sweep features/certification/balayage-migration.feature
  bascule sweep FEATURE --faults crash,freeze,latency=400ms --phases migrate,replace
  bascule sweep FEATURE --only migrate-during-crash --seed 42
  bascule sweep --resume runs/20260314-031500-a1b2c3`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return o.run(c, args) },
	}
	o.compileOptions.flags(c)
	c.Flags().StringVar(&o.faults, "faults", sweep.Default, "faults of the list: kinds of the catalogue, with or without parameters; all: every one (default: the scenario's own, too)")
	c.Flags().StringVar(&o.phases, "phases", "", "only these phases: prepare, migrate, replace, verify, switch, finish")
	c.Flags().StringVar(&o.scenario, "scenario", "", "name of the scenario, where the feature has several")
	c.Flags().StringVar(&o.only, "only", "", "only the cell of this name, such as migrate-during-crash")
	c.Flags().StringVar(&o.out, "out", "runs", "folder that run folders are written to")
	c.Flags().StringVar(&o.resume, "resume", "", "folder of an interrupted sweep to go on in; nothing else needs to be said")
	c.Flags().StringVar(&o.failedFirst, "failed-first", "", "folder of an earlier sweep: cells that did not pass there come first")
	c.Flags().IntVar(&o.parallel, "parallel", 0, "cells at once, each on a stage of its own (default: as many as the machine measures well)")
	c.Flags().BoolVar(&o.list, "list", false, "print the cells in their order and what is left out, and start nothing")
	return c
}

// coresOfACell is how many cores a cell needs for its measurements to hold.
const coresOfACell = 2

// atOnce is how many cells a machine plays at once.
func atOnce(cores int) int { return max(1, cores/coresOfACell) }

// planned is a sweep before it starts, or goes on.
type planned struct {
	sweep  *sweep.Sweep
	plan   plan.Plan
	stages map[string]*stage.Stage
	dir    string // to go on in; "" for a new one
}

func (o *sweepOptions) run(c *cobra.Command, args []string) error {
	t := tongueOf(c)
	if o.parallel < 0 {
		return exitError(exitInput, errors.New(t.say("--parallel %d : au moins une cellule à la fois", "--parallel %d: at least one cell at a time", o.parallel)))
	}
	if o.parallel == 0 {
		o.parallel = atOnce(runtime.NumCPU())
	}
	// Mistakes come before anything that takes time.
	s, err := o.planned(c, args)
	if err != nil {
		return err
	}
	if o.list {
		return printCells(c.OutOrStdout(), s.sweep)
	}
	eng, err := engine.Connect(c.Context())
	if err != nil {
		return exitError(exitEngine, err)
	}
	defer eng.Close()
	if s.dir == "" {
		caps, _, err := lookAtEngine(c.Context())
		if err != nil {
			return exitError(exitEngine, err)
		}
		if s, err = o.expand(c, args, caps.Why); err != nil {
			return err
		}
	}
	return o.play(c, eng, s)
}

// planned is the sweep that the flags ask for.
func (o *sweepOptions) planned(c *cobra.Command, args []string) (planned, error) {
	if o.resume == "" {
		return o.expand(c, args, nil)
	}
	t := tongueOf(c)
	if len(args) > 0 {
		return planned{}, exitError(exitInput, errors.New(t.say("--resume se passe de fichier : le balayage à poursuivre est dans son dossier", "--resume takes no feature: the sweep to go on with is in its folder")))
	}
	s, err := sweep.Read(o.resume)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return planned{}, exitError(exitInput, errors.New(t.say("« %s » n’est pas le dossier d’un balayage", "%q is not the folder of a sweep", o.resume)))
		}
		return planned{}, exitError(exitInput, err)
	}
	p, err := run.ReadPlan(o.resume)
	if err != nil {
		return planned{}, exitError(exitInput, err)
	}
	if len(p.Scenarios) == 0 {
		return planned{}, exitError(exitInput, errors.New(t.say("« %s » : le plan de ce balayage ne contient aucun scénario ; relancez le balayage depuis son fichier .feature", "%q: the plan of this sweep has no scenario; start the sweep anew from its feature", o.resume)))
	}
	stages, err := (&shelf{stages: map[string]loaded{}}).of(p, s.Stages)
	if err != nil {
		return planned{}, err
	}
	return planned{sweep: s, plan: p, stages: stages, dir: o.resume}, nil
}

// expand compiles the feature and makes the cells; nothing is started.
func (o *sweepOptions) expand(c *cobra.Command, args []string, refuse func(plan.FaultKind) history.Text) (planned, error) {
	t := tongueOf(c)
	if len(args) == 0 {
		return planned{}, exitError(exitInput, errors.New(t.say("il faut un fichier .feature, ou --resume et le dossier d’un balayage", "a feature is needed, or --resume and the folder of a sweep")))
	}
	stderr := c.ErrOrStderr()
	if refuse != nil {
		stderr = io.Discard // said the first time
	}
	p, stages, err := o.scenarios(c.Context(), args, stderr)
	if err != nil {
		return planned{}, err
	}
	sc, err := o.choose(p)
	if err != nil {
		return planned{}, exitError(exitInput, err)
	}
	t = tongue(sc.Language)
	choice := sweep.Choice{Refuse: refuse, Only: o.only, Own: !c.Flags().Changed("faults")}
	if choice.Faults, choice.All, err = sweep.ParseFaults(o.faults); err == nil {
		choice.Phases, err = sweep.ParsePhases(o.phases)
	}
	if err != nil {
		return planned{}, inTongue(t, err)
	}
	if choice.Failed, err = o.failed(t); err != nil {
		return planned{}, err
	}
	s, err := sweep.Expand(sc, stages[sc.Stage], p.Seed, choice)
	if err != nil {
		return planned{}, inTongue(t, err)
	}
	s.Stages, s.Chosen = o.stages, len(p.Scenarios) > 1
	return planned{sweep: s, plan: s.Plan(), stages: stages}, nil
}

// choose finds the scenario to sweep: the one that is named, else the one that
// asks for it, else the only one.
func (o *sweepOptions) choose(p plan.Plan) (plan.Scenario, error) {
	t := tongue(p.Scenarios[0].Language)
	candidates := slices.Clone(p.Scenarios)
	if o.scenario != "" {
		candidates = slices.DeleteFunc(candidates, func(s plan.Scenario) bool { return s.Name != o.scenario && s.ID != o.scenario })
	} else if asked := slices.DeleteFunc(slices.Clone(candidates), func(s plan.Scenario) bool { return !s.Sweep }); len(asked) > 0 {
		candidates = asked
	}
	if len(candidates) == 1 {
		return candidates[0], nil
	}
	var names []string
	for _, s := range p.Scenarios {
		names = append(names, t.quote(s.Name))
	}
	return plan.Scenario{}, errors.New(t.say("un balayage part d’un seul scénario, que --scenario nomme ; ce fichier a : %s", "a sweep starts from one scenario, which --scenario names; this feature has: %s", strings.Join(names, ", ")))
}

// failed lists the cells of an earlier sweep that did not pass.
func (o *sweepOptions) failed(t tongue) ([]string, error) {
	if o.failedFirst == "" {
		return nil, nil
	}
	m, _, err := readSweep(o.failedFirst)
	if err != nil {
		return nil, exitError(exitInput, errors.New(t.say("--failed-first : « %s » n’est pas le dossier d’un balayage : %v", "--failed-first: %q is not the folder of a sweep: %v", o.failedFirst, err)))
	}
	var keys []string
	for _, c := range m.Cells {
		if c.Verdict == analysis.Fail || c.Verdict == analysis.Inconclusive {
			keys = append(keys, c.Key)
		}
	}
	return keys, nil
}

// play plays the cells that no earlier process has, and reports.
func (o *sweepOptions) play(c *cobra.Command, eng *engine.Engine, s planned) error {
	binary, err := os.Executable()
	if err != nil {
		return exitError(exitEngine, err)
	}
	stages := s.stages[s.plan.Scenarios[0].Stage]
	inputs, err := sweep.Inputs(stages.Dir, binary)
	if err != nil {
		return exitError(exitInput, err)
	}
	stamp := sweep.Stamp(inputs, s.plan.Seed)
	config := run.Config{Engine: eng, Plan: s.plan, Stages: s.stages, Out: o.out, Dir: s.dir, ID: run.NewID(time.Now()), Parallel: o.parallel, Overlap: true, Binary: binary, Stamp: stamp}
	dir := filepath.Join(o.out, config.ID)
	if s.dir != "" {
		dir = s.dir
		if config.Taken, err = run.TakeOver(s.dir, s.plan, stamp); err != nil {
			return exitError(exitInput, err)
		}
	}
	board := newBoard(dir, s.sweep, eng.String(), o.parallel)
	if err := board.takeOver(config.Taken); err != nil {
		return exitError(exitInput, err)
	}
	progress, wait := newSweepProgress(c.OutOrStdout(), board)
	config.Progress = progress
	progress.began(config.ID, len(config.Taken))
	config.Prepared = func(dir string) error { return s.sweep.Write(dir) }
	out := run.Outcome{Dir: dir}
	var runErr error
	if len(config.Taken) < len(s.plan.Scenarios) {
		out, runErr = run.Run(c.Context(), config)
	}
	wait()
	return board.conclude(c, out, runErr)
}

// inTongue is a mistake of the author in their language, with the nearest word.
func inTongue(t tongue, err error) error {
	var m *sweep.Mistake
	if !errors.As(err, &m) {
		return exitError(exitInput, err)
	}
	text := t.typeset(m.Text.FR)
	if t != "fr" {
		text = m.Text.EN
	}
	if hint := nearHint(t, m.Word, m.Known); hint != "" {
		text += "\n    " + hint
	}
	return exitError(exitInput, errors.New(text))
}

// nearHint proposes the nearest known word, and lists all that are not too many.
func nearHint(t tongue, word string, known []string) string {
	if word == "" || len(known) == 0 {
		return ""
	}
	if len(known) <= mostListed {
		return steps.KnownHint(string(t), word, known)
	}
	if near := steps.Nearest(word, known); near != "" {
		return t.say("vouliez-vous dire %s ? --list les donne toutes", "did you mean %s? --list prints them all", t.quote(near))
	}
	return t.say("--list les donne toutes", "--list prints them all")
}

// mostListed is how many known words a message lists.
const mostListed = 50

// printCells prints the cells in the order of play, and what is left out.
func printCells(w io.Writer, s *sweep.Sweep) error {
	t := tongue(s.Language)
	var b strings.Builder
	b.WriteString(t.say("%[1]d %[2]s sur %[4]d possibles. Rien n’est démarré.\n", "%[1]d %[3]s of %[4]d possible. Nothing is started.\n", len(s.Cells),
		tongue("fr").plural(len(s.Cells), "cellule", "cellules"), tongue("en").plural(len(s.Cells), "cell", "cells"), s.Possible))
	width := 0
	for _, c := range s.Cells {
		width = max(width, len(c.Key))
	}
	for i, c := range s.Cells {
		fmt.Fprintf(&b, "%4d  %-*s  %s\n", i+1, width, c.Key, t.typeset(sweep.Title(s.Points[c.Point], s.Faults[c.Fault]).In(s.Language)))
	}
	if len(s.LeftOut) > 0 {
		b.WriteString(t.say("\nNon couvert :\n", "\nNot covered:\n"))
	}
	for _, l := range s.LeftOut {
		text := fmt.Sprintf("%s (%d)", t.typeset(l.Why.In(s.Language)), l.Cells)
		if what := strings.Join(slices.Concat(l.Faults, l.Points), ", "); what != "" {
			text += t.say(" : ", ": ") + what
		}
		fmt.Fprintf(&b, "  - %s\n", wrap(text, columns-4, "    "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// expandSweeps replaces each scenario that asks for every step of its deployment
// by its cells, with its own fault.
func expandSweeps(p plan.Plan, stages map[string]*stage.Stage) (plan.Plan, error) {
	out := p
	out.Scenarios = nil
	for _, sc := range p.Scenarios {
		if !sc.Sweep {
			out.Scenarios = append(out.Scenarios, sc)
			continue
		}
		s, err := sweep.Expand(sc, stages[sc.Stage], p.Seed, sweep.Choice{})
		if err != nil {
			return p, inTongue(tongue(sc.Language), err)
		}
		for _, cell := range s.Plan().Scenarios {
			cell.ID, cell.Name = sc.ID+"-"+cell.ID, sc.Name+" — "+cell.Name
			out.Scenarios = append(out.Scenarios, cell)
		}
	}
	return out, nil
}
