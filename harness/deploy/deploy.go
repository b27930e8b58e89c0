// Package deploy puts a release onto sites as a sequence of named phases with a
// barrier before and after each:
//
//	prepare | migrate | replace orders 1/2 | replace orders 2/2 | verify | finish
//
// Faults and decisions hang on the barriers. A rolling deployment has no switch
// phase: traffic moves with the instances.
package deploy

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// ErrStopped means that a decision stopped the deployment.
var ErrStopped = errors.New("deployment stopped by decision")

// ErrAborted means that a failover made the deployment pointless.
var ErrAborted = errors.New("deployment abandoned: a failover was ordered")

// Sites is what a deployment acts on.
type Sites interface {
	// Prepare makes sure that the release's images are there.
	Prepare(ctx context.Context, release stage.Release, site string) error
	// Migrate runs a job of the release to its end at the active site.
	Migrate(ctx context.Context, site string, release stage.Release, job stage.Job) error
	Instances(site, service string) int
	// Replace puts an instance of the release in place of the one that runs, and
	// returns when it is healthy.
	Replace(ctx context.Context, site, service string, instance int, release stage.Release) error
	// Verify does a completed write and read through the entry.
	Verify(ctx context.Context) error
	// SetLive notes which release a site runs from now on.
	SetLive(site, release string)
}

// Point is an instant of a deployment at which something can be tied.
type Point struct {
	Phase   plan.Phase
	Moment  plan.Moment
	Service string // Replace only; "" for the phase as a whole
	Site    string
	K, N    int
}

// Ending is the moment at which the work of a phase is done and the phase itself
// is not yet: what is to happen during a phase shorter than it takes to happen
// still happens within it.
const Ending plan.Moment = "ending"

// Barrier is called at each point, in the deployment's own goroutine; the
// deployment goes on when it returns. At a During point it must not block; it
// may at an Ending one.
type Barrier func(ctx context.Context, p Point)

// Recorder takes events.
type Recorder interface {
	Event(kind history.Kind, subject string, kv ...string)
}

// Deployment is one deployment of a release.
type Deployment struct {
	Sites   Sites
	Rec     Recorder
	Barrier Barrier
	How     stage.Deployment
	From    string // release that is live
	Release stage.Release
	At      []string      // sites, in order; the first is where the migration runs
	Bound   time.Duration // of one phase; 0: 2 minutes

	mu     sync.Mutex
	cancel context.CancelCauseFunc
	stop   error // set by Stop: no further phase begins
}

// Stop ends the deployment for cause (ErrStopped, ErrAborted): the phase under
// way is abandoned, no other begins. Before Run and after its end it does
// nothing but keep the cause.
func (d *Deployment) Stop(cause error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stop == nil {
		d.stop = cause
	}
	if d.cancel != nil {
		d.cancel(d.stop)
	}
}

// Run deploys. Its error is nil when the last phase is done; it wraps
// ErrStopped or ErrAborted when Stop was called. Started and finished phases
// are recorded, and so is the outcome.
func (d *Deployment) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	d.mu.Lock()
	d.cancel = cancel
	if d.stop != nil {
		cancel(d.stop)
	}
	d.mu.Unlock()

	d.Rec.Event(history.DeployStarted, d.Release.Version, "from", d.From, "sites", strings.Join(d.At, ","), "strategy", d.How.Strategy)
	err := d.phases(ctx)
	outcome, text := "done", ""
	switch {
	case errors.Is(err, ErrStopped):
		outcome = "stopped"
	case err != nil:
		outcome, text = "failed", err.Error()
	}
	d.Rec.Event(history.DeployFinished, d.Release.Version, "outcome", outcome, "err", text)
	return err
}

