// Package run is the only executor: it does what a plan says, on a target, and
// writes down what happens. It judges nothing: that is harness/analysis, from
// the history alone.
package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/engine"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
	"bascule/harness/target/containers"
)

// Config is a run to make.
type Config struct {
	Engine   *engine.Engine
	Plan     plan.Plan
	Stages   map[string]*stage.Stage // by plan.Scenario.Stage
	Out      string                  // folder that run folders go into
	Dir      string                  // folder of an earlier run, to go on in; empty: a new one, named ID
	ID       string                  // of NewID, also of one that goes on: what a killed run left in the engine is never taken for its own
	Parallel int                     // scenarios at once; at least 1
	Overlap  bool                    // a stage that is being removed makes room for the next one already: nothing is measured on it any more
	Keep     bool                    // leave the stages up
	Binary   string                  // static bascule binary, becomes the fabric
	Progress Progress

	// Prepared is called with the run's folder before anything else happens; nil:
	// nothing to do.
	Prepared func(dir string) error
	// Stamp marks a scenario's folder with what its result depends on; nil: no
	// mark. Taken are results of an earlier run in Dir that need no second play
	// (see TakeOver).
	Stamp func(plan.Scenario) string
	Taken map[string]analysis.Result

	rank *rank // of the process, while loads are on
}

// Outcome is what a run left behind.
type Outcome struct {
	Dir         string
	Results     []analysis.Result // in the order of the plan; of scenarios that began
	Started     time.Time
	Duration    time.Duration
	Interrupted bool
	Left        engine.Left // objects of ours that the engine still holds
	Unclean     error       // of the last removal: the engine may hold more than Left, or still have something mounted
}

// Remains is an error unless it is known that the engine holds nothing of the run
// any more.
func (o Outcome) Remains() error {
	switch {
	case o.Left.Count() > 0:
		return fmt.Errorf("the engine still holds %s of this run", o.Left)
	case o.Unclean != nil:
		return errors.New("the engine may still hold something of this run: its removal failed") // Run's own error says why
	}
	return nil
}

// Progress shows a person how far a run is. Its methods are called from
// several goroutines.
type Progress interface {
	// Note is about the run as a whole.
	Note(text string)
	// Scenario begins the i-th of n (from 1) with so many steps.
	Scenario(i, n int, s plan.Scenario, steps int) Track
}

// Track is the progress of one scenario.
type Track interface {
	Step(text string)
	Event(e history.Event)
	Done(r analysis.Result)
}

// OwnerFile holds engine.Owner of the process that plays a run, in the run's
// folder: it tells a run under way from one that was killed.
const OwnerFile = "owner"

// NewID names a run: sortable by time, unique by its tail.
func NewID(now time.Time) string {
	return fmt.Sprintf("%s-%06x", now.UTC().Format("20060102-150405"), (now.UnixNano()/1000+int64(os.Getpid()))&0xffffff)
}

// Run plays every scenario of the plan. Errors are of the machinery (no folder,
// no images, a dead engine); a failed scenario is no error but a result.
func Run(ctx context.Context, c Config) (out Outcome, err error) {
	out = Outcome{Dir: filepath.Join(c.Out, c.ID), Started: time.Now()}
	defer func() { out.Duration = time.Since(out.Started) }()
	if out.Dir, err = c.folder(); err != nil {
		return out, err
	}
	if _, err := removeScratch(StaleScratch(false)); err != nil {
		c.Progress.Note(err.Error())
	}
	measureFirst()
	c.rank = &rank{}
	scope := engine.Scope{Run: c.ID, Owner: engine.Owner()}
	if !c.Keep {
		var reaper *Reaper
		if reaper, err = StartReaper(c.Binary, c.ID, out.Dir); err != nil {
			return out, err
		}
		defer func() { err = errors.Join(err, c.leave(ctx, &out, reaper)) }()
	}
	agent, err := c.images(ctx, scope)
	if err != nil {
		return out, err
	}
	out.Results, err = c.all(ctx, scope, agent, out.Dir)
	out.Interrupted = ctx.Err() != nil
	return out, err
}

