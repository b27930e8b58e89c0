// Package failover follows a runbook step by step, times each step with the
// name of who is in charge, and stops at the first that fails.
package failover

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// Sites is what a runbook acts on.
type Sites interface {
	Fence(ctx context.Context, site string) error
	Unfence(ctx context.Context, site string) error
	Exec(ctx context.Context, site, service string, command []string) error
	StartService(ctx context.Context, site, service string) error
	StopService(ctx context.Context, site, service string) error
	RestartService(ctx context.Context, site, service string) error
	SwitchEntry(ctx context.Context, site string) error
	SwitchName(ctx context.Context, name, to string) error
	Recreate(ctx context.Context, site, service, release string, env map[string]string, wipe []string) error
	VerifyFunction(ctx context.Context, function string) error
}

// Recorder takes events.
type Recorder interface {
	Event(kind history.Kind, subject string, kv ...string)
}

// Point is an instant of a runbook at which something can be tied.
type Point struct {
	Runbook string
	Step    string // its id
	First   bool   // of the runbook
	Moment  plan.Moment
}

// Matches tells whether a trigger hangs on this point.
func (p Point) Matches(t plan.Trigger) bool {
	return t.On == plan.OnRunbook && t.Runbook == p.Runbook && t.Moment == p.Moment && (t.Step == p.Step || t.Step == "" && p.First)
}

// Barrier is called at each point, in the goroutine of the runbook, which goes
// on when it returns. At a During point it must not block. A step that fails
// has no point after it.
type Barrier func(ctx context.Context, p Point)

// defaultStep bounds a step that names no bound of its own.
const defaultStep = time.Minute

// Follow carries the runbook out. Its error names the step that failed; the
// steps behind it are recorded as skipped. A nil barrier holds nothing up.
func Follow(ctx context.Context, rb stage.Runbook, sites Sites, rec Recorder, barrier Barrier) error {
	if barrier == nil {
		barrier = func(context.Context, Point) {}
	}
	rec.Event(history.RunbookStarted, rb.ID, "purpose", rb.Purpose, "version", rb.Version, "sha256", rb.SHA256,
		"title_fr", rb.Title.FR, "title_en", rb.Title.EN)
	var failed error
	for i, s := range rb.Steps {
		subject := rb.ID + "/" + s.ID
		attrs := []string{"timeout_ns", strconv.FormatInt(int64(bound(s)), 10), "n", strconv.Itoa(i + 1), "of", strconv.Itoa(len(rb.Steps)), "title_fr", s.Title.FR, "title_en", s.Title.EN,
			"owner_fr", s.Owner.FR, "owner_en", s.Owner.EN, "action", s.Action}
		if failed != nil {
			rec.Event(history.StepFinished, subject, append(attrs, "outcome", "skipped", "err", "")...)
			continue
		}
		at := Point{Runbook: rb.ID, Step: s.ID, First: i == 0, Moment: plan.Before}
		barrier(ctx, at)
		rec.Event(history.StepStarted, subject, attrs...)
		at.Moment = plan.During
		barrier(ctx, at)
		err := step(ctx, s, sites)
		outcome, text := "done", ""
		if err != nil {
			outcome, text = "failed", err.Error()
			failed = fmt.Errorf("runbook %s, step %q: %w", rb.ID, s.Title.EN, err)
		}
		if l := (*late)(nil); errors.As(err, &l) {
			words := l.words()
			attrs = append(attrs, "err_fr", words.FR, "err_en", words.EN)
		}
		rec.Event(history.StepFinished, subject, append(attrs, "outcome", outcome, "err", text)...)
		if err == nil {
			at.Moment = plan.After
			barrier(ctx, at)
		}
	}
	outcome, text := "done", ""
	if failed != nil {
		outcome, text = "failed", failed.Error()
	}
	rec.Event(history.RunbookFinished, rb.ID, "outcome", outcome, "err", text, "purpose", rb.Purpose)
	return failed
}

// bound is how long a step may take.
func bound(s stage.RunbookStep) time.Duration {
	if s.Timeout == 0 {
		return defaultStep
	}
	return s.Timeout
}

// late is the error of a step whose time was up.
type late struct {
	action string
	bound  time.Duration
	err    error // the last one
}

func (l *late) Error() string { return l.err.Error() }
func (l *late) Unwrap() error { return l.err }

// lastAnswer stands in an error before what was said last.
const lastAnswer = "; last answer: "

// words tell it to those who wrote the runbook; none where only the error tells
// what was in the way.
func (l *late) words() history.Text {
	within := history.Length(l.bound)
	_, last, _ := strings.Cut(l.Error(), lastAnswer)
	switch l.action {
	case "verify":
		return history.Text{FR: fmt.Sprintf("l’opération de contrôle n’a pas abouti en %s", within.FR), EN: fmt.Sprintf("the control operation did not succeed within %s", within.EN)}
	case "wait_for":
		return history.Text{FR: fmt.Sprintf("ce qui était attendu ne s’est pas produit en %s\u00a0; dernière réponse\u00a0: %s", within.FR, last),
			EN: fmt.Sprintf("what was waited for did not come about within %s; last answer: %s", within.EN, last)}
	}
	return history.Text{}
}

// step carries out a step within its bound.
func step(ctx context.Context, s stage.RunbookStep, sites Sites) error {
	ctx, cancel := context.WithTimeoutCause(ctx, bound(s), fmt.Errorf("not done within %s", bound(s)))
	defer cancel()
	err := act(ctx, s, sites)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &late{s.Action, bound(s), err}
	}
	return err
}

func act(ctx context.Context, s stage.RunbookStep, sites Sites) error {
	switch s.Action {
	case "fence":
		return sites.Fence(ctx, s.Site)
	case "unfence":
		return sites.Unfence(ctx, s.Site)
	case "exec":
		return sites.Exec(ctx, s.Site, s.Service, s.Command)
	case "wait_for":
		return waitFor(ctx, s, sites)
	case "start":
		return sites.StartService(ctx, s.Site, s.Service)
	case "stop":
		return sites.StopService(ctx, s.Site, s.Service)
	case "restart":
		return sites.RestartService(ctx, s.Site, s.Service)
	case "switch_entry":
		return sites.SwitchEntry(ctx, s.Site)
	case "switch_name":
		return sites.SwitchName(ctx, s.Name, s.To)
	case "recreate":
		return sites.Recreate(ctx, s.Site, s.Service, s.Release, s.Env, s.Wipe)
	case "verify":
		return sites.VerifyFunction(ctx, s.Function)
	}
	return fmt.Errorf("unknown action %q", s.Action)
}

// waitFor repeats a command until it ends with code 0, or the step's bound.
func waitFor(ctx context.Context, s stage.RunbookStep, sites Sites) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		err := sites.Exec(ctx, s.Site, s.Service, s.Command)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%w"+lastAnswer+"%w", context.Cause(ctx), err)
		}
	}
}
