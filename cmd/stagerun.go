package cmd

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	"bascule/reports"
	"bascule/steps"
)

// stageRun is a run without a feature, of the commands that ask one question of
// a stage: its plan is built in memory, printed and played as any other.
//
//	load -> scenario, steps added to it -> play -> results, and a run folder
type stageRun struct {
	stages string
	out    string
	live   string
	seed   int64
}

func (o *stageRun) flags(c *cobra.Command) {
	c.Flags().StringVar(&o.stages, "stages", "scenarios", "folder of the stages")
	c.Flags().StringVar(&o.out, "out", "runs", "folder that run folders are written to")
	c.Flags().StringVar(&o.live, "live", "", "release that is live (default: the only one, or the first)")
	c.Flags().Int64Var(&o.seed, "seed", 1, "seed of everything random: the same seed gives the same plan")
}

// load reads a stage by the name that scenarios give it ("orders",
// "orders/async"), or by its folder. Its mistakes are told in the command's
// language, with file, line and column.
func (o *stageRun) load(t tongue, name string) (*stage.Stage, error) {
	dir, variant := filepath.Clean(name), ""
	if !exists(filepath.Join(dir, stage.FileName)) {
		folder, v := stage.Split(name)
		if parent := filepath.Dir(dir); exists(filepath.Join(parent, stage.FileName)) {
			dir, variant = parent, filepath.Base(dir)
		} else {
			dir, variant = filepath.Join(o.stages, folder), v
		}
	}
	s, err := stage.Load(dir, variant)
	var problems stage.Problems
	if errors.As(err, &problems) {
		return nil, exitError(exitInput, errors.New(t.say("la plateforme ne peut pas être lue, rien n’a été démarré", "the stage cannot be read, nothing was started")+"\n"+problems.In(string(t))))
	}
	if err != nil {
		return nil, exitError(exitInput, err)
	}
	return s, nil
}

// scenario is one of the stage's own, without steps or expectations yet: its
// functions, its authorities, its release. The id names its folder.
func (o *stageRun) scenario(t tongue, s *stage.Stage, id, name string) (plan.Scenario, error) {
	sc := plan.Scenario{ID: id, Name: name, Line: 1, Language: string(t), Live: o.live}
	steps.Adopt(&sc, s)
	versions := make([]string, len(s.Releases))
	for i, r := range s.Releases {
		versions[i] = r.Version
	}
	switch {
	case sc.Live == "":
		sc.Live = versions[0] // a stage has at least one
	case !slices.Contains(versions, sc.Live):
		return sc, exitError(exitInput, errors.New(t.say("--live %s : la plateforme %s n’a pas cette version", "--live %s: stage %s has no such release", sc.Live, s.ID)+
			"\n    "+steps.KnownHint(string(t), sc.Live, versions)))
	}
	file := filepath.Join(s.Dir, stage.FileName)
	content, err := os.ReadFile(file)
	if err != nil {
		return sc, exitError(exitInput, err)
	}
	sum := sha256.Sum256(content)
	sc.Feature, sc.SHA256 = near(file), hex.EncodeToString(sum[:])
	return sc, nil
}