func (d *Deployment) phases(ctx context.Context) error {
	err := d.phase(ctx, Point{Phase: plan.Prepare}, func(ctx context.Context) error {
		for _, site := range d.At {
			if err := d.Sites.Prepare(ctx, d.Release, site); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if job := d.Release.Migration; job != nil {
		err := d.phase(ctx, Point{Phase: plan.Migrate, Site: d.At[0]}, func(ctx context.Context) error {
			return d.Sites.Migrate(ctx, d.At[0], d.Release, *job)
		})
		if err != nil {
			return err
		}
	}
	if err := d.replaceAll(ctx); err != nil {
		return err
	}
	if err := d.phase(ctx, Point{Phase: plan.Verify}, d.Sites.Verify); err != nil {
		return err
	}
	return d.phase(ctx, Point{Phase: plan.Finish}, func(context.Context) error {
		for _, site := range d.At {
			d.Sites.SetLive(site, d.Release.Version)
		}
		return nil
	})
}

// replaceAll is the replace phase: one sub-phase an instance, with a barrier
// around each and around the whole.
func (d *Deployment) replaceAll(ctx context.Context) error {
	d.barrier(ctx, Point{Phase: plan.Replace, Moment: plan.Before})
	d.barrier(ctx, Point{Phase: plan.Replace, Moment: plan.During})
	first := true
	for _, site := range d.At {
		for _, service := range d.How.Services {
			n := d.Sites.Instances(site, service)
			for k := 1; k <= n; k++ {
				if !first {
					if err := pause(ctx, d.How.Pause); err != nil {
						return err
					}
				}
				first = false
				err := d.phase(ctx, Point{Phase: plan.Replace, Service: service, Site: site, K: k, N: n}, func(ctx context.Context) error {
					return d.Sites.Replace(ctx, site, service, k, d.Release)
				})
				if err != nil {
					return err
				}
			}
		}
	}
	d.barrier(ctx, Point{Phase: plan.Replace, Moment: Ending})
	d.barrier(ctx, Point{Phase: plan.Replace, Moment: plan.After})
	return context.Cause(ctx)
}

// phase runs one phase between its barriers. A cancelled context is told by its
// cause, so that "stopped" is never mistaken for "failed".
func (d *Deployment) phase(ctx context.Context, p Point, do func(context.Context) error) error {
	p.Moment = plan.Before
	d.barrier(ctx, p)
	if err := context.Cause(ctx); err != nil {
		return err
	}
	bound := d.Bound
	if bound == 0 {
		bound = 2 * time.Minute
	}
	name := p.name()
	attrs := []string{"phase", string(p.Phase), "service", p.Service, "k", strconv.Itoa(p.K), "n", strconv.Itoa(p.N), "site", p.Site, "release", d.Release.Version}
	d.Rec.Event(history.PhaseStarted, name, attrs...)
	p.Moment = plan.During
	d.barrier(ctx, p)
	within, cancel := context.WithTimeout(ctx, bound)
	err := do(within)
	cancel()
	if err == nil {
		p.Moment = Ending
		d.barrier(ctx, p)
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	text := ""
	if err != nil {
		text = err.Error()
		err = fmt.Errorf("deploy %s, phase %s: %w", d.Release.Version, name, err)
	}
	d.Rec.Event(history.PhaseFinished, name, append(attrs, "err", text)...)
	if err != nil {
		return err
	}
	p.Moment = plan.After
	d.barrier(ctx, p)
	return context.Cause(ctx)
}

func (d *Deployment) barrier(ctx context.Context, p Point) {
	if d.Barrier != nil {
		d.Barrier(ctx, p)
	}
}

// name is the phase's subject in the history. The site is part of it: two
// sites replace instances of the same numbers.
func (p Point) name() string {
	if p.Phase == plan.Replace {
		return fmt.Sprintf("replace %s %d/%d %s", p.Service, p.K, p.N, p.Site)
	}
	return string(p.Phase)
}

// Matches tells whether a trigger hangs on this point. What acts during a phase
// hangs on its Ending, too.
func (p Point) Matches(t plan.Trigger) bool {
	moment := p.Moment
	if moment == Ending {
		moment = plan.During
	}
	switch t.On {
	case plan.OnPhase:
		// The replace phase as a whole has points without a service.
		return p.Phase == t.Phase && moment == t.Moment && p.Service == ""
	case plan.OnInstance:
		return p.Phase == plan.Replace && moment == t.Moment && p.Service == t.Service && p.K == t.K && (t.Site == "" || t.Site == p.Site)
	}
	return false
}

// Rollback returns sites to an earlier release: the migration is undone first
// where the release that is left has a way to, then instances are replaced.
func Rollback(ctx context.Context, d *Deployment, leaving stage.Release) (err error) {
	d.Rec.Event(history.RollbackStarted, d.Release.Version, "from", leaving.Version)
	defer func() {
		outcome, text := "done", ""
		if err != nil {
			outcome, text = "failed", err.Error()
		}
		d.Rec.Event(history.RollbackFinished, d.Release.Version, "outcome", outcome, "err", text)
	}()
	for _, site := range d.At {
		for _, service := range d.How.Services {
			for k := 1; k <= d.Sites.Instances(site, service); k++ {
				if err := d.Sites.Replace(ctx, site, service, k, d.Release); err != nil {
					return fmt.Errorf("roll back to %s: %s/%s instance %d: %w", d.Release.Version, site, service, k, err)
				}
			}
		}
		d.Sites.SetLive(site, d.Release.Version)
	}
	// Instances first: the older release works on both schemas, the newer one
	// may not survive the loss of its column.
	if leaving.Rollback != nil {
		if err := d.Sites.Migrate(ctx, d.At[0], leaving, *leaving.Rollback); err != nil {
			return fmt.Errorf("roll back to %s: undo the migration: %w", d.Release.Version, err)
		}
	}
	return d.Sites.Verify(ctx)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
