package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"bascule/harness/plan"
	"bascule/harness/stage"
	"bascule/steps"
)

// compileOptions are the flags that choose scenarios, of run and plan.
type compileOptions struct {
	command *cobra.Command // whose flags these are
	tags    string
	stages  string
	seed    int64
}

func (o *compileOptions) flags(c *cobra.Command) {
	o.command = c
	c.Flags().StringVar(&o.tags, "tags", "", "only scenarios of these tags, as in '@nightly and not @slow'")
	c.Flags().StringVar(&o.stages, "stages", "scenarios", "folder of the stages that scenarios name")
	c.Flags().Int64Var(&o.seed, "seed", 1, "seed of everything random: the same seed gives the same plan")
}

// defaultFeatures is what is played where no path is given.
const defaultFeatures = "features/nightly"

// compile turns features into a plan, with the cells of sweeps in the place of
// their scenarios, and gives the stages that it plays on.
func (o *compileOptions) compile(ctx context.Context, paths []string, stderr io.Writer) (plan.Plan, map[string]*stage.Stage, error) {
	p, stages, err := o.scenarios(ctx, paths, stderr)
	if err != nil {
		return p, stages, err
	}
	p, err = expandSweeps(p, stages)
	return p, stages, err
}

// scenarios turns features into a plan and gives the stages that it plays on, by
// plan.Scenario.Stage. Remarks go to stderr, in the language of the features;
// after a mistake nothing may be started, and the error says so.
func (o *compileOptions) scenarios(ctx context.Context, paths []string, stderr io.Writer) (plan.Plan, map[string]*stage.Stage, error) {
	if len(paths) == 0 {
		paths = []string{defaultFeatures}
	}
	shelf := &shelf{stages: map[string]loaded{}}
	p, diagnostics := steps.Compile(ctx, steps.Options{
		Paths: paths, Tags: o.tags, Stages: o.stages, Seed: o.seed, Language: string(tongueOf(o.command)), Load: shelf.load,
	})
	var mistakes int
	lang := tongue("en")
	for _, d := range diagnostics {
		fmt.Fprintln(stderr, d)
		if d.Severity == steps.Error {
			if mistakes == 0 {
				lang = tongue(d.Language)
			}
			mistakes++
		}
	}
	if mistakes > 0 {
		return plan.Plan{}, nil, exitError(exitInput, errors.New(lang.say(
			"%[1]d %[2]s, rien n’a été démarré", "%[1]d %[3]s, nothing was started", mistakes,
			tongue("fr").plural(mistakes, "erreur", "erreurs"), tongue("en").plural(mistakes, "mistake", "mistakes"))))
	}
	stages, err := shelf.of(p, o.stages)
	return p, stages, err
}

// of gives the stages that a plan plays on, by plan.Scenario.Stage.
func (s *shelf) of(p plan.Plan, folder string) (map[string]*stage.Stage, error) {
	stages := map[string]*stage.Stage{}
	for _, sc := range p.Scenarios {
		name, variant := stage.Split(sc.Stage)
		loaded, err := s.load(filepath.Join(folder, name), variant)
		if err != nil {
			return nil, exitError(exitInput, err)
		}
		stages[sc.Stage] = loaded
	}
	return stages, nil
}

// shelf reads each stage once.
type shelf struct {
	mu     sync.Mutex
	stages map[string]loaded
}

type loaded struct {
	stage *stage.Stage
	err   error
}

func (s *shelf) load(dir, variant string) (*stage.Stage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := filepath.Clean(dir) + "\x00" + variant
	if l, ok := s.stages[key]; ok {
		return l.stage, l.err
	}
	var l loaded
	l.stage, l.err = stage.Load(dir, variant)
	s.stages[key] = l
	return l.stage, l.err
}

func newPlanCommand() *cobra.Command {
	var o compileOptions
	var format string
	c := &cobra.Command{
		Use:   "plan [PATH...]",
		Short: "Compile features and show what a run would do; start nothing",
		Long: `Compile feature files or folders (default: ` + defaultFeatures + `) and print the plan:
what would be raised, loaded, deployed, broken, decided and judged. Mistakes are
told in the language of the feature, with file, line and column. No container is
started and no engine is needed.`,
		Example: "  bascule plan\n  bascule plan features/nightly --tags '@pra' --format json",
		RunE: func(c *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return unknownFormat(format, "text, json")
			}
			p, _, err := o.compile(c.Context(), args, c.ErrOrStderr())
			if err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(c.OutOrStdout(), p)
			}
			return printPlan(c.OutOrStdout(), p)
		},
	}
	o.flags(c)
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

// exists tells whether there is something at path.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