// near is a path as people name it from where they are.
func near(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

// failoverRunbook is the one that is followed: id, or the stage's only one.
func failoverRunbook(t tongue, s *stage.Stage, id string) (stage.Runbook, error) {
	var fitting []string
	var found []stage.Runbook
	for _, r := range s.Runbooks {
		if r.Purpose != "failover" {
			continue
		}
		fitting = append(fitting, r.ID)
		if id == "" || strings.EqualFold(id, r.ID) {
			found = append(found, r)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(fitting) == 0:
		return stage.Runbook{}, exitError(exitInput, errors.New(t.say("la plateforme %s n’a aucune procédure de bascule", "stage %s has no failover runbook", s.ID)))
	case id == "":
		return stage.Runbook{}, exitError(exitInput, errors.New(t.say("plusieurs procédures de bascule sont possibles (%s) : dire laquelle avec --runbook",
			"several failover runbooks are possible (%s): say which one with --runbook", strings.Join(fitting, ", "))))
	}
	return stage.Runbook{}, exitError(exitInput, errors.New(t.say("--runbook %s : aucune procédure de bascule de ce nom", "--runbook %s: no failover runbook of this name", id)+
		"\n    "+steps.KnownHint(string(t), id, fitting)))
}

// The steps that such scenarios are made of, in the words of a scenario.

func keepLoad(t tongue, d time.Duration) plan.Step {
	return plan.Step{Line: 1, Do: plan.DoWait, Wait: plan.Duration(d), When: plan.Trigger{On: plan.OnNow},
		Text: t.say("on laisse la charge en place pendant %s", "we keep the load on for %s", t.duration(d))}
}

func loseSite(t tongue, s stage.Site) plan.Step {
	return plan.Step{Line: 1, Do: plan.DoFault, When: plan.Trigger{On: plan.OnNow}, Text: t.say("on perd le site %s", "site %s is lost", s.Title),
		Fault: &plan.Fault{Kind: plan.SiteLost, Site: s.ID, Title: history.Text{FR: "perte du site " + s.Title, EN: "site " + s.Title + " lost"}}}
}

func failOver(t tongue, r stage.Runbook) plan.Step {
	return plan.Step{Line: 1, Do: plan.DoFailover, When: plan.Trigger{On: plan.OnNow}, Runbook: &plan.Runbook{ID: r.ID, To: r.To},
		Text: t.say("on bascule en suivant la procédure %s", "we fail over following runbook %s", r.ID)}
}

// siteOf is a site of the stage by its id.
func siteOf(s *stage.Stage, id string) stage.Site {
	for _, site := range s.Sites {
		if site.ID == id {
			return site
		}
	}
	return stage.Site{ID: id, Title: id}
}

// played is what came of such a run.
type played struct {
	dir    string
	result []analysis.Result // in the order of the scenarios; of those that began
	report string            // the HTML page
}

// play plays the scenarios one after another on a stage of their own each, with
// the progress on standard error: standard output is for the answer. The usual
// reports are written too.
func (o *stageRun) play(c *cobra.Command, s *stage.Stage, scenarios ...plan.Scenario) (played, error) {
	ctx, t := c.Context(), tongueOf(c)
	eng, err := engine.Connect(ctx)
	if err != nil {
		return played{}, exitError(exitEngine, err)
	}
	defer eng.Close()
	binary, err := os.Executable()
	if err != nil {
		return played{}, exitError(exitEngine, err)
	}
	id := run.NewID(time.Now())
	progress, wait := newProgress(c.ErrOrStderr())
	out, runErr := run.Run(ctx, run.Config{
		Engine: eng, Plan: plan.Plan{Format: plan.Format, Seed: o.seed, Scenarios: scenarios}, Stages: map[string]*stage.Stage{s.ID: s},
		Out: o.out, ID: id, Parallel: 1, Binary: binary, Progress: progress,
	})
	wait()
	done := played{dir: out.Dir, result: out.Results}
	if len(out.Results) == 0 {
		return done, exitError(exitEngine, runErr)
	}
	meta := reports.Run{
		ID: id, Version: version(), Seed: o.seed, Started: out.Started.UTC(), Duration: out.Duration,
		Command: "bascule " + strings.Join(os.Args[1:], " "), Engine: eng.String(), Interrupted: out.Interrupted,
	}
	paths, reportErr := writeRun(out.Dir, meta, reports.Build(meta, out.Results))
	for _, p := range paths {
		if strings.HasSuffix(p, ".html") {
			done.report = p
		}
	}
	switch {
	case errors.Is(runErr, engine.ErrNoEngine):
		return done, exitError(exitEngine, runErr)
	case reportErr != nil:
		return done, exitError(exitInconclusive, errors.Join(runErr, reportErr))
	}
	if runErr != nil {
		fmt.Fprintln(c.ErrOrStderr(), runErr)
	}
	if out.Remains() != nil {
		return done, exitError(exitInconclusive, remaining(t, out))
	}
	if out.Interrupted || len(out.Results) < len(scenarios) {
		return done, exitError(exitInconclusive, errors.New(t.say("%[3]s jusqu’au bout sur %[2]d", "%[1]d of %[2]d scenarios were played to their end", len(out.Results), len(scenarios),
			t.some(len(out.Results), "%d scénario joué", "%d scénarios joués", "", ""))))
	}
	return done, nil
}
