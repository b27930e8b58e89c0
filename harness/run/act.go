package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"bascule/harness/deploy"
	"bascule/harness/failover"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// Bounds of actions.
const (
	deploymentBound = 5 * time.Minute
	abandonBound    = 20 * time.Second // for an abandoned deployment to let go
	alarmBound      = 15 * time.Second // for the monitoring to notice, after which people act anyway
)

// deploy starts a deployment in the background.
func (s *scenario) deploy(ctx context.Context, p plan.Deploy) error {
	if s.deployment != nil {
		if err := s.awaitDeployment(ctx, deploymentBound); err != nil && ctx.Err() != nil {
			return err
		}
	}
	rel, ok := s.release(p.Release)
	if !ok {
		return fmt.Errorf("stage %s has no release %s", s.stage.ID, p.Release)
	}
	how := s.stage.Deployment
	g := newGates(s.plan.Steps)
	d := &deployment{gates: g, began: time.Now(), done: make(chan struct{}),
		d: &deploy.Deployment{Sites: s.t.Deployer(), Rec: s, Barrier: g.barrier, How: how, From: s.plan.Live, Release: rel, At: p.Sites}}
	s.deployment = d
	s.background.Go(func() {
		defer close(d.done)
		defer g.close()
		d.err = d.d.Run(ctx)
	})
	return nil
}

// awaitDeployment waits for the end of the deployment and gives its error.
func (s *scenario) awaitDeployment(ctx context.Context, bound time.Duration) error {
	d := s.deployment
	if d == nil {
		return errors.New("no deployment was started")
	}
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	select {
	case <-d.done:
		return d.err
	case <-ctx.Done():
		return fmt.Errorf("the deployment has not ended: %w", context.Cause(ctx))
	}
}

// stopDeployment is the decision of whoever may stop it, then the stop.
func (s *scenario) stopDeployment(ctx context.Context) error {
	if err := s.decide(ctx, "stop", s.plan.Stop); err != nil {
		return err
	}
	if s.deployment == nil {
		return errors.New("no deployment was started")
	}
	s.deployment.d.Stop(deploy.ErrStopped)
	err := s.awaitDeployment(ctx, abandonBound)
	if errors.Is(err, deploy.ErrStopped) {
		return nil
	}
	if err == nil {
		return errors.New("the deployment had already reached its end when it was to be stopped")
	}
	return err
}

func (s *scenario) rollback(ctx context.Context, p plan.Rollback) error {
	if s.deployment == nil {
		return errors.New("no deployment was started: nothing to roll back")
	}
	select {
	case <-s.deployment.done:
	default:
		return errors.New("the deployment is still under way: it must end or be stopped before a rollback")
	}
	to, ok := s.release(p.Release)
	if !ok {
		return fmt.Errorf("stage %s has no release %s", s.stage.ID, p.Release)
	}
	ctx, cancel := context.WithTimeout(ctx, deploymentBound)
	defer cancel()
	d := &deploy.Deployment{Sites: s.t.Deployer(), Rec: s, How: s.stage.Deployment, Release: to, At: p.Sites}
	return deploy.Rollback(ctx, d, s.deployment.d.Release)
}

// failover is the decision, the end of whatever is being deployed, and the
// runbook.
func (s *scenario) failover(ctx context.Context, p plan.Runbook) error {
	if err := s.decide(ctx, "failover", s.plan.Failover); err != nil {
		return err
	}
	if d := s.deployment; d != nil {
		d.d.Stop(deploy.ErrAborted)
	}
	s.compareAside(ctx)
	return s.follow(ctx, p)
}

func (s *scenario) failback(ctx context.Context, p plan.Runbook) error {
	if d := s.deployment; d != nil {
		if err := s.awaitDeployment(ctx, abandonBound); err != nil && ctx.Err() != nil {
			return err
		}
	}
	// A failback is planned: nobody waits for an alarm.
	if err := s.decision(ctx, "failback", s.plan.Failover); err != nil {
		return err
	}
	return s.follow(ctx, p)
}

func (s *scenario) procedure(ctx context.Context, p plan.Runbook) error {
	s.awaitAlarm(ctx)
	return s.follow(ctx, p)
}

func (s *scenario) follow(ctx context.Context, p plan.Runbook) error {
	i := slices.IndexFunc(s.stage.Runbooks, func(r stage.Runbook) bool { return r.ID == p.ID })
	if i < 0 {
		return fmt.Errorf("stage %s has no runbook %s", s.stage.ID, p.ID)
	}
	var barrier failover.Barrier
	if f := s.following; f != nil {
		barrier = f.gates.atStep
	}
	return failover.Follow(ctx, s.stage.Runbooks[i], s.t.Operator(), s, barrier)
}

// decide waits for the alarm where something is broken, then decides.
func (s *scenario) decide(ctx context.Context, what string, a plan.Authority) error {
	s.awaitAlarm(ctx)
	return s.decision(ctx, what, a)
}

// awaitAlarm waits until the monitoring has noticed. Where it does not, people
// act anyway after a while: the scenario says that they do.
func (s *scenario) awaitAlarm(ctx context.Context) {
	if !s.inForce() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, alarmBound)
	defer cancel()
	if err := s.monitor.Wait(ctx); err != nil {
		s.Event(history.Note, s.plan.ID,
			"text_fr", fmt.Sprintf("La supervision n’a donné aucune alerte en %d\u00a0s\u00a0; la décision est prise sans elle.", int(alarmBound.Seconds())),
			"text_en", fmt.Sprintf("The monitoring raised no alarm within %d s; the decision is taken without it.", int(alarmBound.Seconds())))
	}
}

// decision simulates the person in charge: asked now, deciding after the delay
// that the stage or the scenario gives. Where the owner would be later than the
// deadline, the deadline passes and nobody has decided.
func (s *scenario) decision(ctx context.Context, what string, a plan.Authority) error {
	s.decisions++
	id := fmt.Sprintf("d%d", s.decisions)
	s.Event(history.DecisionRequested, id, "decision", what, "owner_fr", a.Owner.FR, "owner_en", a.Owner.EN,
		"deputy_fr", a.Deputy.FR, "deputy_en", a.Deputy.EN, "deadline_ns", fmt.Sprint(int64(a.Deadline)))
	if a.Deadline > 0 && a.Delay > a.Deadline {
		if err := sleep(ctx, a.Deadline.D()); err != nil {
			return err
		}
		s.Event(history.DecisionMissed, id, "decision", what)
		return fmt.Errorf("nobody decided on %s within %s", what, a.Deadline)
	}
	if err := sleep(ctx, a.Delay.D()); err != nil {
		return err
	}
	s.Event(history.DecisionMade, id, "decision", what, "by_fr", a.Owner.FR, "by_en", a.Owner.EN, "role", "owner", "simulated", "true")
	return nil
}

func (s *scenario) release(version string) (stage.Release, bool) {
	i := slices.IndexFunc(s.stage.Releases, func(r stage.Release) bool { return r.Version == version })
	if i < 0 {
		return stage.Release{}, false
	}
	return s.stage.Releases[i], true
}

// note records an error that ends nothing.
func (s *scenario) note(err error) {
	s.Event(history.Note, s.plan.ID, "text_fr", err.Error(), "text_en", err.Error())
}
