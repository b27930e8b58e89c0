package run

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"bascule/harness/deploy"
	"bascule/harness/engine"
	"bascule/harness/history"
	"bascule/harness/observe"
	"bascule/harness/plan"
	"bascule/harness/stage"
	"bascule/harness/target"
	"bascule/harness/target/containers"
	"bascule/harness/workload"
)

// scenario is one scenario under way.
//
//	up -> baseline -> load -> steps... -> settle -> read back -> down
//	                    |        '-> deployment, in the background
//	                    '-> monitor, activity probe, watchdog, all in the background
type scenario struct {
	Config
	plan   plan.Scenario
	stage  *stage.Stage
	scope  engine.Scope
	agent  string
	folder string
	number int
	track  Track
	free   func() // lets the next scenario begin; nil: it begins when this one has ended

	began    time.Time
	w        *history.Writer
	t        target.Target
	monitor  *observe.Monitor
	loads    []*load
	ids      atomic.Uint64
	lastBad  atomic.Int64  // scenario time of the end of the last operation that failed
	lastGood atomic.Int64  // of the last one that was acknowledged
	loadEnd  time.Duration // when the load was stopped
	pace     pace          // of the answers
	prefix   string
	cancel   context.CancelCauseFunc

	injections injections
	timed      sync.WaitGroup // faults that heal by themselves
	background sync.WaitGroup // monitor, probe, watchdog: ended before the history is closed
	deployment *deployment
	following  *following // the runbook that steps hang on; nil: none does
	snapshots  snapshots
	decisions  int
	checks     atomic.Uint64 // control operations, whose rows are not the load's
}

// load is one workload with its function.
type load struct {
	function int // index into plan.Functions
	work     stage.Workload
	run      *workload.Load
}

// deployment is the one that runs, or has run.
type deployment struct {
	d     *deploy.Deployment
	gates *gates
	began time.Time
	done  chan struct{}
	err   error // after done
}

// clock is the one clock of the scenario.
func (s *scenario) clock() time.Duration { return time.Since(s.began) }

// Event records and shows. It is the Recorder of everything below.
func (s *scenario) Event(kind history.Kind, subject string, kv ...string) {
	s.w.Event(kind, subject, kv...)
	attrs := map[string]string{}
	for i := 0; i+1 < len(kv); i += 2 {
		attrs[kv[i]] = kv[i+1]
	}
	s.track.Event(history.Event{At: s.clock(), Kind: kind, Subject: subject, Attrs: attrs})
}

// say picks a sentence in the language of the scenario's author.
func (s *scenario) say(fr, en string) string {
	return history.Text{FR: fr, EN: en}.In(s.plan.Language)
}

// Bounds and lengths of the scenario's own parts.
const (
	baselineBound = 60 * time.Second
	baselineLoad  = 3 * time.Second // load before anything happens, to know what healthy is
	settleBound   = 90 * time.Second
	downBound     = 90 * time.Second
	silences      = 3                // in a row, of an engine or a fabric that is believed to be gone
	readBound     = 60 * time.Second // of one source
	readDownBound = 6 * time.Second  // of one source, where the service was down when the load ended
)

// play goes through the scenario. Whatever happens, faults are healed, the
// stage is removed and the history is closed.
func (s *scenario) play(ctx context.Context) (err error) {
	s.began = time.Now()
	s.prefix = fmt.Sprintf("%s-%02d", s.ID[max(0, len(s.ID)-6):], s.number)
	s.w, err = history.Create(filepath.Join(s.folder, historyFile), s.header(), s.clock)
	if err != nil {
		return fmt.Errorf("scenario %s: %w", s.plan.ID, err)
	}
	defer func() { err = errors.Join(err, s.w.Close()) }()
	t, err := containers.New(containers.Config{
		Engine: s.Engine, Stage: s.stage, Scope: s.scope, Short: containers.Name(s.ID, s.number), AgentImage: s.agent,
		Live: s.plan.Live, Faults: s.faults(), Rec: s, Verify: s.verify,
	})
	if err != nil {
		return err
	}
	s.t = t
	ctx, s.cancel = context.WithCancelCause(ctx)
	defer s.cancel(nil)
	defer func() {
		p := recover()
		if p != nil {
			err = fmt.Errorf("scenario %s: %w", s.plan.ID, panicked(p))
		}
		if s.free != nil && !errors.Is(err, engine.ErrNoEngine) {
			s.free() // without an engine the next scenario has nothing to begin with
		}
		err = errors.Join(err, s.down(ctx))
		if p == nil { // else the scenario was not played to its end, and does not say so
			s.Event(history.RunFinished, s.plan.ID)
		}
	}()
	if err = s.ended(ctx, s.exercise(ctx)); err != nil {
		err = fmt.Errorf("scenario %s: %w", s.plan.ID, err)
	}
	return err
}