// leave removes what the engine still holds of the run. Only where that is known
// to be nothing, the reaper is told so; else it goes on trying by itself.
func (c Config) leave(ctx context.Context, out *Outcome, reaper *Reaper) error {
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	out.Left, out.Unclean = c.Engine.Sweep(bound, engine.LabelRun+"="+c.ID)
	return errors.Join(out.Unclean, reaper.Stop(out.Remains() == nil))
}

// all plays the scenarios that no earlier run has, until the context ends or the
// engine breaks. It gives the results in the order of the plan, of those that
// began.
func (c Config) all(ctx context.Context, scope engine.Scope, agent, dir string) ([]analysis.Result, error) {
	results := make([]*analysis.Result, len(c.Plan.Scenarios))
	errs := make([]error, len(c.Plan.Scenarios))
	slots := make(chan struct{}, max(1, c.Parallel))
	var wg sync.WaitGroup
	var broke atomic.Bool // the engine: what comes next could only say the same
	for i, sc := range c.Plan.Scenarios {
		if r, ok := c.Taken[sc.ID]; ok {
			results[i] = &r
			continue
		}
		slots <- struct{}{}
		if ctx.Err() != nil || broke.Load() {
			break
		}
		free := sync.OnceFunc(func() { <-slots })
		wg.Go(func() {
			defer free()
			results[i], errs[i] = c.one(ctx, scope, agent, dir, i, sc, free)
			if errors.Is(errs[i], engine.ErrNoEngine) {
				broke.Store(true)
			}
		})
	}
	wg.Wait()
	var out []analysis.Result
	for _, r := range results {
		if r != nil {
			out = append(out, *r)
		}
	}
	return out, errors.Join(errs...)
}

// one plays a scenario and judges what it wrote. A panic of ours is an error of
// this scenario, with its stage removed, not the end of the run.
func (c Config) one(ctx context.Context, scope engine.Scope, agent, dir string, i int, sc plan.Scenario, free func()) (r *analysis.Result, err error) {
	scope.Scenario = sc.ID
	folder := filepath.Join(dir, sc.ID)
	if err := c.clear(folder, sc); err != nil {
		return nil, fmt.Errorf("scenario %s: %w", sc.ID, err)
	}
	s := &scenario{
		Config: c, plan: sc, stage: c.Stages[sc.Stage], scope: scope, agent: agent, folder: folder, number: i + 1,
		track: c.Progress.Scenario(i+1, len(c.Plan.Scenarios), sc, len(sc.Steps)+6),
	}
	if c.Overlap {
		s.free = free
	}
	err = func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("scenario %s: %w", sc.ID, panicked(p))
			}
		}()
		return s.play(ctx)
	}()
	path := filepath.Join(folder, historyFile)
	h, readErr := history.ReadFile(path)
	if readErr != nil {
		return nil, errors.Join(err, readErr)
	}
	res := analysis.Analyze(h)
	b, marshalErr := analysis.MarshalResult(res)
	if marshalErr == nil {
		marshalErr = os.WriteFile(filepath.Join(folder, verdictFile), b, 0o644)
	}
	s.track.Done(res)
	return &res, errors.Join(err, marshalErr)
}

// panicked is a panic as an error, with the way that led to it.
func panicked(p any) error { return fmt.Errorf("internal error: %v\n%s", p, debug.Stack()) }

// images builds what the stages of the plan need, and the fabric.
func (c Config) images(ctx context.Context, scope engine.Scope) (string, error) {
	ids := map[string]bool{}
	for _, sc := range c.Plan.Scenarios {
		st := c.Stages[sc.Stage]
		if ids[st.Dir] {
			continue // a variant has the same images
		}
		ids[st.Dir] = true
		c.Progress.Note("images: " + st.ID)
		b := containers.Builder{Engine: c.Engine, Stage: st}
		if err := b.Images(ctx); err != nil {
			return "", err
		}
	}
	return containers.BuildAgent(ctx, c.Engine, scope, c.Binary)
}

// prepareFolder makes the run's folder, which must be new, and writes the plan
// into it before anything else happens.
func prepareFolder(root, dir string, p plan.Plan) error {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	if err := enoughSpace(root); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("run folder: another run has taken this name: %w", err)
	}
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("run folder: write the plan: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, planFile), append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("run folder: write the plan: %w", err)
	}
	return own(dir)
}
