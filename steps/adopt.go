package steps

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// loadedStage is a stage that was read once for the whole plan.
type loadedStage struct {
	stage   *stage.Stage
	failure *loadFailure
}

// loadFailure is why a stage cannot be used.
type loadFailure struct {
	name     string
	missing  bool
	known    []string
	problems stage.Problems
	err      error
}

// stage reads a stage by the name that scenarios give it, "orders/async" with
// its variant.
func (c *compiler) stage(name string) (*stage.Stage, *loadFailure) {
	if l, ok := c.stages[name]; ok {
		return l.stage, l.failure
	}
	l := c.loadStage(name)
	c.stages[name] = l
	return l.stage, l.failure
}

func (c *compiler) loadStage(name string) loadedStage {
	folder, variant := stage.Split(name)
	dir := filepath.Join(c.o.Stages, folder)
	fail := &loadFailure{name: name, known: stage.Stages(c.o.Stages)}
	if folder == "" || folder == "." || folder == ".." || filepath.Base(folder) != folder {
		fail.missing = true
		return loadedStage{failure: fail}
	}
	s, err := c.o.Load(dir, variant)
	if err == nil {
		return loadedStage{stage: s}
	}
	fail.err = err
	errors.As(err, &fail.problems)
	_, statErr := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) || len(fail.known) > 0 && errors.Is(statErr, fs.ErrNotExist) {
		fail.missing = true
	}
	for _, k := range fail.known {
		if k == folder && variant != "" && !contains(fail.known, name) {
			fail.missing = true // the stage is there, the variant is not
		}
	}
	return loadedStage{failure: fail}
}

func contains(words []string, w string) bool {
	for _, x := range words {
		if x == w {
			return true
		}
	}
	return false
}

// tell notes the failure at the step that names the stage, and every problem at
// its place in the stage's own files.
func (f *loadFailure) tell(b *builder, v values) {
	if f.missing {
		word := v["stage"]
		if folder, variant := stage.Split(f.name); variant != "" && contains(f.known, folder) {
			b.errorAt(v["variant"], "la plateforme « %s » n’a pas de variante « %s »", "platform %q has no variant %q", folder, variant).Hint = knownHint(b.lang, f.name, f.known)
			return
		}
		b.errorAt(word, "plateforme « %s » inconnue", "unknown platform %q", f.name).Hint = knownHint(b.lang, f.name, f.known)
		return
	}
	if len(f.problems) == 0 {
		b.errorAt(v["stage"], "la plateforme « %s » est illisible : %v", "platform %q cannot be read: %v", f.name, f.err)
		return
	}
	b.errorAt(v["stage"], "la plateforme « %s » contient %s", "platform %q has %s", f.name,
		b.lang.some(len(f.problems), "%d erreur, dite ci-après", "%d erreurs, dites ci-après", "%d mistake, told below", "%d mistakes, told below"))
	for _, p := range f.problems {
		b.diags = append(b.diags, &Diagnostic{
			File: p.File, Line: p.Line, Col: p.Col, Severity: Error, Language: string(b.lang), Message: p.Text.In(string(b.lang)),
		})
	}
}

// adopt takes the stage's own settings as the scenario's, until steps say
// otherwise.
func (b *builder) adopt(s *stage.Stage) {
	b.stage = s
	Adopt(b.sc, s)
}

// Adopt takes a stage's own settings as a scenario's: its functions, its
// authorities, its stability window.
func Adopt(sc *plan.Scenario, s *stage.Stage) {
	sc.Stage = s.ID
	sc.Stability = plan.Duration(s.Stability)
	sc.Stop, sc.Failover = authorityOf(s.Stop), authorityOf(s.Failover)
	sc.NotRun = append([]string(nil), s.NotRun...)
	for _, f := range s.Functions {
		out := history.Function{
			ID: f.ID, Name: f.Name, Owner: f.Owner, Services: append([]string(nil), f.Services...),
			RTO: f.RTO, RPO: f.RPO, RPOSet: f.RPOSet, MTPD: f.MTPD,
		}
		for _, w := range s.Workloads {
			if w.ID == f.Workload {
				out.Rate = w.Rate
			}
		}
		sc.Functions = append(sc.Functions, out)
	}
}

func authorityOf(a stage.Authority) plan.Authority {
	return plan.Authority{Owner: a.Owner, Deputy: a.Deputy, Delay: plan.Duration(a.Delay), Deadline: plan.Duration(a.Deadline)}
}