// ended records what ended the exercise from outside, and gives its error: that
// no engine answers where this is the reason, whatever failed because of it.
func (s *scenario) ended(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if cause == nil && err != nil {
		cause = s.engineGone(context.WithoutCancel(ctx)) // no watchdog looks on while a stage is raised
	}
	switch {
	case cause == nil:
	case errors.Is(cause, engine.ErrNoEngine):
		s.Event(history.EngineBroke, s.plan.Stage, "err", cause.Error())
		if !errors.Is(err, engine.ErrNoEngine) {
			err = errors.Join(err, cause)
		}
	default:
		s.Event(history.Interrupted, s.plan.ID, "signal", cause.Error())
	}
	return err
}

// engineGone asks the engine as often as the watchdog does before it believes
// that none answers; nil: it does.
func (s *scenario) engineGone(ctx context.Context) (err error) {
	for i := range silences {
		if i > 0 {
			_ = sleep(ctx, time.Second)
		}
		if err = s.Engine.Alive(ctx); err == nil {
			return nil
		}
	}
	return err
}

// exercise is everything between nothing and the read-back.
func (s *scenario) exercise(ctx context.Context) error {
	s.track.Step(s.say("montée de la plateforme", "raising the stage"))
	if err := s.t.Up(ctx); err != nil {
		s.Event(history.BaselineFailed, s.plan.Stage, "err", err.Error())
		return err
	}
	for _, f := range s.faults() {
		if err := s.t.Capabilities().Refuse(f.Kind); err != nil {
			s.Event(history.BaselineFailed, s.plan.Stage, refusal(err)...)
			return err
		}
	}
	s.track.Step(s.say("contrôle de l’état stable", "checking the steady state"))
	if err := s.baseline(ctx); err != nil {
		return err
	}
	s.observe(ctx) // what is seen up to here belongs to the start-up
	if err := s.compareAt(ctx, history.AtRest); err != nil || s.plan.Still {
		return err
	}
	bg, stop := context.WithCancel(ctx)
	defer func() { stop(); s.background.Wait(); s.timed.Wait(); s.conclude(bg) }()
	s.watch(bg)
	release, first := s.rank.hold()
	defer release()
	if err := s.startLoad(bg, first); err != nil {
		return err
	}
	defer s.stopLoad(context.WithoutCancel(ctx))
	s.track.Step(s.say("mise en charge", "load"))
	if err := sleep(bg, baselineLoad); err != nil {
		return err
	}
	s.pace.settle()
	if err := s.carry(bg, 0, len(s.plan.Steps)); err != nil {
		return err
	}
	s.track.Step(s.say("retour au calme", "settling"))
	s.settle(bg)
	s.conclude(bg)
	s.pass(s.t.Vitals(bg))
	s.stopLoad(bg)
	release()
	s.lookAtTheUnwell(bg)
	if err := s.compareAt(bg, history.AtEnd); err != nil {
		return err
	}
	s.track.Step(s.say("relecture des données", "reading data back"))
	s.readBack(bg)
	return context.Cause(ctx)
}

// refusal is why a fault cannot be had here, for the history.
func refusal(err error) []string {
	kv := []string{"err", err.Error()}
	var no *target.Impossible
	if errors.As(err, &no) {
		kv = append(kv, "why_fr", fmt.Sprintf("une panne de ce scénario est impossible ici : %s", no.Why.FR),
			"why_en", fmt.Sprintf("a fault of this scenario is not possible here: %s", no.Why.EN))
	}
	return kv
}

// settleFor is how long settling may take: as long as any sentence gives the
// service to come back, and a while to call it stable. A service that is not
// back by then is judged; watching it longer changes no verdict.
func settleFor(expect []history.Expectation, stability time.Duration) time.Duration {
	var longest time.Duration
	for _, e := range expect {
		if e.Kind == history.ExpectRestored || e.Kind == history.ExpectNoInterrupt {
			longest = max(longest, e.Within)
		}
	}
	if longest == 0 {
		return settleBound
	}
	return min(settleBound, longest+stability+5*time.Second)
}

// settle waits until everything under way has come to an end and the load has
// been served long enough to call it stable, or until its bound.
func (s *scenario) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleBound)
	defer cancel()
	if s.deployment != nil {
		// Its outcome is in the history; here only its end matters.
		_ = s.awaitDeployment(ctx, settleBound)
	}
	waitGroup(ctx, &s.timed)
	ctx, enough := context.WithTimeout(ctx, s.settleWithin())
	defer enough()
	s.quiet(ctx, s.failed)
}

// down heals, removes and tells what is left. It survives cancellation.
func (s *scenario) down(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), downBound)
	defer cancel()
	if s.Keep {
		s.Event(history.StageDown, s.plan.Stage, "left", "0", "kept", "true")
		return nil
	}
	s.track.Step(s.say("démontage", "taking the stage down"))
	healErr := s.t.HealAll(ctx)
	left, err := s.t.Down(ctx)
	text := ""
	if err != nil {
		text = err.Error()
	}
	s.Event(history.StageDown, s.plan.Stage, "left", fmt.Sprint(left), "err", text)
	if err == nil {
		// What the fabric could not heal went away with it.
		healErr = nil
	}
	return errors.Join(healErr, err)
}

// sleep waits within a context.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// waitGroup waits for a group within a context.
func waitGroup(ctx context.Context, wg *sync.WaitGroup) {
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
